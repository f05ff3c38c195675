import type { JudgedTree } from './judge-tree.js';
import type { ChangedObject } from './kubernetes/changed-objects.js';
import { objectKey, type KubernetesObject } from './kubernetes/manifest.js';
import type { Workload } from './kubernetes/workload.js';
import { selectSidecar } from './istio/sidecar.js';
import type { Reference } from './reachability/change.js';
import type { MeshComparison } from './reachability/compare-meshes.js';
import { describeChanges } from './reachability/describe-changes.js';
import type { DescribedChange } from './reachability/described-change.js';
import { destinationKey, probedHost, targetResolver } from './reachability/destination.js';
import { destinationExists, listedDestinations } from './reachability/destination-exists.js';
import type { Destination } from './reachability/egress-reachability.js';
import { workloadKey, type EvaluatedGroup } from './reachability/evaluate-mesh.js';
import type { ExplainContext } from './reachability/explain-cause.js';
import { causeFinder } from './reachability/find-causes.js';
import { followCall, type CallOutcome } from './reachability/follow-call.js';
import { ownServices, type MeshNeeds } from './reachability/need.js';

/** Says of every difference between two judged trees who has it, how much it is needed, and what causes it. */
export function describeTrees(
  before: JudgedTree,
  after: JudgedTree,
  changed: readonly ChangedObject[],
  needs: { readonly before: MeshNeeds; readonly after: MeshNeeds },
  comparison: MeshComparison,
): DescribedChange[] {
  const listed = listedDestinations(before.push, after.push);
  return describeChanges(comparison, {
    needsBefore: needs.before,
    needsAfter: needs.after,
    ownHosts: ownServices([before.push, after.push]),
    causesOf: causeFinder(
      changed,
      { before: before.push, after: after.push },
      {
        without: (set) => after.rebuild(applyTo(after.admitted.live, set, 'before')),
        alone: (set) => after.rebuild(applyTo(before.admitted.live, set, 'after')),
      },
    ),
    namersOf: namerFinder(after.admitted.live, changed),
    governing: (workload) => governingSidecar(after, workload),
    isDeliberate: (workload, causes) => isDeliberate(after, workload, causes),
    before: outcomes(before, listed),
    after: outcomes(after, listed),
  });
}

/** What explaining the causes needs to know of both meshes. */
export function explainContext(before: JudgedTree, after: JudgedTree): ExplainContext {
  const owners = new Map<string, Set<string>>();
  for (const { hostname, namespace } of [...before.push.services.all, ...after.push.services.all]) {
    const host = probedHost(hostname);
    const known = owners.get(host);
    if (known) known.add(namespace);
    else owners.set(host, new Set([namespace]));
  }
  return {
    rootNamespace: after.push.meshConfig.rootNamespace,
    ownersOf: (host) => owners.get(host) ?? new Set(),
    excludesHosts: after.behavior.excludesHosts,
  };
}

/** Answers for mesh-wide destinations are there already; others are judged once for all workloads that are alike. */
function outcomes(
  { push, evaluated }: JudgedTree,
  listed: ReadonlySet<string>,
): (workload: Workload, destination: Destination) => CallOutcome | null {
  const places = new Map(evaluated.destinations.map((destination, index) => [destinationKey(destination), index]));
  const others = new Map<EvaluatedGroup, Map<string, CallOutcome>>();
  const exists = destinationExists(push, listed);
  const resolve = targetResolver(push);
  return (workload, destination) => {
    const group = evaluated.groupOf.get(workloadKey(workload));
    if (!group) return null;
    const key = destinationKey(destination);
    const place = places.get(key);
    if (place !== undefined) return evaluated.outcomes[group.outcomes[place]!]!;
    if (!exists(destination)) return null;
    const known = others.get(group) ?? new Map<string, CallOutcome>();
    others.set(group, known);
    const outcome = known.get(key) ?? followCall(group.config, resolve(destination));
    known.set(key, outcome);
    return outcome;
  };
}

/** The objects with the versions that some of them have on one side of a change, or without them. */
function applyTo(
  objects: readonly KubernetesObject[],
  changed: readonly ChangedObject[],
  side: 'before' | 'after',
): KubernetesObject[] {
  const keys = new Set(changed.map(({ key }) => key));
  const others = objects.filter((object) => !keys.has(objectKey(object)));
  return [...others, ...changed.flatMap((object) => object[side] ?? [])];
}

/** Finds the changed objects in which a workload names what it did not name before; else the workload itself, if that is changed. */
function namerFinder(
  objects: readonly KubernetesObject[],
  changed: readonly ChangedObject[],
): (workload: Workload, references: readonly Reference[]) => readonly ChangedObject[] {
  const byPath = new Map<string, KubernetesObject[]>();
  for (const object of objects) {
    const list = byPath.get(object.origin.path);
    if (list) list.push(object);
    else byPath.set(object.origin.path, [object]);
  }
  const byKey = new Map(changed.map((each) => [each.key, each]));
  return (workload, references) => {
    const found = new Set<ChangedObject>();
    for (const { path, line } of references) {
      const above = (byPath.get(path) ?? []).filter(({ origin }) => origin.line <= line);
      const holder = above.reduce<KubernetesObject | null>(
        (last, object) => (last === null || object.origin.line >= last.origin.line ? object : last),
        null,
      );
      const namer = holder && byKey.get(objectKey(holder));
      if (namer) found.add(namer);
    }
    const own = byKey.get(objectKey(workload.object));
    return found.size > 0 ? [...found] : own ? [own] : [];
  };
}

function governingSidecar({ push }: JudgedTree, { namespace, kind, name }: Workload): KubernetesObject | null {
  const member = push.workloads.find(
    ({ workload }) => workload.namespace === namespace && workload.kind === kind && workload.name === name,
  );
  if (!member?.injection.injected) return null;
  return selectSidecar(push.sidecars, namespace, member.workload.labels)?.object ?? null;
}

/** Whoever writes a Sidecar for selected workloads means to narrow what these reach. */
function isDeliberate(
  { push }: JudgedTree,
  { namespace, labels }: Workload,
  causes: readonly ChangedObject[],
): boolean {
  const sidecar = selectSidecar(push.sidecars, namespace, labels);
  const selector = sidecar?.spec.selector ?? {};
  return Object.keys(selector).length > 0 && causes.some(({ after }) => after !== null && after === sidecar?.object);
}
