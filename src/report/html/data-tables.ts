import type { Destination, WorkloadRef } from '../../reachability/egress-reachability.js';
import type { SourceLinks } from '../change-table.js';
import { destinationName, workloadName } from '../workload-name.js';
import { knownLine, placeCaution, placeName, type Place } from '../place.js';
import { visibleText } from '../visible-text.js';
import { encodeSet } from './number-sets.js';
import type { PlaceData } from './report-data.js';

/** Things in the order in which they were first asked for, each once. */
export interface Table<T> {
  readonly items: readonly T[];
  readonly numberOf: (item: T) => number;
}

export function table<T>(keyOf: (item: T) => string): Table<T> {
  const items: T[] = [];
  const numbers = new Map<string, number>();
  return {
    items,
    numberOf: (item) => {
      const key = keyOf(item);
      let number = numbers.get(key);
      if (number === undefined) {
        number = items.push(item) - 1;
        numbers.set(key, number);
      }
      return number;
    },
  };
}

/** Names in an order in which what is often together has neighbouring numbers. */
export function sortedTable<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  orderOf: (item: T) => string = keyOf,
): Table<T> {
  const byKey = new Map<string, T>();
  for (const item of items) byKey.set(keyOf(item), item);
  const sorted = [...byKey.values()].map((item) => [orderOf(item), item] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const made = table(keyOf);
  for (const [, item] of sorted) made.numberOf(item);
  return made;
}

/** The tables that a page of any kind has. */
export interface NameTables {
  readonly workloads: Table<WorkloadRef>;
  readonly destinations: Table<Destination>;
  readonly sets: Table<string>;
}

export function nameTables(workloads: Iterable<WorkloadRef>, destinations: Iterable<Destination>): NameTables {
  return {
    workloads: sortedTable(workloads, workloadName),
    // By namespace where there is one, as a set of destinations mostly is of whole namespaces.
    destinations: sortedTable(destinations, destinationName, (destination) => {
      return `${domainOf(destination)} ${destinationName(destination)}`;
    }),
    sets: table((set) => set),
  };
}

function domainOf({ host }: Destination): string {
  return host.slice(host.indexOf('.') + 1);
}

/** The number of a set in its table. */
export function setNumber({ sets }: NameTables, numbers: readonly number[]): number {
  return sets.numberOf(encodeSet(numbers));
}

/** The tables as the page has them. */
export function namesJson({ workloads, destinations, sets }: NameTables) {
  return {
    workloads: workloads.items.map(({ namespace, kind, name }) => {
      return [visibleText(namespace), visibleText(kind), visibleText(name)] as const;
    }),
    destinations: destinations.items.map(({ host, port, protocol }) => [visibleText(host), port, protocol] as const),
    sets: sets.items,
  };
}

export function placeData(place: Place, side: 'before' | 'after', links: SourceLinks): PlaceData {
  const href = links.blob(place.path, knownLine(place) ?? 1, side);
  const caution = placeCaution(place);
  return {
    name: visibleText(placeName(place)),
    ...(href === null || !/^https?:\/\//.test(href) ? {} : { href }),
    ...(caution === '' ? {} : { caution }),
  };
}
