import type { ChangeAnalysis, ChangeSeverity } from '../reachability/change.js';
import {
  buildChangeRows,
  potentialTitle,
  quietTitle,
  rowDestinationName,
  splitRows,
  type ChangeRow,
} from './change-rows.js';
import { diagnosticLines, rejectionLines } from './diagnostic-text.js';
import {
  endpointCounts,
  groupEndpointTables,
  renderShortEndpointDiff,
  type EndpointDiffGroup,
} from './endpoint-diff.js';
import { exemptionLines, openChanges } from './exemptions.js';
import { createPaint, wrapText, type Paint, type Style, type TextOptions } from './text-style.js';
import { transitionText } from './transition-text.js';
import { verdictSentence } from './verdict-sentence.js';
import { NEED_WORDS, NOT_A_FIREWALL } from './verdict-words.js';
import { cutText, visibleText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

const MAX_NAMES = 50;
const MAX_TABLE_LINES = 60;
const SEVERITY_STYLES = { failure: 'red', warning: 'yellow', notice: 'cyan', none: 'dim' } as const satisfies Record<
  ChangeSeverity,
  Style
>;
const VERDICT_STYLES = { pass: 'green', fail: 'red', undetermined: 'yellow' } as const satisfies Record<
  ChangeAnalysis['verdict'],
  Style
>;

/** What a change does, for a terminal. Ends with a newline. */
export function renderText(analysis: ChangeAnalysis, options: TextOptions): string {
  const paint = createPaint(options.color);
  const { open, potential, quiet } = splitRows(buildChangeRows(openChanges(analysis.changes)));
  const sections = [
    headline(analysis, paint, options),
    ...open.map((row) => rowLines(row, paint, options)),
    ...(open.some((row) => row.after === 'unmeshed') ? [[wrapText(NOT_A_FIREWALL, options.width)]] : []),
    exemptionLines(analysis).map((line) => wrapText(line, options.width, '  ')),
    rejectionLines(analysis.rejected, paint, options),
    ...groupEndpointTables(analysis.endpointTables).map((group) => endpointLines(group, paint, options)),
    foldedLines(potentialTitle(potential), potential, paint, options),
    foldedLines(quietTitle(quiet), quiet, paint, options),
    diagnosticLines(analysis.diagnostics, paint, options),
    [paint('dim', wrapText(coverage(analysis), options.width))],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline(analysis: ChangeAnalysis, paint: Paint, { width }: TextOptions): readonly string[] {
  const sentence = wrapText(visibleText(verdictSentence(analysis)), width);
  const reasons = analysis.reasons.slice(1);
  return [
    ...sentence.split('\n').map((line) => paint('bold', paint(VERDICT_STYLES[analysis.verdict], line))),
    ...reasons.map((reason) => `  ${wrapText(visibleText(reason), width - 2, '  ')}`),
  ];
}

function rowLines(row: ChangeRow, paint: Paint, options: TextOptions): readonly string[] {
  const names = row.workloads.slice(0, MAX_NAMES).map((workload) => visibleText(workloadName(workload)));
  const label = paint(SEVERITY_STYLES[row.severity], row.severity);
  return [
    `${label} ${names.map((name) => paint('bold', name)).join(`,\n  `)}${more(row.workloads.length)}`,
    transition(row, paint, options),
    ...(row.branch === undefined ? [] : [`  for requests that match ${visibleText(row.branch)}`]),
    ...row.destinations.slice(0, MAX_NAMES).map((destination) => `    ${visibleText(rowDestinationName(destination))}`),
    ...(row.destinations.length > MAX_NAMES ? [`    … ${row.destinations.length - MAX_NAMES} more`] : []),
    ...rerouteLines(row),
    ...causeLines(row, paint, options),
    ...referenceLines(row, paint, options),
  ];
}

function transition(row: ChangeRow, paint: Paint, { width }: TextOptions): string {
  const text = wrapText(transitionText(row), width - 2, '    ');
  return `  ${text.replace(row.after === row.before ? row.after : `→ ${row.after}`, (words) => paint(SEVERITY_STYLES[row.severity], words))}`;
}

function rerouteLines({ rerouted }: ChangeRow): readonly string[] {
  if (rerouted === undefined) return [];
  const lines = (sign: string, clusters: readonly string[]) =>
    clusters.map((cluster) => `    ${sign} ${visibleText(cluster)}`);
  return ['  clusters:', ...lines('-', rerouted.before), ...lines('+', rerouted.after)];
}

function causeLines(row: ChangeRow, paint: Paint, options: TextOptions): readonly string[] {
  return row.causes.flatMap((cause) => [
    `  because of ${paint('cyan', place(cause.path, cause.line, cause.side, options))}`,
    `    ${wrapText(visibleText(cause.explanation), options.width - 4, '    ')}`,
  ]);
}

function referenceLines(row: ChangeRow, paint: Paint, options: TextOptions): readonly string[] {
  if (row.references.length === 0) return [`  ${wrapText(`need: ${NEED_WORDS[row.need]}`, options.width - 2, '    ')}`];
  return row.references.flatMap((reference) => [
    `  ${row.newReference ? 'newly named' : 'named'} in ${paint('cyan', place(reference.path, reference.line, 'after', options))}`,
    `    ${visibleText(reference.where)}: ${cutText(visibleText(reference.text), 120)}`,
  ]);
}

function endpointLines(
  { workloads, tables }: EndpointDiffGroup,
  paint: Paint,
  { width }: TextOptions,
): readonly string[] {
  const names = workloads.map((workload) => visibleText(workloadName(workload))).join(', ');
  const title = `Endpoint list of ${names}: ${endpointCounts(tables)}`;
  const changed = renderShortEndpointDiff(tables, MAX_TABLE_LINES).map((line) => {
    if (line.startsWith('-')) return paint('red', line);
    return line.startsWith('+') ? paint('green', line) : line;
  });
  return [wrapText(title, width, '  '), ...changed];
}

function foldedLines(
  title: string,
  rows: readonly ChangeRow[],
  paint: Paint,
  { width }: TextOptions,
): readonly string[] {
  if (rows.length === 0) return [];
  const lines = rows.slice(0, MAX_NAMES).map((row) => {
    const workloads =
      row.workloads.length === 1 ? workloadName(row.workloads[0]!) : count(row.workloads.length, 'workload');
    const hosts = row.destinations.slice(0, 3).map(rowDestinationName).join(', ');
    const left = row.destinations.length > 3 ? ` and ${row.destinations.length - 3} more` : '';
    const severity = row.severity === 'none' ? '' : `${row.severity} `;
    const branch = row.branch === undefined ? '' : `, for requests that match ${row.branch}`;
    const text = `${severity}${visibleText(`${workloads} to ${hosts}${left}${branch}: ${transitionText(row)}`)}`;
    return paint('dim', `  ${wrapText(text, width - 2, '    ')}`);
  });
  return [wrapText(`${title}:`, width), ...lines, ...leftOut(rows.length)];
}

function leftOut(total: number): readonly string[] {
  return total > MAX_NAMES ? [`  … ${total - MAX_NAMES} more`] : [];
}

function more(total: number): string {
  return total > MAX_NAMES ? `,\n  … ${total - MAX_NAMES} more` : '';
}

function coverage({
  istioVersion,
  coverage: { filesRead, filesSkipped, resources, notModelled },
}: ChangeAnalysis): string {
  const parts = [
    `Istio ${visibleText(istioVersion)}`,
    `${count(resources, 'object')} in ${count(filesRead, 'file')}`,
    ...(filesSkipped > 0 ? [`${count(filesSkipped, 'file')} without manifests`] : []),
    ...(notModelled.length > 0 ? [`not modelled: ${visibleText(notModelled.join(', '))}`] : []),
  ];
  return parts.join('; ');
}

/** `path:line` as the reader can open it. */
function place(path: string, line: number, side: 'before' | 'after', { showPath }: TextOptions): string {
  return visibleText(`${showPath?.(path, side) ?? path}:${line}`);
}
