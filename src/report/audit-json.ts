import { ONLY_MESH } from '../kubernetes/manifest.js';
import type { Audit, AuditedWorkload, AuditFinding } from '../reachability/audit.js';
import type { ContractPairs, ContractReport, ContractResult } from '../reachability/contract-report.js';
import type { Destination, WorkloadRef } from '../reachability/egress-reachability.js';
import { toJsonText } from './json-text.js';
import { ledgerJson } from './ledger.js';
import { placeJson } from './place.js';
import { breachJson, diagnosticJson } from './render-json.js';

/** `egress-scope audit --format json`. Ends with a newline. */
export function renderAuditJson(audit: Audit): string {
  return toJsonText({
    schema: 'egress-scope/audit/v1',
    istioVersion: audit.istioVersion,
    counts: { workloads: audit.workloads, calls: audit.calls, allowed: audit.allowed },
    workloads: audit.found.map(auditedWorkload),
    breaches: audit.breaches.map(breachJson),
    rejected: audit.rejected.map(({ kind, namespace, name, message, ...place }) => {
      return { kind, namespace, name, ...placeJson(place), message };
    }),
    undetermined: audit.undetermined,
    diagnostics: audit.diagnostics.map(diagnosticJson),
    ledger: ledgerJson(audit.ledger),
  });
}

/** `egress-scope contracts --format json`. Ends with a newline. */
export function renderContractsJson(report: ContractReport): string {
  return toJsonText({
    schema: 'egress-scope/contracts/v1',
    istioVersion: report.istioVersion,
    contracts: report.contracts.map(contractResult),
    undetermined: report.undetermined,
    diagnostics: report.diagnostics.map(diagnosticJson),
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

function contractResult({ contract, workload, host, reason, owner, origin, pairs }: ContractResult): object {
  return { contract, workload, host, reason, owner, ...placeJson(origin), pairs: pairs.map(contractPairs) };
}

function contractPairs(pairs: ContractPairs): object {
  const { meshes = [ONLY_MESH], branch, verdict, isBroken, exemption } = pairs;
  return {
    meshes,
    workloads: pairs.workloads.map(workloadJson),
    destinations: pairs.destinations.map(destinationJson),
    ...(branch === undefined ? {} : { branch }),
    verdict,
    isBroken,
    ...(exemption === undefined ? {} : { exemption }),
  };
}

function workloadJson({ namespace, kind, name }: WorkloadRef): WorkloadRef {
  return { namespace, kind, name };
}

function destinationJson({ host, port, protocol }: Destination): Destination {
  return { host, port, protocol };
}
