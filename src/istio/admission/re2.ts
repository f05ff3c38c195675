import { quoteBack } from './go-text.js';

const MAX_REPEAT = 1000;
const POSIX_CLASSES =
  /^\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]/;
/** Letters that mean something after a backslash; digits, other than of octal numbers, do not. */
const ESCAPE =
  /^\\(?:[aftnrvdDsSwW]|[pP](?:\{\^?\w+\}|[A-Z])|x(?:[0-9A-Fa-f]{2}|\{[0-9A-Fa-f]{1,8}\})|0[0-7]{0,2}|[1-7][0-7]{1,2}|[^\p{L}\p{N}]|_)/u;
const OUTSIDE_CLASS_ESCAPE = /^\\[AbBzCQE]/;
const GROUP = /^\((?:\?(?:P?<[A-Za-z_]\w*>|[imsU]*(?:-[imsU]+)?:|(?=[imsU-])[imsU]*(?:-[imsU]+)?\)))?/;
const REPEAT = /^\{(\d+)(?:(,)(\d*))?\}/;

/** Where reading has come to. */
interface Reader {
  readonly source: string;
  position: number;
  depth: number;
  /** Whether what stands before can be repeated: nothing cannot, and what is repeated already cannot again. */
  repeatable: boolean;
}

/**
 * What RE2, which has no look-around and no back references, has against a pattern; null where it is valid.
 * Go: regexp.Compile
 */
export function re2Error(source: string): string | null {
  const reader: Reader = { source, position: 0, depth: 0, repeatable: false };
  while (reader.position < source.length) {
    const error = step(reader);
    if (error !== null) return `error parsing regexp: ${error}`;
  }
  return reader.depth > 0 ? `error parsing regexp: missing closing ): ${quoteBack(source)}` : null;
}

/** Reads one item of the pattern; what is wrong with it, or null. */
function step(reader: Reader): string | null {
  const rest = reader.source.slice(reader.position);
  switch (rest.charAt(0)) {
    case '(':
      return openGroup(reader, rest);
    case ')':
      if (reader.depth === 0) return `unexpected ): ${quoteBack(reader.source)}`;
      reader.depth--;
      return advance(reader, 1, true);
    case '[':
      return readClass(reader, rest);
    case '\\':
      return readEscape(reader, rest);
    case '*':
    case '+':
    case '?':
      return readRepeat(reader, rest, 1);
    case '{':
      return readBraces(reader, rest);
    case '|':
      return advance(reader, 1, false);
    default:
      return advance(reader, rest.codePointAt(0)! > 0xffff ? 2 : 1, true);
  }
}

function advance(reader: Reader, length: number, repeatable: boolean): null {
  reader.position += length;
  reader.repeatable = repeatable;
  return null;
}

function openGroup(reader: Reader, rest: string): string | null {
  const match = GROUP.exec(rest)![0];
  if (match === '(' && rest.startsWith('(?'))
    return `invalid or unsupported Perl syntax: ${quoteBack(rest.slice(0, 3))}`;
  // A group of nothing but flags is over where it begins.
  if (!match.endsWith(')')) reader.depth++;
  return advance(reader, match.length, false);
}

function readEscape(reader: Reader, rest: string): string | null {
  const quoted = /^\\Q.*?(?:\\E|$)/s.exec(rest);
  if (quoted !== null) return advance(reader, quoted[0].length, true);
  const match = OUTSIDE_CLASS_ESCAPE.exec(rest) ?? ESCAPE.exec(rest);
  if (match !== null) return advance(reader, match[0].length, true);
  if (rest === '\\') return 'trailing backslash at end of expression: ``';
  return `invalid escape sequence: ${quoteBack(rest.slice(0, 2))}`;
}

function readRepeat(reader: Reader, rest: string, length: number): string | null {
  if (!reader.repeatable) {
    const operator = rest.slice(0, length);
    return reader.position > 0 && /[*+?}]/.test(reader.source.charAt(reader.position - 1))
      ? `invalid nested repetition operator: ${quoteBack(reader.source.charAt(reader.position - 1) + operator)}`
      : `missing argument to repetition operator: ${quoteBack(operator)}`;
  }
  const lazy = rest.charAt(length) === '?' ? 1 : 0;
  return advance(reader, length + lazy, false);
}

function readBraces(reader: Reader, rest: string): string | null {
  const match = REPEAT.exec(rest);
  // Braces that count nothing are themselves.
  if (match === null) return advance(reader, 1, true);
  const least = Number(match[1]);
  const most = match[2] === undefined ? least : match[3] === '' ? least : Number(match[3]);
  if (least > MAX_REPEAT || most > MAX_REPEAT || most < least) return `invalid repeat count: ${quoteBack(match[0])}`;
  return readRepeat(reader, rest, match[0].length);
}

/** A class in brackets. A bracket that closes does not do so in the first place. */
function readClass(reader: Reader, rest: string): string | null {
  let at = rest.startsWith('[^') ? 2 : 1;
  let previous: number | null = null;
  for (let first = true; first || rest.charAt(at) !== ']'; first = false) {
    if (at >= rest.length) return `missing closing ]: ${quoteBack(rest)}`;
    const ranged: boolean = previous !== null && rest.charAt(at) === '-' && !/^-(?:\]|$)/.test(rest.slice(at));
    const item: ClassItem = readClassItem(rest.slice(ranged ? at + 1 : at));
    if (item.error !== null) return item.error;
    if (ranged && item.code !== null && item.code < previous!) {
      return `invalid character class range: ${quoteBack(rest.slice(at - 1, at + 1 + item.length))}`;
    }
    previous = ranged ? null : item.code;
    at += item.length + (ranged ? 1 : 0);
  }
  return advance(reader, at + 1, true);
}

interface ClassItem {
  readonly length: number;
  /** The character's code point; null for a whole class, which no range begins with. */
  readonly code: number | null;
  readonly error: string | null;
}

function readClassItem(rest: string): ClassItem {
  const posix = POSIX_CLASSES.exec(rest);
  if (posix !== null) return { length: posix[0].length, code: null, error: null };
  if (!rest.startsWith('\\')) {
    const code = rest.codePointAt(0) ?? 0;
    return { length: code > 0xffff ? 2 : 1, code, error: null };
  }
  const escape = ESCAPE.exec(rest);
  if (escape === null)
    return { length: 0, code: null, error: `invalid escape sequence: ${quoteBack(rest.slice(0, 2))}` };
  const isSingle = escape[0].length === 2 && /[^\w]/.test(escape[0].charAt(1));
  return { length: escape[0].length, code: isSingle ? escape[0].codePointAt(1)! : null, error: null };
}
