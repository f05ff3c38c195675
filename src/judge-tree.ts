import { diagnostic, type Diagnostic } from './diagnostic/diagnostic.js';
import { admitObjects, type AdmittedObjects } from './istio/admission/admit-objects.js';
import { chooseVersion, mayShowVersion, type ChosenVersion } from './istio/detect-version.js';
import type { AgeOf } from './istio/istio-object.js';
import { asKin } from './istio/alike-workloads.js';
import { buildPushContext, type PushContext, type PushContextOptions, type Stock } from './istio/push-context.js';
import { dependsOnUnknownAddress } from './istio/traffic-annotations.js';
import type { IstioBehavior } from './istio/versions.js';
import { withEditedSidecars, withOtherSidecars } from './istio/other-sidecars.js';
import { differingParts } from './kubernetes/changed-objects.js';
import { objectKey, objectsByKey, type KubernetesObject, type ManifestSet } from './kubernetes/manifest.js';
import { NO_CHECKPOINT, type Checkpoint } from './reachability/checkpoint.js';
import type { Destination } from './reachability/egress-reachability.js';
import { evaluateMesh, workloadKey, type EvaluatedMesh } from './reachability/evaluate-mesh.js';
import { findNotModelled } from './reachability/not-modelled.js';

/** What is known about the mesh beside its manifests. */
export interface MeshOptions {
  /** `1.30`, or undefined to take what the manifests show. */
  readonly istioVersion?: string;
  /** Default `cluster.local`. */
  readonly clusterDomain?: string;
  /** Whether a namespace without a Namespace object counts as injected. Default true. */
  readonly injectionDefault?: boolean;
  /** Default: what the mesh configuration says. */
  readonly rootNamespace?: string;
  /** Unregistered hosts to ask about for every workload. */
  readonly probes?: readonly Destination[];
}

/** One tree as a cluster would have it, judged. */
export interface JudgedTree {
  /** The version that was asked for, if any. */
  readonly istioVersion: string | undefined;
  readonly behavior: IstioBehavior;
  /** As the manifests have it. */
  readonly objects: readonly KubernetesObject[];
  /** What these show of the version, where none was asked for. */
  readonly shown: ChosenVersion;
  readonly admitted: AdmittedObjects;
  readonly push: PushContext;
  readonly evaluated: EvaluatedMesh;
  /** Kinds and features that are present and not modelled. */
  readonly notModelled: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  /** The same mesh from other objects. By default the rules are those of the version that these show. */
  readonly rebuild: (objects: readonly KubernetesObject[], ageOf?: AgeOf, behavior?: IstioBehavior) => PushContext;
  /** The mesh with other versions of some objects, by their keys; null stands for one that is gone. */
  readonly withEdits: (edits: ReadonlyMap<string, KubernetesObject | null>) => PushContext;
  readonly checkpoint: Checkpoint;
  /** The same tree, for somebody with another checkpoint. */
  readonly under: (checkpoint: Checkpoint) => JudgedTree;
}

interface JudgeOptions {
  readonly ageOf: AgeOf;
  readonly previous?: ReadonlyMap<string, KubernetesObject>;
  /** The tree before the change: of what both have nothing is looked at again. */
  readonly former?: JudgedTree;
  readonly checkpoint?: Checkpoint | undefined;
}

/** Judges one tree. `previous` are the objects in force before, by key: a refused object leaves its previous version there. */
export function judgeTree(
  { objects, diagnostics }: ManifestSet,
  mesh: MeshOptions,
  { ageOf, previous, former, checkpoint = NO_CHECKPOINT }: JudgeOptions,
): JudgedTree {
  checkpoint('index');
  const change = former && changeFrom(former, objects);
  const chosen = (change && versionAlike(change, mesh.istioVersion)) ?? chooseVersion(mesh.istioVersion, objects);
  const { behavior } = chosen;
  const admitted =
    (change && admittedAlike(change, objects, behavior.version)) ?? admitObjects(objects, behavior.version, previous);
  let known = former?.push;
  const optionsOf = (age: AgeOf, rules: IstioBehavior): PushContextOptions => ({
    behavior: rules,
    clusterDomain: mesh.clusterDomain ?? 'cluster.local',
    injectionDefault: mesh.injectionDefault ?? true,
    ageOf: age,
    ...(mesh.rootNamespace === undefined ? {} : { rootNamespace: mesh.rootNamespace }),
  });
  const build = (live: readonly KubernetesObject[], age: AgeOf, rules: IstioBehavior): PushContext => {
    const options = optionsOf(age, rules);
    const push = known && withOtherSidecars(known, live, options);
    if (push) return push;
    const built = buildPushContext(live, options);
    return known ? asKin(known, built) : built;
  };
  const shown = admitted.live === objects ? behavior : chooseVersion(mesh.istioVersion, admitted.live).behavior;
  const isAllLive = admitted.live === objects && former?.admitted.live === former?.objects;
  const push =
    (change && isAllLive && withEditedSidecars(change.former.push, editsOf(change), optionsOf(ageOf, shown))) ||
    build(admitted.live, ageOf, shown);
  known = push;
  const notModelled = findNotModelled(push);
  checkpoint('evaluate');
  const evaluated = evaluateMesh(push, mesh.probes ?? [], checkpoint);
  checkpoint('index');
  const judged = {
    istioVersion: mesh.istioVersion,
    behavior,
    objects,
    shown: chosen,
    admitted,
    push,
    evaluated,
    notModelled: notModelled.names,
    diagnostics: [
      ...diagnostics,
      ...chosen.diagnostics,
      ...push.diagnostics,
      ...admitted.warnings.map(({ object, warning }) =>
        diagnostic(warning.code, warning.message, object.locate(warning.path)),
      ),
      ...diagnosticsOfMesh(push),
      ...notModelled.diagnostics,
    ],
  };
  const under = (current: Checkpoint): JudgedTree => ({
    ...judged,
    rebuild: (live, age = ageOf, rules = chooseVersion(mesh.istioVersion, live).behavior) => {
      current();
      return build(live, age, rules);
    },
    withEdits: (edits) => {
      current();
      const edited = withEditedSidecars(push, edits, optionsOf(ageOf, push.behavior));
      if (edited) return edited;
      const live = objectsWith(admitted.live, edits);
      return build(live, ageOf, chooseVersion(mesh.istioVersion, live).behavior);
    },
    checkpoint: current,
    under,
  });
  return under(checkpoint);
}

/** What a tree has instead of objects of the one before it. */
interface TreeChange {
  readonly former: JudgedTree;
  readonly olds: ReadonlySet<KubernetesObject>;
  readonly news: ReadonlySet<KubernetesObject>;
}

function changeFrom(former: JudgedTree, objects: readonly KubernetesObject[]): TreeChange {
  const { olds, news } = differingParts(former.objects, objects);
  return { former, olds: new Set(olds), news: new Set(news) };
}

/** What the tree before shows of the version, where the change is of objects that show nothing of it; else null. */
function versionAlike({ former, olds, news }: TreeChange, asked: string | undefined): ChosenVersion | null {
  if (former.istioVersion !== asked) return null;
  return [...olds, ...news].some(mayShowVersion) ? null : former.shown;
}

/** What of the tree is admitted, where nothing is refused of it, and nothing was of the one before; else null. */
function admittedAlike(
  { former, olds, news }: TreeChange,
  objects: readonly KubernetesObject[],
  version: string,
): AdmittedObjects | null {
  if (former.behavior.version !== version || former.admitted.refused.length > 0) return null;
  const { refused, warnings } = admitObjects([...news], version);
  if (refused.length > 0) return null;
  const others = former.admitted.warnings.filter(({ object }) => !olds.has(object));
  return { live: objects, refused, warnings: [...others, ...warnings] };
}

/** The objects that come and go, by their keys. */
function editsOf({ olds, news }: TreeChange): ReadonlyMap<string, KubernetesObject | null> {
  const [gone, added] = [
    [...olds].filter((object) => !news.has(object)),
    [...news].filter((object) => !olds.has(object)),
  ];
  return new Map([
    ...gone.map((object) => [objectKey(object), null] as const),
    ...added.map((object) => [objectKey(object), object] as const),
  ]);
}

function objectsWith(
  objects: readonly KubernetesObject[],
  edits: ReadonlyMap<string, KubernetesObject | null>,
): readonly KubernetesObject[] {
  const edited = objectsByKey(objects);
  for (const [key, object] of edits) {
    if (object === null) edited.delete(key);
    else edited.set(key, object);
  }
  return [...edited.values()];
}

const bases = new WeakMap<ManifestSet, Map<string, JudgedTree>>();

/** Judges a tree that others are compared with. What was judged of a set is not judged again, as long as somebody has the set. */
export function judgeBase(manifests: ManifestSet, mesh: MeshOptions, options: JudgeOptions): JudgedTree {
  const known = bases.get(manifests) ?? new Map<string, JudgedTree>();
  bases.set(manifests, known);
  const key = JSON.stringify(mesh);
  const judged = known.get(key) ?? judgeTree(manifests, mesh, options);
  known.set(key, judged);
  return judged.under(options.checkpoint ?? NO_CHECKPOINT);
}

const ofMeshes = new WeakMap<Stock, readonly Diagnostic[]>();

/** What is said of workloads and their namespaces, which Sidecars have no part in. */
function diagnosticsOfMesh(push: PushContext): readonly Diagnostic[] {
  const { stock, options } = push.lineage;
  let found = ofMeshes.get(stock);
  if (!found) {
    const { injectionDefault } = options;
    found = [...undeclaredNamespaces(push, injectionDefault), ...missingRevisions(push), ...unknownAddresses(push)];
    ofMeshes.set(stock, found);
  }
  return found;
}

function undeclaredNamespaces(push: PushContext, injectionDefault: boolean): Diagnostic[] {
  return [...push.undeclaredNamespaces].sort().map((namespace) => {
    const first = push.workloads.find(({ workload }) => workload.namespace === namespace);
    const assumption = injectionDefault ? 'is injected' : 'is not injected';
    const message = `Namespace ${namespace} is not in the manifests; it is assumed that it ${assumption}. Add its Namespace object, or use --injection-default.`;
    return diagnostic('undeclared-namespace', message, first?.workload.object.origin ?? null);
  });
}

/** One for each namespace and revision: its pods count as having no sidecar, which is wrong where the revision is installed otherwise. */
function missingRevisions(push: PushContext): Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { workload, injection } of push.workloads) {
    const revision = injection.missingRevision;
    const key = JSON.stringify([workload.namespace, revision]);
    if (revision === undefined || found.has(key)) continue;
    const message = `Namespace ${workload.namespace} asks for the revision ${revision} of Istio, and the manifests show other revisions only; its pods are taken to have no sidecar.`;
    found.set(key, diagnostic('missing-revision', message, workload.object.origin));
  }
  return [...found.values()];
}

function unknownAddresses(push: PushContext): Diagnostic[] {
  const addresses = push.services.all.filter((s) => s.address.startsWith('clusterip:')).map((s) => s.address);
  const address = addresses[0];
  if (address === undefined) return [];
  return push.workloads
    .filter(({ injection, capture }) => injection.injected && dependsOnUnknownAddress(capture, address))
    .map(({ workload }) => {
      const message = `${workloadKey(workload)} names address ranges for its sidecar, and the manifests do not tell the Services' addresses; private ranges are taken to hold them.`;
      return diagnostic('unknown-address', message, workload.object.origin);
    });
}
