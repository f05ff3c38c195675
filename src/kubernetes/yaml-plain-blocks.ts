import { newJsonMap } from './json-map.js';
import type { JsonValue } from './manifest.js';
import { jsonValueOf, keyTextOf, resolvePlainScalar } from './yaml-scalar.js';

/** A value, and where in the text it starts. */
export interface PlainReading {
  readonly value: JsonValue;
  readonly start: number;
}

/** Anything but a line break and what ASCII can print. */
const UNUSUAL_CHARACTER = /[^\n -~]/;
const MAX_DEPTH = 100;
const [SPACE, QUOTE, HASH, APOSTROPHE, DASH, COLON] = [0x20, 0x22, 0x23, 0x27, 0x2d, 0x3a];

/** Characters of which a key may be made, and those with which text begins that is plain whatever follows. */
const IN_KEY = charactersOf(/[A-Za-z0-9_./-]/);
const STARTS_KEY = charactersOf(/[A-Za-z0-9_./]/);
const STARTS_PLAIN = charactersOf(/[A-Za-z0-9_./$(~]/);
const LONGEST_KEY = 128;

/** Thrown where the text has something that is not read here; made once, since a stack is dear. */
const UNUSUAL = new Error('Not read here.');

/**
 * Reads what nearly all manifests are written in: maps and lists as blocks, and texts on one line each. Gives what `readYaml` gives,
 * several times as fast, or null for a text that holds anything else, or anything wrong.
 */
export function readPlainBlocks(text: string): PlainReading | null {
  if (UNUSUAL_CHARACTER.test(text)) return null;
  const lines = new Lines(text);
  const { start } = lines;
  if (lines.indent < 0) return null;
  try {
    const value = readBlock(lines, 0);
    return lines.indent < 0 ? { value, start } : null;
  } catch (error) {
    if (error === UNUSUAL) return null;
    throw error;
  }
}

/** Goes through the lines that hold more than a comment. */
class Lines {
  /** The column where what is to be read next of the line starts; -1 at the end of the text. */
  indent = -1;
  /** Where that starts in the text, and where the line ends, spaces at its end aside. */
  start = 0;
  end = 0;
  /** Where the next line starts, of whatever kind. */
  next = 0;

  constructor(readonly text: string) {
    this.move();
  }

  move(): void {
    const { text } = this;
    while (this.next < text.length) {
      const from = this.next;
      let end = endOfLine(text, from);
      this.next = end + 1;
      const start = skipSpaces(text, from, end);
      if (start === end || text.charCodeAt(start) === HASH) continue;
      while (text.charCodeAt(end - 1) === SPACE) end -= 1;
      this.indent = start - from;
      this.start = start;
      this.end = end;
      return;
    }
    this.indent = -1;
  }

  isItem(): boolean {
    const { text, start, end } = this;
    return text.charCodeAt(start) === DASH && (start + 1 === end || text.charCodeAt(start + 1) === SPACE);
  }

  /** The place of the colon after the key with which the line goes on; -1 where there is none. */
  colon(): number {
    const { text, start, end } = this;
    if (STARTS_KEY[text.charCodeAt(start)] === 0) return -1;
    let at = start + 1;
    while (at < end && IN_KEY[text.charCodeAt(at)] === 1) at += 1;
    const isKey = text.charCodeAt(at) === COLON && (at + 1 === end || text.charCodeAt(at + 1) === SPACE);
    return isKey && at < end && at - start <= LONGEST_KEY ? at : -1;
  }
}

function readBlock(lines: Lines, depth: number): JsonValue {
  if (depth > MAX_DEPTH) throw UNUSUAL;
  return lines.isItem() ? readList(lines, depth) : readMap(lines, depth);
}

function readMap(lines: Lines, depth: number): JsonValue {
  const { indent, text } = lines;
  const map = newJsonMap();
  do {
    const colon = lines.colon();
    if (colon < 0) throw UNUSUAL;
    const key = keyOf(text.slice(lines.start, colon));
    if (key in map) throw UNUSUAL;
    const start = skipSpaces(text, colon + 1, lines.end);
    map[key] = isAtEnd(lines, start) ? readBelow(lines, indent, depth) : readOnLine(lines, start, indent);
  } while (lines.indent === indent && !lines.isItem());
  if (lines.indent > indent) throw UNUSUAL;
  return map;
}

function readList(lines: Lines, depth: number): JsonValue {
  const { indent, text } = lines;
  const list: JsonValue[] = [];
  do {
    const start = skipSpaces(text, lines.start + 1, lines.end);
    if (isAtEnd(lines, start)) {
      lines.move();
      list.push(lines.indent > indent ? readBlock(lines, depth + 1) : null);
      continue;
    }
    // What follows the dash may be the first line of a block of its own.
    lines.indent = indent + start - lines.start;
    lines.start = start;
    const isBlock = lines.isItem() || lines.colon() >= 0;
    list.push(isBlock ? readBlock(lines, depth + 1) : readOnLine(lines, start, indent));
  } while (lines.indent === indent && lines.isItem());
  if (lines.indent > indent) throw UNUSUAL;
  return list;
}

/** The value of a key that has nothing behind it on its line. */
function readBelow(lines: Lines, indent: number, depth: number): JsonValue {
  lines.move();
  const isList = lines.indent === indent && lines.isItem();
  return isList || lines.indent > indent ? readBlock(lines, depth + 1) : null;
}

/** A value that starts on the line of its key, or behind its dash, and belongs to a block with this indent. */
function readOnLine(lines: Lines, start: number, indent: number): JsonValue {
  const { text, end } = lines;
  const first = text.charCodeAt(start);
  let value: JsonValue;
  if (first === QUOTE || first === APOSTROPHE) value = readQuoted(lines, start, first);
  else if (text.startsWith('|', start)) return readLiteral(lines, text.slice(start, end), indent);
  else if (STARTS_PLAIN[first] === 1 || (first === DASH && STARTS_PLAIN[text.charCodeAt(start + 1)] === 1))
    value = readPlain(lines, start);
  else value = readEmpty(text.slice(start, end));
  lines.move();
  // A text that goes on.
  if (lines.indent > indent) throw UNUSUAL;
  return value;
}

function readQuoted(lines: Lines, start: number, quote: number): JsonValue {
  const { text, end } = lines;
  let at = start + 1;
  for (; at < end && text.charCodeAt(at) !== quote; at += 1) {
    if (quote === QUOTE && text[at] === '\\') throw UNUSUAL;
  }
  const after = skipSpaces(text, at + 1, end);
  if (at >= end || (after < end && (after === at + 1 || text.charCodeAt(after) !== HASH))) throw UNUSUAL;
  return text.slice(start + 1, at);
}

function readPlain({ text, end }: Lines, start: number): JsonValue {
  let at = start + 1;
  for (; at < end; at += 1) {
    const character = text.charCodeAt(at);
    if (character === COLON && (at + 1 === end || text.charCodeAt(at + 1) === SPACE)) throw UNUSUAL;
    if (character === HASH && text.charCodeAt(at - 1) === SPACE) break;
  }
  while (text.charCodeAt(at - 1) === SPACE) at -= 1;
  const written = text.slice(start, at);
  const reading = jsonValueOf(resolvePlainScalar(written), written);
  if ('invalid' in reading) throw UNUSUAL;
  return reading.value;
}

function readEmpty(written: string): JsonValue {
  if (written === '{}') return newJsonMap();
  if (written === '[]') return [];
  throw UNUSUAL;
}

/** A text in lines of its own, as deep as the first of them, which holds something. */
function readLiteral(lines: Lines, header: string, indent: number): JsonValue {
  const { text } = lines;
  if (header !== '|' && header !== '|-') throw UNUSUAL;
  let from = lines.next;
  const column = skipSpaces(text, from, endOfLine(text, from)) - from;
  if (column <= indent || from + column >= endOfLine(text, from)) throw UNUSUAL;
  const written: string[] = [];
  while (from < text.length) {
    const end = endOfLine(text, from);
    const start = skipSpaces(text, from, end);
    if (start < end && start - from < column) break;
    // Spaces that end the text may be part of it, and so may be its end.
    if ((start === end && end - from > column) || end === text.length) throw UNUSUAL;
    written.push(text.slice(from + column, end));
    from = end + 1;
  }
  lines.next = from;
  lines.move();
  if (lines.indent > indent) throw UNUSUAL;
  while (written.at(-1) === '') written.pop();
  return written.join('\n') + (header === '|' ? '\n' : '');
}

function keyOf(written: string): string {
  const reading = keyTextOf(resolvePlainScalar(written), written);
  if ('invalid' in reading) throw UNUSUAL;
  return reading.text;
}

/** Whether nothing but a comment is left of the line. */
function isAtEnd({ text, end }: Lines, at: number): boolean {
  return at >= end || text.charCodeAt(at) === HASH;
}

function skipSpaces(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) === SPACE) at += 1;
  return at;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

/** By code of ASCII, 1 for a character of a class. */
function charactersOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_unused, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0));
}
