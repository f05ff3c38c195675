import { refuse, FINE, type Outcome, type Path } from './outcome.js';
import type { NumberSchema } from './schema.js';

const RANGES: Readonly<Record<NumberSchema['goType'], readonly [number, number]>> = {
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
  uint64: [0, 18446744073709551615],
  float64: [-Number.MAX_VALUE, Number.MAX_VALUE],
};
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

/** Whether Go reads the text as a number of the type. Go: json.Unmarshal */
export function decodeNumber(text: string, goType: NumberSchema['goType'], path: Path): Outcome {
  const error = jsonNumberError(text);
  if (error !== null) return refuse(error, ...path);
  const [minimum, maximum] = RANGES[goType];
  const number = Number(text);
  const fits = number >= minimum && number <= maximum && (goType === 'float64' || /^-?\d+$/.test(text));
  return fits ? FINE : refuse(`json: cannot unmarshal number ${text} into Go value of type ${goType}`, ...path);
}

/** What keeps a text from being a JSON number; null where it is one. */
function jsonNumberError(text: string): string | null {
  if (text === '') return 'unexpected end of JSON input';
  const number = NUMBER.exec(text)?.[0] ?? '';
  if (number === text) return null;
  const next = text.charAt(number.length);
  if (number !== '') return `invalid character '${next}' after top-level value`;
  const literal = LITERALS[text.charAt(0)];
  if (literal === undefined) return `invalid character '${next}' looking for beginning of value`;
  const at = Array.from(literal).findIndex((letter, index) => text.charAt(index) !== letter);
  if (at < 0) return `invalid character '${text.charAt(literal.length)}' after top-level value`;
  if (at >= text.length) return 'unexpected end of JSON input';
  return `invalid character '${text.charAt(at)}' in literal ${literal} (expecting '${literal.charAt(at)}')`;
}
