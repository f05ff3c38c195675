/** Items whose order decides, found by a text: whatever is picked comes in that order. */
export interface OrderedIndex<T> {
  readonly items: readonly T[];
  readonly places: ReadonlyMap<string, readonly number[]>;
}

export function buildOrderedIndex<T>(items: readonly T[], keyOf: (item: T) => string): OrderedIndex<T> {
  const places = new Map<string, number[]>();
  for (const [place, item] of items.entries()) {
    const key = keyOf(item);
    const list = places.get(key);
    if (list) list.push(place);
    else places.set(key, [place]);
  }
  return { items, places };
}

/** The items of several keys, each of which is given once. */
export function pickInOrder<T>({ items, places }: OrderedIndex<T>, keys: Iterable<string>): T[] {
  const found: number[] = [];
  for (const key of keys) {
    const list = places.get(key);
    if (list) for (const place of list) found.push(place);
  }
  return found.sort((a, b) => a - b).map((place) => items[place]!);
}
