import { ONLY_MESH } from '../kubernetes/manifest.js';
import type { Audit, AuditedWorkload, AuditFinding } from '../reachability/audit.js';
import type { ContractPairs, ContractReport, ContractResult } from '../reachability/contract-report.js';
import type { WorkloadRef } from '../reachability/egress-reachability.js';
import { destinationJson, DestinationSets } from './destination-sets.js';
import { JsonList, jsonTextParts } from './json-text.js';
import { ledgerJson } from './ledger.js';
import { placeJson } from './place.js';
import { breachJson, diagnosticJson } from './render-json.js';

/** `egress-scope audit --format json`, in parts. Ends with a newline. */
export function auditJsonParts(audit: Audit): Iterable<string> {
  const sets = new DestinationSets(audit.breaches);
  return jsonTextParts({
    schema: 'egress-scope/audit/v1',
    istioVersion: audit.istioVersion,
    counts: { workloads: audit.workloads, calls: audit.calls, allowed: audit.allowed },
    ...sets.keys(),
    workloads: new JsonList(audit.found, auditedWorkload),
    breaches: new JsonList(audit.breaches, (breach) => breachJson(breach, sets)),
    rejected: new JsonList(audit.rejected, ({ kind, namespace, name, message, ...place }) => {
      return { kind, namespace, name, ...placeJson(place), message };
    }),
    undetermined: audit.undetermined,
    diagnostics: new JsonList(audit.diagnostics, diagnosticJson),
    ledger: ledgerJson(audit.ledger),
  });
}

/** `egress-scope contracts --format json`, in parts. Ends with a newline. */
export function contractsJsonParts(report: ContractReport): Iterable<string> {
  const sets = new DestinationSets(report.contracts.flatMap(({ pairs }) => pairs));
  return jsonTextParts({
    schema: 'egress-scope/contracts/v1',
    istioVersion: report.istioVersion,
    ...sets.keys(),
    contracts: new JsonList(report.contracts, (result) => contractResult(result, sets)),
    undetermined: report.undetermined,
    diagnostics: new JsonList(report.diagnostics, diagnosticJson),
    ledger: ledgerJson(report.ledger),
  });
}

function auditedWorkload({ meshes = [ONLY_MESH], workload, owners, findings, ...place }: AuditedWorkload): object {
  return {
    meshes,
    workload: workloadJson(workload),
    ...placeJson(place),
    ...(owners === undefined ? {} : { owners }),
    findings: findings.map(finding),
  };
}

function finding({ destination, branch, verdict, severity, why, references, exemption }: AuditFinding): object {
  const { title, detail, origin } = why;
  return {
    ...destinationJson(destination),
    ...(branch === undefined ? {} : { branch }),
    verdict,
    severity,
    why: { title, detail, ...(origin === null ? { path: null, line: null } : placeJson(origin)) },
    references: references.map(({ where, text, ...place }) => ({ where, text, ...placeJson(place) })),
    ...(exemption === undefined ? {} : { exemption }),
  };
}

function contractResult(result: ContractResult, sets: DestinationSets): object {
  const { contract, workload, host, reason, owner, origin, pairs } = result;
  const listed = new JsonList(pairs, (each) => contractPairs(each, sets));
  return { contract, workload, host, reason, owner, ...placeJson(origin), pairs: listed };
}

function contractPairs(pairs: ContractPairs, sets: DestinationSets): object {
  const { meshes = [ONLY_MESH], branch, verdict, isBroken, exemption } = pairs;
  return {
    meshes,
    workloads: pairs.workloads.map(workloadJson),
    ...sets.of(pairs),
    ...(branch === undefined ? {} : { branch }),
    verdict,
    isBroken,
    ...(exemption === undefined ? {} : { exemption }),
  };
}

function workloadJson({ namespace, kind, name }: WorkloadRef): WorkloadRef {
  return { namespace, kind, name };
}
