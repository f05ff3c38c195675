import type { ChangeAnalysis } from '../reachability/change.js';
import { causeLines, firstReasons, type CauseLine } from './annotations.js';
import type { ChangeRow } from './change-rows.js';
import { codeSpan, escapeMarkdown } from './escape-markdown.js';
import { linkedWord } from './look-up.js';
import { knownLine, placeCaution } from './place.js';
import { rowDestinationName } from './row-destinations.js';
import { transitionText } from './transition-text.js';
import { cutText } from './visible-text.js';
import { workloadName } from './workload-name.js';

/** A review comment on a line of the after side. GitHub takes it only where the line is part of the diff. */
export interface InlineComment {
  readonly path: string;
  readonly line: number;
  readonly body: string;
}

const MAX_ROWS = 5;
const MAX_NAMES = 6;

/** One comment for each line that causes a failure or a warning, by path and line. Notices stay in the review's body, and so
 * does what no line is known of. */
export function buildInlineComments(analysis: ChangeAnalysis): readonly InlineComment[] {
  return causeLines(analysis)
    .map((line) => ({
      ...line,
      rows: line.rows.filter((row) => row.severity === 'failure' || row.severity === 'warning'),
    }))
    .filter((line) => line.rows.length > 0 && knownLine(line) !== null)
    .map((line) => ({ path: line.path, line: line.line, body: commentBody(line) }));
}

function commentBody({ causes, rows, ...place }: CauseLine): string {
  const caution = placeCaution(place);
  const explanations = [
    ...firstReasons(causes).map((reason) => escapeMarkdown(cutText(reason, 500))),
    ...(caution === '' ? [] : [`<sub>${caution}</sub>`]),
  ];
  const shown = rows.slice(0, MAX_ROWS).map(rowLine);
  const left = rows.length - shown.length;
  const words = [...new Set(rows.slice(0, MAX_ROWS).map(({ after }) => linkedWord('verdicts', after)))];
  return [
    explanations.join('<br>'),
    '',
    ...shown,
    ...(left > 0 ? [`- and ${left} more, in the review`] : []),
    '',
    `<sub>What it means, and how to mend it: ${words.join(', ')}</sub>`,
  ].join('\n');
}

function rowLine(row: ChangeRow): string {
  const { workloads: callers, destinations: called } = row;
  const workloads = listed(callers.slice(0, MAX_NAMES).map(workloadName), callers.length);
  const destinations = listed(called.first(MAX_NAMES).map(rowDestinationName), called.length);
  const branch = row.branch === undefined ? '' : `, for requests that match ${codeSpan(row.branch)}`;
  return `- **${row.severity}** ${workloads} to ${destinations}${branch}: ${transitionText(row)}`;
}

function listed(names: readonly string[], total: number): string {
  const left = total - names.length;
  return names.map((name) => codeSpan(name)).join(', ') + (left > 0 ? ` and ${left} more` : '');
}
