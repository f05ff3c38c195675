import type { Cause, Reference } from '../reachability/change.js';
import { rowDestinationName, type ChangeRow } from './change-rows.js';
import { codeSpan, escapeMarkdown, link } from './escape-markdown.js';
import { NEED_WORDS, VERDICT_WORDS } from './verdict-words.js';
import { cutText } from './visible-text.js';
import { workloadName } from './workload-name.js';

/** Where a reader can see a line: an address, or null where there is none. */
export interface SourceLinks {
  readonly blob: (path: string, line: number, side: 'before' | 'after') => string | null;
}

export const CHANGE_TABLE_HEAD = ['| workload | destination | before → after | why |', '|---|---|---|---|'] as const;

const MAX_WORKLOADS = 10;
const MAX_DESTINATIONS = 20;
const MAX_CAUSES = 5;
const MAX_REFERENCES = 3;
const MAX_CLUSTERS = 5;
const MAX_EXPLANATION = 500;

/** One row of the review's table. Its length is bounded: long lists end with the count of what they leave out. */
export function changeTableRow(row: ChangeRow, links: SourceLinks): string {
  const cells = [
    listed(row.workloads, MAX_WORKLOADS, (workload) => codeSpan(workloadName(workload))),
    [
      ...(row.branch === undefined ? [] : [`requests that match ${codeSpan(row.branch)} to`]),
      listed(row.destinations, MAX_DESTINATIONS, (destination) => codeSpan(rowDestinationName(destination))),
    ].join('<br>'),
    transition(row),
    why(row, links),
  ];
  return `| ${cells.join(' | ')} |`;
}

function transition(row: ChangeRow): string {
  const severity = `**${row.severity === 'none' ? 'no finding' : row.severity}**`;
  const words = row.before === row.after && row.rerouted !== undefined ? [] : [VERDICT_WORDS[row.after]];
  return [severity, `${codeSpan(row.before)} → ${codeSpan(row.after)}`, ...reroute(row), ...words].join('<br>');
}

function reroute({ rerouted }: ChangeRow): readonly string[] {
  if (rerouted === undefined) return [];
  const clusters = (names: readonly string[]) =>
    names.length === 0 ? 'no cluster' : listed(names, MAX_CLUSTERS, (name) => codeSpan(name), ', ');
  return [`sent elsewhere: ${clusters(rerouted.before)} → ${clusters(rerouted.after)}`];
}

function why(row: ChangeRow, links: SourceLinks): string {
  const causes = listed(row.causes, MAX_CAUSES, (cause) => causeText(cause, links));
  const references = listed(row.references, MAX_REFERENCES, (reference) =>
    referenceText(reference, row.newReference, links),
  );
  const need = row.need === 'referenced' && row.references.length > 0 ? '' : `<sub>${NEED_WORDS[row.need]}</sub>`;
  return [causes, references, need].filter((part) => part !== '').join('<br>');
}

function causeText(cause: Cause, links: SourceLinks): string {
  const place = link(codeSpan(`${cause.path}:${cause.line}`), links.blob(cause.path, cause.line, cause.side));
  return `${place} ${escapeMarkdown(cutText(cause.explanation, MAX_EXPLANATION))}`;
}

function referenceText(reference: Reference, isNew: boolean, links: SourceLinks): string {
  const place = link(
    codeSpan(`${reference.path}:${reference.line}`),
    links.blob(reference.path, reference.line, 'after'),
  );
  return `${isNew ? 'newly named' : 'named'} in ${place}, ${escapeMarkdown(cutText(reference.where, 200))}: ${codeSpan(reference.text, 120)}`;
}

function listed<T>(items: readonly T[], limit: number, show: (item: T) => string, separator = '<br>'): string {
  const shown = items.slice(0, limit).map(show);
  const left = items.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join(separator);
}
