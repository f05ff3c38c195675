import type { JsonValue } from './manifest.js';
import { isTimestamp } from './timestamp.js';

/** What a scalar that is neither quoted nor a block reads as. `invalid` holds the reason why JSON cannot say it. */
export type ScalarReading = { readonly value: JsonValue } | { readonly invalid: string };

const WORDS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ...wordsFor(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'], true),
  ...wordsFor(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'], false),
  ...wordsFor(['', '~', 'null', 'Null', 'NULL'], null),
]);
const NOT_A_JSON_NUMBER = /^(?:\.(?:nan|NaN|NAN)|[-+]?\.(?:inf|Inf|INF))$/;
const FIRST_CHARACTER_OF_A_NUMBER = /^[-+.0-9]/;
const SMALL_INTEGER = /^(?:0|[1-9][0-9]{0,14})$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const GO_FLOAT_AFTER_A_POINT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const SIGNED_BINARY = /^(-?)0b([-+]?)([01]+)$/;
const INT64_LIMIT = 2n ** 63n;
const UINT64_LIMIT = 2n ** 64n;

/**
 * The value of a plain scalar as `sigs.k8s.io/yaml` reads it: YAML 1.1's words for booleans, `0777` and `0o777` as octal,
 * `0x` and `0b`, underscores between digits; dates stay text, and there are no numbers to the base 60.
 */
export function resolvePlainScalar(text: string): ScalarReading {
  const word = WORDS.get(text);
  if (word !== undefined) return { value: word };
  if (!FIRST_CHARACTER_OF_A_NUMBER.test(text)) return { value: text };
  if (SMALL_INTEGER.test(text)) return { value: Number(text) };
  if (NOT_A_JSON_NUMBER.test(text)) return { invalid: `${text} is a number that JSON cannot hold` };
  if (text.startsWith('.')) return numberOrText(GO_FLOAT_AFTER_A_POINT.test(text) ? floatOf(text) : undefined, text);
  const digits = text.replaceAll('_', '');
  return numberOrText(integerOf(digits) ?? (FLOAT.test(digits) ? floatOf(digits) : undefined), text);
}

function numberOrText(number: number | undefined, text: string): ScalarReading {
  return { value: number ?? text };
}

/**
 * The value of a scalar with an explicit tag, which may be quoted. Tags of the YAML type repository must agree with the
 * text; with any other tag the text stays text, as `sigs.k8s.io/yaml` has it.
 */
export function resolveTaggedScalar(tag: string, text: string): ScalarReading {
  if (tag === `${YAML_TAG}binary`) return decodeBase64(text);
  const type = TYPES_OF_TAGS.get(tag);
  if (type === undefined) return { value: text };
  const reading = resolvePlainScalar(text);
  if ('invalid' in reading) return reading;
  if (type === 'timestamp' ? isTimestamp(text) : matchesType(type, reading.value, text)) {
    return { value: type === 'timestamp' ? text : reading.value };
  }
  return { invalid: `\`${text}\` is not a ${type}` };
}

const YAML_TAG = 'tag:yaml.org,2002:';
const TYPES_OF_TAGS: ReadonlyMap<string, string> = new Map(
  ['int', 'float', 'bool', 'null', 'timestamp'].map((type) => [YAML_TAG + type, type]),
);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function matchesType(type: string, value: JsonValue, text: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'bool') return typeof value === 'boolean';
  return typeof value === 'number' && (type === 'float' || integerOf(text.replaceAll('_', '')) !== undefined);
}

function decodeBase64(text: string): ScalarReading {
  const compact = text.replaceAll(/[\r\n]/g, '');
  if (!BASE64.test(compact)) return { invalid: 'a `!!binary` value is not base64' };
  const bytes = Uint8Array.from(atob(compact), (character) => character.charCodeAt(0));
  return { value: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) };
}

/** Infinity for what overflows does not count as a number: the text stays. */
function floatOf(text: string): number | undefined {
  const number = Number(text.replaceAll('_', ''));
  return Number.isFinite(number) ? number : undefined;
}

/** The integer, unless it needs more than 64 bits. */
function integerOf(digits: string): number | undefined {
  const parts = INTEGER.exec(digits);
  if (parts !== null) {
    const [, sign = '', hex, binary, octal, decimal] = parts;
    const magnitude = magnitudeOf(hex, binary, octal, decimal);
    return fits(sign, magnitude) ? Number(sign === '-' ? -magnitude : magnitude) : undefined;
  }
  return oddBinaryOf(digits);
}

function magnitudeOf(hex?: string, binary?: string, octal?: string, decimal?: string): bigint {
  if (hex !== undefined) return BigInt(`0x${hex}`);
  if (binary !== undefined) return BigInt(`0b${binary}`);
  if (octal !== undefined) return BigInt(`0o${octal}`);
  return BigInt(decimal ?? '0');
}

/** Numbers up to 64 bits: signed where a sign is written, unsigned where none is. */
function fits(sign: string, magnitude: bigint): boolean {
  if (sign === '-') return magnitude <= INT64_LIMIT;
  return magnitude < (sign === '+' ? INT64_LIMIT : UINT64_LIMIT);
}

/** A sign may stand between `0b` and the digits: a quirk of the Go library that costs nothing to share. */
function oddBinaryOf(digits: string): number | undefined {
  const parts = SIGNED_BINARY.exec(digits);
  if (parts === null) return undefined;
  const [, outer = '', inner = '', bits = ''] = parts;
  if (outer === '-' && inner !== '') return undefined;
  const sign = outer === '-' ? '-' : inner;
  const magnitude = BigInt(`0b${bits}`);
  return fits(sign, magnitude) ? Number(sign === '-' ? -magnitude : magnitude) : undefined;
}

function wordsFor(words: readonly string[], value: JsonValue): [string, JsonValue][] {
  return words.map((word) => [word, value]);
}
