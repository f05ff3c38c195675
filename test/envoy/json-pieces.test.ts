import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonPieces, NotJson } from '../../src/envoy/json-pieces.js';
import type { JsonValue } from '../../src/kubernetes/manifest.js';

function piecesOf(text: string): JsonPieces {
  return new JsonPieces(new TextEncoder().encode(text));
}

/** Reads a whole value through the walks, down to a depth, and by pieces below it. */
function walk(pieces: JsonPieces, depth: number): JsonValue {
  const kind = pieces.peek();
  if (depth === 0 || kind === 'other') return pieces.value();
  if (kind === 'array') {
    const items: JsonValue[] = [];
    pieces.forEachItem(() => items.push(walk(pieces, depth - 1)));
    return items;
  }
  return Object.fromEntries([...entriesOf(pieces, depth)]);
}

function* entriesOf(pieces: JsonPieces, depth: number): Generator<[string, JsonValue]> {
  for (const key of pieces.keys()) yield [key, walk(pieces, depth - 1)];
}

/** `not JSON` for what is none. */
function attempt(text: string): JsonValue {
  try {
    const pieces = piecesOf(text);
    const value = walk(pieces, 2);
    return pieces.isAtEnd() ? value : 'not JSON';
  } catch (error) {
    if (error instanceof NotJson) return 'not JSON';
    throw error;
  }
}

describe('JSON in pieces', () => {
  it('reads what JSON.parse reads, however it is laid out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(attempt(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('takes nothing for whole that was cut off, and throws nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.nat(), (value, cut) => {
        const text = JSON.stringify(value);
        expect(attempt(text.slice(0, cut % text.length))).toBe('not JSON');
      }),
    );
  });

  it('takes nothing that JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.nat(),
        fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', 'x'),
        (value, at, other) => {
          const text = JSON.stringify({ a: [value] });
          const place = at % text.length;
          const broken = text.slice(0, place) + other + text.slice(place + 1);
          let parsed: unknown = 'not JSON';
          try {
            parsed = JSON.parse(broken);
          } catch {
            // What it refuses, so must the pieces.
          }
          if (parsed === 'not JSON') expect(attempt(broken)).toBe('not JSON');
        },
      ),
    );
  });

  it.each([
    ['nothing', '', 'ends in the middle'],
    ['a text without an end', '["a', 'ends in the middle, after 3 bytes'],
    ['an escaped quote at the end', '["a\\"', 'ends in the middle'],
    ['a bracket of another kind', '[1}', 'is not JSON at byte 2'],
    ['two values in a list without a comma', '[1 2]', 'is not JSON at byte 3'],
  ])('says where it stops: %s', (_what, text, message) => {
    const pieces = piecesOf(text);
    expect(() => {
      pieces.peek();
      pieces.forEachItem(() => pieces.skip());
    }).toThrow(message);
  });

  it('walks through what is nested a million times', () => {
    const text = '['.repeat(1e6) + ']'.repeat(1e6);
    const pieces = piecesOf(text);
    pieces.skip();
    expect(pieces.isAtEnd()).toBe(true);
  });
});
