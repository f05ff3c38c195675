import type { IstioObject } from '../istio/istio-object.js';
import type { MeshWorkload, PushContext } from '../istio/push-context.js';
import { buildSidecarScope, type SidecarScope } from '../istio/sidecar-scope.js';
import { selectSidecar, type Sidecar } from '../istio/sidecar.js';
import { isSubset, type Labels } from '../kubernetes/label-selector.js';
import type { Workload } from '../kubernetes/workload.js';
import { listDestinations, targetResolver, type CallTarget } from './destination.js';
import type { Destination } from './egress-reachability.js';
import { followCall, type CallOutcome } from './follow-call.js';
import { proxyConfiguration, type ProxyConfiguration } from './proxy-configuration.js';

/** Workloads that nothing distinguishes, and where each of their calls ends. */
export interface EvaluatedGroup {
  readonly members: readonly MeshWorkload[];
  readonly config: ProxyConfiguration;
  readonly sidecar: IstioObject<Sidecar> | null;
  /** For each destination, the index of its outcome in the mesh's `outcomes`. */
  readonly outcomes: Uint32Array;
}

/** A mesh with every edge judged. Outcomes are shared: most groups have the same one for a destination. */
export interface EvaluatedMesh {
  readonly push: PushContext;
  readonly destinations: readonly Destination[];
  readonly outcomes: readonly CallOutcome[];
  readonly groups: readonly EvaluatedGroup[];
  readonly groupOf: ReadonlyMap<string, EvaluatedGroup>;
}

/** Stable identity of a workload across trees. */
export function workloadKey({ namespace, kind, name }: Pick<Workload, 'namespace' | 'kind' | 'name'>): string {
  return `${namespace}/${kind}/${name}`;
}

/** Judges every destination, and the probes, for every workload; workloads of one equivalence class are judged once. */
export function evaluateMesh(push: PushContext, probes: readonly Destination[]): EvaluatedMesh {
  const destinations = listDestinations(push, probes);
  const resolve = targetResolver(push);
  const targets = destinations.map(resolve);
  const table = outcomeTable();
  const groups = groupWorkloads(push, targets).map(({ members, config, sidecar }) => ({
    members,
    config,
    sidecar,
    outcomes: Uint32Array.from(targets, (target) => table.intern(followCall(config, target))),
  }));
  const groupOf = new Map<string, EvaluatedGroup>();
  for (const group of groups) {
    for (const { workload } of group.members) groupOf.set(workloadKey(workload), group);
  }
  return { push, destinations, outcomes: table.outcomes, groups, groupOf };
}

/** Judges destinations of a workload's own, which nobody asked for mesh-wide. */
export function evaluateFor(
  mesh: EvaluatedMesh,
  group: EvaluatedGroup,
  destinations: readonly Destination[],
): CallOutcome[] {
  const resolve = targetResolver(mesh.push);
  return destinations.map((destination) => followCall(group.config, resolve(destination)));
}

function outcomeTable(): { outcomes: CallOutcome[]; intern: (outcome: CallOutcome) => number } {
  const outcomes: CallOutcome[] = [];
  const known = new Map<string, number>();
  return {
    outcomes,
    intern: (outcome) => {
      // Clusters of one name have the same endpoints for all who have them, but for subsets that differ by rule.
      const key = `${outcome.verdict} ${outcome.clusters.join()} ${outcome.endpoints.length} ${outcome.endpoints
        .map((e) => (e.workload ? workloadKey(e.workload) : e.address))
        .join()} ${outcome.branches.map((b) => `${b.match}>${b.verdict}>${b.clusters.join()}`).join(';')}`;
      let index = known.get(key);
      if (index === undefined) {
        index = outcomes.push(outcome) - 1;
        known.set(key, index);
      }
      return index;
    },
  };
}

interface Group {
  readonly members: MeshWorkload[];
  readonly config: ProxyConfiguration;
  readonly sidecar: IstioObject<Sidecar> | null;
}

/** The equivalence classes of a mesh's workloads: all that can tell their calls apart is in the key. */
function groupWorkloads(push: PushContext, targets: readonly CallTarget[]): Group[] {
  const selectorsIn = callerSelectors(push);
  const firstOf = headlessFirsts(targets);
  const scopes = new Map<string, SidecarScope>();
  const groups = new Map<string, Group>();
  for (const member of push.workloads) {
    const { workload, injection, capture } = member;
    const sidecar = injection.injected ? selectSidecar(push.sidecars, workload.namespace, workload.labels) : null;
    const sidecarName = sidecar ? `${sidecar.namespace}/${sidecar.name}` : '';
    const key = injection.injected
      ? JSON.stringify([
          workload.namespace,
          sidecarName,
          selectorsIn(workload.namespace).map((selector) => isSubset(selector, workload.labels)),
          capture.includeOutboundIpRanges,
          capture.excludeOutboundIpRanges,
          [...capture.includeOutboundPorts],
          [...capture.excludeOutboundPorts],
          capture.interceptionMode,
          firstOf.get(workload) ?? [],
        ])
      : 'not injected';
    const group = groups.get(key);
    if (group) {
      group.members.push(member);
      continue;
    }
    const scopeKey = `${workload.namespace} ${sidecarName}`;
    let scope = scopes.get(scopeKey);
    if (!scope) scopes.set(scopeKey, (scope = buildSidecarScope(push, sidecar, workload.namespace)));
    groups.set(key, { members: [member], config: proxyConfiguration(push, scope, member), sidecar });
  }
  return [...groups.values()];
}

/** The selectors by which some VirtualService, or some DestinationRule of the caller's own namespace, tells callers apart. */
function callerSelectors(push: PushContext): (namespace: string) => readonly Labels[] {
  const { virtualServices, destinationRules } = push;
  const configs = [
    virtualServices.public,
    ...virtualServices.privateByNamespace.values(),
    ...virtualServices.exportedToNamespace.values(),
  ].flat();
  const sources = configs.flatMap(({ spec }) =>
    [...spec.http, ...spec.tcp, ...spec.tls].flatMap((route) => route.match.map((match) => match.sourceLabels)),
  );
  const everywhere = distinct(sources);
  const byNamespace = new Map<string, readonly Labels[]>();
  for (const [namespace, { specific, wildcard }] of destinationRules.namespaceLocal) {
    const rules = [...specific.values(), ...wildcard.values()].flat();
    byNamespace.set(namespace, distinct([...everywhere, ...rules.map(({ rule }) => rule.matchLabels ?? {})]));
  }
  return (namespace) => byNamespace.get(namespace) ?? everywhere;
}

/** Each selector once; one that selects everything tells nobody apart. */
function distinct(selectors: readonly Labels[]): readonly Labels[] {
  const known = new Map(selectors.map((selector) => [JSON.stringify(Object.entries(selector).sort()), selector]));
  return [...known.values()].filter((selector) => Object.keys(selector).length > 0);
}

/** The headless Services whose first pod is a workload's: its calls go to another pod than everybody else's. */
function headlessFirsts(targets: readonly CallTarget[]): Map<Workload, string[]> {
  const firsts = new Map<Workload, string[]>();
  const seen = new Set<string>();
  for (const { host, pods } of targets) {
    const first = pods[0]?.endpoint.workload;
    if (!first || seen.has(host)) continue;
    seen.add(host);
    const list = firsts.get(first);
    if (list) list.push(host);
    else firsts.set(first, [host]);
  }
  return firsts;
}
