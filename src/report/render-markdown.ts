import type { ChangeAnalysis } from '../reachability/change.js';
import type { WorkloadRef } from '../reachability/egress-reachability.js';
import { buildChangeRows, potentialTitle, quietTitle, splitRows, type ChangeRow } from './change-rows.js';
import type { SourceLinks } from './change-table.js';
import { codeSpan, escapeMarkdown } from './escape-markdown.js';
import { exemptionList, openChanges } from './exemptions.js';
import {
  changeTable,
  coverageLine,
  endpointDiffs,
  errorList,
  foldedChanges,
  rejectedObjects,
  remarkList,
} from './markdown-sections.js';
import { fitRows } from './fit-rows.js';
import { verdictSentence } from './verdict-sentence.js';
import { NOT_A_FIREWALL } from './verdict-words.js';
import { cutText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

/** GitHub refuses a review body of more than 65,536 characters; the rest is left to whoever adds a marker or a footer. */
const MARKDOWN_LIMIT = 60_000;

/** Most that each section may take of it; the table of changes takes whatever the others leave. */
const BUDGETS = {
  reasons: 4_000,
  rejected: 6_000,
  errors: 5_000,
  remarks: 4_000,
  endpoints: 12_000,
  exemptions: 6_000,
  potential: 7_000,
  quiet: 3_000,
} as const;
const MAX_REASONS = 10;
const MAX_ARRIVALS = 5;

/** The review's body, and what `--format markdown` prints: at most 60,000 characters of GitHub-flavoured Markdown.
 * Everything that comes from manifests is escaped. */
export function renderMarkdown(analysis: ChangeAnalysis, links: SourceLinks): string {
  const { open, potential, quiet } = splitRows(buildChangeRows(openChanges(analysis.changes)));
  const head = [
    `**${escapeMarkdown(cutText(verdictSentence(analysis), 500))}**`,
    reasons(analysis),
    arrivals(analysis),
  ];
  const beforeTable = head.filter(isFilled);
  const afterTable = [
    firewallWarning(open),
    exemptionList(analysis, BUDGETS.exemptions),
    endpointDiffs(analysis.endpointTables, BUDGETS.endpoints),
    foldedChanges(potentialTitle(potential), potential, links, BUDGETS.potential),
    foldedChanges(quietTitle(quiet), quiet, links, BUDGETS.quiet),
    rejectedObjects(analysis.rejected, links, BUDGETS.rejected),
    errorList(analysis.diagnostics, links, BUDGETS.errors),
    remarkList(analysis.diagnostics, links, BUDGETS.remarks),
    coverageLine(analysis),
  ].filter(isFilled);
  return fillTable(beforeTable, open, afterTable, links);
}

/** The check run's summary: the review without the endpoint lists. At most 60,000 characters. */
export function renderSummary(analysis: ChangeAnalysis, links: SourceLinks = { blob: () => null }): string {
  return renderMarkdown({ ...analysis, endpointTables: [] }, links);
}

function fillTable(
  before: readonly string[],
  rows: readonly ChangeRow[],
  after: readonly string[],
  links: SourceLinks,
): string {
  const rest = [...before, ...after].reduce((sum, section) => sum + section.length + 2, 0);
  const table = changeTable(rows, links, MARKDOWN_LIMIT - rest - 2);
  return `${[...before, table, ...after].filter(isFilled).join('\n\n')}\n`;
}

/** The sentence above them has said the first one. */
function reasons(analysis: ChangeAnalysis): string {
  const rest = analysis.reasons.slice(1).map((reason) => `- ${escapeMarkdown(cutText(reason, 500))}`);
  const { rows } = fitRows(rest.slice(0, MAX_REASONS), BUDGETS.reasons);
  const left = rest.length - rows.length;
  return [...rows, ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
}

function arrivals({ workloads: { added, removed } }: ChangeAnalysis): string {
  const sentence = (refs: readonly WorkloadRef[], what: string): readonly string[] => {
    if (refs.length === 0) return [];
    const names = refs.slice(0, MAX_ARRIVALS).map((ref) => codeSpan(workloadName(ref), 120));
    const list = `${names.join(', ')}${refs.length > MAX_ARRIVALS ? ', …' : ''}`;
    return [`${count(refs.length, 'workload')} ${what}: ${list}.`];
  };
  return [...sentence(added, 'added'), ...sentence(removed, 'removed')].join(' ');
}

function firewallWarning(rows: readonly ChangeRow[]): string {
  return rows.some((row) => row.after === 'unmeshed' && row.severity !== 'none') ? `> ${NOT_A_FIREWALL}` : '';
}

function isFilled(section: string): boolean {
  return section !== '';
}
