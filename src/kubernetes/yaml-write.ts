import { isObject } from './json.js';
import type { JsonObject, JsonValue } from './manifest.js';
import { resolvePlainScalar } from './yaml-scalar.js';

/** How text is written: without quotes where it can be, or in quotes in any case. */
export type Quoting = 'plain' | '"' | "'";

/** How the texts around a place are written. */
export interface Quotes {
  /** The items of lists. */
  readonly items: Quoting;
  /** The values of maps. */
  readonly values: Quoting;
}

/** How a document is written, as far as new lines are to look like its own. */
export interface YamlStyle {
  /** Columns that a map in a map is indented by. */
  readonly indent: number;
  /** Whether a list stands further in than the key that it belongs to. */
  readonly indentsLists: boolean;
  /** For text that cannot do without. */
  readonly quote: '"' | "'";
}

/** Starts that mean nothing else, and no character that could: what is left over is quoted. So is a lone `.`, which some take for a
 * number, and `e1`. */
const PLAIN_TEXT = /^(?!e\d+$)(?:[A-Za-z0-9_/]|[.~]\/)[\w./~+-]*$/i;
const NEEDS_ESCAPES = /[^\x20-\x7E\u00A0-\uD7FF\uE000-\uFFFD]/;

/** A scalar on one line. */
export function writeScalar(value: null | boolean | number | string, style: YamlStyle, quoting: Quoting): string {
  if (typeof value !== 'string') return String(value);
  if (quoting === 'plain' && isPlain(value)) return value;
  const quote = quoting === 'plain' ? style.quote : quoting;
  if (quote === '"' || NEEDS_ESCAPES.test(value)) return JSON.stringify(value);
  return `'${value.replaceAll("'", "''")}'`;
}

/** Whether text means the same without quotes. */
export function isPlain(text: string): boolean {
  return PLAIN_TEXT.test(text) && resolvePlainScalar(text) === text;
}

/** A value in brackets, or a scalar, on one line. `isJson` writes it as JSON has it; a scalar is quoted as `quoting` says. */
export function writeFlow(
  value: JsonValue,
  style: YamlStyle,
  quotes: Quotes,
  isJson: boolean,
  quoting: Quoting = quotes.values,
): string {
  if (isScalar(value)) return writeScalar(value, style, isJson ? '"' : quoting);
  if (!isObject(value)) {
    return `[${value.map((item) => writeFlow(item, style, quotes, isJson, quotes.items)).join(', ')}]`;
  }
  const pairs = Object.entries(value).map(
    ([key, item]) => `${writeKey(key, style, isJson)}: ${writeFlow(item ?? null, style, quotes, isJson)}`,
  );
  return `{${pairs.join(', ')}}`;
}

export function isScalar(value: JsonValue): value is null | boolean | number | string {
  return !Array.isArray(value) && !isObject(value);
}

export function writeKey(key: string, style: YamlStyle, isQuoted: boolean): string {
  return writeScalar(key, style, isQuoted ? '"' : 'plain');
}

/** A value as lines of a block; the first of them may stand behind a dash. Empty collections and scalars take one line. */
export function writeBlock(value: JsonValue, style: YamlStyle, quotes: Quotes): readonly string[] {
  if (isScalar(value)) return [writeScalar(value, style, quotes.values)];
  if (isEmpty(value)) return [writeFlow(value, style, quotes, false)];
  if (!isObject(value)) return value.flatMap((item) => writeItem(item, style, quotes));
  return Object.entries(value).flatMap(([key, item]) => writePair(key, item ?? null, style, quotes));
}

/** An item of a list, with its dash. */
export function writeItem(item: JsonValue, style: YamlStyle, quotes: Quotes): readonly string[] {
  if (isScalar(item)) return [`- ${writeScalar(item, style, quotes.items)}`];
  const [first = '', ...rest] = writeBlock(item, style, quotes);
  return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
}

/** A key with its value. Text of several lines stands as such. */
export function writePair(key: string, value: JsonValue, style: YamlStyle, quotes: Quotes): readonly string[] {
  const name = writeKey(key, style, false);
  const literal = typeof value === 'string' ? writeLiteral(value) : null;
  if (literal !== null) return [`${name}: ${literal.header}`, ...indented(literal.lines, style.indent)];
  if (isScalar(value) || isEmpty(value)) return [`${name}: ${writeFlow(value, style, quotes, false)}`];
  const isFlush = Array.isArray(value) && !style.indentsLists;
  return [`${name}:`, ...indented(writeBlock(value, style, quotes), isFlush ? 0 : style.indent)];
}

function isEmpty(value: JsonObject | readonly JsonValue[]): boolean {
  return Object.keys(value).length === 0;
}

/** Text of several lines as a block; null for what fits on one, and for what a block would change. */
export function writeLiteral(text: string): { readonly header: string; readonly lines: readonly string[] } | null {
  const ends = /\n*$/.exec(text)![0].length;
  const lines = text.slice(0, text.length - ends).split('\n');
  const first = lines.find((line) => line !== '') ?? '';
  const isOneLine = lines.length < 2 && ends === 0;
  if (
    isOneLine ||
    ends > 1 ||
    first === '' ||
    /^[ \t]/.test(first) ||
    /[^\t\x20-\uD7FF\uE000-\uFFFD]/.test(lines.join(''))
  ) {
    return null;
  }
  return { header: ends === 0 ? '|-' : '|', lines };
}

/** Lines further in; empty ones stay empty. */
export function indented(lines: readonly string[], columns: number): readonly string[] {
  const blanks = ' '.repeat(columns);
  return lines.map((line) => (line === '' ? '' : blanks + line));
}
