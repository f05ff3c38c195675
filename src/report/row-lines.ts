import type { ChangeSeverity, ContractBreach } from '../reachability/change.js';
import { breachAge, breachCalls, contractName } from './breaches.js';
import { joinedCauses } from './cause-groups.js';
import type { ChangeRow } from './change-rows.js';
import { commonOwners, type OwnersOf } from './owners.js';
import { placePreposition } from './place.js';
import { rowDestinationName } from './row-destinations.js';
import { wrapText, placeText, type Paint, type Style, type TextOptions } from './text-style.js';
import { transitionText } from './transition-text.js';
import { needText, seenCalls, trafficText } from './traffic-words.js';
import { VERDICT_WORDS } from './verdict-words.js';
import { cutText, visibleText } from './visible-text.js';
import { workloadName } from './workload-name.js';

const SEVERITY_STYLES = { failure: 'red', warning: 'yellow', notice: 'cyan', none: 'dim' } as const satisfies Record<
  ChangeSeverity,
  Style
>;

/** How rows look, whatever they say. */
export interface Look {
  readonly paint: Paint;
  readonly ownersOf: OwnersOf;
  /** How many names of a list are shown. */
  readonly names: number;
}

/** A row of changes for a terminal. */
export function rowLines(row: ChangeRow, look: Look, options: TextOptions): readonly string[] {
  const { paint, names } = look;
  const label = paint(SEVERITY_STYLES[row.severity], row.severity === 'none' ? 'no finding' : row.severity);
  return [
    `${label} ${callerNames(row.workloads, look)}`,
    ...meshLines(row, options),
    ...commonOwnerLine(row.workloads, look, options),
    transition(row, paint, options),
    ...(row.branch === undefined ? [] : [`  for requests that match ${visibleText(row.branch)}`]),
    ...row.destinations.first(names).map((destination) => `    ${visibleText(rowDestinationName(destination))}`),
    ...(row.destinations.length > names ? [`    … ${row.destinations.length - names} more`] : []),
    ...rerouteLines(row),
    ...causeLines(row.causes, paint, options),
    ...referenceLines(row, look, options),
  ];
}

/** The workloads, each with those who answer for it, but where these are the same for all. */
function callerNames(workloads: ChangeRow['workloads'], { paint, ownersOf, names }: Look): string {
  const isCommon = commonOwners(workloads, ownersOf) !== null;
  const shown = workloads.slice(0, names).map((workload) => {
    const own = isCommon ? [] : ownersOf(workload);
    return paint('bold', visibleText(workloadName(workload))) + (own.length === 0 ? '' : ` (${ownerList(own)})`);
  });
  return `${shown.join(',\n  ')}${workloads.length > names ? `,\n  … ${workloads.length - names} more` : ''}`;
}

function commonOwnerLine(
  workloads: ChangeRow['workloads'],
  { ownersOf }: Look,
  { width }: TextOptions,
): readonly string[] {
  const owners = commonOwners(workloads, ownersOf) ?? [];
  return owners.length === 0 ? [] : [`  ${wrapText(`owned by ${ownerList(owners)}`, width - 2, '    ')}`];
}

function ownerList(owners: readonly string[]): string {
  return visibleText(owners.join(', '));
}

/** A breached contract for a terminal. */
export function breachLines(breach: ContractBreach, look: Look, options: TextOptions): readonly string[] {
  const { width } = options;
  const { reason, owner, branch, before, after, meshes = [] } = breach;
  const inner = (text: string): string => `  ${wrapText(visibleText(text), width - 2, '    ')}`;
  const label = look.paint(breach.isNew ? 'red' : 'dim', 'contract');
  return [
    `${label} ${visibleText(contractName(breach))}`,
    inner(owner === null ? reason : `${reason} (${owner})`),
    inner(`${breachAge(breach)}: ${breachCalls(breach, look.names)}`),
    ...(meshes.length === 0 ? [] : [inner(`in ${meshes.join(', ')}`)]),
    ...commonOwnerLine(breach.workloads, look, options),
    ...(branch === undefined ? [] : [inner(`for requests that match ${branch}`)]),
    inner(`${before} → ${after}: ${VERDICT_WORDS[after]}`),
    ...causeLines(breach.causes, look.paint, options),
  ];
}

function meshLines({ meshes }: ChangeRow, { width }: TextOptions): readonly string[] {
  if (meshes.length === 0) return [];
  return [`  ${wrapText(visibleText(`in ${meshes.join(', ')}`), width - 2, '    ')}`];
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

function causeLines(causes: ChangeRow['causes'], paint: Paint, options: TextOptions): readonly string[] {
  return joinedCauses(causes).flatMap(({ cause, joint }) => [
    `  ${because(joint)}${cause.isExact === false ? `something ${placePreposition(cause)} ` : ''}${paint('cyan', placeText(cause, options, cause.side))}`,
    `    ${wrapText(visibleText(cause.explanation), options.width - 4, '    ')}`,
  ]);
}

/** `because of`, `because of, together,`, `or`, `and` */
function because(joint: string): string {
  if (/^(and|or) /.test(joint)) return joint.replaceAll(': ', ', ');
  return joint === '' ? 'because of ' : `because of, ${joint.replaceAll(': ', ', ')}`;
}

function referenceLines(row: ChangeRow, { paint, names }: Look, options: TextOptions): readonly string[] {
  const { sighting } = row;
  if (row.references.length === 0)
    return [`  ${wrapText(`need: ${needText(row.need, sighting)}`, options.width - 2, '    ')}`];
  const left = row.references.length - names;
  return [
    ...row.references
      .slice(0, names)
      .flatMap((reference) => [
        `  ${row.newReference ? 'newly named' : 'named'} ${placePreposition(reference)} ${paint('cyan', placeText(reference, options))}`,
        `    ${visibleText(reference.where)}: ${cutText(visibleText(reference.text), 120)}`,
      ]),
    ...(left > 0 ? [`  … named in ${left} more places`] : []),
    ...(sighting?.kind === 'seen' ? [`  called: ${trafficText(seenCalls(sighting))}`] : []),
  ];
}
