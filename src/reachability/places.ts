import { firstNotBefore } from './sorted.js';

/** Sets of places in a list: numbers in order, each once. */

/** A set without some of what is in it. */
export function takeOutPlaces(places: Uint32Array, taken: readonly number[]): Uint32Array {
  if (taken.length === 0) return places;
  const rest = new Uint32Array(places.length - taken.length);
  let [start, end] = [0, 0];
  for (const place of taken) {
    const position = positionOf(places, place);
    rest.set(places.subarray(start, position), end);
    end += position - start;
    start = position + 1;
  }
  rest.set(places.subarray(start), end);
  return rest;
}

/** Sets that have nothing in common, as one. */
export function joinPlaces(parts: readonly ArrayLike<number>[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all.sort();
}

export function hasPlace(places: Uint32Array, place: number): boolean {
  return places[positionOf(places, place)] === place;
}

/** Where a place stands in a set, or would stand. */
function positionOf(places: Uint32Array, place: number): number {
  return firstNotBefore(places.length, (position) => places[position]! < place);
}
