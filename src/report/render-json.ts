import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Cause, ChangeAnalysis, EdgeChange } from '../reachability/change.js';
import type {
  Branch,
  Destination,
  Edge,
  EndpointRef,
  EndpointRow,
  ExplainStep,
  MeshReach,
  ReachabilityGroup,
  Rejection,
  WorkloadRef,
} from '../reachability/egress-reachability.js';

/** The JSON forms are an interface: these functions name every key, in its order, and nothing reaches a consumer by
 * accident. Keys whose value is absent are left out. */

/** `egress-scope diff --format json`. Ends with a newline. */
export function renderDiffJson(analysis: ChangeAnalysis): string {
  const { coverage, workloads } = analysis;
  return toText({
    schema: 'egress-scope/diff/v1',
    istioVersion: analysis.istioVersion,
    verdict: analysis.verdict,
    changes: analysis.changes.map(change),
    workloads: { added: workloads.added.map(workload), removed: workloads.removed.map(workload) },
    rejected: analysis.rejected.map(rejection),
    diagnostics: analysis.diagnostics.map(diagnostic),
    coverage: {
      filesRead: coverage.filesRead,
      filesSkipped: coverage.filesSkipped,
      resources: coverage.resources,
      notModelled: coverage.notModelled,
    },
  });
}

/** `egress-scope reach --format json`. Ends with a newline. */
export function renderReachJson(reach: MeshReach): string {
  return toText({
    schema: 'egress-scope/reach/v1',
    istioVersion: reach.istioVersion,
    groups: reach.groups.map(group),
    gateways: reach.gateways.map(workload),
    rejected: reach.rejected.map(rejection),
    diagnostics: reach.diagnostics.map(diagnostic),
  });
}

/** `egress-scope endpoints --format json`. Ends with a newline. */
export function renderEndpointsJson(of: WorkloadRef, rows: readonly EndpointRow[]): string {
  return toText({
    schema: 'egress-scope/endpoints/v1',
    workload: workload(of),
    endpoints: rows.map(({ endpoint, status, outlierCheck, cluster }) => ({ endpoint, status, outlierCheck, cluster })),
  });
}

/** `egress-scope explain --format json`. Ends with a newline. */
export function renderExplainJson(
  from: WorkloadRef,
  to: Omit<Destination, 'protocol'> & Partial<Destination>,
  steps: readonly ExplainStep[],
): string {
  const { host, port, protocol } = to;
  return toText({
    schema: 'egress-scope/explain/v1',
    from: workload(from),
    to: { host, port, ...(protocol === undefined ? {} : { protocol }) },
    steps: steps.map(({ title, detail, origin }) => ({
      title,
      detail,
      path: origin?.path ?? null,
      line: origin?.line ?? null,
    })),
  });
}

function change(item: EdgeChange): object {
  const { branch, rerouted, newReference, exemption } = item;
  return {
    workloads: item.workloads.map(workload),
    destinations: item.destinations.map(destination),
    ...(branch === undefined ? {} : { branch }),
    before: item.before,
    after: item.after,
    ...(rerouted === undefined ? {} : { rerouted: { before: rerouted.before, after: rerouted.after } }),
    need: item.need,
    ...(newReference === undefined ? {} : { newReference }),
    severity: item.severity,
    ...(exemption === undefined ? {} : { exemption }),
    causes: item.causes.map(cause),
  };
}

function cause({ kind, namespace, name, path, line, explanation }: Cause): object {
  return { kind, namespace, name, path, line, explanation };
}

function group(item: ReachabilityGroup): object {
  const { sidecar } = item;
  return {
    workloads: item.workloads.map(workload),
    injected: item.injected,
    sidecar: sidecar === null ? null : { namespace: sidecar.namespace, name: sidecar.name },
    outboundTrafficPolicy: item.outboundTrafficPolicy,
    imports: item.imports,
    edges: item.edges.map(edge),
  };
}

function edge(item: Edge): object {
  const { branches } = item;
  return {
    ...destination(item),
    verdict: item.verdict,
    clusters: item.clusters,
    endpoints: item.endpoints.map(endpoint),
    ...(branches === undefined ? {} : { branches: branches.map(branch) }),
  };
}

function branch({ match, clusters, verdict }: Branch): object {
  return { match, clusters, verdict };
}

function endpoint(item: EndpointRef): object {
  return 'address' in item ? { address: item.address } : workload(item);
}

function destination({ host, port, protocol }: Destination): Destination {
  return { host, port, protocol };
}

function workload({ namespace, kind, name }: WorkloadRef): WorkloadRef {
  return { namespace, kind, name };
}

function rejection({ kind, namespace, name, path, line, message }: Rejection): Rejection {
  return { kind, namespace, name, path, line, message };
}

function diagnostic({ code, severity, message, path, line }: Diagnostic): Diagnostic {
  return { code, severity, message, path, line };
}

function toText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
