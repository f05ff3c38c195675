import { exactness, type Diagnostic, type Origin } from '../diagnostic/diagnostic.js';
import type { Cause, ChangeAnalysis, ChangeSeverity } from '../reachability/change.js';
import type { ChangeRow } from './change-rows.js';
import { docLink } from './doc-links.js';
import { openRows } from './exemptions.js';
import { knownLine, placeCaution, type Place } from './place.js';
import { rowDestinationName } from './row-destinations.js';
import { seenCalls, trafficText } from './traffic-words.js';
import { transitionText } from './transition-text.js';
import { cutText, visibleText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';
import { compareText } from '../diagnostic/compare-text.js';

export type AnnotationLevel = 'notice' | 'warning' | 'failure';

/** An annotation of a check run, named as GitHub's `POST /repos/{owner}/{repo}/check-runs` does. Lines count from 1 in the
 * file as it is after the change. */
export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: AnnotationLevel;
  /** At most 255 characters. */
  readonly title: string;
  /** Plain text, far below GitHub's 64 KB. */
  readonly message: string;
}

const MAX_TITLE = 255;
const MAX_MESSAGE = 8_000;
const MAX_REASONS = 5;
const MAX_ROWS = 10;
const MAX_NAMES = 8;
const LEVEL_ORDER = { failure: 0, warning: 1, notice: 2 } as const satisfies Record<AnnotationLevel, number>;

/** One annotation for each line that causes something, refused or unread content included; worst first. Causes that only
 * the before side has are left to the review: their lines are gone. */
export function buildAnnotations(analysis: ChangeAnalysis): readonly Annotation[] {
  const annotations = [
    ...causeLines(analysis).map(causeAnnotation),
    ...analysis.rejected.map((rejection) =>
      annotation(rejection, 'failure', `${rejection.kind} ${rejection.namespace}/${rejection.name} would be refused`, [
        rejection.message,
        docLink('findings', 'refused-object'),
      ]),
    ),
    ...analysis.diagnostics.flatMap(diagnosticAnnotation),
  ];
  return annotations.sort(
    (a, b) =>
      LEVEL_ORDER[a.annotation_level] - LEVEL_ORDER[b.annotation_level] ||
      compareText(a.path, b.path) ||
      a.start_line - b.start_line ||
      compareText(a.title, b.title),
  );
}

/** A line of the after side, and everything it causes. */
export interface CauseLine extends Origin {
  readonly causes: readonly Cause[];
  /** Worst first. */
  readonly rows: readonly ChangeRow[];
}

/** The lines of the after side that make a difference worth a remark, by path and line. */
export function causeLines(analysis: ChangeAnalysis): readonly CauseLine[] {
  const lines = new Map<string, { place: Origin; causes: Map<string, Cause>; rows: Set<ChangeRow> }>();
  for (const row of openRows(analysis)) {
    if (row.severity === 'none') continue;
    for (const cause of row.causes) {
      if (cause.side !== 'after') continue;
      const { path, line } = cause;
      const place = { path, line, ...exactness(cause) };
      const key = JSON.stringify(place);
      const known = lines.get(key) ?? { place, causes: new Map(), rows: new Set() };
      known.causes.set(cause.explanation, cause);
      known.rows.add(row);
      lines.set(key, known);
    }
  }
  return [...lines.values()]
    .map(({ place, causes, rows }) => ({ ...place, causes: [...causes.values()], rows: [...rows] }))
    .sort((a, b) => compareText(a.path, b.path) || a.line - b.line);
}

function causeAnnotation({ causes, rows, ...place }: CauseLine): Annotation {
  const worst = rows[0]!;
  const objects = [...new Set(causes.map((cause) => `${cause.kind} ${cause.namespace}/${cause.name}`))].join(', ');
  const lines = rows.slice(0, MAX_ROWS).map(rowText);
  const left = rows.length - lines.length;
  const message = [
    ...firstReasons(causes).map(visibleText),
    '',
    ...lines,
    ...(left > 0 ? [`and ${left} more`] : []),
    '',
    docLink('verdicts', worst.after),
  ];
  return annotation(place, level(worst.severity), `${objects}: ${title(worst)}`, message);
}

/** Why a line counts, in its causes' words; what says of many namespaces the same, only of the first. */
export function firstReasons(causes: readonly Cause[]): readonly string[] {
  const left = causes.length - MAX_REASONS;
  const shown = causes.slice(0, MAX_REASONS).map(({ explanation }) => explanation);
  return left > 0 ? [...shown, `And ${count(left, 'more reason')}.`] : shown;
}

function title({ before, after, rerouted }: ChangeRow): string {
  if (rerouted !== undefined && before === after) return 'calls are sent elsewhere';
  return before === after ? `calls are ${after}` : `calls become ${after}`;
}

function rowText(row: ChangeRow): string {
  const { workloads: callers, destinations: called } = row;
  const workloads = names(callers.slice(0, MAX_NAMES).map(workloadName), callers.length);
  const destinations = names(called.first(MAX_NAMES).map(rowDestinationName), called.length);
  const branch = row.branch === undefined ? '' : ` for requests that match ${row.branch}`;
  const calls = seenCalls(row.sighting);
  const rate = calls.length === 0 ? '' : ` (${trafficText(calls)})`;
  return visibleText(`${workloads} to ${destinations}${branch}: ${transitionText(row)}${rate}`);
}

function names(first: readonly string[], total: number): string {
  const left = total - first.length;
  return first.join(', ') + (left > 0 ? ` and ${left} more` : '');
}

function diagnosticAnnotation({ severity, code, message, path, ...place }: Diagnostic): readonly Annotation[] {
  if (path === null || severity === 'info') return [];
  return [
    annotation({ ...place, path }, severity === 'error' ? 'warning' : 'notice', code, [
      message,
      docLink('diagnostics', code),
    ]),
  ];
}

/** GitHub wants a line where there is none as well: then it is the file's first. */
function annotation(
  place: Place,
  annotationLevel: AnnotationLevel,
  title: string,
  message: readonly string[],
): Annotation {
  const line = knownLine(place) ?? 1;
  const caution = placeCaution(place);
  const lines = [...(caution === '' ? [] : [caution]), ...message.flatMap((text) => text.split('\n'))];
  return {
    path: place.path,
    start_line: line,
    end_line: line,
    annotation_level: annotationLevel,
    title: cutText(visibleText(title), MAX_TITLE),
    message: cutText(lines.map(visibleText).join('\n'), MAX_MESSAGE),
  };
}

function level(severity: ChangeSeverity): AnnotationLevel {
  return severity === 'none' ? 'notice' : severity;
}
