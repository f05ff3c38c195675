import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { ONLY_MESH } from '../kubernetes/manifest.js';
import type {
  Cause,
  ChangeAnalysis,
  ContractBreach,
  EdgeChange,
  ProxyCounts,
  ProxyLoad,
  RenamedWorkload,
  WorkloadOwners,
} from '../reachability/change.js';
import type { Fix, TextPatch } from '../reachability/fix.js';
import { toJsonText } from './json-text.js';
import { coverageJson, ledgerJson } from './ledger.js';
import { placeJson } from './place.js';
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
  const { ledger, workloads, proxyLoads, owners, renamed, breaches, fixes, isFixSearchCut } = analysis;
  return toJsonText({
    schema: 'egress-scope/diff/v1',
    istioVersion: analysis.istioVersion,
    ...(analysis.formerIstioVersion === undefined ? {} : { formerIstioVersion: analysis.formerIstioVersion }),
    verdict: analysis.verdict,
    changes: analysis.changes.map(change),
    workloads: { added: workloads.added.map(workload), removed: workloads.removed.map(workload) },
    ...(renamed === undefined ? {} : { renamed: renamed.map(renaming) }),
    rejected: analysis.rejected.map(rejection),
    diagnostics: analysis.diagnostics.map(diagnosticJson),
    coverage: coverageJson(ledger),
    ledger: ledgerJson(ledger),
    ...(proxyLoads === undefined ? {} : { proxyLoads: proxyLoads.map(proxyLoad) }),
    ...(owners === undefined ? {} : { owners: owners.map(ownersJson) }),
    ...(breaches === undefined ? {} : { breaches: breaches.map(breachJson) }),
    ...(fixes === undefined ? {} : { fixes: fixes.map(fixJson) }),
    ...(isFixSearchCut === undefined ? {} : { isFixSearchCut }),
  });
}

/** `egress-scope reach --format json`. Ends with a newline. */
export function renderReachJson(reach: MeshReach): string {
  return toJsonText({
    schema: 'egress-scope/reach/v1',
    istioVersion: reach.istioVersion,
    groups: reach.groups.map(group),
    gateways: reach.gateways.map(workload),
    rejected: reach.rejected.map(rejection),
    diagnostics: reach.diagnostics.map(diagnosticJson),
    ledger: ledgerJson(reach.ledger),
  });
}

/** `egress-scope endpoints --format json`. Ends with a newline. */
export function renderEndpointsJson(of: WorkloadRef, rows: readonly EndpointRow[]): string {
  return toJsonText({
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
  return toJsonText({
    schema: 'egress-scope/explain/v1',
    from: workload(from),
    to: { host, port, ...(protocol === undefined ? {} : { protocol }) },
    steps: steps.map(({ title, detail, origin }) => ({
      title,
      detail,
      ...(origin === null ? { path: null, line: null } : placeJson(origin)),
    })),
  });
}

function change(item: EdgeChange): object {
  const { branch, rerouted, newReference, exemption } = item;
  return {
    meshes: item.meshes ?? [ONLY_MESH],
    workloads: item.workloads.map(workload),
    destinations: item.destinations.map(destination),
    ...(branch === undefined ? {} : { branch }),
    before: item.before,
    after: item.after,
    ...(rerouted === undefined ? {} : { rerouted: { before: rerouted.before, after: rerouted.after } }),
    need: item.need,
    ...(newReference === undefined ? {} : { newReference }),
    severity: item.severity,
    ...(item.allowedBy === undefined ? {} : { allowedBy: item.allowedBy }),
    ...(exemption === undefined ? {} : { exemption }),
    causes: item.causes.map(cause),
  };
}

function renaming({ before, after, meshes = [ONLY_MESH] }: RenamedWorkload): object {
  return { meshes, before: workload(before), after: workload(after) };
}

function cause({ kind, namespace, name, explanation, together, ...place }: Cause): object {
  return { kind, namespace, name, ...placeJson(place), explanation, ...(together === undefined ? {} : { together }) };
}

function proxyLoad({ meshes = [ONLY_MESH], workloads, before, after }: ProxyLoad): object {
  const counts = ({ clusters, endpoints }: ProxyCounts): ProxyCounts => ({ clusters, endpoints });
  return { meshes, workloads: workloads.map(workload), before: counts(before), after: counts(after) };
}

function ownersJson({ path, owners, causedBy, mustApprove, meshes = [ONLY_MESH], ...item }: WorkloadOwners): object {
  return {
    workload: workload(item.workload),
    owners,
    path,
    causedBy,
    ...(mustApprove === undefined ? {} : { mustApprove }),
    meshes,
  };
}

/** A broken contract as every JSON form has it. `path` and `line` are the contract's own, in the configuration. */
export function breachJson(item: ContractBreach): object {
  const { contract, reason, owner, before, after, isNew, branch, exemption } = item;
  return {
    contract,
    workload: item.workload,
    host: item.host,
    reason,
    owner,
    ...placeJson(item.origin),
    meshes: item.meshes ?? [ONLY_MESH],
    workloads: item.workloads.map(workload),
    destinations: item.destinations.map(destination),
    ...(branch === undefined ? {} : { branch }),
    before,
    after,
    isNew,
    ...(exemption === undefined ? {} : { exemption }),
    causes: item.causes.map(cause),
  };
}

/** A fix as every JSON form has it: `patches` are null where no lines are offered, and `whyNoPatches` says why. */
export function fixJson({
  summary,
  edits,
  mends,
  opens,
  opensUnregistered,
  meshes,
  patches,
  whyNoPatches,
}: Fix): object {
  return {
    meshes: meshes ?? [ONLY_MESH],
    summary,
    edits: edits.map(({ kind, namespace, name, ...place }) => ({ kind, namespace, name, ...placeJson(place) })),
    mends,
    opens,
    ...(opensUnregistered === undefined ? {} : { opensUnregistered }),
    patches: patches?.map(patchJson) ?? null,
    ...(whyNoPatches === undefined ? {} : { whyNoPatches }),
  };
}

function patchJson({ path, startLine, endLine, before, after }: TextPatch): object {
  return { path, startLine, endLine, before, after };
}

function group(item: ReachabilityGroup): object {
  const { sidecar } = item;
  return {
    mesh: item.mesh ?? ONLY_MESH,
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

function rejection({ kind, namespace, name, message, ...place }: Rejection): object {
  return { kind, namespace, name, ...placeJson(place), message };
}

/** A diagnostic as every JSON form has it. */
export function diagnosticJson({ code, severity, message, path, line, ...exactness }: Diagnostic): object {
  const place = path === null ? { path, line } : placeJson({ path, line, ...exactness });
  return { code, severity, message, ...place };
}
