import { compareText } from '../diagnostic/compare-text.js';
import type { EdgeChange } from '../reachability/change.js';
import type { Destination, WorkloadRef } from '../reachability/egress-reachability.js';
import type { ItemList } from '../reachability/item-list.js';
import { numbersOf, type Runs } from './number-runs.js';
import { ItemLists, type NumberedItems } from './numbered-items.js';
import { destinationName, hostAndPort, workloadName } from './workload-name.js';

/** One port of one host, with every protocol the change holds for. */
export interface RowDestination {
  readonly host: string;
  readonly port: number;
  readonly protocols: readonly string[];
}

/** `host:port (http, tcp)` */
export function rowDestinationName(destination: RowDestination): string {
  return `${hostAndPort(destination)} (${destination.protocols.join(', ')})`;
}

/** Each port of a host once, with its protocols; sorted. */
export function joinProtocols(destinations: ItemList<Destination>): RowDestinations {
  const table = new DestinationTable(destinationLists([destinations]));
  return table.rowDestinations(table.runsOf(destinations));
}

/** The destinations of changes, in the order in which rows list them. Made once for all that is written about the changes. */
export function changedDestinations(changes: readonly EdgeChange[]): DestinationTable {
  let table = TABLES.get(changes);
  if (table === undefined) TABLES.set(changes, (table = new DestinationTable(changedLists(changes))));
  return table;
}

const TABLES = new WeakMap<readonly EdgeChange[], DestinationTable>();

/** The same before they have an order. */
export function changedLists(changes: readonly EdgeChange[]): ItemLists<Destination> {
  let lists = LISTS.get(changes);
  if (lists === undefined)
    LISTS.set(changes, (lists = destinationLists(changes.map(({ destinations }) => destinations))));
  return lists;
}

const LISTS = new WeakMap<readonly EdgeChange[], ItemLists<Destination>>();

export function workloadLists(lists: Iterable<readonly WorkloadRef[]>): ItemLists<WorkloadRef> {
  return new ItemLists(lists, workloadName, isSameWorkload);
}

function isSameWorkload(a: WorkloadRef, b: WorkloadRef): boolean {
  return a.name === b.name && a.namespace === b.namespace && a.kind === b.kind;
}

export function destinationLists(lists: Iterable<ItemList<Destination>>): ItemLists<Destination> {
  return new ItemLists(lists, destinationName, isSameDestination);
}

/** Destinations by host, port and protocol. */
export class DestinationTable {
  readonly #numbered: NumberedItems<Destination>;
  readonly #runs = new WeakMap<ItemList<Destination>, Runs>();
  /** By the number of a destination, how many ports of hosts there are before its own. */
  readonly #ports: Uint32Array;

  constructor(lists: ItemLists<Destination>) {
    this.#numbered = lists.inOrder(compareDestinations);
    this.#ports = new Uint32Array(this.items.length);
    let port = -1;
    this.items.forEach((item, number) => {
      if (!isSamePort(item, this.items[number - 1])) port += 1;
      this.#ports[number] = port;
    });
  }

  get items(): readonly Destination[] {
    return this.#numbered.items;
  }

  runsOf(list: ItemList<Destination>): Runs {
    let runs = this.#runs.get(list);
    if (runs === undefined) this.#runs.set(list, (runs = this.#numbered.runsOf(list)));
    return runs;
  }

  rowDestinations(runs: Runs): RowDestinations {
    return new RowDestinations(this, runs);
  }

  /** How many ports of hosts there are in a set. */
  countPorts(runs: Runs): number {
    let ports = 0;
    let last = -1;
    for (const [start, end] of runs) {
      const [first, final] = [this.#ports[start]!, this.#ports[end - 1]!];
      ports += final - first + (first === last ? 0 : 1);
      last = final;
    }
    return ports;
  }

  /** Tells the number of the first destination of each port in a set. */
  eachPort(runs: Runs, visit: (number: number) => void): void {
    const ports = this.#ports;
    let last = -1;
    for (const [start, end] of runs) {
      for (let number = start; number < end; number += 1) {
        if (ports[number] === last) continue;
        last = ports[number]!;
        visit(number);
      }
    }
  }
}

/** The ports of hosts that a row is about, each once, sorted; made as they are asked for, since there can be very many. */
export class RowDestinations implements Iterable<RowDestination> {
  readonly length: number;

  constructor(
    readonly table: DestinationTable,
    private readonly runs: Runs,
  ) {
    this.length = table.countPorts(runs);
  }

  first(limit: number): readonly RowDestination[] {
    const found: RowDestination[] = [];
    for (const destination of this) {
      if (found.length >= limit) break;
      found.push(destination);
    }
    return found;
  }

  *[Symbol.iterator](): Iterator<RowDestination> {
    let port: Destination | undefined;
    let protocols: string[] = [];
    for (const number of numbersOf(this.runs)) {
      const item = this.table.items[number]!;
      if (isSamePort(item, port)) {
        protocols.push(item.protocol);
        continue;
      }
      if (port) yield { host: port.host, port: port.port, protocols };
      port = item;
      protocols = [item.protocol];
    }
    if (port) yield { host: port.host, port: port.port, protocols };
  }

  /** How many there are of each label. @param labels by the numbers of the table's destinations. */
  countLabels(labels: Uint32Array): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    let [last, ports] = [-1, 0];
    // What is of one label mostly stands together.
    const add = (): unknown => ports > 0 && counts.set(last, (counts.get(last) ?? 0) + ports);
    this.table.eachPort(this.runs, (number) => {
      const label = labels[number]!;
      if (label === last) {
        ports += 1;
        return;
      }
      add();
      [last, ports] = [label, 1];
    });
    add();
    return counts;
  }
}

function isSameDestination(a: Destination, b: Destination): boolean {
  return a.port === b.port && a.host === b.host && a.protocol === b.protocol;
}

function isSamePort(a: Destination, b: Destination | undefined): boolean {
  return b?.port === a.port && b.host === a.host;
}

function compareDestinations(a: Destination, b: Destination): number {
  return compareText(a.host, b.host) || a.port - b.port || compareText(a.protocol, b.protocol);
}
