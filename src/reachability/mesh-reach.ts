import { exactness, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { RefusedObject } from '../istio/admission/admit-objects.js';
import type { Endpoint } from '../istio/endpoint.js';
import { compareWorkloads, type Workload } from '../kubernetes/workload.js';
import type { Edge, EndpointRef, MeshReach, ReachabilityGroup, Rejection, WorkloadRef } from './egress-reachability.js';
import type { EvaluatedGroup, EvaluatedMesh } from './evaluate-mesh.js';
import type { CallOutcome } from './follow-call.js';
import type { Destination } from './egress-reachability.js';
import type { Ledger } from './ledger.js';

export function workloadRef({ namespace, kind, name }: Pick<Workload, 'namespace' | 'kind' | 'name'>): WorkloadRef {
  return { namespace, kind, name };
}

/** What one evaluated tree says, in a total order. */
export function buildMeshReach(
  mesh: EvaluatedMesh,
  refused: readonly RefusedObject[],
  diagnostics: readonly Diagnostic[],
  ledger: Ledger,
): MeshReach {
  return {
    istioVersion: mesh.push.behavior.version,
    groups: mesh.groups
      .map((group) => buildGroup(mesh, group))
      .sort((a, b) => compareWorkloads(a.workloads[0]!, b.workloads[0]!)),
    gateways: mesh.push.gateways.map(workloadRef),
    rejected: refused.map(rejectionOf),
    diagnostics,
    ledger,
  };
}

export function rejectionOf({ object, message, origin }: RefusedObject): Rejection {
  const { name, namespace } = object.metadata;
  const { path, line } = origin;
  return { kind: object.kind, namespace, name, path, line, ...exactness(origin), message };
}

function buildGroup(mesh: EvaluatedMesh, group: EvaluatedGroup): ReachabilityGroup {
  const { scope } = group.config();
  const { injected } = group.members[0]!.injection;
  return {
    workloads: group.members.map(({ workload }) => workloadRef(workload)).sort(compareWorkloads),
    injected,
    sidecar: group.sidecar ? { namespace: group.sidecar.namespace, name: group.sidecar.name } : null,
    outboundTrafficPolicy: scope.outboundTrafficPolicy,
    imports: injected ? importsOf(group) : [],
    edges: Array.from(group.outcomes().toArray(), (outcome, place) =>
      buildEdge(mesh.destinations[place]!, mesh.outcomes[outcome]!),
    ),
  };
}

/** `host:port` of every port that the group's SidecarScope knows. */
export function importsOf(group: EvaluatedGroup): string[] {
  const imports = new Set<string>();
  for (const service of group.config().scope.servicesByHostname.values()) {
    for (const { port } of service.ports) imports.add(`${service.hostname}:${port}`);
  }
  return [...imports].sort();
}

function buildEdge(destination: Destination, outcome: CallOutcome): Edge {
  return {
    host: destination.host,
    port: destination.port,
    protocol: destination.protocol,
    verdict: outcome.verdict,
    clusters: outcome.clusters,
    endpoints: endpointRefs(outcome.endpoints),
    ...(outcome.branches.length > 0 ? { branches: outcome.branches } : {}),
  };
}

/** Workloads where the selectors gave them, addresses where the manifests list them; sorted, each once. */
export function endpointRefs(endpoints: readonly Endpoint[]): EndpointRef[] {
  const refs = new Map<string, EndpointRef>();
  for (const { workload, address, port } of endpoints) {
    if (address !== '') refs.set(`${address}:${port}`, { address: `${address}:${port}` });
    else if (workload) refs.set(`${workload.namespace}/${workload.kind}/${workload.name}`, workloadRef(workload));
  }
  return [...refs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ref]) => ref);
}
