import { newJsonMap } from './json-map.js';
import { isObject } from './json.js';
import type { JsonValue } from './manifest.js';

/**
 * JSON values as numbers, each text once: manifests repeat nearly all of their keys and many of their texts, so that this is read
 * several times as fast as JSON is, into the very maps that a reader of manifests makes.
 */
export interface PackedValues {
  /** A value is a token, of which the low 3 bits are its kind, and the values it holds, if any. A map's keys are bare numbers of texts. */
  readonly tokens: Uint32Array;
  readonly texts: readonly string[];
}

const [TEXT, CONSTANT, SMALL, NUMBER, LIST, MAP] = [0, 1, 2, 3, 4, 5];
const CONSTANTS = [null, true, false] as const;
const KIND_BITS = 3;
const FIRST_LARGE = 2 ** 29;

/** Thrown where a value takes more than it may; made once, since a stack is dear. */
const TOO_LONG = new Error('Takes too many tokens.');

export class ValuePacker {
  readonly #tokens: number[] = [];
  readonly #texts = new Map<string, number>();
  #most = Infinity;

  /** The place of the value among the tokens; null, and nothing is packed, where it takes more than `most` of them. */
  pack(value: JsonValue, most = Infinity): number | null {
    const place = this.#tokens.length;
    this.#most = place + most;
    try {
      this.#add(value);
      return place;
    } catch (error) {
      if (error !== TOO_LONG) throw error;
      this.#tokens.length = place;
      return null;
    }
  }

  finish(): PackedValues {
    return { tokens: Uint32Array.from(this.#tokens), texts: [...this.#texts.keys()] };
  }

  #add(value: JsonValue): void {
    if (this.#tokens.length >= this.#most) throw TOO_LONG;
    if (typeof value === 'string') this.#addToken(TEXT, this.#numberOf(value));
    else if (typeof value === 'number') this.#addNumber(value);
    else if (Array.isArray(value)) {
      this.#addToken(LIST, value.length);
      for (const item of value as readonly JsonValue[]) this.#add(item);
    } else if (isObject(value)) {
      const keys = Object.keys(value);
      this.#addToken(MAP, keys.length);
      for (const key of keys) {
        this.#tokens.push(this.#numberOf(key));
        this.#add(value[key] ?? null);
      }
    } else this.#addToken(CONSTANT, CONSTANTS.indexOf(value as null | boolean));
  }

  #addNumber(value: number): void {
    const isSmall = Number.isInteger(value) && value >= 0 && value < FIRST_LARGE && !Object.is(value, -0);
    if (isSmall) this.#addToken(SMALL, value);
    else this.#addToken(NUMBER, this.#numberOf(Object.is(value, -0) ? '-0' : String(value)));
  }

  #addToken(kind: number, detail: number): void {
    this.#tokens.push(detail * 2 ** KIND_BITS + kind);
  }

  #numberOf(text: string): number {
    let number = this.#texts.get(text);
    if (number === undefined) this.#texts.set(text, (number = this.#texts.size));
    return number;
  }
}

export class ValueUnpacker {
  #at = 0;

  constructor(private readonly packed: PackedValues) {}

  /** The value that was packed at the place. */
  unpack(place: number): JsonValue {
    this.#at = place;
    return this.#next();
  }

  #next(): JsonValue {
    const { tokens, texts } = this.packed;
    const token = tokens[this.#at++]!;
    const detail = token >>> KIND_BITS;
    switch (token & (2 ** KIND_BITS - 1)) {
      case TEXT:
        return texts[detail]!;
      case CONSTANT:
        return CONSTANTS[detail]!;
      case SMALL:
        return detail;
      case NUMBER:
        return Number(texts[detail]);
      case LIST: {
        const list: JsonValue[] = [];
        for (let count = detail; count > 0; count -= 1) list.push(this.#next());
        return list;
      }
      default: {
        const map = newJsonMap();
        for (let count = detail; count > 0; count -= 1) {
          const key = texts[tokens[this.#at++]!]!;
          map[key] = this.#next();
        }
        return map;
      }
    }
  }
}
