import type { Sighting } from './change.js';
import { destinationKey } from './destination.js';
import type { DescribedChange, FoundCauses } from './described-change.js';
import type { EdgeDelta } from './edge-deltas.js';
import type { Destination } from './egress-reachability.js';

export interface Collector {
  readonly add: (change: DescribedChange) => void;
  readonly changes: () => DescribedChange[];
}

/** Joins what happens alike to the same workloads of one class, so that only few changes are made of many destinations. */
export function classCollector(collector: Collector): { add: (change: DescribedChange) => void; flush: () => void } {
  const alike = new Map<string, { change: DescribedChange; destinations: Destination[] }>();
  return {
    add: (change) => {
      const key = `${change.need} ${sightingKey(change.sighting)} ${deltaKey(change.delta)} ${JSON.stringify(keysOf(change.causes))}`;
      const known = alike.get(key);
      if (known) known.destinations.push(...change.destinations);
      else alike.set(key, { change, destinations: [...change.destinations] });
    },
    flush: () => {
      for (const { change, destinations } of alike.values()) collector.add({ ...change, destinations });
    },
  };
}

/** Which calls were seen differs from edge to edge; that some were does not. */
export function sightingKey(sighting: Sighting | null | undefined): string {
  return sighting ? (sighting.kind === 'silent' ? `silent ${sighting.why}` : sighting.kind) : '';
}

function keysOf({ sets, isTried }: FoundCauses): unknown {
  return [isTried, sets.map((set) => set.map(({ key }) => key))];
}

function deltaKey({ branch, before, after, rerouted }: EdgeDelta): string {
  const clusters = rerouted ? `${rerouted.before.join()} > ${rerouted.after.join()}` : '';
  return `${before} ${after} ${clusters} ${branch ?? ''}`;
}

/** Joins what differs in the destination alone, then what differs in the workloads alone. */
export function changeCollector(): Collector {
  const ids = new Map<object, number>();
  const idOf = (object: object): number => {
    let id = ids.get(object);
    if (id === undefined) ids.set(object, (id = ids.size));
    return id;
  };
  const added: DescribedChange[] = [];
  const kindOf = ({
    delta,
    need,
    sighting,
    newReference,
    own,
    causes,
    isNamed,
    governing,
    references,
  }: DescribedChange): string =>
    JSON.stringify([
      [delta.branch, delta.before, delta.after, delta.rerouted],
      [need, sightingKey(sighting), newReference, own, isNamed, governing?.origin ?? null],
      keysOf(causes),
      references,
    ]);
  return {
    add: (change) => void added.push(change),
    changes: () => {
      const byWorkloads = join(
        added,
        (c) => `${c.workloads.map(idOf).join()} ${kindOf(c)}`,
        (group) => ({
          ...group[0]!,
          destinations: group.flatMap(({ destinations }) => destinations),
          sighting: joinSightings(group.map(({ sighting }) => sighting)),
        }),
      );
      return join(
        byWorkloads,
        (c) => `${c.destinations.map(destinationKey).join()} ${kindOf(c)}`,
        (group) => ({
          ...group[0]!,
          workloads: group.flatMap(({ workloads }) => workloads),
          sighting: joinSightings(group.map(({ sighting }) => sighting)),
        }),
      );
    },
  };
}

/** Of what is alike: all edges that were seen. */
export function joinSightings<T extends Sighting | null | undefined>(sightings: readonly T[]): T {
  const [first] = sightings as readonly [T];
  if (first?.kind !== 'seen' || sightings.length === 1) return first;
  return { ...first, edges: sightings.flatMap((sighting) => (sighting?.kind === 'seen' ? sighting.edges : [])) };
}

function join(
  changes: readonly DescribedChange[],
  keyOf: (change: DescribedChange) => string,
  merge: (group: readonly DescribedChange[]) => DescribedChange,
): DescribedChange[] {
  const groups = new Map<string, DescribedChange[]>();
  for (const change of changes) {
    const key = keyOf(change);
    const group = groups.get(key);
    if (group) group.push(change);
    else groups.set(key, [change]);
  }
  return [...groups.values()].map((group) => merge(group));
}
