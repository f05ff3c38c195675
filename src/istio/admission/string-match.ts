import { asString } from '../../kubernetes/json.js';
import type { JsonObject } from '../../kubernetes/manifest.js';
import { isLonger, quote } from './go-text.js';
import { FINE, refuse, require, type Outcome } from './outcome.js';
import { re2Error } from './re2.js';

const MAX_REGEX_LENGTH = 1024;
const RE2_HINT = 'Istio uses RE2 style regex-based match (https://github.com/google/re2/wiki/Syntax)';

/** Istio: validateStringMatch. `where` names the field in the message. */
export function validateStringMatch(match: JsonObject, where: string): Outcome {
  if (match['prefix'] === '') return refuse(`${quote(where)}: prefix string match should not be empty`, 'prefix');
  return validateStringMatchRegexp(match, where);
}

/** Istio: validateStringMatchRegexp */
export function validateStringMatchRegexp(match: JsonObject, where: string): Outcome {
  const { regex } = match;
  if (typeof regex !== 'string') return FINE;
  if (regex === '') return refuse(`${quote(where)}: regex string match should not be empty`, 'regex');
  const outcome = validateRegexp(regex, where);
  return { ...outcome, errors: outcome.errors.map((error) => ({ ...error, path: ['regex'] })) };
}

/** Istio: validateStringRegexp */
export function validateRegexp(regex: string, where: string): Outcome {
  if (isLonger(regex, MAX_REGEX_LENGTH)) {
    return refuse(`${quote(where)}: regex is too large, max length allowed is ${MAX_REGEX_LENGTH}`);
  }
  const error = re2Error(regex);
  return require(error === null, `${quote(where)}: ${error ?? ''}; ${RE2_HINT}`);
}

/** Istio: validateAllowOrigins */
export function validateAllowOrigin(match: JsonObject): Outcome {
  const text = asString(match['exact']) || asString(match['prefix']) || asString(match['regex']);
  if (text === '') return refuse("'' is not a valid match type for CORS allow origins");
  return validateStringMatchRegexp(match, 'corsPolicy.allowOrigins');
}
