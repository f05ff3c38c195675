import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { ChangeAnalysis, EndpointTables } from '../reachability/change.js';
import type { Rejection } from '../reachability/egress-reachability.js';
import { CHANGE_TABLE_HEAD, changeTableRow, type SourceLinks } from './change-table.js';
import type { ChangeRow } from './change-rows.js';
import { groupDiagnostics, type DiagnosticGroup } from './diagnostic-list.js';
import { endpointCounts, groupEndpointTables, renderEndpointDiff } from './endpoint-diff.js';
import { codeBlock, codeSpan, escapeMarkdown, link } from './escape-markdown.js';
import { fitRows } from './fit-rows.js';
import { cutText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

const MAX_MESSAGE = 500;
const MAX_OF_ONE_CODE = 10;
const MAX_TABLE_LINES = 80;

/** The table of changes, or nothing where there are none. Rows without room are counted below it. */
export function changeTable(rows: readonly ChangeRow[], links: SourceLinks, budget: number): string {
  if (rows.length === 0) return '';
  const fitted = fitRows(
    rows.map((row) => changeTableRow(row, links)),
    budget - 200,
  );
  const note = fitted.cut === 0 ? [] : ['', `${count(fitted.cut, 'further row')} of ${rows.length} cut for length.`];
  return [...CHANGE_TABLE_HEAD, ...fitted.rows, ...note].join('\n');
}

/** Rows under a title, folded. */
export function foldedChanges(title: string, rows: readonly ChangeRow[], links: SourceLinks, budget: number): string {
  return rows.length === 0 ? '' : fold(title, changeTable(rows, links, budget - title.length - 60));
}

/** The endpoint list before and after, one `diff` block for each difference. */
export function endpointDiffs(all: readonly EndpointTables[], budget: number): string {
  const blocks = groupEndpointTables(all).map(({ workloads, tables }) => {
    const names = workloads.map((workload) => codeSpan(workloadName(workload))).join(', ');
    const title = `Endpoint list of ${names}: ${endpointCounts(tables)}`;
    return `${title}\n\n${codeBlock('diff', renderEndpointDiff(tables, MAX_TABLE_LINES))}\n`;
  });
  const fitted = fitRows(blocks, budget - 80);
  const note = fitted.cut === 0 ? [] : [`${count(fitted.cut, 'further endpoint list')} cut for length.`];
  return [...fitted.rows, ...note].join('\n').trimEnd();
}

/** What admission would not let in. */
export function rejectedObjects(rejected: readonly Rejection[], links: SourceLinks, budget: number): string {
  if (rejected.length === 0) return '';
  const rows = rejected.map((rejection) => {
    const place = link(
      codeSpan(`${rejection.path}:${rejection.line}`),
      links.blob(rejection.path, rejection.line, 'after'),
    );
    const object = codeSpan(`${rejection.kind} ${rejection.namespace}/${rejection.name}`);
    return `- ${object} ${place}: ${escapeMarkdown(cutText(rejection.message, MAX_MESSAGE))}`;
  });
  const fitted = fitRows(rows, budget - 250);
  const note = fitted.cut === 0 ? [] : [`- and ${fitted.cut} more`];
  const head =
    '**Refused by the cluster.** These objects never become live; an earlier version of them stays in force.';
  return [head, '', ...fitted.rows, ...note].join('\n');
}

/** What was not understood: it may change the answer. */
export function errorList(diagnostics: readonly Diagnostic[], links: SourceLinks, budget: number): string {
  const errors = groupDiagnostics(diagnostics).filter((group) => group.severity === 'error');
  if (errors.length === 0) return '';
  return `**Not understood.** The answer may be wrong where these matter.\n\n${diagnosticRows(errors, links, budget - 100)}`;
}

/** What is merely worth knowing, folded. */
export function remarkList(diagnostics: readonly Diagnostic[], links: SourceLinks, budget: number): string {
  const remarks = groupDiagnostics(diagnostics).filter((group) => group.severity !== 'error');
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
      ...(left > 0 ? [`- ${codeSpan(group.code)}: ${left} more`] : []),
      ...(group.advice === null ? [] : [`  - ${escapeMarkdown(group.advice)}`]),
    ];
  });
  const fitted = fitRows(rows, budget);
  return [...fitted.rows, ...(fitted.cut === 0 ? [] : [`- and ${count(fitted.cut, 'more line')}`])].join('\n');
}

function diagnosticRow(diagnostic: Diagnostic, links: SourceLinks): string {
  const { path, line } = diagnostic;
  const place =
    path === null
      ? ''
      : ` ${link(codeSpan(line === null ? path : `${path}:${line}`), links.blob(path, line ?? 1, 'after'))}`;
  return `- ${codeSpan(diagnostic.code)}${place}: ${escapeMarkdown(cutText(diagnostic.message, MAX_MESSAGE))}`;
}

/** What the answer rests on. */
export function coverageLine(analysis: ChangeAnalysis): string {
  const { filesRead, filesSkipped, resources, notModelled } = analysis.coverage;
  const missing = notModelled.slice(0, 10).map((kind) => codeSpan(kind, 60));
  const more = notModelled.length > missing.length ? ` and ${notModelled.length - missing.length} more` : '';
  const parts = [
    `Istio ${escapeMarkdown(analysis.istioVersion)}`,
    `${count(resources, 'object')} in ${count(filesRead, 'file')}`,
    ...(filesSkipped > 0 ? [`${count(filesSkipped, 'file')} without manifests`] : []),
    ...(missing.length > 0 ? [`not modelled: ${missing.join(', ')}${more}`] : []),
  ];
  return `<sub>${parts.join(' · ')}</sub>`;
}

function fold(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;
}
