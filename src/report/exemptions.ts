import type { ChangeAnalysis, EdgeChange, Exemption } from '../reachability/change.js';
import { buildChangeRows, type ChangeRow } from './change-rows.js';
import { codeSpan, escapeMarkdown } from './escape-markdown.js';
import { fitRows } from './fit-rows.js';
import { cutText, visibleText } from './visible-text.js';
import { count, hostAndPort, workloadName } from './workload-name.js';

const MAX_NAMES = 5;

/** What nobody has waived or accepted. */
export function openChanges(changes: readonly EdgeChange[]): readonly EdgeChange[] {
  // The same list where it can be: what is made of it once is found again by it.
  return changes.every(isOpen) ? changes : changes.filter(isOpen);
}

function isOpen({ exemption }: EdgeChange): boolean {
  return exemption === undefined;
}

/** The rows of what nobody has waived or accepted, worst first. They are made once for all that is written about an analysis: of
 * a change that touches a whole mesh, they have millions of names. */
export function openRows({ changes }: Pick<ChangeAnalysis, 'changes'>): readonly ChangeRow[] {
  let rows = ROWS.get(changes);
  if (rows === undefined) ROWS.set(changes, (rows = buildChangeRows(openChanges(changes))));
  return rows;
}

const ROWS = new WeakMap<readonly EdgeChange[], readonly ChangeRow[]>();

/** `3 findings are waived or accepted`; empty where none is. */
export function exemptionCount(changes: readonly EdgeChange[]): string {
  const exempt = changes.filter(({ exemption }) => exemption !== undefined);
  const pairs = exempt.reduce((sum, { workloads, destinations }) => sum + workloads.length * destinations.length, 0);
  return pairs === 0 ? '' : `${count(pairs, 'finding')} ${pairs === 1 ? 'is' : 'are'} waived or accepted`;
}

/** Who waived or accepted what, and which waivers hold no longer; as a list in Markdown. */
export function exemptionList(analysis: ChangeAnalysis, budget: number): string {
  const rows = exemptionRows(analysis, (name) => codeSpan(name), escapeMarkdown).map((row) => `- ${row}`);
  if (rows.length === 0) return '';
  const fitted = fitRows(rows, budget - 150);
  const note = fitted.cut === 0 ? [] : [`- and ${fitted.cut} more`];
  return ['**Waived or accepted.** These findings stand, and do not fail the gate.', '', ...fitted.rows, ...note].join(
    '\n',
  );
}

/** The same in plain text, a line each. */
export function exemptionLines(analysis: ChangeAnalysis): readonly string[] {
  return exemptionRows(analysis, visibleText, visibleText);
}

function exemptionRows(
  { changes, expiredWaivers = [] }: ChangeAnalysis,
  name: (text: string) => string,
  prose: (text: string) => string,
): readonly string[] {
  const byExemption = new Map<string, { exemption: Exemption; changes: EdgeChange[] }>();
  for (const change of changes) {
    if (!change.exemption) continue;
    const key = JSON.stringify(change.exemption);
    const known = byExemption.get(key) ?? { exemption: change.exemption, changes: [] };
    known.changes.push(change);
    byExemption.set(key, known);
  }
  const rows = [...byExemption.values()].map(({ exemption, changes: exempt }) => {
    return `${whoAndWhy(exemption, prose)}: ${listed(exempt, name)}`;
  });
  const expired = expiredWaivers.map(({ workload, host, owner, expires }) => {
    return `the waiver of ${name(workload)} to ${name(host)} (${prose(cutText(owner, 100))}) expired on ${expires}, and holds no longer`;
  });
  return [...rows, ...expired];
}

/** Who waived or accepted it, until when and why, in one line. */
export function exemptionText(exemption: Exemption): string {
  return whoAndWhy(exemption, visibleText);
}

function whoAndWhy(exemption: Exemption, prose: (text: string) => string): string {
  if (exemption.kind === 'waived') {
    return `waived until ${exemption.expires} by ${prose(cutText(exemption.owner, 100))}, ${prose(cutText(exemption.reason, 500))}`;
  }
  if (exemption.kind === 'approved')
    return `approved by ${prose(exemption.by)} at ${exemption.at}, as an owner of the workload`;
  const reason = exemption.reason === null ? 'no reason given' : prose(cutText(exemption.reason, 500));
  return `accepted by ${prose(exemption.by)} at ${exemption.at}, ${reason}`;
}

function listed(changes: readonly EdgeChange[], name: (text: string) => string): string {
  const pairs = changes.flatMap(({ workloads, destinations, after }) =>
    workloads.flatMap((workload) =>
      destinations.map(
        (destination) => `${name(workloadName(workload))} to ${name(hostAndPort(destination))} ${after}`,
      ),
    ),
  );
  const distinct = [...new Set(pairs)];
  const left = distinct.length - MAX_NAMES;
  return distinct.slice(0, MAX_NAMES).join(', ') + (left > 0 ? `, and ${left} more` : '');
}
