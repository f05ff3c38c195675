import { joinSightings, sightingKey } from '../reachability/collect-changes.js';
import type { Cause, ChangeSeverity, EdgeChange, Need, Reference, Sighting } from '../reachability/change.js';
import type { WorkloadRef } from '../reachability/egress-reachability.js';
import { rankOf, type ComparedVerdict } from '../reachability/verdict.js';
import { compareText } from '../diagnostic/compare-text.js';
import { numbersOf, runsKey, uniteRuns, type Runs } from './number-runs.js';
import { changedDestinations, rowDestinationName, workloadLists, type RowDestinations } from './row-destinations.js';
import { count, workloadName } from './workload-name.js';

/** What a reader takes in at one glance: workloads to which the same happens for the same reason. */
export interface ChangeRow {
  /** Empty where the only mesh has no name. */
  readonly meshes: readonly string[];
  readonly workloads: readonly WorkloadRef[];
  readonly destinations: RowDestinations;
  readonly branch?: string;
  readonly before: ComparedVerdict;
  readonly after: ComparedVerdict;
  readonly rerouted?: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly need: Need;
  readonly sighting?: Sighting;
  readonly newReference: boolean;
  readonly severity: ChangeSeverity;
  readonly causes: readonly Cause[];
  readonly references: readonly Reference[];
}

const SEVERITY_ORDER = { failure: 0, warning: 1, notice: 2, none: 3 } as const satisfies Record<ChangeSeverity, number>;
const NEED_ORDER = { referenced: 0, observed: 1, unknown: 2, deliberate: 3, potential: 4 } as const satisfies Record<
  Need,
  number
>;

/** Joins changes that differ in their destinations only, then those that differ in their workloads only. Worst first; the
 * order is total, so that the same analysis always reads the same. */
export function buildChangeRows(changes: readonly EdgeChange[]): readonly ChangeRow[] {
  const callers = workloadLists(changes.map(({ workloads }) => workloads)).inOrder(by(workloadName));
  const called = changedDestinations(changes);
  const drafts = changes.map((change): RowDraft => ({
    change,
    workloads: callers.runsOf(change.workloads),
    destinations: called.runsOf(change.destinations),
    sighting: change.sighting,
    references: change.references,
  }));
  return joinBy(joinBy(drafts, 'workloads', 'destinations'), 'destinations', 'workloads')
    .map(({ change, workloads, destinations, sighting, references }) => ({
      meshes: change.meshes ?? [],
      workloads: Array.from(numbersOf(workloads), (number) => callers.items[number]!),
      destinations: called.rowDestinations(destinations),
      ...(change.branch === undefined ? {} : { branch: change.branch }),
      before: change.before,
      after: change.after,
      ...(change.rerouted === undefined ? {} : { rerouted: change.rerouted }),
      need: change.need,
      ...(sighting === undefined ? {} : { sighting }),
      newReference: change.newReference ?? false,
      severity: change.severity,
      causes: change.causes,
      references: distinct(references, (reference) => JSON.stringify(reference)),
    }))
    .sort(compareRows);
}

/** Rows by how much room they deserve. */
export interface SplitRows {
  /** What a reader must see. */
  readonly open: readonly ChangeRow[];
  /** What gets worse, but no manifest asks for, and does not fail the gate: folded, so that it does not hide the rest. */
  readonly potential: readonly ChangeRow[];
  /** What is no finding. */
  readonly quiet: readonly ChangeRow[];
}

export function splitRows(rows: readonly ChangeRow[]): SplitRows {
  const isQuiet = (row: ChangeRow) => row.severity === 'none';
  const isPotential = (row: ChangeRow) =>
    (row.need === 'potential' || row.sighting?.kind === 'unseen') && row.severity !== 'failure' && !isQuiet(row);
  return {
    open: rows.filter((row) => !isQuiet(row) && !isPotential(row)),
    potential: rows.filter(isPotential),
    quiet: rows.filter(isQuiet),
  };
}

export function potentialTitle(rows: readonly ChangeRow[]): string {
  const warnings = rows.filter((row) => row.severity === 'warning').length;
  const details = [countPairs(rows), ...(warnings > 0 ? [count(warnings, 'warning')] : [])].join(', ');
  return `${count(rows.length, 'potential change')}: calls that no manifest is known to make (${details})`;
}

export function quietTitle(rows: readonly ChangeRow[]): string {
  return `${count(rows.length, 'change')} for the better, or of no weight (${countPairs(rows)})`;
}

function countPairs(rows: readonly ChangeRow[]): string {
  const pairs = rows.reduce((sum, row) => sum + row.workloads.length * row.destinations.length, 0);
  return `${count(pairs, 'pair')} of workload and destination`;
}

/** A row while others may still be joined to it. */
interface RowDraft {
  /** The first of those that are joined; they differ in nothing else that a row shows. */
  readonly change: EdgeChange;
  readonly workloads: Runs;
  readonly destinations: Runs;
  readonly sighting: Sighting | undefined;
  readonly references: readonly Reference[];
}

function joinBy(
  drafts: readonly RowDraft[],
  same: 'workloads' | 'destinations',
  joined: 'workloads' | 'destinations',
): readonly RowDraft[] {
  const groups = new Map<string, RowDraft[]>();
  for (const draft of drafts) {
    const key = JSON.stringify([runsKey(draft[same]), kindOfChange(draft.change)]);
    const known = groups.get(key);
    if (known) known.push(draft);
    else groups.set(key, [draft]);
  }
  return [...groups.values()].map((group) => ({
    ...group[0]!,
    [joined]: uniteRuns(group.map((draft) => draft[joined])),
    sighting: joinSightings(group.map(({ sighting }) => sighting)),
    references: group.flatMap(({ references }) => references),
  }));
}

/** Of what is no finding, nobody asks who needs it and why it is so. */
function kindOfChange({
  meshes,
  branch,
  before,
  after,
  rerouted,
  need,
  sighting,
  newReference,
  severity,
  causes,
}: EdgeChange): unknown {
  const kind = [severity, meshes ?? [], branch ?? null, before, after, rerouted ?? null];
  return severity === 'none' ? kind : [...kind, need, sightingKey(sighting), newReference ?? false, causes];
}

function compareRows(a: ChangeRow, b: ChangeRow): number {
  return (
    SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] ||
    NEED_ORDER[a.need] - NEED_ORDER[b.need] ||
    weight(b.after) - weight(a.after) ||
    compareLists(a.workloads, b.workloads, workloadName) ||
    compareLists(a.destinations, b.destinations, rowDestinationName) ||
    compareText(JSON.stringify(withoutNames(a)), JSON.stringify(withoutNames(b)))
  );
}

/** What the names have not told apart. */
function withoutNames(row: ChangeRow): object {
  return { ...row, workloads: [], destinations: [] };
}

/** By the first names that differ; a list that ends before comes first. */
function compareLists<T>(a: NameList<T>, b: NameList<T>, name: (item: T) => string): number {
  const others = b[Symbol.iterator]();
  for (const item of a) {
    const other = others.next();
    if (other.done === true) break;
    const difference = compareText(name(item), name(other.value));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

interface NameList<T> extends Iterable<T> {
  readonly length: number;
}

function weight(verdict: ComparedVerdict): number {
  return verdict === 'absent' ? 3 : rankOf(verdict);
}

function distinct<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => compareText(key(a), key(b));
}
