import type { ComparedVerdict } from '../../../reachability/verdict.js';
import { runsKey, uniteRuns, type Runs } from '../../number-runs.js';
import { includes, type Report } from './report.js';

/** So many names can be read one by one: only where there are more, those that are alike are joined. */
const FEW = 40;

/** How a call ends before and after; before is null in a page of one tree. */
export interface Transition {
  readonly before: ComparedVerdict | null;
  readonly after: ComparedVerdict;
}

/** Workloads whose calls are alike in every column. */
export interface MatrixRow {
  readonly workloads: readonly number[];
  readonly entries: readonly { readonly transition: Transition; readonly runs: Runs }[];
}

/** Destinations that are alike in every row. */
export interface MatrixColumn {
  readonly destinations: readonly number[];
}

export interface Matrix {
  readonly rows: readonly MatrixRow[];
  readonly columns: readonly MatrixColumn[];
  /** Null where nothing is known of a call: it does not change. */
  readonly at: (row: number, column: number) => Transition | null;
}

/** Lays findings out as workloads × destinations, what is alike joined. Of a pair with several findings, the first one counts. */
export function buildMatrix(report: Report, findings: readonly number[], namespace: string): Matrix {
  const rows = buildRows(report, findings, namespace);
  const columns = buildColumns(report.destinations.length, rows);
  return {
    rows,
    columns,
    at: (row, column) => {
      const destination = columns[column]!.destinations[0]!;
      return rows[row]!.entries.find(({ runs }) => includes(runs, destination))?.transition ?? null;
    },
  };
}

function buildRows(report: Report, findings: readonly number[], namespace: string): readonly MatrixRow[] {
  const sets = new Set(findings.map((finding) => report.findings[finding]!.w));
  const members = new Map<number, number[]>();
  partition(report.workloads.length, [...sets].map(report.runs)).forEach((number, workload) => {
    if (number === 0 || (namespace !== '' && report.workloads[workload]![0] !== namespace)) return;
    const known = members.get(number);
    if (known) known.push(workload);
    else members.set(number, [workload]);
  });
  const classes = [...members.values()];
  const total = classes.reduce((sum, { length }) => sum + length, 0);
  if (total <= FEW) {
    const single = classes.flat().sort((a, b) => a - b);
    const own = entriesOf(report, findings, single);
    return single.map((workload, index) => ({ workloads: [workload], entries: own[index]! }));
  }
  const alike = classes.sort(([a], [b]) => a! - b!);
  const entries = entriesOf(report, findings, alike.map(([first]) => first!)); // prettier-ignore
  const rows = new Map<string, { workloads: number[]; entries: MatrixRow['entries'] }>();
  alike.forEach((workloads, index) => {
    const own = entries[index]!;
    const key = own
      .map(({ transition, runs }) => `${transition.before} ${transition.after} ${runsKey(runs)}`)
      .join(';');
    const known = rows.get(key);
    if (known) known.workloads.push(...workloads);
    else rows.set(key, { workloads, entries: own });
  });
  return [...rows.values()]
    .map((row) => ({ ...row, workloads: row.workloads.sort((a, b) => a - b) }))
    .sort((a, b) => a.workloads[0]! - b.workloads[0]!);
}

/** What the findings say of each of some workloads, those of one kind together.
 *
 * @param workloads sorted. */
function entriesOf(
  report: Report,
  findings: readonly number[],
  workloads: readonly number[],
): readonly MatrixRow['entries'][] {
  const kinds = workloads.map(() => new Map<string, { transition: Transition; sets: Set<number> }>());
  for (const number of findings) {
    const { w, d, before, after } = report.findings[number]!;
    const kind = `${before} ${after}`;
    for (const [start, end] of report.runs(w)) {
      for (let place = firstFrom(workloads, start); place < workloads.length && workloads[place]! < end; place++) {
        const known = kinds[place]!.get(kind);
        if (known) known.sets.add(d);
        else kinds[place]!.set(kind, { transition: { before, after }, sets: new Set([d]) });
      }
    }
  }
  const unions = new Map<string, Runs>();
  return kinds.map((byKind) =>
    [...byKind.values()].map(({ transition, sets }) => {
      const key = [...sets].join();
      const runs = unions.get(key) ?? uniteRuns([...sets].map(report.runs));
      unions.set(key, runs);
      return { transition, runs };
    }),
  );
}

/** The place of the first number that is not less. */
function firstFrom(sorted: readonly number[], least: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

function buildColumns(size: number, rows: readonly MatrixRow[]): readonly MatrixColumn[] {
  const sets = new Map(rows.flatMap(({ entries }) => entries.map(({ runs }) => [runsKey(runs), runs] as const)));
  const members = new Map<number, number[]>();
  partition(size, [...sets.values()]).forEach((number, destination) => {
    if (number === 0) return;
    const known = members.get(number);
    if (known) known.push(destination);
    else members.set(number, [destination]);
  });
  const classes = [...members.values()];
  const all = classes.flat().sort((a, b) => a - b);
  return all.length <= FEW
    ? all.map((destination) => ({ destinations: [destination] }))
    : classes.map((destinations) => ({ destinations }));
}

/** A number for each thing: the same for those that are in the same sets, and 0 for those that are in none. */
export function partition(size: number, sets: readonly Runs[]): Uint32Array {
  const classes = new Uint32Array(size);
  let next = 1;
  for (const runs of sets) {
    const moved = new Map<number, number>();
    // Neighbours are mostly of one class.
    let [last, now] = [-1, 0];
    for (const [start, end] of runs) {
      for (let thing = start; thing < end; thing++) {
        const old = classes[thing]!;
        if (old !== last) {
          last = old;
          now = moved.get(old) ?? next++;
          moved.set(old, now);
        }
        classes[thing] = now;
      }
    }
  }
  return classes;
}
