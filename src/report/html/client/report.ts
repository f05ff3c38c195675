import { sizeOfRuns, type Runs } from '../../number-runs.js';
import { decodeSet } from '../number-sets.js';
import type { FindingData, ReportData } from '../report-data.js';

/** The page's data, with what is asked of it again and again. */
export interface Report extends ReportData {
  readonly runs: (set: number) => Runs;
  readonly sizeOf: (set: number) => number;
  /** `namespace/Kind/name` */
  readonly workloadName: (workload: number) => string;
  /** `host:port (protocol)` */
  readonly destinationName: (destination: number) => string;
  readonly ownersOf: (workload: number) => readonly string[];
  readonly pairsOf: (finding: FindingData) => number;
}

export function openReport(data: ReportData): Report {
  const runs: Runs[] = data.sets.map(decodeSet);
  const sizes = runs.map(sizeOfRuns);
  return {
    ...data,
    runs: (set) => runs[set]!,
    sizeOf: (set) => sizes[set]!,
    workloadName: (workload) => data.workloads[workload]!.join('/'),
    destinationName: (destination) => {
      const [host, port, protocol] = data.destinations[destination]!;
      return `${host.includes(':') ? `[${host}]` : host}:${port} (${protocol})`;
    },
    ownersOf: (workload) => data.owners[data.owned[workload] ?? -1] ?? [],
    pairsOf: ({ w, d }) => sizes[w]! * sizes[d]!,
  };
}

/** The numbers of a set, by place: the first is at 0. */
export function numberAt(runs: Runs, place: number): number {
  let left = place;
  for (const [start, end] of runs) {
    if (left < end - start) return start + left;
    left -= end - start;
  }
  throw new RangeError(`There is nothing at ${place}.`);
}

export function includes(runs: Runs, number: number): boolean {
  let [low, high] = [0, runs.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [start, end] = runs[middle]!;
    if (number < start) high = middle - 1;
    else if (number >= end) low = middle + 1;
    else return true;
  }
  return false;
}
