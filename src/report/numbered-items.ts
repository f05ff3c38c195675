import { uniteRuns, type Runs } from './number-runs.js';

/** What is in some long lists, each once and in an order: a list is the runs of its numbers. */
export interface NumberedItems<T> {
  readonly items: readonly T[];
  /** Of a list of which every item is among `items`, in whatever order. */
  readonly runsOf: (list: readonly T[]) => Runs;
}

/** A list this many times shorter than all items is sorted; of a longer one, every item is marked. */
const FEW = 64;

/**
 * Numbers the items of lists that have much in common, of which there may be thousands with as many items each: of a mesh in which
 * every workload loses nearly all destinations. Most items are found where the one before them leads to, without a look at them,
 * and each list is looked through once.
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
  readonly #parts = new Map<readonly T[], Uint32Array>();

  constructor(
    lists: Iterable<readonly T[]>,
    private readonly keyOf: (item: T) => string,
    private readonly isSame: (a: T, b: T) => boolean,
  ) {
    for (const list of lists) this.#parts.set(list, this.#partsOf(list));
  }

  /** @param compare total, for items of different keys. */
  inOrder(compare: (a: T, b: T) => number): NumberedItems<T> {
    const met = this.#met;
    const order = Uint32Array.from(met.keys()).sort((a, b) => compare(met[a]!, met[b]!));
    const places = new Uint32Array(met.length);
    order.forEach((number, place) => (places[number] = place));
    const marks = new Uint8Array(met.length);
    return {
      items: Array.from(order, (number) => met[number]!),
      runsOf: (list) => {
        const parts = this.#parts.get(list) ?? this.#partsOf(list);
        return list.length * FEW < met.length ? sortedRuns(parts, places) : markedRuns(parts, places, marks);
      },
    };
  }

  #partsOf(list: readonly T[]): Uint32Array {
    const met = this.#met;
    const parts: number[] = [];
    let start = 0;
    let next = 0;
    for (const item of list) {
      const expected = met[next];
      if (expected !== item && (expected === undefined || !this.isSame(expected, item))) {
        if (next > start) parts.push(start, next);
        next = start = this.#numberOf(item);
      }
      next += 1;
    }
    if (next > start) parts.push(start, next);
    return Uint32Array.from(parts);
  }

  #numberOf(item: T): number {
    let number = this.#byItem.get(item);
    if (number !== undefined) return number;
    const key = this.keyOf(item);
    number = this.#byKey.get(key) ?? this.#met.push(item) - 1;
    this.#byKey.set(key, number);
    this.#byItem.set(item, number);
    return number;
  }
}

function sortedRuns(parts: Uint32Array, places: Uint32Array): Runs {
  const found: number[] = [];
  for (let part = 0; part < parts.length; part += 2) {
    for (let number = parts[part]!; number < parts[part + 1]!; number += 1) found.push(places[number]!);
  }
  return uniteRuns(found.map((place) => [[place, place + 1]]));
}

/** @param marks zeros, and zeros again afterwards. */
function markedRuns(parts: Uint32Array, places: Uint32Array, marks: Uint8Array): Runs {
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
