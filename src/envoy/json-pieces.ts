import type { JsonValue } from '../kubernetes/manifest.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const DECODER = new TextDecoder();

/** Text that is no JSON, or ends before it should. */
export class NotJson extends Error {
  override readonly name = 'NotJson';
}

/**
 * Walks through JSON of any size and makes values only of the pieces that are asked for, so that a dump of hundreds of megabytes
 * costs its own bytes and its largest piece.
 */
export class JsonPieces {
  #at = 0;

  /** @param bytes in UTF-8. */
  constructor(private readonly bytes: Uint8Array) {}

  /** Whether nothing but space is left. */
  isAtEnd(): boolean {
    this.#skipSpace();
    return this.#at >= this.bytes.length;
  }

  /** What the next value is. */
  peek(): 'object' | 'array' | 'other' {
    this.#skipSpace();
    const byte = this.bytes[this.#at];
    if (byte === undefined) throw this.#truncated();
    return byte === OPEN_BRACE ? 'object' : byte === OPEN_BRACKET ? 'array' : 'other';
  }

  /** The keys of the next value, an object. Whoever is given one takes its value by another call of this class. */
  *keys(): Generator<string> {
    this.#expect(OPEN_BRACE);
    if (this.#take(CLOSE_BRACE)) return;
    do {
      this.#skipSpace();
      if (this.bytes[this.#at] !== QUOTE) throw this.#broken();
      const start = this.#at;
      this.#skipText();
      const key = this.#parse(start, this.#at);
      this.#expect(COLON);
      yield key as string;
    } while (this.#take(COMMA));
    this.#expect(CLOSE_BRACE);
  }

  /** Visits the items of the next value, an array. Each visit takes its item by another call of this class. */
  forEachItem(visit: () => void): void {
    this.#expect(OPEN_BRACKET);
    if (this.#take(CLOSE_BRACKET)) return;
    do visit();
    while (this.#take(COMMA));
    this.#expect(CLOSE_BRACKET);
  }

  /** The next value. */
  value(): JsonValue {
    const start = this.#at;
    this.skip();
    return this.#parse(start, this.#at);
  }

  /** Passes the next value over. */
  skip(): void {
    this.#skipSpace();
    const { bytes } = this;
    let depth = 0;
    do {
      const byte = bytes[this.#at];
      if (byte === undefined) throw this.#truncated();
      if (byte === QUOTE) this.#skipText();
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth++;
        this.#at++;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (depth === 0) throw this.#broken();
        depth--;
        this.#at++;
      } else if (depth === 0) {
        this.#skipWord();
      } else {
        this.#at++;
      }
    } while (depth > 0);
  }

  #skipWord(): void {
    const start = this.#at;
    while (this.#at < this.bytes.length && /[\w.+-]/.test(String.fromCharCode(this.bytes[this.#at]!))) this.#at++;
    if (this.#at === start) throw this.#broken();
  }

  /** A text, with its quotes. */
  #skipText(): void {
    let end = this.#at;
    do {
      end = this.bytes.indexOf(QUOTE, end + 1);
      if (end < 0) throw this.#truncated();
    } while (this.#isEscaped(end));
    this.#at = end + 1;
  }

  #isEscaped(quote: number): boolean {
    let before = quote;
    while (this.bytes[before - 1] === BACKSLASH) before--;
    return (quote - before) % 2 === 1;
  }

  #skipSpace(): void {
    while (this.#at < this.bytes.length && this.bytes[this.#at]! <= 0x20) this.#at++;
  }

  #take(byte: number): boolean {
    this.#skipSpace();
    if (this.bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #expect(byte: number): void {
    if (this.#take(byte)) return;
    throw this.#at >= this.bytes.length ? this.#truncated() : this.#broken();
  }

  #parse(start: number, end: number): JsonValue {
    try {
      return JSON.parse(DECODER.decode(this.bytes.subarray(start, end))) as JsonValue;
    } catch {
      throw this.#broken();
    }
  }

  #truncated(): NotJson {
    return new NotJson(`ends in the middle, after ${this.bytes.length} bytes`);
  }

  #broken(): NotJson {
    return new NotJson(`is not JSON at byte ${this.#at}`);
  }
}
