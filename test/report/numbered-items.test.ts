import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numbersOf } from '../../src/report/number-runs.js';
import { ItemLists } from '../../src/report/numbered-items.js';

interface Item {
  readonly name: string;
}

const NAMES = Array.from(
  { length: 300 },
  (_unused, index) => `item-${String((index * 7_919) % 1_000).padStart(3, '0')}`,
);

/** Lists of names, in their order or in none, as items that are the same object or only say the same. */
const lists = fc.array(
  fc.record({
    names: fc.oneof(
      fc.shuffledSubarray(NAMES, { maxLength: NAMES.length }),
      fc.subarray(NAMES, { minLength: NAMES.length - 5 }),
      fc.subarray(NAMES, { maxLength: 3 }),
    ),
    areShared: fc.boolean(),
  }),
  { maxLength: 8 },
);

describe('items of long lists', () => {
  it('are each there once, in order, and every list is the numbers of its own, whatever else is there', () => {
    fc.assert(
      fc.property(lists, fc.shuffledSubarray(NAMES, { maxLength: 20 }), (given, part) => {
        const shared = new Map(NAMES.map((name): [string, Item] => [name, { name }]));
        const itemOf = (name: string, isShared: boolean): Item => (isShared ? shared.get(name)! : { name });
        const all = given.map(({ names, areShared }) => names.map((name) => itemOf(name, areShared)));
        const numbered = new ItemLists(
          all,
          ({ name }) => name,
          (a, b) => a.name === b.name,
        ).inOrder((a, b) => (a.name < b.name ? -1 : 1));
        const met = new Set(given.flatMap(({ names }) => names));
        expect(numbered.items.map(({ name }) => name)).toEqual([...met].sort());
        // Also of a list that was not among them, of which all items were.
        const other = part.filter((name) => met.has(name)).map((name) => ({ name }));
        for (const list of [...all, other]) {
          const numbers = [...numbersOf(numbered.runsOf(list))];
          expect(numbers.map((number) => numbered.items[number]!.name)).toEqual(list.map(({ name }) => name).sort());
        }
      }),
    );
  });
});
