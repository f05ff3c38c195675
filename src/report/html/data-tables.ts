import type { Destination, WorkloadRef } from '../../reachability/egress-reachability.js';
import type { SourceLinks } from '../change-table.js';
import { compareText } from '../../diagnostic/compare-text.js';
import type { Runs } from '../number-runs.js';
import type { ItemLists, NumberedItems } from '../numbered-items.js';
import { knownLine, placeCaution, placeName, type Place } from '../place.js';
import { workloadLists } from '../row-destinations.js';
import { visibleText } from '../visible-text.js';
import { destinationName, workloadName } from '../workload-name.js';
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

/** The tables that a page of any kind has. */
export interface NameTables {
  readonly workloads: NumberedItems<WorkloadRef>;
  readonly destinations: NumberedItems<Destination>;
  readonly sets: Table<string>;
}

/** Names in an order in which what is often together has neighbouring numbers. */
export function nameTables(
  workloads: Iterable<readonly WorkloadRef[]>,
  destinations: ItemLists<Destination>,
): NameTables {
  return {
    workloads: workloadLists(workloads).inOrder(byText(workloadName)),
    // By namespace where there is one, as a set of destinations mostly is of whole namespaces.
    destinations: destinations.inOrder(byText((destination) => `${domainOf(destination)} ${destinationName(destination)}`)), // prettier-ignore
    sets: table((set) => set),
  };
}

function byText<T>(textOf: (item: T) => string): (a: T, b: T) => number {
  const texts = new Map<T, string>();
  const known = (item: T): string => {
    let text = texts.get(item);
    if (text === undefined) texts.set(item, (text = textOf(item)));
    return text;
  };
  return (a, b) => compareText(known(a), known(b));
}

function domainOf({ host }: Destination): string {
  return host.slice(host.indexOf('.') + 1);
}

/** The number of a set in its table. */
export function setNumber({ sets }: NameTables, runs: Runs): number {
  return sets.numberOf(encodeSet(runs));
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
