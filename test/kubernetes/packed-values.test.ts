import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newJsonMap } from '../../src/kubernetes/json-map.js';
import type { JsonValue } from '../../src/kubernetes/manifest.js';
import { ValuePacker, ValueUnpacker } from '../../src/kubernetes/packed-values.js';

/** Any JSON value, in the maps that readers of manifests make. */
const { value: anyValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonValue>(
      null,
      true,
      false,
      0,
      -0,
      1,
      2 ** 29 - 1,
      2 ** 29,
      -1,
      1.5,
      1e300,
      '',
      '\ud800',
      '__proto__',
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value')),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom('__proto__', 'constructor', '0'), fc.string()), tie('value')))
      .map(mapOf),
  ),
}));

function mapOf(entries: readonly (readonly [string, JsonValue])[]): JsonValue {
  const map = newJsonMap();
  for (const [key, value] of entries) map[key] = value;
  return map;
}

describe('packed values', () => {
  it('are what they were, in any order', () => {
    fc.assert(
      fc.property(fc.array(anyValue), (values) => {
        const packer = new ValuePacker();
        const places = values.map((value) => packer.pack(value)!);
        const unpacker = new ValueUnpacker(packer.finish());
        for (const index of [...values.keys()].reverse()) {
          deepStrictEqual(unpacker.unpack(places[index]!), values[index]);
        }
      }),
    );
  });

  it('keep the order of keys, and each text once', () => {
    const packer = new ValuePacker();
    const value = { b: 'a', a: ['b', 'b'] };
    const place = packer.pack(value)!;
    expect(packer.finish().texts).toEqual(['b', 'a']);
    expect(JSON.stringify(new ValueUnpacker(packer.finish()).unpack(place))).toBe(JSON.stringify(value));
  });

  it('may take so many tokens, and leave nothing behind where they take more', () => {
    const packer = new ValuePacker();
    expect(packer.pack(['a', 'b'], 3)).toBe(0);
    expect(packer.pack(['a', 'b', 'c'], 3)).toBeNull();
    const place = packer.pack('d', 3);
    expect(place).toBe(3);
    expect(new ValueUnpacker(packer.finish()).unpack(place!)).toBe('d');
  });
});
