import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSet, encodeSet } from '../../../src/report/html/number-sets.js';
import { numbersOf, uniteRuns, type Runs } from '../../../src/report/number-runs.js';

function members(text: string): readonly number[] {
  return [...numbersOf(decodeSet(text))];
}

function setOf(numbers: readonly number[]): Runs {
  return uniteRuns(numbers.map((number) => [[number, number + 1]]));
}

describe('a set of numbers as a text', () => {
  it.each<[string, readonly number[], string]>([
    ['nothing', [], ''],
    ['one number', [0], '0'],
    ['runs that are far apart', [3, 4, 5, 100], '3.2,2m'],
    ['numbers that are near together', [3, 4, 5, 10], '!4Q'],
    ['everything', Array.from({ length: 20_000 }, (_unused, index) => index), '0.ffj'],
  ])('is short for %s', (_what, numbers, text) => {
    expect(encodeSet(setOf(numbers))).toBe(text);
    expect(members(text)).toEqual(numbers);
  });

  it('says the same when it is read, in whatever order, and has no run that could be one with the next', () => {
    const sets = fc.uniqueArray(fc.nat(3_000), { maxLength: 2_000 });
    fc.assert(
      fc.property(sets, (numbers) => {
        const text = encodeSet(setOf(numbers));
        expect(members(text)).toEqual([...numbers].sort((a, b) => a - b));
        const runs = decodeSet(text);
        for (const [index, [start]] of runs.entries()) expect(start).toBeGreaterThan(runs[index - 1]?.[1] ?? -1);
        expect(text).toMatch(/^[\w.,!-]*$/);
      }),
    );
  });

  it('takes no more than a sixth of its range', () => {
    const half = Array.from({ length: 20_000 }, (_unused, index) => index).filter((index) => (index * 7_919) % 13 < 6);
    expect(encodeSet(setOf(half)).length).toBeLessThan(20_000 / 6 + 3);
  });
});
