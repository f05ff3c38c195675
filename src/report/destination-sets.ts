import type { Destination } from '../reachability/egress-reachability.js';
import type { ItemList } from '../reachability/item-list.js';
import { JsonList } from './json-text.js';
import { runsKey, type Runs } from './number-runs.js';
import { DestinationTable, destinationLists } from './row-destinations.js';

/** So many destinations a JSON form lists where they are; longer lists are sets of its one list of all. */
const MOST_LISTED = 1_000;

interface WithDestinations {
  readonly destinations: ItemList<Destination>;
}

/**
 * Long lists of destinations as JSON forms have them. Of a change that takes from thousands of workloads nearly all of a mesh of
 * thousands of services, each list has nearly all of them, and no two lists are the same: written out, they are gigabytes. So every
 * destination stands once, in a list of all, and a set is the slices of that list that it has.
 */
export class DestinationSets {
  readonly #table: DestinationTable;
  readonly #sets: readonly Runs[];
  readonly #numbers = new Map<ItemList<Destination>, number>();

  constructor(all: Iterable<WithDestinations>) {
    const long = Array.from(all, ({ destinations }) => destinations).filter(({ length }) => length > MOST_LISTED);
    this.#table = new DestinationTable(destinationLists(long));
    const sets: Runs[] = [];
    const known = new Map<string, number>();
    for (const list of long) {
      const runs = this.#table.runsOf(list);
      const key = runsKey(runs);
      const number = known.get(key) ?? sets.push(runs) - 1;
      known.set(key, number);
      this.#numbers.set(list, number);
    }
    this.#sets = sets;
  }

  /** The two keys that hold them; none where every list is short. */
  keys(): object {
    if (this.#sets.length === 0) return {};
    return {
      destinations: new JsonList(this.#table.items, destinationJson),
      destinationSets: new JsonList(this.#sets, (runs) => runs),
    };
  }

  /** The key that says which destinations a part of the form is about: the list, or the number of the set. */
  of({ destinations }: WithDestinations): object {
    const number = this.#numbers.get(destinations);
    if (number !== undefined) return { destinationSet: number };
    return { destinations: destinations.map(destinationJson) };
  }
}

/** A destination as every JSON form has it. */
export function destinationJson({ host, port, protocol }: Destination): Destination {
  return { host, port, protocol };
}
