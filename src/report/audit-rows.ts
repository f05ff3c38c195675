import type { Audit, AuditedWorkload, AuditFinding } from '../reachability/audit.js';
import { rankOf } from '../reachability/verdict.js';
import { count } from './workload-name.js';

/** Findings that differ in their protocols alone. */
export interface AuditRow extends Omit<AuditFinding, 'destination'> {
  readonly host: string;
  readonly port: number;
  readonly protocols: readonly string[];
}

/** Broken calls first; otherwise by destination. */
export function auditRows({ findings }: AuditedWorkload): readonly AuditRow[] {
  const rows = new Map<string, AuditRow>();
  for (const { destination, ...finding } of findings) {
    const { host, port, protocol } = destination;
    const key = JSON.stringify([host, port, finding]);
    rows.set(key, { ...finding, host, port, protocols: [...(rows.get(key)?.protocols ?? []), protocol] });
  }
  const all = [...rows.values()];
  return [...all.filter(isBroken), ...all.filter((row) => !isBroken(row))];
}

function isBroken({ verdict }: AuditRow): boolean {
  return rankOf(verdict) === 2;
}

/** What a reader is to know first, in one sentence of plain text. */
export function auditSentence({ workloads, calls, allowed, found, breaches }: Audit): string {
  const findings = found.flatMap((each) => each.findings).filter(({ exemption }) => exemption === undefined);
  const broken = findings.filter(({ severity }) => severity === 'failure').length;
  const past = findings.length - broken;
  const looked = `${count(workloads, 'workload')} ${workloads === 1 ? 'names' : 'name'} ${count(calls, 'call')}`;
  const parts = [
    `${broken} ${broken === 1 ? 'is' : 'are'} broken`,
    `${past} ${past === 1 ? 'goes' : 'go'} past the mesh`,
    ...(allowed > 0 ? [`${allowed} may go past it by a contract`] : []),
    ...(breaches.length > 0 ? [`${count(countContracts(breaches), 'contract')} broken`] : []),
  ];
  return `${looked}: ${parts.join(', ')}.`;
}

function countContracts(breaches: Audit['breaches']): number {
  return new Set(breaches.map(({ contract, workload, host }) => JSON.stringify([contract, workload, host]))).size;
}

/** Whether something in it is as bad as that. What is waived is not. */
export function holdsTrouble({ found, breaches, rejected }: Audit, least: 'failure' | 'warning'): boolean {
  const counts = ({ severity, exemption }: AuditFinding): boolean =>
    exemption === undefined && (severity === 'failure' || least === 'warning');
  return (
    rejected.length > 0 ||
    breaches.some(({ exemption }) => exemption === undefined) ||
    found.some(({ findings }) => findings.some(counts))
  );
}
