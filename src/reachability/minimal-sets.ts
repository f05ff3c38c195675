/** The smallest sets of items that have an effect. */
export interface MinimalSets<T> {
  /** Each has the effect alone, and no part of one has it. */
  readonly sets: readonly (readonly T[])[];
  /** Whether whatever has the effect has all of one of the sets in it; false where the search was given up. */
  readonly isComplete: boolean;
}

/** Up to so many items all parts of a set are tried, since an item can undo what others do; of more, those with one fewer. */
const MOST_TAKEN_APART = 6;
/** More ways to take something of every set than are tried. */
const MOST_WAYS = 200;

/**
 * Finds the smallest sets of items that have an effect: one with two items needs both of them; of two sets each is enough. Each set
 * that is found is taken out in every way, to see whether what is left has the effect by other items.
 *
 * @param items in any order; all of them together have the effect.
 * @param known sets that may be among them, which are tried first.
 * @param mayGoOn asked before each new search; when it says no, what was found so far is the answer.
 */
export function findMinimalSets<T>(
  items: readonly T[],
  has: (part: readonly T[]) => boolean,
  known: readonly (readonly T[])[],
  mayGoOn: () => boolean,
): MinimalSets<T> {
  const isItem = new Set(items);
  const sets: (readonly T[])[] = [];
  for (const set of known) {
    const isNew = !sets.some((other) => isWithin(other, set));
    if (isNew && set.every((item) => isItem.has(item)) && has(set) && partOf(set, has) === null) sets.push(set);
  }
  for (;;) {
    const ways = waysThrough(sets);
    if (ways === null || !mayGoOn()) return { sets, isComplete: false };
    const rest = [...ways, [...new Set(sets.flat())]]
      .map((taken) => items.filter((item) => !taken.includes(item)))
      .find((left) => left.length > 0 && has(left));
    if (rest === undefined) return { sets, isComplete: true };
    sets.push(shrink(rest, has));
  }
}

/** A smallest part of a set that has the effect. */
function shrink<T>(set: readonly T[], has: (part: readonly T[]) => boolean): readonly T[] {
  let smallest = narrow([], set, false, has);
  for (let part = partOf(smallest, has); part !== null; part = partOf(smallest, has)) smallest = part;
  return smallest;
}

/** Of the items, those without which the base has the effect no more; halves are tried as a whole. (QuickXplain, Junker 2004.) */
function narrow<T>(
  base: readonly T[],
  items: readonly T[],
  isBaseNew: boolean,
  has: (part: readonly T[]) => boolean,
): readonly T[] {
  if (isBaseNew && has(base)) return [];
  if (items.length === 1) return items;
  const middle = items.length >> 1;
  const [first, second] = [items.slice(0, middle), items.slice(middle)];
  const ofSecond = narrow([...base, ...first], second, true, has);
  const ofFirst = narrow([...base, ...ofSecond], first, ofSecond.length > 0, has);
  return [...ofFirst, ...ofSecond];
}

/** A smaller part that has the effect as well; null where there is none. */
function partOf<T>(set: readonly T[], has: (part: readonly T[]) => boolean): readonly T[] | null {
  return properParts(set).find(has) ?? null;
}

/** The parts of a set but itself and the empty one, smaller ones first. */
function properParts<T>(set: readonly T[]): (readonly T[])[] {
  if (set.length > MOST_TAKEN_APART) return set.map((item) => set.filter((other) => other !== item));
  const parts = Array.from({ length: Math.max(0, 2 ** set.length - 2) }, (_, i) =>
    set.filter((__, at) => (((i + 1) >> at) & 1) === 1),
  );
  return parts.sort((a, b) => a.length - b.length);
}

/** The ways to take something of every set that take no more than they must; null where there are too many. */
function waysThrough<T>(sets: readonly (readonly T[])[]): readonly (readonly T[])[] | null {
  let ways: readonly (readonly T[])[] = [[]];
  for (const set of sets) {
    const through = ways.flatMap((way) =>
      way.some((item) => set.includes(item)) ? [way] : set.map((item) => [...way, item]),
    );
    ways = through.filter(
      (way, at) =>
        !through.some((other, i) => i !== at && isWithin(other, way) && (other.length < way.length || i < at)),
    );
    if (ways.length > MOST_WAYS) return null;
  }
  return ways;
}

function isWithin<T>(small: readonly T[], large: readonly T[]): boolean {
  return small.length <= large.length && small.every((item) => large.includes(item));
}
