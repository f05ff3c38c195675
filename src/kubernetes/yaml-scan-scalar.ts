import {
  HASH,
  isAtDocumentMarker,
  isBlank,
  isBlankOrEnd,
  isBreak,
  TAB,
  takeBreak,
  unitAt,
  type Cursor,
} from './yaml-cursor.js';
import { syntaxRefusal } from './yaml-problem.js';

/** What a line break inside a scalar turns into: a single one into a space, several into all but the first. */
class Folding {
  private first = '';
  private rest = '';
  isOpen = false;

  add(lineBreak: string): void {
    if (this.isOpen) this.rest += lineBreak;
    else this.first = lineBreak;
    this.isOpen = true;
  }

  /** An escaped line break leaves nothing behind. */
  addEscaped(): void {
    this.isOpen = true;
  }

  take(): string {
    const { first, rest } = this;
    this.first = '';
    this.rest = '';
    this.isOpen = false;
    if (first === '\n') return rest === '' ? ' ' : rest;
    return first + rest;
  }
}

const COLON = 0x3a;
const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ENDS_PLAIN_IN_FLOW: ReadonlySet<number> = new Set(Array.from(',?[]{}', (character) => character.charCodeAt(0)));

/** A plain scalar, and whether it ran on to the next line while looking for its end. */
export interface PlainScan {
  readonly text: string;
  /** Where its last word ends. */
  readonly end: number;
  readonly passedBreak: boolean;
}

/** Reads a plain scalar, with the lines that continue it. `indent` is that of the collection it stands in. */
export function scanPlain(cursor: Cursor, indent: number, inFlow: boolean): PlainScan {
  const start = cursor.at;
  const folding = new Folding();
  let text = '';
  let end = start;
  let blanks = '';
  for (;;) {
    if (isAtDocumentMarker(cursor) || unitAt(cursor, cursor.at) === HASH) break;
    const from = cursor.at;
    skipPlainWord(cursor, inFlow);
    if (cursor.at > from) {
      text += (folding.isOpen ? folding.take() : blanks) + cursor.text.slice(from, cursor.at);
      blanks = '';
      end = cursor.at;
    }
    if (!isBlankOrEnd(unitAt(cursor, cursor.at)) || cursor.at >= cursor.text.length) break;
    blanks += skipSpace(cursor, folding, (column) => {
      if (column <= indent) throw syntaxRefusal('A tab stands where the indentation of a value should', start);
    });
    if (folding.isOpen) blanks = '';
    if (!inFlow && cursor.at - cursor.lineStart <= indent) break;
  }
  return { text, end, passedBreak: folding.isOpen };
}

function skipPlainWord(cursor: Cursor, inFlow: boolean): void {
  for (;;) {
    const unit = unitAt(cursor, cursor.at);
    if (isBlankOrEnd(unit)) return;
    if (unit === COLON && isBlankOrEnd(unitAt(cursor, cursor.at + 1))) return;
    if (inFlow && ENDS_PLAIN_IN_FLOW.has(unit)) return;
    cursor.at += 1;
  }
}

/** Steps over blanks and line breaks; the blanks before the first break are returned. */
function skipSpace(cursor: Cursor, folding: Folding, onTabAfterBreak: (column: number) => void): string {
  const from = cursor.at;
  let end = -1;
  for (;;) {
    const unit = unitAt(cursor, cursor.at);
    if (isBlank(unit)) {
      if (unit === TAB && folding.isOpen) onTabAfterBreak(cursor.at - cursor.lineStart);
      cursor.at += 1;
    } else if (isBreak(unit)) {
      if (end === -1) end = cursor.at;
      folding.add(takeBreak(cursor));
    } else return cursor.text.slice(from, end === -1 ? cursor.at : end);
  }
}

/** Reads a quoted scalar. `json` also admits the escapes that JSON has and YAML 1.1 has not. */
export function scanQuoted(cursor: Cursor, json: boolean): string {
  const start = cursor.at;
  const quote = unitAt(cursor, start);
  const folding = new Folding();
  let text = '';
  cursor.at += 1;
  for (;;) {
    if (isAtDocumentMarker(cursor)) throw syntaxRefusal('A document ends inside quoted text', start);
    if (cursor.at >= cursor.text.length) throw syntaxRefusal('Quoted text is never closed', start);
    text += scanQuotedWord(cursor, quote, folding, json);
    if (unitAt(cursor, cursor.at) === quote) break;
    const blanks = skipSpace(cursor, folding, () => undefined);
    text += folding.isOpen ? folding.take() : blanks;
  }
  cursor.at += 1;
  return text;
}

/** The text up to the closing quote, a blank or a line break. */
function scanQuotedWord(cursor: Cursor, quote: number, folding: Folding, json: boolean): string {
  let text = '';
  let from = cursor.at;
  for (;;) {
    const unit = unitAt(cursor, cursor.at);
    if (isBlankOrEnd(unit)) break;
    if (unit === quote) {
      if (quote !== SINGLE_QUOTE || unitAt(cursor, cursor.at + 1) !== SINGLE_QUOTE) break;
      text += cursor.text.slice(from, cursor.at + 1);
      cursor.at += 2;
      from = cursor.at;
    } else if (unit === BACKSLASH && quote === DOUBLE_QUOTE) {
      text += cursor.text.slice(from, cursor.at);
      cursor.at += 1;
      if (isBreak(unitAt(cursor, cursor.at))) {
        takeBreak(cursor);
        folding.addEscaped();
        return text;
      }
      text += scanEscape(cursor, json);
      from = cursor.at;
    } else cursor.at += 1;
  }
  return text + cursor.text.slice(from, cursor.at);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\x1b'],
  [' ', ' '],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['N', '\u0085'],
  ['_', '\u00a0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);
const HEX_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);
const HEX = /^[0-9a-fA-F]+$/;

/** What stands for the characters after a backslash. */
function scanEscape(cursor: Cursor, json: boolean): string {
  const character = cursor.text.charAt(cursor.at);
  const length = HEX_LENGTHS.get(character);
  cursor.at += 1;
  if (length === undefined) {
    const plain = json && character === '/' ? '/' : ESCAPES.get(character);
    if (plain === undefined) throw syntaxRefusal(`\\${character} is not an escape that YAML knows`, cursor.at - 2);
    return plain;
  }
  const digits = cursor.text.slice(cursor.at, cursor.at + length);
  const code = digits.length === length && HEX.test(digits) ? parseInt(digits, 16) : Infinity;
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  if (code > 0x10ffff || (isSurrogate && !json)) {
    throw syntaxRefusal(`\\${character}${digits} names no character`, cursor.at - 2);
  }
  cursor.at += length;
  return isSurrogate ? String.fromCharCode(code) : String.fromCodePoint(code);
}
