import type { Places } from './places.js';
import { firstNotBefore } from './sorted.js';

/** A list that need not be written out: an array is one. */
export interface ItemList<T> extends Iterable<T> {
  readonly length: number;
  /** @param index not negative. */
  at(index: number): T | undefined;
  /** @param start not negative, as `end` is. */
  slice(start: number, end: number): T[];
  some(fits: (item: T) => unknown): boolean;
  find(fits: (item: T) => unknown): T | undefined;
  filter(fits: (item: T, index: number) => unknown): T[];
  map<U>(show: (item: T) => U): U[];
  flatMap<U>(show: (item: T) => U | readonly U[]): U[];
}

/**
 * What stands at some places of a list. It is looked up whenever somebody asks, and not kept: of a change that touches a whole mesh,
 * there are thousands of such lists of nearly all its destinations.
 */
export class PlacedItems<T> implements ItemList<T> {
  constructor(
    readonly all: readonly T[],
    readonly places: Places,
  ) {}

  get length(): number {
    return this.places.length;
  }

  *[Symbol.iterator](): Iterator<T> {
    const edges = this.places.edges();
    for (let edge = 0; edge < edges.length; edge += 2) {
      for (let place = edges[edge]!; place < edges[edge + 1]!; place += 1) yield this.all[place]!;
    }
  }

  at(index: number): T | undefined {
    const place = this.places.at(index);
    return place === undefined ? undefined : this.all[place];
  }

  slice(start: number, end: number): T[] {
    const length = Math.max(Math.min(end, this.length) - start, 0);
    return Array.from({ length }, (_unused, index) => this.at(start + index)!);
  }

  some(fits: (item: T) => unknown): boolean {
    for (const item of this) if (fits(item)) return true;
    return false;
  }

  find(fits: (item: T) => unknown): T | undefined {
    for (const item of this) if (fits(item)) return item;
    return undefined;
  }

  filter(fits: (item: T, index: number) => unknown): T[] {
    return this.toJSON().filter(fits);
  }

  map<U>(show: (item: T) => U): U[] {
    return this.toJSON().map(show);
  }

  flatMap<U>(show: (item: T) => U | readonly U[]): U[] {
    return this.toJSON().flatMap(show);
  }

  /** Written out. */
  toJSON(): T[] {
    return [...this];
  }
}

export function isPlaced<T>(items: ItemList<T>): items is PlacedItems<T> {
  return items instanceof PlacedItems;
}

/** The first item of a list in order that does not come before something. */
export function findNotBefore<T>(items: ItemList<T>, isBefore: (item: T) => boolean): T | undefined {
  if (!isPlaced(items)) {
    return items.at(firstNotBefore(items.length, (index) => isBefore(items.at(index)!)));
  }
  const { all, places } = items;
  return all[places.firstFrom(firstNotBefore(all.length, (place) => isBefore(all[place]!)))];
}
