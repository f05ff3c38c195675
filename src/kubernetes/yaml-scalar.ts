import type { JsonValue } from './manifest.js';
import { isTimestamp } from './timestamp.js';
import { floatKey, numberOf } from './yaml-number.js';
import { YAML_TAG } from './yaml-scan-tag.js';

/** What a scalar is: bigint for an integer, number for any other number, `invalid` where its tag contradicts its text. */
export type ScalarReading = null | boolean | bigint | number | string | Invalid;

export interface Invalid {
  readonly invalid: string;
}

const WORDS: ReadonlyMap<string, null | boolean> = new Map<string, null | boolean>([
  ...wordsFor(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'], true),
  ...wordsFor(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'], false),
  ...wordsFor(['', '~', 'null', 'Null', 'NULL'], null),
]);
const LONGEST_WORD = 5;
const INT64_MAX = 2n ** 63n - 1n;
const TYPES: ReadonlySet<string> = new Set(['str', 'int', 'float', 'bool', 'null', 'timestamp', 'binary']);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * What a plain scalar is to `sigs.k8s.io/yaml`: YAML 1.1's words for booleans, `0777` and `0o777` as octal, `0x` and `0b`,
 * underscores between digits; dates stay text, and there are no numbers to the base 60.
 */
export function resolvePlainScalar(text: string): ScalarReading {
  if (text.length <= LONGEST_WORD) {
    const word = WORDS.get(text);
    if (word !== undefined) return word;
  }
  return numberOf(text) ?? text;
}

/**
 * What a scalar with an explicit tag is, whether quoted or not. Tags of YAML's own must agree with the text; with any other
 * tag the text stays text, as `sigs.k8s.io/yaml` has it.
 */
export function resolveTaggedScalar(tag: string, text: string): ScalarReading {
  const type = tag.startsWith(YAML_TAG) ? tag.slice(YAML_TAG.length) : '';
  if (!TYPES.has(type) || type === 'str') return text;
  if (type === 'binary') return decodeBase64(text);
  const value = resolvePlainScalar(text);
  if (type === 'timestamp' && isTimestamp(text)) return text;
  if (type === 'null' && value === null) return value;
  if (type === 'bool' && typeof value === 'boolean') return value;
  if (type === 'int' && typeof value === 'bigint') return value;
  if (type === 'float' && typeof value === 'number') return value;
  if (type === 'float' && typeof value === 'bigint' && value <= INT64_MAX) return Number(value);
  return { invalid: `\`${text}\` is not a ${type}` };
}

/** The scalar as a value of JSON. `text` is the scalar as written. */
export function jsonValueOf(reading: ScalarReading, text: string): { readonly value: JsonValue } | Invalid {
  if (typeof reading === 'bigint') return { value: Number(reading) };
  if (typeof reading === 'number' && !Number.isFinite(reading)) {
    return { invalid: `\`${text}\` is a number that JSON does not have` };
  }
  return typeof reading === 'object' && reading !== null ? reading : { value: reading };
}

/** The scalar as a key of JSON: text, a boolean's word, or a number as the Go library spells it. */
export function keyTextOf(reading: ScalarReading, text: string): { readonly text: string } | Invalid {
  if (typeof reading === 'string') return { text: reading };
  if (typeof reading === 'boolean') return { text: String(reading) };
  if (typeof reading === 'number') return { text: floatKey(reading) };
  if (reading === null) return { invalid: 'it is empty' };
  if (typeof reading !== 'bigint') return reading;
  return reading > INT64_MAX ? { invalid: `\`${text}\` is too large for a key` } : { text: String(reading) };
}

const UTF8_CHARACTER =
  /[\0-\x7F]|[\xC2-\xDF][\x80-\xBF]|(?:\xE0[\xA0-\xBF]|[\xE1-\xEC\xEE\xEF][\x80-\xBF]|\xED[\x80-\x9F])[\x80-\xBF]|(?:\xF0[\x90-\xBF]|[\xF1-\xF3][\x80-\xBF]|\xF4[\x80-\x8F])[\x80-\xBF]{2}|([\x80-\xFF])/g;

/** Bytes that are not UTF-8 become U+FFFD, each on its own, as they do when Go writes JSON. */
function decodeBase64(text: string): ScalarReading {
  const compact = text.replaceAll(/[\r\n]/g, '');
  if (!BASE64.test(compact)) return { invalid: 'a `!!binary` value is not base64' };
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return atob(compact).replaceAll(UTF8_CHARACTER, (character, invalid: string | undefined) =>
    invalid === undefined ? decoder.decode(Uint8Array.from(character, (unit) => unit.charCodeAt(0))) : '\uFFFD',
  );
}

function wordsFor<T>(words: readonly string[], value: T): [string, T][] {
  return words.map((word) => [word, value]);
}
