import { describe, expect, it } from 'vitest';
import { findNotBefore, PlacedItems } from '../../src/reachability/item-list.js';
import { Places } from '../../src/reachability/places.js';

const ALL = Array.from({ length: 26 }, (_unused, index) => String.fromCharCode(97 + index));
const PLACES = Places.of([2, 3, 4, 5, 6, 7, 24]).but([5], [8, 25]);

describe('items at places of a list', () => {
  const written = ['c', 'd', 'e', 'g', 'h', 'i', 'y', 'z'];
  const placed = new PlacedItems(ALL, PLACES);

  it('are those of an array in which they are written out', () => {
    expect([...placed]).toEqual(written);
    expect(placed.length).toBe(written.length);
    expect(JSON.stringify({ placed })).toBe(JSON.stringify({ placed: written }));
    for (let index = 0; index < 10; index += 1) expect(placed.at(index)).toBe(written.at(index));
    for (const [start, end] of [
      [0, 3],
      [2, 2],
      [6, 20],
      [9, 12],
    ] as const) {
      // prettier-ignore
      expect(placed.slice(start, end)).toEqual(written.slice(start, end));
    }
    expect(placed.map((item) => `${item}!`)).toEqual(written.map((item) => `${item}!`));
    expect(placed.flatMap((item) => [item, item])).toEqual(written.flatMap((item) => [item, item]));
    expect(placed.filter((item, index) => item > 'd' && index < 6)).toEqual(['e', 'g', 'h', 'i']);
    expect([placed.find((item) => item > 'i'), placed.find((item) => item > 'z')]).toEqual(['y', undefined]);
    expect([placed.some((item) => item > 'i'), placed.some((item) => item > 'z')]).toEqual([true, false]);
  });

  it('are found by what comes before them', () => {
    for (const wanted of [...ALL, '{']) {
      const expected = written.find((item) => item >= wanted);
      expect([wanted, findNotBefore(placed, (item) => item < wanted)]).toEqual([wanted, expected]);
      expect([wanted, findNotBefore(written, (item) => item < wanted)]).toEqual([wanted, expected]);
    }
  });
});
