import type { Sighting } from './change.js';
import { compareDestinations, destinationKey } from './destination.js';
import type { DescribedChange, FoundCauses, HostCounts } from './described-change.js';
import { once } from '../kubernetes/once.js';
import type { Destination } from './egress-reachability.js';
import { joinPlaces } from './places.js';
import type { UnitedDestinations } from './united-destinations.js';

/** Of so many destinations the hosts are counted where that costs least. */
const MANY = 1000;

/** A change whose destinations are written as the collector's places: in order, each once. */
export interface PlacedChange extends Omit<DescribedChange, 'destinations'> {
  readonly places: ArrayLike<number>;
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
  const idOfPlaces = placesNumbering();
  const others: Destination[] = [];
  const placesOfOthers = new Map<string, number>();
  const listed = united.destinations;
  const destinationsAt = (places: ArrayLike<number>): Destination[] => {
    const found = new Array<Destination>(places.length);
    for (let index = 0; index < places.length; index += 1) {
      found[index] = listed[places[index]!] ?? others[places[index]! - listed.length]!;
    }
    return found.at(-1) === listed[places[places.length - 1]!] ? found : found.sort(compareDestinations);
  };
  const hostsAt = once(() => {
    const number = new Uint32Array(listed.length);
    const isKnown = new Uint8Array(listed.length);
    for (const [place, { host }] of listed.entries()) {
      number[place] = place > 0 && host === listed[place - 1]!.host ? number[place - 1]! : place;
      isKnown[place] = isRegistered(host) ? 1 : 0;
    }
    return { number, isKnown };
  });
  const countHosts = (places: ArrayLike<number>): HostCounts => {
    const { number, isKnown } = hostsAt();
    let [all, registered, last] = [0, 0, -1];
    for (let index = 0; index < places.length; index += 1) {
      const place = places[index]!;
      const host = number[place] ?? place;
      if (host === last) continue;
      last = host;
      all += 1;
      registered += isKnown[place] ?? 0;
    }
    return { all, registered };
  };
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
        (group) => ({ ...withSightings(group), places: joinPlaces(group.map(({ places }) => places)) }),
      );
      const joined = join(
        byWorkloads,
        (c) => `${idOfPlaces(c.places)} ${kindOf(c)}`,
        (group) => ({ ...withSightings(group), workloads: group.flatMap(({ workloads }) => workloads) }),
      );
      return joined.map(({ places, ...change }) => ({
        ...change,
        destinations: destinationsAt(places),
        ...(places.length > MANY ? { hostCounts: countHosts(places) } : {}),
      }));
    },
  };
}

function kindOf({
  delta,
  need,
  sighting,
  newReference,
  own,
  causes,
  isNamed,
  governing,
  references,
}: Omit<PlacedChange, 'places' | 'workloads'>): string {
  return JSON.stringify([
    [delta.branch, delta.before, delta.after, delta.rerouted],
    [need, sightingKey(sighting), newReference, own, isNamed, governing?.origin ?? null],
    causesKey(causes),
    references,
  ]);
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

function numbering(): (item: object) => number {
  const ids = new Map<object, number>();
  return (item) => {
    let id = ids.get(item);
    if (id === undefined) ids.set(item, (id = ids.size));
    return id;
  };
}

/** Equal for equal lists of places. */
function placesNumbering(): (places: ArrayLike<number>) => number {
  let count = 0;
  const alike = new Map<number, { readonly places: ArrayLike<number>; readonly id: number }[]>();
  return (places) => {
    const hash = hashOf(places);
    const known = alike.get(hash) ?? [];
    alike.set(hash, known);
    let found = known.find((each) => areEqual(each.places, places));
    if (!found) known.push((found = { places, id: count++ }));
    return found.id;
  };
}

/** FNV-1a over whole numbers. */
function hashOf(places: ArrayLike<number>): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < places.length; index += 1) hash = Math.imul(hash ^ places[index]!, 0x01000193);
  return hash;
}

function areEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
