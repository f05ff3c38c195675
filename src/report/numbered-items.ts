import { isPlaced, type ItemList, type PlacedItems } from '../reachability/item-list.js';
import type { Runs } from './number-runs.js';

/** What is in some long lists, each once and in an order: a list is the runs of its numbers. */
export interface NumberedItems<T> {
  readonly items: readonly T[];
  /** Of a list of which every item is among `items`, in whatever order. */
  readonly runsOf: (list: ItemList<T>) => Runs;
}

/** Where so many times fewer are asked for than there are, they are sorted; of more, every one is marked. */
const FEW = 64;

/**
 * Numbers the items of lists that have much in common, of which there may be thousands with as many items each: of a mesh in which
 * every workload loses nearly all destinations. Most items are found where the one before them leads to, without a look at them,
 * and each list is looked through once; of lists that are places of one list, only that one is.
 *
 * @param keyOf equal for items that are the same thing.
 * @param isSame says so without a key, of items that need not be the same object.
 */
export class ItemLists<T> {
  /** In the order in which they were met. */
  readonly #met: T[] = [];
  readonly #byItem = new Map<T, number>();
  readonly #byKey = new Map<string, number>();
  /** Of each list, in its own order: the first number of each run, and the one behind its last. */
  readonly #parts = new Map<ItemList<T>, Uint32Array>();

  constructor(
    lists: Iterable<ItemList<T>>,
    private readonly keyOf: (item: T) => string,
    private readonly isSame: (a: T, b: T) => boolean,
  ) {
    const placed = new Map<readonly T[], PlacedItems<T>[]>();
    for (const list of lists) {
      if (!isPlaced(list)) {
        this.#parts.set(list, this.#partsOf(list));
        continue;
      }
      const known = placed.get(list.all);
      if (known) known.push(list);
      else placed.set(list.all, [list]);
    }
    for (const [all, some] of placed) this.#addPlaced(all, some);
  }

  /** @param compare total, for items of different keys. */
  inOrder(compare: (a: T, b: T) => number): NumberedItems<T> {
    const met = this.#met;
    const order = Uint32Array.from(met.keys()).sort((a, b) => compare(met[a]!, met[b]!));
    const places = new Uint32Array(met.length);
    order.forEach((number, place) => (places[number] = place));
    const marks = new Uint8Array(met.length);
    const inPlaces = (parts: ArrayLike<number>, count: number): Runs =>
      count * FEW < met.length ? sortedRuns(parts, places) : markedRuns(parts, places, marks);
    return {
      items: Array.from(order, (number) => met[number]!),
      runsOf: (list) => {
        const parts = this.#parts.get(list) ?? this.#partsOf(list);
        const left = met.length - list.length;
        // Of nearly all there are, it is less to look at what the list does not have.
        const others = left < list.length ? partsBeside(parts, met.length) : null;
        return others === null ? inPlaces(parts, list.length) : otherRuns(inPlaces(others, left), met.length);
      },
    };
  }

  #partsOf(list: ItemList<T>): Uint32Array {
    const parts: number[] = [];
    let [start, next] = [0, 0];
    for (const item of list) {
      const number = this.#numberOf(item, next);
      if (number !== next) {
        if (next > start) parts.push(start, next);
        start = number;
      }
      next = number + 1;
    }
    if (next > start) parts.push(start, next);
    return Uint32Array.from(parts);
  }

  /** @param lists places of one list, of which each item is looked at once for all of them. */
  #addPlaced(all: readonly T[], lists: readonly PlacedItems<T>[]): void {
    const edgesOf = lists.map(({ places }) => places.edges());
    // By place, how many lists begin to have what stands there, less those that have it no more.
    const steps = new Int32Array(all.length + 1);
    for (const edges of edgesOf) {
      for (let edge = 0; edge < edges.length; edge += 1) steps[edges[edge]!]! += edge % 2 === 0 ? 1 : -1;
    }
    const numbers = new Int32Array(all.length).fill(-1);
    for (let [place, having, next] = [0, 0, 0]; place < all.length; place += 1) {
      having += steps[place]!;
      if (having > 0) next = (numbers[place] = this.#numberOf(all[place]!, next)) + 1;
    }
    const ends = endsOfRuns(numbers);
    lists.forEach((list, index) => this.#parts.set(list, partsBetween(edgesOf[index]!, numbers, ends)));
  }

  /** @param expected the number that it has where it follows what mostly stands before it. */
  #numberOf(item: T, expected: number): number {
    const met = this.#met[expected];
    if (met === item || (met !== undefined && this.isSame(met, item))) return expected;
    let number = this.#byItem.get(item);
    if (number !== undefined) return number;
    const key = this.keyOf(item);
    number = this.#byKey.get(key) ?? this.#met.push(item) - 1;
    this.#byKey.set(key, number);
    this.#byItem.set(item, number);
    return number;
  }
}

/** By place, the one behind the last that stand with it in a row and are numbered so. */
function endsOfRuns(numbers: Int32Array): Uint32Array {
  const ends = new Uint32Array(numbers.length);
  for (let place = numbers.length - 1; place >= 0; place -= 1) {
    ends[place] = numbers[place + 1] === numbers[place]! + 1 ? ends[place + 1]! : place + 1;
  }
  return ends;
}

/** The numbers of what stands between edges. */
function partsBetween(edges: ArrayLike<number>, numbers: Int32Array, ends: Uint32Array): Uint32Array {
  const parts: number[] = [];
  for (let edge = 0; edge < edges.length; edge += 2) {
    for (let place = edges[edge]!; place < edges[edge + 1]!;) {
      const end = Math.min(ends[place]!, edges[edge + 1]!);
      const start = numbers[place]!;
      // What no list has can stand between two runs.
      if (parts.at(-1) === start) parts.pop();
      else parts.push(start);
      parts.push(start + end - place);
      place = end;
    }
  }
  return Uint32Array.from(parts);
}

/** What is in no part; null where the parts are not in order. */
function partsBeside(parts: ArrayLike<number>, size: number): ArrayLike<number> | null {
  const beside: number[] = [];
  let last = 0;
  for (let part = 0; part < parts.length; part += 2) {
    const start = parts[part]!;
    if (start < last) return null;
    if (start > last) beside.push(last, start);
    last = parts[part + 1]!;
  }
  if (last < size) beside.push(last, size);
  return beside;
}

function sortedRuns(parts: ArrayLike<number>, places: Uint32Array): Runs {
  const found: number[] = [];
  for (let part = 0; part < parts.length; part += 2) {
    for (let number = parts[part]!; number < parts[part + 1]!; number += 1) found.push(places[number]!);
  }
  const runs: [number, number][] = [];
  let last: [number, number] | undefined;
  for (const place of Uint32Array.from(found).sort()) {
    if (last && place <= last[1]) last[1] = place + 1;
    else runs.push((last = [place, place + 1]));
  }
  return runs;
}

/** @param marks zeros, and zeros again afterwards. */
function markedRuns(parts: ArrayLike<number>, places: Uint32Array, marks: Uint8Array): Runs {
  for (let part = 0; part < parts.length; part += 2) {
    const end = parts[part + 1]!;
    for (let number = parts[part]!; number < end; number += 1) marks[places[number]!] = 1;
  }
  const runs: [number, number][] = [];
  let end = 0;
  for (let start = marks.indexOf(1); start >= 0; start = marks.indexOf(1, end)) {
    end = marks.indexOf(0, start);
    if (end < 0) end = marks.length;
    runs.push([start, end]);
  }
  marks.fill(0);
  return runs;
}

/** Of the numbers below a size, those that are not in a set. */
function otherRuns(runs: Runs, size: number): Runs {
  const others: [number, number][] = [];
  let last = 0;
  for (const [start, end] of runs) {
    if (start > last) others.push([last, start]);
    last = end;
  }
  if (last < size) others.push([last, size]);
  return others;
}
