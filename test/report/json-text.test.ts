import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonList, jsonTextParts, toJsonText } from '../../src/report/json-text.js';

/** The value with lists in it, in objects of objects and in each other, and the same value without. */
const values = fc
  .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 })
  .chain((plain) =>
    fc.record({ plain: fc.constant(plain), list: fc.array(fc.jsonValue(), { maxLength: 4 }), key: fc.string() }),
  )
  .map(({ plain, list, key }) => {
    const inner = { ...plain, [`list of ${key}`]: list, nothing: undefined };
    const lazy = { ...plain, [`list of ${key}`]: new JsonList(list, (item) => item), nothing: undefined };
    return {
      value: { first: inner, all: [inner, list, 'a\nb'], last: {} },
      lists: { first: lazy, all: new JsonList([lazy, list, 'a\nb'], (item) => item), last: {} },
    };
  });

describe('JSON in parts', () => {
  it('is what it would be as a whole, whatever is a list in it', () => {
    fc.assert(
      fc.property(values, ({ value, lists }) => {
        const whole = `${JSON.stringify(value, null, 2)}\n`;
        expect(toJsonText(value)).toBe(whole);
        expect([...jsonTextParts(lists)].join('')).toBe(whole);
        expect(JSON.stringify(lists)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('makes an item when the one before has been taken', () => {
    const made: number[] = [];
    const list = new JsonList([1, 2, 3], (item) => {
      made.push(item);
      return item;
    });
    for (const part of jsonTextParts({ list })) if (part === '2') break;
    expect(made).toEqual([1, 2]);
  });
});
