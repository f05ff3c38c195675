import { firstNotBefore } from './sorted.js';

const NONE: readonly number[] = [];

/**
 * A set of places in a list. Sets of many places mostly have nearly all of them in common with others, so that one is written as what
 * it has in common, and what is otherwise.
 */
export class Places implements Iterable<number> {
  readonly length: number;

  private constructor(
    /** In order, each once; the very same one of many sets. */
    readonly common: ArrayLike<number>,
    /** Those of the common ones that are not in the set, in order. */
    readonly taken: readonly number[],
    /** Those in the set that are none of the common ones, in order. */
    readonly added: readonly number[],
  ) {
    this.length = common.length - taken.length + added.length;
  }

  /** @param places in order, each once. */
  static of(places: ArrayLike<number>): Places {
    return new Places(places, NONE, NONE);
  }

  /** Sets that have nothing in common with each other, as one. */
  static join(parts: readonly Places[]): Places {
    const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let end = 0;
    for (const part of parts) {
      all.set(part.toArray(), end);
      end += part.length;
    }
    return Places.of(all.sort());
  }

  /**
   * The set without some that are in it, and with some that are then not in it.
   *
   * @param out in order.
   * @param into in order.
   */
  but(out: readonly number[], into: readonly number[] = NONE): Places {
    if (out.length === 0 && into.length === 0) return this;
    const taken = new Set(this.taken);
    const added = new Set(this.added);
    for (const place of out) if (!added.delete(place)) taken.add(place);
    for (const place of into) if (!taken.delete(place)) added.add(place);
    return new Places(this.common, [...taken].sort(ascending), [...added].sort(ascending));
  }

  /** Of a set that is not empty. */
  get last(): number {
    let at = this.common.length - 1;
    for (let out = this.taken.length - 1; out >= 0 && this.taken[out] === this.common[at]; out -= 1) at -= 1;
    return Math.max(this.common[at] ?? -1, this.added.at(-1) ?? -1);
  }

  has(place: number): boolean {
    return isAmong(this.common, place) ? !isAmong(this.taken, place) : isAmong(this.added, place);
  }

  /** The first of them that is not below a place; infinite where all are. */
  firstFrom(place: number): number {
    const { common, taken, added } = this;
    let position = positionIn(common, place);
    for (let out = positionIn(taken, place); out < taken.length && taken[out] === common[position]; out += 1)
      position += 1;
    return Math.min(common[position] ?? Infinity, added[positionIn(added, place)] ?? Infinity);
  }

  /** In order; undefined where there are not as many. */
  at(index: number): number | undefined {
    if (index >= this.length) return undefined;
    return firstNotBefore(this.last, (place) => this.#countBefore(place + 1) <= index);
  }

  #countBefore(place: number): number {
    return positionIn(this.common, place) - positionIn(this.taken, place) + positionIn(this.added, place);
  }

  /** In order. */
  toArray(): ArrayLike<number> {
    if (this.taken.length === 0 && this.added.length === 0) return this.common;
    const all = new Uint32Array(this.length);
    const edges = this.edges();
    for (let [edge, index] = [0, 0]; edge < edges.length; edge += 2) {
      for (let place = edges[edge]!; place < edges[edge + 1]!; place += 1) all[index++] = place;
    }
    return all;
  }

  /** The places as runs, in order: the first place of each, then the one behind its last. Much of it is found once for many sets. */
  edges(): ArrayLike<number> {
    // What is taken out is there no more, and what is added was not there: each of both turns into what it was not.
    const turned = [...this.taken, ...this.added].sort(ascending);
    return turned.length === 0
      ? edgesOfCommon(this.common)
      : differingEdges(edgesOfCommon(this.common), edgesOf(turned));
  }

  [Symbol.iterator](): Iterator<number> {
    return Array.from(this.toArray())[Symbol.iterator]();
  }

  equals(other: Places): boolean {
    if (this.length !== other.length) return false;
    if (this.common !== other.common) return areEqual(this.toArray(), other.toArray());
    return areEqual(this.taken, other.taken) && areEqual(this.added, other.added);
  }

  /** Equal for equal sets, whatever they are written as. */
  hash(): number {
    return (hashOfCommon(this.common) - hashOf(this.taken) + hashOf(this.added)) | 0;
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}

function isAmong(places: ArrayLike<number>, place: number): boolean {
  return places.length > 0 && places[positionIn(places, place)] === place;
}

/** Where a place stands, or would stand. */
function positionIn(places: ArrayLike<number>, place: number): number {
  return firstNotBefore(places.length, (position) => places[position]! < place);
}

function areEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

const edgesKnown = new WeakMap<ArrayLike<number>, ArrayLike<number>>();

function edgesOfCommon(places: ArrayLike<number>): ArrayLike<number> {
  let edges = edgesKnown.get(places);
  if (edges === undefined) edgesKnown.set(places, (edges = edgesOf(places)));
  return edges;
}

function edgesOf(places: ArrayLike<number>): ArrayLike<number> {
  const edges: number[] = [];
  for (let index = 0; index < places.length; index += 1) {
    const place = places[index]!;
    if (index === 0 || places[index - 1] !== place - 1) edges.push(place);
    if (places[index + 1] !== place + 1) edges.push(place + 1);
  }
  return edges;
}

/** The edges of what is in one of two sets alone: those that both have are none of these. */
function differingEdges(a: ArrayLike<number>, b: ArrayLike<number>): ArrayLike<number> {
  const edges: number[] = [];
  for (let [i, j] = [0, 0]; i < a.length || j < b.length;) {
    const [one = Infinity, other = Infinity] = [a[i], b[j]];
    if (one !== other) edges.push(Math.min(one, other));
    if (one <= other) i += 1;
    if (other <= one) j += 1;
  }
  return edges;
}

const hashes = new WeakMap<ArrayLike<number>, number>();

function hashOfCommon(places: ArrayLike<number>): number {
  if (places.length < 8) return hashOf(places);
  let hash = hashes.get(places);
  if (hash === undefined) hashes.set(places, (hash = hashOf(places)));
  return hash;
}

/** A sum over the places, so that one that is added or taken out changes it by what is the place's own. */
function hashOf(places: ArrayLike<number>): number {
  let hash = 0;
  for (let index = 0; index < places.length; index += 1) {
    const mixed = Math.imul(places[index]! ^ (places[index]! >>> 7) ^ 0x9e3779b9, 0x85ebca6b);
    hash = (hash + Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)) | 0;
  }
  return hash;
}
