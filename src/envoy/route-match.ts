import type { JsonObject } from '../kubernetes/manifest.js';
import { has, isSet, messageIn, messagesIn, otherFields, field, textIn } from './proto-json.js';

/** The request that an edge stands for. */
export interface AskedRequest {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly scheme: string;
}

/** Whether a request takes a route; `unknown` with what would decide and is not understood. */
export type MatchAnswer = boolean | { readonly unknown: string };

/** Envoy: RouteMatch */
export type RequestMatch = (request: AskedRequest) => MatchAnswer;

const PATH_SPECIFIERS = ['prefix', 'path', 'path_separated_prefix', 'safe_regex', 'connect_matcher'] as const;
const KNOWN = new Set<string>([
  ...PATH_SPECIFIERS,
  'case_sensitive',
  'headers',
  'query_parameters',
  'dynamic_metadata',
]);
const HEADER_FIELDS = new Set([
  'name',
  'exact_match',
  'prefix_match',
  'suffix_match',
  'contains_match',
  'safe_regex_match',
  'string_match',
  'present_match',
  'invert_match',
  'treat_missing_header_as_empty',
]);

/** Whether a request takes the route. All conditions have to hold: one that does not decides, whatever is not understood. */
export function readRouteMatch(match: JsonObject): RequestMatch {
  const conditions: RequestMatch[] = [
    readPath(match),
    ...messagesIn(match, 'headers').map(readHeader),
    ...messagesIn(match, 'dynamic_metadata').map(readMetadata),
    ...otherFields(match, KNOWN).map((name) => unknown(`the match ${name}`)),
  ];
  // The request has no query.
  if (messagesIn(match, 'query_parameters').length > 0) conditions.push(() => false);
  return (request) => {
    const answers = conditions.map((holds) => holds(request));
    return answers.includes(false) ? false : (answers.find((answer) => answer !== true) ?? true);
  };
}

function unknown(what: string): RequestMatch {
  return () => ({ unknown: what });
}

function readPath(match: JsonObject): RequestMatch {
  const ignoresCase = field(match, 'case_sensitive') === false || messageIn(match, 'case_sensitive')['value'] === false;
  const fold = (text: string): string => (ignoresCase ? text.toLowerCase() : text);
  const specifier = PATH_SPECIFIERS.find((name) => has(match, name));
  const value = fold(textIn(match, specifier ?? ''));
  switch (specifier) {
    case 'prefix':
      return ({ path }) => fold(path).startsWith(value);
    case 'path':
      return ({ path }) => fold(path) === value;
    case 'path_separated_prefix':
      return ({ path }) => fold(path) === value || fold(path).startsWith(`${value}/`);
    case 'safe_regex': {
      const matches = readRegex(messageIn(match, 'safe_regex'));
      return ({ path }) => matches(path);
    }
    case 'connect_matcher':
      return () => false;
    case undefined:
      return unknown('a match without a path');
  }
}

const PSEUDO_HEADERS: Readonly<Record<string, keyof AskedRequest>> = {
  ':method': 'method',
  ':authority': 'authority',
  ':path': 'path',
  ':scheme': 'scheme',
  host: 'authority',
};

/** Envoy: HeaderMatcher */
function readHeader(header: JsonObject): RequestMatch {
  const name = textIn(header, 'name').toLowerCase();
  const [other] = otherFields(header, HEADER_FIELDS);
  if (other !== undefined) return unknown(`the match ${other} of the header ${name}`);
  const isInverted = isSet(header, 'invert_match');
  const invert = (answer: MatchAnswer): MatchAnswer => (typeof answer === 'boolean' ? answer !== isInverted : answer);
  const pseudo = Object.hasOwn(PSEUDO_HEADERS, name) ? PSEUDO_HEADERS[name] : undefined;
  const matches = readValue(header);
  return (request) => {
    const value = pseudo === undefined ? undefined : request[pseudo];
    if (value !== undefined)
      return invert(matches === null ? field(header, 'present_match') !== false : matches(value));
    if (matches === null) return invert(field(header, 'present_match') === false);
    // A header that is not there meets no match of its value, inverted or not.
    return isSet(header, 'treat_missing_header_as_empty') && invert(matches(''));
  };
}

/** What a header's value has to be; null where it only has to be there. */
function readValue(header: JsonObject): ((value: string) => MatchAnswer) | null {
  if (has(header, 'string_match')) return readStringMatch(messageIn(header, 'string_match'));
  if (has(header, 'safe_regex_match')) return readRegex(messageIn(header, 'safe_regex_match'));
  for (const kind of ['exact', 'prefix', 'suffix', 'contains'] as const) {
    if (has(header, `${kind}_match`)) return compare(kind, textIn(header, `${kind}_match`), false);
  }
  return null;
}

const STRING_FIELDS = new Set(['exact', 'prefix', 'suffix', 'contains', 'safe_regex', 'ignore_case']);

/** Envoy: StringMatcher */
function readStringMatch(match: JsonObject): (value: string) => MatchAnswer {
  const [other] = otherFields(match, STRING_FIELDS);
  if (other !== undefined) return () => ({ unknown: `the match ${other}` });
  if (has(match, 'safe_regex')) return readRegex(messageIn(match, 'safe_regex'));
  for (const kind of ['exact', 'prefix', 'suffix', 'contains'] as const) {
    if (has(match, kind)) return compare(kind, textIn(match, kind), isSet(match, 'ignore_case'));
  }
  return () => ({ unknown: 'a match of no kind' });
}

function compare(
  kind: 'exact' | 'prefix' | 'suffix' | 'contains',
  wanted: string,
  ignoresCase: boolean,
): (value: string) => boolean {
  const fold = (text: string): string => (ignoresCase ? text.toLowerCase() : text);
  const folded = fold(wanted);
  switch (kind) {
    case 'exact':
      return (value) => fold(value) === folded;
    case 'prefix':
      return (value) => fold(value).startsWith(folded);
    case 'suffix':
      return (value) => fold(value).endsWith(folded);
    case 'contains':
      return (value) => fold(value).includes(folded);
  }
}

/** A pattern of RE2, which matches the whole text. What JavaScript cannot read, or not in bounded time, is not asked. */
function readRegex(message: JsonObject): (value: string) => MatchAnswer {
  const pattern = textIn(message, 'regex');
  if (pattern === '.*') return () => true;
  return (value) => {
    if (value.length > 16 && !isBounded(pattern)) return { unknown: 'a regular expression that may take too long' };
    try {
      return new RegExp(`^(?:${pattern})$`, 'su').test(value);
    } catch {
      return { unknown: 'a regular expression that JavaScript does not read' };
    }
  };
}

/** No repetition within a repetition, and few of them. */
function isBounded(pattern: string): boolean {
  const repetitions = pattern.match(/[*+{]/g)?.length ?? 0;
  return pattern.length <= 1024 && repetitions <= 3 && !/[*+}?]\)[*+{]/.test(pattern);
}

/** What a JSON Web Token says is metadata to the proxy; the request has none, so that only what asks for its absence holds. */
function readMetadata(match: JsonObject): RequestMatch {
  return () => isSet(match, 'invert');
}
