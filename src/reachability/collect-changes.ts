import type { KubernetesObject } from '../kubernetes/manifest.js';
import { memoize } from '../kubernetes/memoize.js';
import { once } from '../kubernetes/once.js';
import type { Reference, Sighting } from './change.js';
import { compareDestinations, destinationKey } from './destination.js';
import { CountedHosts } from './counted-hosts.js';
import type { DescribedChange, FoundCauses } from './described-change.js';
import type { EdgeDelta } from './edge-deltas.js';
import type { Destination } from './egress-reachability.js';
import { PlacedItems, type ItemList } from './item-list.js';
import { Places } from './places.js';
import type { UnitedDestinations } from './united-destinations.js';

/** So many destinations are not written out, and their hosts are counted where that costs least. */
const MANY = 1000;

/** A change whose destinations are written as the collector's places. */
export interface PlacedChange extends Omit<DescribedChange, 'destinations'> {
  readonly places: Places;
}

export interface Collector {
  /** The place of a destination, also of one that the meshes do not have. */
  readonly placeOf: (destination: Destination) => number;
  readonly add: (change: PlacedChange) => void;
  readonly changes: () => DescribedChange[];
}

/**
 * Joins what differs in the destination alone, then what differs in the workloads alone.
 *
 * @param isRegistered whether some Service or ServiceEntry has a host.
 */
export function changeCollector(united: UnitedDestinations, isRegistered: (host: string) => boolean): Collector {
  const idOf = numbering();
  const kindOf = kindTeller();
  const idOfPlaces = placesNumbering();
  const others: Destination[] = [];
  const placesOfOthers = new Map<string, number>();
  const listed = united.destinations;
  const destinationAt = (place: number): Destination => listed[place] ?? others[place - listed.length]!;
  const destinationsAt = (places: Places): ItemList<Destination> => {
    const isOfListed = places.last < listed.length;
    if (isOfListed && places.length > MANY) return new PlacedItems(listed, places);
    const found = Array.from(places, destinationAt);
    return isOfListed ? found : found.sort(compareDestinations);
  };
  const hosts = once(() => new CountedHosts(listed, isRegistered));
  const added: PlacedChange[] = [];
  return {
    placeOf: (destination) => {
      const known = united.placeOf(destination);
      if (known !== undefined) return known;
      const key = destinationKey(destination);
      let place = placesOfOthers.get(key);
      if (place === undefined) placesOfOthers.set(key, (place = listed.length + others.push(destination) - 1));
      return place;
    },
    add: (change) => void added.push(change),
    changes: () => {
      const byWorkloads = join(
        added,
        (c) => `${c.workloads.map(idOf).join()} ${kindOf(c)}`,
        (group) => ({ ...withSightings(group), places: Places.join(group.map(({ places }) => places)) }),
      );
      const joined = join(
        byWorkloads,
        (c) => `${idOfPlaces(c.places)} ${kindOf(c)}`,
        (group) => ({ ...withSightings(group), workloads: group.flatMap(({ workloads }) => workloads) }),
      );
      return joined.map(({ places, ...change }) => ({
        ...change,
        destinations: destinationsAt(places),
        ...(places.length > MANY ? { hostCounts: hosts().count(places) } : {}),
      }));
    },
  };
}

/** Tells kinds of changes: equal for those that differ in their workloads and destinations alone. */
function kindTeller(): (change: Omit<PlacedChange, 'places' | 'workloads'>) => string {
  const deltaOf = numberingBy(({ branch, before, after, rerouted }: EdgeDelta) =>
    JSON.stringify([branch, before, after, rerouted]),
  );
  const causesOf = numberingBy(causesKey);
  const governingOf = numberingBy(({ origin }: KubernetesObject) => JSON.stringify(origin));
  const referenceOf = referenceNumbering();
  return ({ delta, need, sighting, newReference, own, causes, isNamed, governing, references }) => {
    const numbers = [deltaOf(delta), causesOf(causes), governing ? governingOf(governing) : -1];
    const flags = [newReference, own, isNamed].map(Number);
    const named = references.length === 0 ? '' : references.map(referenceOf).join();
    return `${numbers.join()} ${flags.join()} ${need} ${named} ${sightingKey(sighting)}`;
  };
}

/** Which calls were seen differs from edge to edge; that some were does not. */
export function sightingKey(sighting: Sighting | null | undefined): string {
  return sighting ? (sighting.kind === 'silent' ? `silent ${sighting.why}` : sighting.kind) : '';
}

/** Of what is alike: all edges that were seen. */
export function joinSightings<T extends Sighting | null | undefined>(sightings: readonly T[]): T {
  const [first] = sightings as readonly [T];
  if (first?.kind !== 'seen' || sightings.length === 1) return first;
  return { ...first, edges: sightings.flatMap((sighting) => (sighting?.kind === 'seen' ? sighting.edges : [])) };
}

function withSightings(group: readonly PlacedChange[]): PlacedChange {
  return { ...group[0]!, sighting: joinSightings(group.map(({ sighting }) => sighting)) };
}

/** Equal for the same causes. */
export function causesKey({ sets, isTried }: FoundCauses): string {
  return JSON.stringify([isTried, sets.map((set) => set.map(({ key }) => key))]);
}

function join(
  changes: readonly PlacedChange[],
  keyOf: (change: PlacedChange) => string,
  merge: (group: readonly PlacedChange[]) => PlacedChange,
): PlacedChange[] {
  const groups = new Map<string, PlacedChange[]>();
  for (const change of changes) {
    const key = keyOf(change);
    const group = groups.get(key);
    if (group) group.push(change);
    else groups.set(key, [change]);
  }
  return Array.from(groups.values(), (group) => (group.length === 1 ? group[0]! : merge(group)));
}

function numbering(): (item: unknown) => number {
  const ids = new Map<unknown, number>();
  return (item) => {
    let id = ids.get(item);
    if (id === undefined) ids.set(item, (id = ids.size));
    return id;
  };
}

/** Equal for items with one text. */
function numberingBy<T>(textOf: (item: T) => string): (item: T) => number {
  const idOf = numbering();
  return memoize((item) => idOf(textOf(item)));
}

/** Equal for references in one place that say the same. Finding the place is dear, and what else they say mostly tells them apart. */
function referenceNumbering(): (reference: Reference) => number {
  let count = 0;
  const alike = new Map<string, { readonly reference: Reference; readonly id: number }[]>();
  return memoize((reference) => {
    const key = JSON.stringify([reference.text, reference.where, reference.heldBy]);
    const known = alike.get(key) ?? [];
    alike.set(key, known);
    let found = known.find((each) => isInOnePlace(each.reference, reference));
    if (!found) known.push((found = { reference, id: count++ }));
    return found.id;
  });
}

function isInOnePlace(a: Reference, b: Reference): boolean {
  return a.path === b.path && a.line === b.line && a.isExact === b.isExact;
}

/** Equal for equal sets of places. */
function placesNumbering(): (places: Places) => number {
  let count = 0;
  const alike = new Map<number, { readonly places: Places; readonly id: number }[]>();
  return (places) => {
    const hash = places.hash();
    const known = alike.get(hash) ?? [];
    alike.set(hash, known);
    let found = known.find((each) => each.places.equals(places));
    if (!found) known.push((found = { places, id: count++ }));
    return found.id;
  };
}
