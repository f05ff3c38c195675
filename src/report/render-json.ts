import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { SeenCall } from '../evidence/traffic-evidence.js';
import { ONLY_MESH } from '../kubernetes/manifest.js';
import { formatTimestamp } from '../kubernetes/timestamp.js';
import type {
  Cause,
  ChangeAnalysis,
  ContractBreach,
  EdgeChange,
  ProxyCounts,
  ProxyLoad,
  RenamedWorkload,
  Sighting,
  WorkloadOwners,
} from '../reachability/change.js';
import type { Fix, TextPatch } from '../reachability/fix.js';
import { destinationJson, DestinationSets } from './destination-sets.js';
import { JsonList, jsonTextParts, toJsonText } from './json-text.js';
import { coverageJson, ledgerJson } from './ledger.js';
import { placeJson } from './place.js';
import { seenCalls } from './traffic-words.js';
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
  return toJsonText(diffForm(analysis));
}

/** The same in parts: of a change of a whole mesh, it can be longer than a string can be. */
export function diffJsonParts(analysis: ChangeAnalysis): Iterable<string> {
  return jsonTextParts(diffForm(analysis));
}

function diffForm(analysis: ChangeAnalysis): object {
  const { ledger, workloads, proxyLoads, owners, renamed, breaches, fixes, isFixSearchCut } = analysis;
  const sets = new DestinationSets([...analysis.changes, ...(breaches ?? [])]);
  return {
    schema: 'egress-scope/diff/v1',
    istioVersion: analysis.istioVersion,
    ...(analysis.formerIstioVersion === undefined ? {} : { formerIstioVersion: analysis.formerIstioVersion }),
    verdict: analysis.verdict,
    ...sets.keys(),
    changes: new JsonList(analysis.changes, (item) => change(item, sets)),
    workloads: {
      added: new JsonList(workloads.added, workload),
      removed: new JsonList(workloads.removed, workload),
    },
    ...(renamed === undefined ? {} : { renamed: new JsonList(renamed, renaming) }),
    rejected: new JsonList(analysis.rejected, rejection),
    diagnostics: new JsonList(analysis.diagnostics, diagnosticJson),
    coverage: coverageJson(ledger),
    ledger: ledgerJson(ledger),
    ...(proxyLoads === undefined ? {} : { proxyLoads: new JsonList(proxyLoads, proxyLoad) }),
    ...(owners === undefined ? {} : { owners: new JsonList(owners, ownersJson) }),
    ...(breaches === undefined ? {} : { breaches: new JsonList(breaches, (item) => breachJson(item, sets)) }),
    ...(fixes === undefined ? {} : { fixes: new JsonList(fixes, fixJson) }),
    ...(isFixSearchCut === undefined ? {} : { isFixSearchCut }),
  };
}

/** `egress-scope reach --format json`, in parts. Ends with a newline. */
export function reachJsonParts(reach: MeshReach): Iterable<string> {
  return jsonTextParts({
    schema: 'egress-scope/reach/v1',
    istioVersion: reach.istioVersion,
    groups: new JsonList(reach.groups, group),
    gateways: new JsonList(reach.gateways, workload),
    rejected: new JsonList(reach.rejected, rejection),
    diagnostics: new JsonList(reach.diagnostics, diagnosticJson),
    ledger: ledgerJson(reach.ledger),
  });
}

/** `egress-scope endpoints --format json`, in parts. Ends with a newline. */
export function endpointsJsonParts(of: WorkloadRef, rows: readonly EndpointRow[]): Iterable<string> {
  return jsonTextParts({
    schema: 'egress-scope/endpoints/v1',
    workload: workload(of),
    endpoints: new JsonList(rows, ({ endpoint, status, outlierCheck, cluster }) => {
      return { endpoint, status, outlierCheck, cluster };
    }),
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

function change(item: EdgeChange, sets: DestinationSets): object {
  const { branch, rerouted, newReference, exemption } = item;
  return {
    meshes: item.meshes ?? [ONLY_MESH],
    workloads: item.workloads.map(workload),
    ...sets.of(item),
    ...(branch === undefined ? {} : { branch }),
    before: item.before,
    after: item.after,
    ...(rerouted === undefined ? {} : { rerouted: { before: rerouted.before, after: rerouted.after } }),
    need: item.need,
    ...(item.sighting === undefined ? {} : { sighting: sightingJson(item.sighting) }),
    ...(newReference === undefined ? {} : { newReference }),
    severity: item.severity,
    ...(item.allowedBy === undefined ? {} : { allowedBy: item.allowedBy }),
    ...(exemption === undefined ? {} : { exemption }),
    causes: item.causes.map(cause),
  };
}

function sightingJson(sighting: Sighting): object {
  switch (sighting.kind) {
    case 'seen':
      return { kind: 'seen', calls: seenCalls(sighting).map(seenCallJson) };
    case 'unseen':
      return { kind: 'unseen' };
    case 'silent':
      return { kind: 'silent', why: sighting.why };
  }
}

function seenCallJson({ from, host, port, protocol, via, perMinute, lastSeen }: SeenCall): object {
  return { from, host, port, protocol, via, perMinute, lastSeen: lastSeen === null ? null : formatTimestamp(lastSeen) };
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
export function breachJson(item: ContractBreach, sets: DestinationSets): object {
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
    ...sets.of(item),
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
    edges: new JsonList(item.edges, edge),
  };
}

function edge(item: Edge): object {
  const { branches } = item;
  return {
    ...destinationJson(item),
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
