import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlacedItems, type ItemList } from '../../src/reachability/item-list.js';
import { Places } from '../../src/reachability/places.js';
import { numbersOf } from '../../src/report/number-runs.js';
import { ItemLists } from '../../src/report/numbered-items.js';

interface Item {
  readonly name: string;
}

const NAMES = Array.from(
  { length: 300 },
  (_unused, index) => `item-${String((index * 7_919) % 1_000).padStart(3, '0')}`,
);

type Written = 'shared' | 'apart' | 'placed' | 'placed elsewhere';

/** Lists of names, in their order or in none: of items that are the same object or only say the same, or of one list's. */
const lists = fc.array(
  fc.record({
    names: fc.oneof(
      fc.shuffledSubarray(NAMES, { maxLength: NAMES.length }),
      fc.subarray(NAMES, { minLength: NAMES.length - 5 }),
      fc.subarray(NAMES, { maxLength: 3 }),
    ),
    written: fc.constantFrom<Written>('shared', 'apart', 'placed', 'placed elsewhere'),
  }),
  { maxLength: 8 },
);

describe('items of long lists', () => {
  it('are each there once, in order, and every list is the numbers of its own, whatever else is there', () => {
    fc.assert(
      fc.property(lists, fc.shuffledSubarray(NAMES, { maxLength: 20 }), (given, part) => {
        const shared = NAMES.map((name): Item => ({ name }));
        const elsewhere = [...NAMES].reverse().map((name): Item => ({ name }));
        const placed = (items: readonly Item[], names: readonly string[]): ItemList<Item> =>
          new PlacedItems(items, Places.of([...items.keys()].filter((place) => names.includes(items[place]!.name))));
        const listOf: Record<Written, (names: readonly string[]) => ItemList<Item>> = {
          shared: (names) => names.map((name) => shared[NAMES.indexOf(name)]!),
          apart: (names) => names.map((name) => ({ name })),
          placed: (names) => placed(shared, names),
          'placed elsewhere': (names) => placed(elsewhere, names),
        };
        const all = given.map(({ names, written }) => listOf[written](names));
        const numbered = new ItemLists(
          all,
          ({ name }) => name,
          (a, b) => a.name === b.name,
        ).inOrder((a, b) => (a.name < b.name ? -1 : 1));
        const met = new Set(given.flatMap(({ names }) => names));
        expect(numbered.items.map(({ name }) => name)).toEqual([...met].sort());
        // Also of a list that was not among them, of which all items were.
        const others = Object.values(listOf).map((list) => list(part.filter((name) => met.has(name))));
        for (const list of [...all, ...others]) {
          const numbers = [...numbersOf(numbered.runsOf(list))];
          expect(numbers.map((number) => numbered.items[number]!.name)).toEqual(list.map(({ name }) => name).sort());
        }
      }),
    );
  });
});
