import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { EndpointTables } from '../reachability/change.js';
import type { Rejection } from '../reachability/egress-reachability.js';
import { CHANGE_TABLE_HEAD, changeTableRow, linkedPlace, type RowContext, type SourceLinks } from './change-table.js';
import type { ChangeRow } from './change-rows.js';
import { groupDiagnostics, splitDiagnostics, type DiagnosticGroup } from './diagnostic-list.js';
import { endpointCounts, groupEndpointTables, renderEndpointDiff } from './endpoint-diff.js';
import { NEVER_LIVE } from './diagnostic-text.js';
import { docLink } from './doc-links.js';
import { codeBlock, codeSpan, escapeMarkdown, htmlCode, link } from './escape-markdown.js';
import { fitRows } from './fit-rows.js';
import { changeGraph } from './mermaid-graph.js';
import { linkedWord } from './look-up.js';
import { nearly } from './place.js';
import { cutText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

const MAX_MESSAGE = 500;
const MAX_OF_ONE_CODE = 10;
const MAX_TABLE_LINES = 80;
/** So many that their picture is no longer than a screen. */
const FEW_EDGES = 16;
const FEW_LINES = 30;

/** The table of changes, or nothing where there are none. Rows without room are counted below it. */
export function changeTable(
  rows: readonly ChangeRow[],
  context: RowContext,
  budget: number,
): { readonly text: string; readonly isCut: boolean } {
  if (rows.length === 0) return { text: '', isCut: false };
  const fitted = fitRows(
    rows.map((row) => changeTableRow(row, context)),
    budget - 200,
  );
  const note = fitted.cut === 0 ? [] : ['', `${count(fitted.cut, 'further row')} of ${rows.length} cut for length.`];
  return { text: [...CHANGE_TABLE_HEAD, ...fitted.rows, ...note].join('\n'), isCut: fitted.cut > 0 };
}

/** Rows under a title, folded. */
export function foldedChanges(title: string, rows: readonly ChangeRow[], context: RowContext, budget: number): string {
  return rows.length === 0 ? '' : fold(title, changeTable(rows, context, budget - title.length - 60).text);
}

/** What is called before and after as a picture, folded where it is a large one; empty where there is nothing to draw. */
export function graphSection(rows: readonly ChangeRow[]): string {
  const graph = changeGraph(rows);
  if (graph === null) return '';
  const { lines, edges, isAggregated, left } = graph;
  const block = ['```mermaid', ...lines, '```'].join('\n');
  const title = `What is called before and after${isAggregated ? ', by namespace' : ''}`;
  const note = left === 0 ? '' : `\n\n${count(left, 'further pair')} of namespaces cut for length.`;
  return edges <= FEW_EDGES ? `${title}:\n\n${block}${note}` : fold(title, block + note);
}

/** The endpoint list before and after, one `diff` block for each difference; folded where that is more than one look takes in. */
export function endpointDiffs(all: readonly EndpointTables[], budget: number): string {
  const groups = groupEndpointTables(all);
  const blocks = groups.map(({ workloads, tables }) => {
    const counts = endpointCounts(tables);
    const lines = renderEndpointDiff(tables, MAX_TABLE_LINES);
    const block = codeBlock('diff', lines);
    const title = (name: (text: string) => string): string =>
      `Endpoints that the proxy of ${workloads.map((workload) => name(workloadName(workload))).join(', ')} knows: ${counts}`;
    const isShort = groups.length === 1 && lines.length <= FEW_LINES;
    return isShort ? `${title(codeSpan)}\n\n${block}\n` : `${fold(title(htmlCode), block)}\n`;
  });
  const fitted = fitRows(blocks, budget - 80);
  const note = fitted.cut === 0 ? [] : [`${count(fitted.cut, 'further endpoint list')} cut for length.`];
  return [...fitted.rows, ...note].join('\n').trimEnd();
}

/** What admission would not let in. */
export function rejectedObjects(rejected: readonly Rejection[], links: SourceLinks, budget: number): string {
  if (rejected.length === 0) return '';
  const rows = rejected.map((rejection) => {
    const place = `${nearly(rejection)}${linkedPlace(rejection, 'after', links)}`;
    const object = codeSpan(`${rejection.kind} ${rejection.namespace}/${rejection.name}`);
    return `- ${object} ${place}: ${escapeMarkdown(cutText(rejection.message, MAX_MESSAGE))}`;
  });
  const fitted = fitRows(rows, budget - 250);
  const note = fitted.cut === 0 ? [] : [`- and ${fitted.cut} more`];
  const head = `**${link('Refused by the cluster.', docLink('findings', 'refused-object'))}** ${NEVER_LIVE}`;
  return [head, '', ...fitted.rows, ...note].join('\n');
}

/** What was not understood: it may change the answer. */
export function errorList(diagnostics: readonly Diagnostic[], links: SourceLinks, budget: number): string {
  const errors = groupDiagnostics(diagnostics).filter((group) => group.severity === 'error');
  if (errors.length === 0) return '';
  return `**Not understood.** The answer may be wrong where these matter.\n\n${diagnosticRows(errors, links, budget - 100)}`;
}

/** What the change itself does beside what becomes of calls. */
export function changeRemarkList(diagnostics: readonly Diagnostic[], links: SourceLinks, budget: number): string {
  const groups = groupDiagnostics(splitDiagnostics(diagnostics).ofChange);
  if (groups.length === 0) return '';
  return `**About the change itself.** This fails nothing; it may not be what is meant.\n\n${diagnosticRows(groups, links, budget - 100)}`;
}

/** What is merely worth knowing, folded. */
export function remarkList(diagnostics: readonly Diagnostic[], links: SourceLinks, budget: number): string {
  const remarks = groupDiagnostics(splitDiagnostics(diagnostics).ofManifests).filter(
    (group) => group.severity !== 'error',
  );
  if (remarks.length === 0) return '';
  const total = remarks.reduce((sum, group) => sum + group.diagnostics.length, 0);
  return fold(`${count(total, 'remark')} on the manifests`, diagnosticRows(remarks, links, budget - 100));
}

function diagnosticRows(groups: readonly DiagnosticGroup[], links: SourceLinks, budget: number): string {
  const rows = groups.flatMap((group) => {
    const shown = group.diagnostics.slice(0, MAX_OF_ONE_CODE);
    const left = group.diagnostics.length - shown.length;
    return [
      ...shown.map((diagnostic) => diagnosticRow(diagnostic, links)),
      ...(left > 0 ? [`- ${linkedWord('diagnostics', group.code)}: ${left} more`] : []),
      ...(group.advice === null ? [] : [`  - ${escapeMarkdown(group.advice)}`]),
    ];
  });
  const fitted = fitRows(rows, budget);
  return [...fitted.rows, ...(fitted.cut === 0 ? [] : [`- and ${count(fitted.cut, 'more line')}`])].join('\n');
}

function diagnosticRow(diagnostic: Diagnostic, links: SourceLinks): string {
  const { path } = diagnostic;
  const at = path === null ? null : { ...diagnostic, path };
  const place = at === null ? '' : ` ${nearly(at)}${linkedPlace(at, 'after', links)}`;
  return `- ${linkedWord('diagnostics', diagnostic.code)}${place}: ${escapeMarkdown(cutText(diagnostic.message, MAX_MESSAGE))}`;
}

function fold(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;
}
