import type { Workload } from './kubernetes/workload.js';
import { destinationKey } from './reachability/destination.js';
import type { Destination } from './reachability/egress-reachability.js';
import { workloadKey, type EvaluatedGroup } from './reachability/evaluate-mesh.js';
import type { TrialGround, TrialResult } from './try-fix.js';

/** Destinations of workloads that are alike on both sides of the change: a number for each, the same in all trials. */
export interface Cells {
  readonly classOf: (workload: Workload) => number;
  readonly cellOf: (workloadClass: number, destination: Destination) => number;
  readonly sizeOf: (cell: number) => number;
}

const MOST_DESTINATIONS = 2 ** 24;

/** The groups that a workload is in. */
interface Sides {
  readonly before: EvaluatedGroup | undefined;
  readonly after: EvaluatedGroup | undefined;
}

export function buildCells({ before, after, renamings }: TrialGround): Cells {
  const [old, now] = [before, after].map(({ evaluated: { groups } }) => new Map(groups.map((group, i) => [group, i])));
  const classes = new Map<string, number>();
  const groups: Sides[] = [];
  const sizes: number[] = [];
  const sidesOf = (key: string): Sides => ({
    before: before.evaluated.groupOf.get(renamings.formerKeyOf(key)),
    after: after.evaluated.groupOf.get(key),
  });
  const classOf = (workload: Workload): number => {
    const sides = sidesOf(workloadKey(workload));
    const id = `${sides.before ? old!.get(sides.before)! : ''} ${sides.after ? now!.get(sides.after)! : ''}`;
    let known = classes.get(id);
    if (known === undefined) {
      classes.set(id, (known = classes.size));
      groups.push(sides);
    }
    return known;
  };
  const countMembers = (sides: Sides): number =>
    (sides.after?.members ?? []).filter(({ workload }) => sidesOf(workloadKey(workload)).before === sides.before)
      .length;
  const destinations = new Map<string, number>();
  return {
    classOf,
    cellOf: (workloadClass, destination) => {
      const key = destinationKey(destination);
      let index = destinations.get(key);
      if (index === undefined) destinations.set(key, (index = destinations.size));
      return workloadClass * MOST_DESTINATIONS + index;
    },
    sizeOf: (cell) => {
      const place = Math.floor(cell / MOST_DESTINATIONS);
      const sides = groups[place];
      return sides ? (sizes[place] ??= countMembers(sides)) : 0;
    },
  };
}

/** How many pairs of workload and destination results open together beside the findings that they mend. */
export function countOpenedPairs(results: readonly TrialResult[], { classOf, cellOf, sizeOf }: Cells): number {
  const opened = new Set(results.flatMap(({ openedCells }) => [...openedCells]));
  const mended = new Map<number, Set<Workload>>();
  for (const { workloads, destination } of new Set(results.flatMap((result) => result.mended))) {
    const cell = cellOf(classOf(workloads[0]!), destination);
    if (!opened.has(cell)) continue;
    const known = mended.get(cell);
    if (!known) mended.set(cell, new Set(workloads));
    else for (const workload of workloads) known.add(workload);
  }
  const all = [...opened].reduce((sum, cell) => sum + sizeOf(cell), 0);
  return [...mended.values()].reduce((left, workloads) => left - workloads.size, all);
}
