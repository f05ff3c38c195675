import type { Reference } from '../reachability/change.js';
import { joinedCauses } from './cause-groups.js';
import type { ChangeRow } from './change-rows.js';
import { codeSpan, escapeMarkdown, link } from './escape-markdown.js';
import { linkedWord } from './look-up.js';
import { commonOwners, type OwnersOf } from './owners.js';
import { nearly, placeName, placePreposition, type Place } from './place.js';
import type { RowDestinations } from './row-destinations.js';
import { needText, seenCalls, trafficText } from './traffic-words.js';
import { VERDICT_WORDS } from './verdict-words.js';
import { cutText } from './visible-text.js';
import { hostAndPort, workloadName } from './workload-name.js';

/** Where a reader can see a line: an address, or null where there is none. */
export interface SourceLinks {
  readonly blob: (path: string, line: number, side: 'before' | 'after') => string | null;
}

/** What a row says beside the change itself. */
export interface RowContext {
  readonly links: SourceLinks;
  readonly ownersOf: OwnersOf;
}

export const CHANGE_TABLE_HEAD = ['| what happens, and why | which calls |', '|---|---|'] as const;

const MAX_WORKLOADS = 10;
const MAX_MESHES = 20;
const MAX_DESTINATIONS = 20;
const MAX_CAUSES = 5;
const MAX_REFERENCES = 3;
const MAX_CLUSTERS = 5;
const MAX_OWNERS = 5;
const MAX_EXPLANATION = 500;

/** One row of the review's table: what happens first, since names are long. Its length is bounded: long lists end with the
 * count of what they leave out. */
export function changeTableRow(row: ChangeRow, context: RowContext): string {
  const what = [...transition(row), ...why(row, context)];
  return tableRow(what, calls(row, context));
}

export function tableRow(...cells: readonly (readonly string[])[]): string {
  return `| ${cells.map((lines) => lines.join('<br>')).join(' | ')} |`;
}

function transition(row: ChangeRow): readonly string[] {
  const severity = `**${row.severity === 'none' ? 'no finding' : row.severity}**`;
  const words = row.before === row.after && row.rerouted !== undefined ? [] : [VERDICT_WORDS[row.after]];
  return [`${severity}: ${codeSpan(row.before)} → ${linkedWord('verdicts', row.after)}`, ...reroute(row), ...words];
}

function reroute({ rerouted }: ChangeRow): readonly string[] {
  if (rerouted === undefined) return [];
  const clusters = (names: readonly string[]) =>
    names.length === 0 ? 'no cluster' : listed(names, MAX_CLUSTERS, (name) => codeSpan(name)).join(', ');
  return [`sent elsewhere: ${clusters(rerouted.before)} → ${clusters(rerouted.after)}`];
}

function why(row: ChangeRow, context: RowContext): readonly string[] {
  const references = listed(row.references, MAX_REFERENCES, (reference) =>
    referenceText(reference, row.newReference, context.links),
  );
  const isShown = row.need === 'referenced' && row.references.length > 0;
  return [
    ...causeList(row.causes, context.links),
    ...references,
    ...(isShown ? calledText(row) : [`**need**: ${escapeMarkdown(needText(row.need, row.sighting))}`]),
  ];
}

/** What the manifest names, and how often it is called. */
function calledText({ sighting }: ChangeRow): readonly string[] {
  return sighting?.kind === 'seen' ? [`**called**: ${trafficText(seenCalls(sighting))}`] : [];
}

/** Each cause with its line, and whether the others are needed too. */
export function causeList(causes: ChangeRow['causes'], links: SourceLinks): readonly string[] {
  const lines = listed(joinedCauses(causes), MAX_CAUSES, ({ cause, joint }) => {
    const place = `${nearly(cause)}${linkedPlace(cause, cause.side, links)}`;
    return `${joint}${place} ${escapeMarkdown(cutText(cause.explanation, MAX_EXPLANATION))}`;
  });
  return lines.map((line, index) => (index === 0 ? `**why**: ${line}` : line));
}

function referenceText(reference: Reference, isNew: boolean, links: SourceLinks): string {
  const place = linkedPlace(reference, 'after', links);
  return `**${isNew ? 'newly named' : 'named'}** ${placePreposition(reference)} ${place}, ${escapeMarkdown(cutText(reference.where, 200))}: ${codeSpan(reference.text, 120)}`;
}

function calls(row: ChangeRow, { ownersOf }: RowContext): readonly string[] {
  return [
    ...callers(row, ownersOf),
    ...(row.meshes.length === 0 ? [] : [`in ${listed(row.meshes, MAX_MESHES, (mesh) => codeSpan(mesh)).join(', ')}`]),
    ...(row.branch === undefined ? [] : [`for requests that match ${codeSpan(row.branch)}`]),
    ...destinationList(row.destinations),
  ];
}

/** The workloads, with who answers for them: once where that is the same for all. */
export function callers({ workloads }: Pick<ChangeRow, 'workloads'>, ownersOf: OwnersOf): readonly string[] {
  const common = commonOwners(workloads, ownersOf);
  const names = listed(workloads, MAX_WORKLOADS, (workload) => {
    const own = common === null ? ownersOf(workload) : [];
    return codeSpan(workloadName(workload)) + (own.length === 0 ? '' : ` (${ownerList(own)})`);
  });
  const owned = common === null || common.length === 0 ? [] : [`owned by ${ownerList(common)}`];
  return [...names.map((name, index) => (index === 0 ? `from ${name}` : name)), ...owned];
}

/** In monospace, where GitHub calls nobody. */
function ownerList(owners: readonly string[]): string {
  return listed(owners, MAX_OWNERS, (owner) => codeSpan(owner, 100)).join(', ');
}

/** `over http to a, b`, then those over other protocols. */
export function destinationList(destinations: RowDestinations): readonly string[] {
  const byProtocol = new Map<string, string[]>();
  for (const destination of destinations.first(MAX_DESTINATIONS)) {
    const over = destination.protocols.join(' and ');
    byProtocol.set(over, [...(byProtocol.get(over) ?? []), codeSpan(hostAndPort(destination))]);
  }
  const left = destinations.length - MAX_DESTINATIONS;
  return [
    ...[...byProtocol].flatMap(([over, names]) => [`over ${over} to`, ...names]),
    ...(left > 0 ? [`and ${left} more`] : []),
  ];
}

/** A place's name, with a link to it where there is one. */
export function linkedPlace(place: Place, side: 'before' | 'after', links: SourceLinks): string {
  return link(codeSpan(placeName(place)), links.blob(place.path, place.line ?? 1, side));
}

function listed<T>(items: readonly T[], limit: number, show: (item: T) => string): readonly string[] {
  const shown = items.slice(0, limit).map(show);
  const left = items.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])];
}
