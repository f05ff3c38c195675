import type { ChangeAnalysis } from '../reachability/change.js';
import type { WorkloadRef } from '../reachability/egress-reachability.js';
import { breachTable } from './breaches.js';
import { potentialTitle, quietTitle, splitRows, type ChangeRow } from './change-rows.js';
import type { RowContext, SourceLinks } from './change-table.js';
import { codeSpan, escapeMarkdown } from './escape-markdown.js';
import { exemptionList, openRows } from './exemptions.js';
import {
  changeRemarkList,
  changeTable,
  endpointDiffs,
  errorList,
  foldedChanges,
  graphSection,
  rejectedObjects,
  remarkList,
} from './markdown-sections.js';
import { fixList } from './fixes.js';
import { fitRows } from './fit-rows.js';
import { ledgerLine, ledgerMarkdown } from './ledger.js';
import { lossList } from './losses.js';
import { ownersOf } from './owners.js';
import { loadTable } from './proxy-load.js';
import { verdictSentence } from './verdict-sentence.js';
import { NOT_A_FIREWALL } from './verdict-words.js';
import { cutText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

/** GitHub refuses a review body of more than 65,536 characters; the rest is left to whoever adds a marker or a footer. */
const MARKDOWN_LIMIT = 60_000;

/** Most that each section may take of it; the table of changes takes whatever the others leave. */
const BUDGETS = {
  reasons: 4_000,
  fixes: 12_000,
  breaches: 8_000,
  losses: 3_000,
  rejected: 6_000,
  errors: 5_000,
  changeRemarks: 4_000,
  remarks: 4_000,
  endpoints: 12_000,
  exemptions: 6_000,
  potential: 7_000,
  quiet: 3_000,
  ledger: 3_000,
} as const;
const MAX_REASONS = 10;
const MAX_ARRIVALS = 5;

/** The review's body, and what `--format markdown` prints: at most 60,000 characters of GitHub-flavoured Markdown.
 * Everything that comes from manifests is escaped. What decides comes first, then what shows it, then what can be unfolded. */
export function renderMarkdown(analysis: ChangeAnalysis, links: SourceLinks): string {
  const { open } = splitRows(openRows(analysis));
  return renderSections(analysis, links, [
    loadTable(analysis),
    graphSection(open),
    endpointDiffs(analysis.endpointTables, BUDGETS.endpoints),
  ]);
}

/** The check run's summary: the review without the graph and the endpoint lists. At most 60,000 characters. */
export function renderSummary(analysis: ChangeAnalysis, links: SourceLinks = { blob: () => null }): string {
  return renderSections(analysis, links, [loadTable(analysis)]);
}

/** @param pictures what stands between the findings and what is folded. */
function renderSections(analysis: ChangeAnalysis, links: SourceLinks, pictures: readonly string[]): string {
  const { open, potential, quiet } = splitRows(openRows(analysis));
  const context: RowContext = { links, ownersOf: ownersOf(analysis) };
  const beforeTable = [
    `**${escapeMarkdown(cutText(verdictSentence(analysis).trim(), 500))}**`,
    reasons(analysis),
    arrivals(analysis),
  ].filter(isFilled);
  const afterTable = [
    firewallWarning(open),
    changeRemarkList(analysis.diagnostics, links, BUDGETS.changeRemarks),
    fixList(analysis, BUDGETS.fixes),
    breachTable(analysis, context, BUDGETS.breaches),
    lossList(analysis, BUDGETS.losses),
    rejectedObjects(analysis.rejected, links, BUDGETS.rejected),
    errorList(analysis.diagnostics, links, BUDGETS.errors),
    exemptionList(analysis, BUDGETS.exemptions),
    ...pictures,
    foldedChanges(potentialTitle(potential), potential, context, BUDGETS.potential),
    foldedChanges(quietTitle(quiet), quiet, context, BUDGETS.quiet),
    remarkList(analysis.diagnostics, links, BUDGETS.remarks),
  ].filter(isFilled);
  const whole = fillTable(beforeTable, open, [...afterTable, ledgerMarkdown(analysis, BUDGETS.ledger)], context);
  if (!whole.isCut) return whole.text;
  return fillTable(beforeTable, open, [...afterTable, ledgerLine(analysis)], context).text;
}

function fillTable(
  before: readonly string[],
  rows: readonly ChangeRow[],
  after: readonly string[],
  context: RowContext,
): { readonly text: string; readonly isCut: boolean } {
  const rest = [...before, ...after].reduce((sum, section) => sum + section.length + 2, 0);
  const { text: table, isCut } = changeTable(rows, context, MARKDOWN_LIMIT - rest - 2);
  return { text: `${[...before, table, ...after].filter(isFilled).join('\n\n')}\n`, isCut };
}

/** The sentence above them has said the first one. */
function reasons(analysis: ChangeAnalysis): string {
  const rest = analysis.reasons.slice(1).map((reason) => `- ${escapeMarkdown(cutText(reason, 500))}`);
  const { rows } = fitRows(rest.slice(0, MAX_REASONS), BUDGETS.reasons);
  const left = rest.length - rows.length;
  return [...rows, ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
}

function arrivals({ workloads: { added, removed }, renamed = [] }: ChangeAnalysis): string {
  const name = (ref: WorkloadRef): string => codeSpan(workloadName(ref), 120);
  const sentence = <T>(items: readonly T[], what: string, show: (item: T) => string): readonly string[] => {
    if (items.length === 0) return [];
    const list = `${items.slice(0, MAX_ARRIVALS).map(show).join(', ')}${items.length > MAX_ARRIVALS ? ', …' : ''}`;
    return [`${count(items.length, 'workload')} ${what}: ${list}.`];
  };
  return [
    ...sentence(added, 'added', name),
    ...sentence(removed, 'removed', name),
    ...sentence(renamed, 'renamed', ({ before, after }) => `${name(before)} → ${name(after)}`),
  ].join(' ');
}

function firewallWarning(rows: readonly ChangeRow[]): string {
  return rows.some((row) => row.after === 'unmeshed' && row.severity !== 'none') ? `> ${NOT_A_FIREWALL}` : '';
}

function isFilled(section: string): boolean {
  return section !== '';
}
