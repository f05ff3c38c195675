import type { ChangeAnalysis, ContractBreach } from '../reachability/change.js';
import { sortBreaches } from './breaches.js';
import { potentialTitle, quietTitle, splitRows, type ChangeRow } from './change-rows.js';
import { splitDiagnostics } from './diagnostic-list.js';
import { diagnosticLines, rejectionLines } from './diagnostic-text.js';
import { endpointCounts, groupEndpointTables, renderEndpointDiff, type EndpointDiffGroup } from './endpoint-diff.js';
import { exemptionLines, openRows } from './exemptions.js';
import { fixLines } from './fixes.js';
import { ledgerLines } from './ledger.js';
import { lookUpLine } from './look-up.js';
import { lossLines } from './losses.js';
import { ownersOf } from './owners.js';
import { loadLines } from './proxy-load.js';
import { rowDestinationName } from './row-destinations.js';
import { breachLines, rowLines, type Look } from './row-lines.js';
import { createPaint, sectionParts, wrapText, type Paint, type Style, type TextOptions } from './text-style.js';
import { transitionText } from './transition-text.js';
import { verdictSentence } from './verdict-sentence.js';
import { NOT_A_FIREWALL } from './verdict-words.js';
import { visibleText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

const MAX_ROWS = 100;
const MAX_NAMES = 50;
const MAX_TABLE_LINES = 60;
const VERDICT_STYLES = { pass: 'green', fail: 'red', undetermined: 'yellow' } as const satisfies Record<
  ChangeAnalysis['verdict'],
  Style
>;

/** What a change does, for a terminal. Ends with a newline. */
export function renderText(analysis: ChangeAnalysis, options: TextOptions): string {
  return [...textParts(analysis, options)].join('');
}

/** The same in parts: with all names of a change of a whole mesh, it can be longer than a string can be. */
export function textParts(analysis: ChangeAnalysis, options: TextOptions): Iterable<string> {
  return sectionParts(textSections(analysis, options));
}

function* textSections(analysis: ChangeAnalysis, options: TextOptions): Iterable<readonly string[]> {
  const paint = createPaint(options.color);
  const { open, potential, quiet } = splitRows(openRows(analysis));
  const { ofChange, ofManifests } = splitDiagnostics(analysis.diagnostics);
  const isVerbose = options.isVerbose ?? false;
  const look: Look = { paint, ownersOf: ownersOf(analysis), names: isVerbose ? Infinity : MAX_NAMES };
  const rowText = (row: ChangeRow): readonly string[] => rowLines(row, look, options);
  const breachText = (breach: ContractBreach): readonly string[] => breachLines(breach, look, options);
  yield headline(analysis, paint, options);
  yield arrivalLines(analysis, options);
  yield* firstOf(open, rowText, options);
  if (open.some((row) => row.after === 'unmeshed')) yield [wrapText(NOT_A_FIREWALL, options.width)];
  yield* firstOf(sortBreaches(analysis), breachText, options);
  yield diagnosticLines(ofChange, paint, options);
  yield fixLines(analysis, paint, options);
  yield lossLines(analysis, options);
  yield rejectionLines(analysis.rejected, paint, options);
  yield exemptionLines(analysis).map((line) => wrapText(line, options.width, '  '));
  yield loadLines(analysis, options);
  for (const group of groupEndpointTables(analysis.endpointTables)) yield endpointLines(group, paint, options);
  for (const { title, rows } of [
    { title: potentialTitle, rows: potential },
    { title: quietTitle, rows: quiet },
  ]) {
    if (rows.length === 0) continue;
    if (!isVerbose) yield foldedLines(title(rows), rows, paint, options);
    else {
      yield [wrapText(`${title(rows)}:`, options.width)];
      yield* firstOf(rows, rowText, options);
    }
  }
  yield diagnosticLines(ofManifests, paint, options);
  yield lookUpLines(analysis, paint, options);
  yield ledgerLines(analysis, options).map((line) => paint('dim', line));
}

/** As many as somebody reads, or all where they are asked for; and how many are left out. */
function* firstOf<T>(
  items: readonly T[],
  show: (item: T) => readonly string[],
  { isVerbose = false, width }: TextOptions,
): Iterable<readonly string[]> {
  const shown = isVerbose ? items : items.slice(0, MAX_ROWS);
  for (const item of shown) yield show(item);
  const left = items.length - shown.length;
  if (left > 0) yield [wrapText(`… ${left} more; --verbose shows all, and --format html can be searched`, width, '  ')];
}

function lookUpLines(analysis: ChangeAnalysis, paint: Paint, { width }: TextOptions): readonly string[] {
  const line = lookUpLine(analysis);
  return line === '' ? [] : [paint('dim', wrapText(line, width, '  '))];
}

function headline(analysis: ChangeAnalysis, paint: Paint, { width }: TextOptions): readonly string[] {
  const sentence = wrapText(visibleText(verdictSentence(analysis)), width);
  const reasons = analysis.reasons.slice(1);
  return [
    ...sentence.split('\n').map((line) => paint('bold', paint(VERDICT_STYLES[analysis.verdict], line))),
    ...reasons.map((reason) => `  ${wrapText(visibleText(reason), width - 2, '  ')}`),
  ];
}

function arrivalLines(analysis: ChangeAnalysis, { width, isVerbose = false }: TextOptions): readonly string[] {
  const { workloads, renamed = [] } = analysis;
  const line = (names: readonly string[], what: string): readonly string[] => {
    if (names.length === 0) return [];
    const shown = isVerbose ? names : names.slice(0, MAX_NAMES);
    const left = names.length > shown.length ? ', …' : '';
    return [
      wrapText(visibleText(`${count(names.length, 'workload')} ${what}: ${shown.join(', ')}${left}.`), width, '  '),
    ];
  };
  return [
    ...line(workloads.added.map(workloadName), 'added'),
    ...line(workloads.removed.map(workloadName), 'removed'),
    ...line(renamed.map(({ before, after }) => `${workloadName(before)} → ${workloadName(after)}`), 'renamed'), // prettier-ignore
  ];
}

function endpointLines(
  { workloads, tables }: EndpointDiffGroup,
  paint: Paint,
  { width, isVerbose = false }: TextOptions,
): readonly string[] {
  const names = workloads.map((workload) => visibleText(workloadName(workload))).join(', ');
  const title = `Endpoints that the proxy of ${names} knows: ${endpointCounts(tables)}`;
  const changed = renderEndpointDiff(tables, isVerbose ? Infinity : MAX_TABLE_LINES).map((line) => {
    if (line.startsWith('-')) return paint('red', line);
    return line.startsWith('+') ? paint('green', line) : line;
  });
  return [wrapText(title, width, '  '), ...changed];
}

function foldedLines(title: string, rows: readonly ChangeRow[], paint: Paint, options: TextOptions): readonly string[] {
  const { width } = options;
  const lines = rows.slice(0, MAX_NAMES).map((row) => {
    const workloads =
      row.workloads.length === 1 ? workloadName(row.workloads[0]!) : count(row.workloads.length, 'workload');
    const hosts = row.destinations.first(3).map(rowDestinationName).join(', ');
    const left = row.destinations.length > 3 ? ` and ${row.destinations.length - 3} more` : '';
    const severity = row.severity === 'none' ? '' : `${row.severity} `;
    const branch = row.branch === undefined ? '' : `, for requests that match ${row.branch}`;
    const meshes = row.meshes.length === 0 ? '' : `, in ${row.meshes.join(', ')}`;
    const text = `${severity}${visibleText(`${workloads} to ${hosts}${left}${branch}${meshes}: ${transitionText(row)}`)}`;
    return paint('dim', `  ${wrapText(text, width - 2, '    ')}`);
  });
  return [wrapText(`${title}:`, width), ...lines, ...leftOut(rows.length)];
}

function leftOut(total: number): readonly string[] {
  return total > MAX_NAMES ? [`  … ${total - MAX_NAMES} more`] : [];
}
