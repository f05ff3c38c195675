import type { Cause, ChangeSeverity, EdgeChange, Need, Reference } from '../reachability/change.js';
import type { Destination, WorkloadRef } from '../reachability/egress-reachability.js';
import { rankOf, type ComparedVerdict } from '../reachability/verdict.js';
import { count, destinationName, hostAndPort, workloadName } from './workload-name.js';
import { compareText } from '../diagnostic/compare-text.js';

/** One port of one host, with every protocol the change holds for. */
export interface RowDestination {
  readonly host: string;
  readonly port: number;
  readonly protocols: readonly string[];
}

/** What a reader takes in at one glance: workloads to which the same happens for the same reason. */
export interface ChangeRow {
  /** Empty where the only mesh has no name. */
  readonly meshes: readonly string[];
  readonly workloads: readonly WorkloadRef[];
  readonly destinations: readonly RowDestination[];
  readonly branch?: string;
  readonly before: ComparedVerdict;
  readonly after: ComparedVerdict;
  readonly rerouted?: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly need: Need;
  readonly newReference: boolean;
  readonly severity: ChangeSeverity;
  readonly causes: readonly Cause[];
  readonly references: readonly Reference[];
}

const SEVERITY_ORDER = { failure: 0, warning: 1, notice: 2, none: 3 } as const satisfies Record<ChangeSeverity, number>;
const NEED_ORDER = { referenced: 0, unknown: 1, deliberate: 2, potential: 3 } as const satisfies Record<Need, number>;

/** Joins changes that differ in their destinations only, then those that differ in their workloads only. Worst first; the
 * order is total, so that the same analysis always reads the same. */
export function buildChangeRows(changes: readonly EdgeChange[]): readonly ChangeRow[] {
  const byWorkloads = joinBy(
    changes,
    listKey((change: EdgeChange) => change.workloads.map(workloadName)),
    joinDestinations,
  );
  const byDestinations = joinBy(
    byWorkloads,
    listKey((change: EdgeChange) => change.destinations.map(destinationName)),
    joinWorkloads,
  );
  return byDestinations.map(toRow).sort(compareRows);
}

/** A short text for a list of names, whatever its order: a list can have very many. */
function listKey<T>(names: (item: T) => readonly string[]): (item: T) => string {
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    let number = numbers.get(name);
    if (number === undefined) numbers.set(name, (number = numbers.size));
    return number;
  };
  return (item) => Uint32Array.from(names(item), numberOf).sort().join();
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
  const isPotential = (row: ChangeRow) => row.need === 'potential' && row.severity !== 'failure' && !isQuiet(row);
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

/** `host:port (http, tcp)` */
export function rowDestinationName(destination: RowDestination): string {
  return `${hostAndPort(destination)} (${destination.protocols.join(', ')})`;
}

function joinBy(
  changes: readonly EdgeChange[],
  alsoEqual: (change: EdgeChange) => string,
  join: (a: EdgeChange, b: EdgeChange) => EdgeChange,
): readonly EdgeChange[] {
  const joined = new Map<string, EdgeChange>();
  for (const change of changes) {
    const key = JSON.stringify([alsoEqual(change), kindOfChange(change)]);
    const earlier = joined.get(key);
    joined.set(key, earlier ? join(earlier, change) : change);
  }
  return [...joined.values()];
}

/** Of what is no finding, nobody asks who needs it and why it is so. */
function kindOfChange({
  meshes,
  branch,
  before,
  after,
  rerouted,
  need,
  newReference,
  severity,
  causes,
}: EdgeChange): unknown {
  const kind = [severity, meshes ?? [], branch ?? null, before, after, rerouted ?? null];
  return severity === 'none' ? kind : [...kind, need, newReference ?? false, causes];
}

function joinDestinations(a: EdgeChange, b: EdgeChange): EdgeChange {
  const destinations = [...a.destinations, ...b.destinations];
  return { ...a, destinations, references: [...a.references, ...b.references] };
}

function joinWorkloads(a: EdgeChange, b: EdgeChange): EdgeChange {
  const workloads = [...a.workloads, ...b.workloads];
  return { ...a, workloads, references: [...a.references, ...b.references] };
}

function toRow(change: EdgeChange): ChangeRow {
  return {
    meshes: change.meshes ?? [],
    workloads: [...change.workloads].sort(by(workloadName)),
    destinations: joinProtocols(change.destinations),
    ...(change.branch === undefined ? {} : { branch: change.branch }),
    before: change.before,
    after: change.after,
    ...(change.rerouted === undefined ? {} : { rerouted: change.rerouted }),
    need: change.need,
    newReference: change.newReference ?? false,
    severity: change.severity,
    causes: change.causes,
    references: distinct(change.references, (reference) => JSON.stringify(reference)),
  };
}

/** Each port of a host once, with its protocols; sorted. */
export function joinProtocols(destinations: readonly Destination[]): readonly RowDestination[] {
  const protocols = new Map<string, { host: string; port: number; protocols: string[] }>();
  for (const { host, port, protocol } of [...destinations].sort(compareDestinations)) {
    const key = hostAndPort({ host, port });
    const known = protocols.get(key);
    if (known === undefined) protocols.set(key, { host, port, protocols: [protocol] });
    else if (!known.protocols.includes(protocol)) known.protocols.push(protocol);
  }
  return [...protocols.values()];
}

function compareDestinations(a: Destination, b: Destination): number {
  return compareText(a.host, b.host) || a.port - b.port || compareText(a.protocol, b.protocol);
}

function compareRows(a: ChangeRow, b: ChangeRow): number {
  return (
    SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] ||
    NEED_ORDER[a.need] - NEED_ORDER[b.need] ||
    weight(b.after) - weight(a.after) ||
    compareLists(a.workloads, b.workloads, workloadName) ||
    compareLists(a.destinations, b.destinations, rowDestinationName) ||
    compareText(JSON.stringify(a), JSON.stringify(b))
  );
}

/** By the first names that differ; a list that ends before comes first. */
function compareLists<T>(a: readonly T[], b: readonly T[], name: (item: T) => string): number {
  for (let place = 0; place < Math.min(a.length, b.length); place++) {
    const difference = compareText(name(a[place]!), name(b[place]!));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
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
