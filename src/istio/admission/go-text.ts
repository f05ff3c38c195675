import { asArray, asString } from '../../kubernetes/json.js';
import type { JsonValue } from '../../kubernetes/manifest.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** As Go's `%q` writes it, but for characters beyond ASCII that cannot be printed. */
export function quote(value: string): string {
  const escaped = value.replaceAll(/["\\\p{Cc}]/gu, (character) => {
    return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}

/** As Go's `%#q` writes it: in backquotes. */
export function quoteBack(value: string): string {
  return `\`${value}\``;
}

/** The length in bytes of UTF-8, which is what Go's `len` counts. */
export function byteLength(value: string): number {
  return new TextEncoder().encode(value).length;
}

/** The parts before and after the first separator; null for the second where there is no separator. Go: strings.Cut */
export function splitOnce(value: string, separator: string): readonly [string, string | null] {
  const index = value.indexOf(separator);
  return index < 0 ? [value, null] : [value.slice(0, index), value.slice(index + separator.length)];
}

/** A list of texts; what is no text reads as the empty one, so that indices stay. */
export function texts(value: JsonValue | undefined): readonly string[] {
  return asArray(value).map(asString);
}

/** Whether the text takes more bytes. No character of JavaScript takes more than three. */
export function isLonger(value: string, bytes: number): boolean {
  return value.length > bytes || (value.length * 3 > bytes && byteLength(value) > bytes);
}
