import { analyzeChange, type MeshInput } from './analyze-change.js';
import type { AgeOf } from './istio/istio-object.js';
import type { MeshWorkload, PushContext } from './istio/push-context.js';
import { selectSidecar, type EgressListener, type Sidecar } from './istio/sidecar.js';
import type { IstioObject } from './istio/istio-object.js';
import { isGateway } from './istio/injection.js';
import { lookupCluster } from './istio/telemetry-providers.js';
import { laidOver, judgeMesh, NAME_DECIDES } from './judge-mesh.js';
import type { JudgedTree } from './judge-tree.js';
import { applyOperations, setWithMaps, type EditOperation } from './kubernetes/edit-operations.js';
import { asObject } from './kubernetes/json.js';
import { isSubset } from './kubernetes/label-selector.js';
import { objectKey, type JsonObject, type JsonValue, type KubernetesObject } from './kubernetes/manifest.js';
import type { Workload } from './kubernetes/workload.js';
import { fitsHost, fitsWorkload } from './policy/pair-scope.js';
import type { Policy } from './policy/policy.js';
import { callJudge, type CallJudge } from './reachability/call-judge.js';
import type { ChangeAnalysis } from './reachability/change.js';
import { destinationKey } from './reachability/destination.js';
import { compareOutcomes } from './reachability/edge-deltas.js';
import type { Destination, WorkloadRef } from './reachability/egress-reachability.js';
import { workloadKey } from './reachability/evaluate-mesh.js';
import type { ManifestEdit } from './reachability/fix.js';
import { isTelemetry, usedBy } from './reachability/lost-telemetry.js';
import { workloadRef } from './reachability/mesh-reach.js';
import {
  isWildcardLine,
  lineOf,
  narrowHosts,
  type HostLists,
  type NarrowedHosts,
  type NeededCall,
} from './reachability/narrow-hosts.js';
import { collectNeeds } from './reachability/need.js';
import { routedHosts } from './reachability/routed-hosts.js';

export type RecommendTarget =
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'workload'; readonly workload: WorkloadRef };

export interface RecommendInput extends MeshInput {
  readonly policy: Policy;
  readonly target: RecommendTarget;
  /** Calls that are needed beside those that manifests name and contracts ask for. */
  readonly needed?: (workload: WorkloadRef) => readonly Destination[];
}

/** A needed call that does not go through the mesh as things are. */
export interface UnkeptCall {
  readonly workload: WorkloadRef;
  readonly destination: Destination;
  readonly verdict: string;
}

/** The narrowest Sidecar that keeps what is needed. */
export interface Recommendation {
  readonly namespace: string;
  readonly name: string;
  readonly isNew: boolean;
  /** The object as it is to be. */
  readonly body: JsonObject;
  readonly hosts: HostLists;
  /** Lines that stand for more than one host: no others keep the calls. */
  readonly wildcards: readonly string[];
  /** Null where what is there is as narrow already. */
  readonly edit: ManifestEdit | null;
  /** The workloads that it governs. */
  readonly workloads: readonly WorkloadRef[];
  /** Of the namespace, those that it does not govern. */
  readonly others: readonly WorkloadRef[];
  /** The calls that are kept. */
  readonly kept: number;
  readonly unkept: readonly UnkeptCall[];
  /** Workloads whose manifests do not tell all that they call. */
  readonly unknown: readonly WorkloadRef[];
  /** Host and port pairs that the proxies know, added up: before and after. */
  readonly imports: { readonly before: number; readonly after: number };
  /** What the edit does to the whole mesh. */
  readonly change: ChangeAnalysis;
}

export type RecommendResult =
  | { readonly kind: 'recommended'; readonly recommendation: Recommendation }
  /** A sentence. */
  | { readonly kind: 'refused'; readonly reason: string };

const SIDECAR = { group: 'networking.istio.io', kind: 'Sidecar' };

/** The Sidecar of a namespace or of one workload that imports least and keeps every call that is known to be needed. */
export function recommendSidecar(input: RecommendInput): RecommendResult {
  const tree = judgeMesh(input);
  const ground = findGround(tree, input.target);
  if ('reason' in ground) return { kind: 'refused', reason: ground.reason };
  const { present, members } = ground;
  const judge = callJudge(tree.push);
  const { calls, unkept, unknown } = neededCalls(input, tree, judge, members);
  const trial = createTrial(tree, judge, ground, calls);
  const listeners = trial.present;
  const narrowed = narrowHosts(calls, telemetryLines(tree, judge, members), listeners, trial);
  const object = trial.objectWith(narrowed);
  const importsAfter = trial.importsWith(narrowed.hosts, narrowed.isPlain);
  const isNarrower = importsAfter < trial.importsBefore;
  const written = laidOver(input);
  const others = written.objects.filter((each) => objectKey(each) !== objectKey(object));
  const change = analyzeChange({
    ...{ before: written, after: { ...written, objects: isNarrower ? [...others, object] : written.objects } },
    ...{ mesh: input.mesh, policy: input.policy },
    ...(input.checkpoint && { checkpoint: input.checkpoint }),
  });
  const governed = new Set(members);
  // A ServiceEntry may itself be called `*.example.com`.
  const ownNames = new Set(tree.push.services.all.map(lineOf));
  const { namespace, name } = object.metadata;
  return {
    kind: 'recommended',
    recommendation: {
      ...{ namespace, name, isNew: present === null, body: object.body, hosts: narrowed.hosts },
      wildcards: [...new Set(narrowed.hosts.flat())].filter((line) => isWildcardLine(line) && !ownNames.has(line)),
      edit: isNarrower ? editOf(ground, object, narrowed) : null,
      workloads: members.map(({ workload }) => workloadRef(workload)),
      others: tree.push.workloads
        .filter((member) => member.workload.namespace === namespace && isProxied(member) && !governed.has(member))
        .map(({ workload }) => workloadRef(workload)),
      ...{ kept: calls.length, unkept, unknown },
      imports: { before: trial.importsBefore, after: isNarrower ? importsAfter : trial.importsBefore },
      change,
    },
  };
}

/** What is to be narrowed. */
interface Ground {
  /** The object that is edited; null for a new one. */
  readonly present: IstioObject<Sidecar> | null;
  /** What governs the workloads now. */
  readonly governing: IstioObject<Sidecar> | null;
  readonly members: readonly MeshWorkload[];
  readonly namespace: string;
  readonly name: string;
  readonly selector: Readonly<Record<string, string>> | null;
  /** Where a new object is written. */
  readonly path: string;
}

function isProxied({ workload, injection }: MeshWorkload): boolean {
  return injection.injected && !isGateway(workload);
}

function findGround({ push }: JudgedTree, target: RecommendTarget): Ground | { readonly reason: string } {
  return target.kind === 'namespace'
    ? groundOfNamespace(push, target.namespace)
    : groundOfWorkload(push, target.workload);
}

function governingOf({ sidecars }: PushContext, { namespace, labels }: Workload): IstioObject<Sidecar> | null {
  return selectSidecar(sidecars, namespace, labels);
}

function groundOfNamespace(push: PushContext, namespace: string): Ground | { readonly reason: string } {
  if (namespace === push.meshConfig.rootNamespace) {
    return {
      reason: `A Sidecar without a selector in ${namespace}, the root namespace, would be that of all namespaces.`,
    };
  }
  const own = push.sidecars.byNamespace.get(namespace) ?? [];
  const present = own.find(({ spec }) => spec.selector === null) ?? null;
  const proxied = push.workloads.filter((member) => member.workload.namespace === namespace && isProxied(member));
  const members = proxied.filter(({ workload }) => {
    const governing = governingOf(push, workload);
    return governing === present || (present === null && governing?.namespace !== namespace);
  });
  const [first] = members;
  if (!first) {
    const why =
      proxied.length > 0 ? 'every one of its workloads has a Sidecar of its own' : 'no workload of it has a sidecar';
    return { reason: `There is nothing to narrow in namespace ${namespace}: ${why}.` };
  }
  return {
    ...{ present, governing: governingOf(push, first.workload), members, namespace, selector: null },
    name: present?.name ?? freeName('default', own),
    path: pathBeside(first.workload, 'sidecar.yaml'),
  };
}

function groundOfWorkload(
  push: PushContext,
  { namespace, kind, name }: WorkloadRef,
): Ground | { readonly reason: string } {
  const member = push.workloads.find(
    ({ workload }) => workloadKey(workload) === workloadKey({ namespace, kind, name }),
  );
  const title = `${kind} ${namespace}/${name}`;
  if (!member || !isProxied(member))
    return { reason: `${title} has no sidecar, so that a Sidecar would say nothing to it.` };
  const { labels } = member.workload;
  const neighbours = push.workloads.filter(
    (each) => each !== member && each.workload.namespace === namespace && isProxied(each),
  );
  const governing = governingOf(push, member.workload);
  const path = pathBeside(member.workload, `${name}-sidecar.yaml`);
  if (governing?.namespace === namespace && governing.spec.selector !== null) {
    const shared = neighbours.filter(({ workload }) => governingOf(push, workload) === governing);
    if (shared.length > 0) {
      return { reason: `Sidecar ${namespace}/${governing.name} governs ${shared.length + 1} workloads, of which ${title} is one; select them apart first.` }; // prettier-ignore
    }
    const { selector } = governing.spec;
    return { present: governing, governing, members: [member], namespace, name: governing.name, selector, path };
  }
  const selector = selectorOf(
    labels,
    neighbours.map(({ workload }) => workload.labels),
  );
  if (selector === null) return { reason: `No label tells ${title} from the other workloads of its namespace.` };
  const own = push.sidecars.byNamespace.get(namespace) ?? [];
  return { ...{ present: null, governing, members: [member], namespace, selector, path }, name: freeName(name, own) };
}

/** The fewest labels that select one workload and no other: one, or all. */
function selectorOf(
  labels: Workload['labels'],
  others: readonly Workload['labels'][],
): Readonly<Record<string, string>> | null {
  const names = Object.keys(labels).sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
  const single = names.map((name) => ({ [name]: labels[name]! }));
  return [...single, { ...labels }].find((each) => Object.keys(each).length > 0 && !others.some((other) => isSubset(each, other))) ?? null; // prettier-ignore
}

/** Labels that name an application last longest. */
function rankOf(label: string): number {
  const place = ['app', 'app.kubernetes.io/name', 'k8s-app', 'app.kubernetes.io/component'].indexOf(label);
  return place === -1 ? 4 : place;
}

function freeName(wanted: string, taken: readonly { readonly name: string }[]): string {
  return taken.some(({ name }) => name === wanted) ? `${wanted}-egress` : wanted;
}

function pathBeside({ object }: Workload, name: string): string {
  const { path } = object.origin;
  return `${path.slice(0, path.lastIndexOf('/') + 1)}${name}`;
}

/** What members name, what contracts and the caller ask for, as far as it goes through the mesh now. */
function neededCalls(
  { policy, needed }: RecommendInput,
  { push, admitted, evaluated }: JudgedTree,
  judge: CallJudge,
  members: readonly MeshWorkload[],
) {
  const needs = collectNeeds(push, admitted.live, [push]);
  const contracts = policy.contracts.filter(({ rule }) => rule === 'must-be-meshed');
  const calls: NeededCall[] = [];
  const unkept: UnkeptCall[] = [];
  for (const { workload } of members) {
    const key = workloadKey(workload);
    const config = judge.configurationOf(key)!;
    const own = contracts.filter(({ scope }) => fitsWorkload(scope.workload, workload));
    const contracted = evaluated.destinations.filter((each) => own.some(({ scope }) => fitsHost(scope.host, each)));
    const all = [...(needs.of.get(key)?.named ?? []), ...contracted, ...(needed?.(workloadRef(workload)) ?? [])];
    for (const destination of new Map(all.map((each) => [destinationKey(each), each])).values()) {
      const outcome = judge.judge(key, destination);
      const verdict = outcome?.verdict ?? 'absent';
      if (outcome && (verdict === 'meshed' || verdict === 'no-endpoints')) {
        calls.push({ workload: key, destination, clusters: outcome.clusters, config });
      } else unkept.push({ workload: workloadRef(workload), destination, verdict });
    }
  }
  const unknown = members.filter(({ workload }) => needs.of.get(workloadKey(workload))?.needUnknown ?? true);
  return { calls, unkept, unknown: unknown.map(({ workload }) => workloadRef(workload)) };
}

/** Lines for what the proxies send traces and logs to, which no workload names. */
function telemetryLines(
  { push, admitted }: JudgedTree,
  judge: CallJudge,
  members: readonly MeshWorkload[],
): readonly string[] {
  const telemetries = admitted.live.filter(isTelemetry);
  const lines = members.flatMap(({ workload }) => {
    const config = judge.configurationOf(workloadKey(workload))!;
    return usedBy(workload, push, telemetries).flatMap((provider) => {
      const cluster = lookupCluster(provider, push.services);
      if (cluster === null || config.cluster(cluster) === null) return [];
      const service = config.scope.servicesByHostname.get(routedHosts([cluster])[0]?.host ?? '');
      return service ? [lineOf(service)] : [];
    });
  });
  return [...new Set(lines)];
}

const EVERYTHING: EgressListener = { port: null, bind: '', captureNone: false, hosts: ['*/*'], index: null };

function createTrial(tree: JudgedTree, judge: CallJudge, ground: Ground, calls: readonly NeededCall[]) {
  const { governing, members } = ground;
  const egress = governing?.spec.egress ?? [];
  const present = egress.length > 0 ? egress : [EVERYTHING];
  let last: { readonly key: string; readonly judge: CallJudge } | null = null;
  const before = new Map(calls.map((call) => [call, judge.judge(call.workload, call.destination)!]));

  const objectWith = (narrowed: NarrowedHosts): KubernetesObject => sidecarWith(ground, narrowed);
  const judgeWith = (hosts: HostLists, isPlain: boolean): CallJudge => {
    const key = JSON.stringify([hosts, isPlain]);
    if (last?.key !== key) {
      const object = objectWith({ hosts, isPlain });
      const others = tree.admitted.live.filter((each) => objectKey(each) !== objectKey(object));
      // What is added is younger than all that is there.
      const ageOf: AgeOf = (each) =>
        each === object && ground.present === null ? Number.POSITIVE_INFINITY : NAME_DECIDES(each);
      last = { key, judge: callJudge(tree.rebuild([...others, object], ageOf)) };
    }
    return last.judge;
  };
  const importsOf = (each: CallJudge): number =>
    members.reduce((sum, { workload }) => sum + importsIn(each, workloadKey(workload)), 0);
  const importsBefore = importsOf(judge);
  const importsWith = (hosts: HostLists, isPlain: boolean): number => importsOf(judgeWith(hosts, isPlain));
  return {
    ...{ present, objectWith, importsBefore, importsWith },
    losses: (hosts: HostLists, isPlain: boolean): readonly NeededCall[] => {
      const now = judgeWith(hosts, isPlain);
      return calls.filter((call) => {
        const outcome = now.judge(call.workload, call.destination) ?? null;
        return compareOutcomes(before.get(call)!, outcome).length > 0;
      });
    },
    isNoWider: (hosts: HostLists, isPlain: boolean): boolean => importsWith(hosts, isPlain) <= importsBefore,
  };
}

function importsIn(judge: CallJudge, key: string): number {
  let ports = 0;
  for (const service of judge.configurationOf(key)!.scope.servicesByHostname.values()) ports += service.ports.length;
  return ports;
}

/** The edited object, or a new one. What governs now has its say on unregistered hosts as well, and keeps it. */
function sidecarWith(ground: Ground, narrowed: NarrowedHosts): KubernetesObject {
  const { present, governing, namespace, name, selector, path } = ground;
  if (present) {
    const { object } = present;
    const body = applyOperations(object.body, [egressOperation(object, ground, narrowed)]) ?? object.body;
    return { ...object, body };
  }
  const spec = asObject(governing?.object.body['spec']);
  const origin = { path, line: 1 };
  return {
    ...SIDECAR,
    apiVersion: 'networking.istio.io/v1',
    metadata: { name, namespace, labels: {}, annotations: {}, creationTimestamp: null },
    body: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name, namespace },
      spec: {
        ...(selector ? { workloadSelector: { labels: selector } } : {}),
        egress: egressOf(ground, narrowed),
        ...(spec['outboundTrafficPolicy'] === undefined
          ? {}
          : { outboundTrafficPolicy: spec['outboundTrafficPolicy'] }),
      },
    },
    origin,
    locate: () => origin,
  };
}

function egressOperation(object: KubernetesObject, ground: Ground, narrowed: NarrowedHosts): EditOperation {
  return setWithMaps(object.body, ['spec', 'egress'], egressOf(ground, narrowed));
}

function egressOf({ governing }: Ground, { hosts, isPlain }: NarrowedHosts): JsonValue {
  const written = asObject(governing?.object.body['spec'])['egress'];
  if (isPlain || !Array.isArray(written) || written.length === 0) return [{ hosts: [...(hosts[0] ?? [])] }];
  return (written as readonly JsonValue[]).map((listener, place) => ({
    ...asObject(listener),
    hosts: [...(hosts[place] ?? [])],
  }));
}

function editOf(ground: Ground, object: KubernetesObject, narrowed: NarrowedHosts): ManifestEdit {
  const { present } = ground;
  const { namespace, name } = object.metadata;
  const about = { key: objectKey(object), kind: 'Sidecar', namespace, name, edited: object.body };
  if (!present) return { ...about, ...object.origin, body: null, operations: [] };
  const operation = egressOperation(present.object, ground, narrowed);
  return { ...about, ...present.object.locate(['spec', 'egress']), body: present.object.body, operations: [operation] };
}
