import type { Destination, WorkloadRef } from '../reachability/egress-reachability.js';
import type { ItemList } from '../reachability/item-list.js';

/** Something that is so of every workload with every destination. */
export interface Pairs {
  readonly workloads: readonly WorkloadRef[];
  readonly destinations: ItemList<Destination>;
}

/** Takes apart what is marked differently, so that each part stays what it is: every workload with every destination.
 * Workloads whose destinations are marked alike stay together. */
export function splitPairs<T extends Pairs, M>(
  item: T,
  markOf: (workload: WorkloadRef, destination: Destination) => M | null,
): readonly { readonly part: T; readonly mark: M | null }[] {
  const alike = new Map<string, { workloads: WorkloadRef[]; marks: readonly (M | null)[] }>();
  for (const workload of item.workloads) {
    const marks = item.destinations.map((destination) => markOf(workload, destination));
    const key = JSON.stringify(marks);
    const group = alike.get(key) ?? { workloads: [], marks };
    group.workloads.push(workload);
    alike.set(key, group);
  }
  return [...alike.values()].flatMap(({ workloads, marks }) => {
    const distinct = new Map(marks.map((mark) => [JSON.stringify(mark), mark]));
    return [...distinct].map(([key, mark]) => {
      if (distinct.size === 1) return { part: { ...item, workloads }, mark };
      const destinations = item.destinations.filter((_unused, index) => JSON.stringify(marks[index]) === key);
      return { part: { ...item, workloads, destinations }, mark };
    });
  });
}
