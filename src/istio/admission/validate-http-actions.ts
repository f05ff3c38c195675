import { asArray, asNumber, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject } from '../../kubernetes/manifest.js';
import { byteLength } from './go-text.js';
import { at, FINE, join, refuse, renderErrors, require, warn, type Outcome } from './outcome.js';
import { validatePort } from './port.js';
import { validateRegexp } from './string-match.js';

const KILOBYTE = 1024;
const LARGE_BODY = 'large direct_responses may impact control plane performance';

/** Istio: validateHTTPRedirect. Says the first thing that is wrong. */
export function validateRedirect(redirect: JsonObject, route: JsonObject): Outcome {
  const prefixRewrite = asString(redirect['prefixRewrite']);
  if (prefixRewrite !== '') {
    const conflict = validatePrefixRewrite(redirect, route);
    if (conflict.errors.length > 0) return conflict;
  }
  const scheme = asString(redirect['scheme']);
  const texts = [asString(redirect['uri']), asString(redirect['authority']), scheme, prefixRewrite];
  const hasPort = isSet(redirect, 'port') || isSet(redirect, 'derivePort');
  if (!hasPort && texts.every((text) => text === '')) {
    return refuse('redirect must specify URI, authority, scheme, or port');
  }
  const code = asNumber(redirect['redirectCode']) ?? 0;
  if (code !== 0 && (code < 300 || code > 399)) {
    return refuse(`${code} is not a valid redirect code, must be 3xx`, 'redirectCode');
  }
  if (!['', 'http', 'https'].includes(scheme)) {
    return refuse('invalid redirect scheme, must be "http" or "https"', 'scheme');
  }
  const port = asNumber(redirect['port']) ?? 0;
  return port > 0 ? at(['port'], validatePort(port)) : FINE;
}

function isSet(value: JsonObject, field: string): boolean {
  return value[field] !== undefined && value[field] !== null;
}

function validatePrefixRewrite(redirect: JsonObject, route: JsonObject): Outcome {
  if (asString(redirect['uri']) !== '') return refuse('redirect may only specify one of uri or prefix_rewrite');
  const prefixed = asArray(route['match']).every((item) => {
    const { uri } = asObject(item);
    return !isObject(uri) || typeof uri['prefix'] === 'string';
  });
  return require(prefixed, 'redirect prefix_rewrite requires all URI matches to use prefix match type');
}

/** Istio: validateHTTPDirectResponse */
export function validateDirectResponse(response: JsonObject): Outcome {
  const body = asObject(response['body']);
  const bytes = asString(body['bytes']).replaceAll('=', '');
  const size = Math.max(byteLength(asString(body['string'])), Math.floor((bytes.length * 3) / 4));
  const tooLarge = size > KILOBYTE * KILOBYTE;
  return join(
    require(!tooLarge, `${LARGE_BODY}, must be less than 1MB`, 'body'),
    !tooLarge && size > 100 * KILOBYTE ? warn(LARGE_BODY, 'body') : FINE,
    at(['status'], validateHttpStatus(asNumber(response['status']) ?? 0)),
  );
}

/** Istio: validateHTTPStatus. 600 passes, for all that the text says. */
export function validateHttpStatus(status: number): Outcome {
  return require(status >= 200 && status <= 600, `HTTP status ${status} is not in range 200-599`);
}

/** Istio: validateHTTPRewrite. Says the first thing that is wrong. */
export function validateRewrite(rewrite: JsonObject): Outcome {
  const [uri, authority] = [asString(rewrite['uri']), asString(rewrite['authority'])];
  const { uriRegexRewrite: regex } = rewrite;
  if (uri !== '' && isObject(regex)) return refuse('rewrite may only contain one of URI or UriRegexRewrite');
  if (uri === '' && authority === '' && !isObject(regex)) {
    return refuse(
      'rewrite must specify at least one of URI, UriRegexRewrite, or authority. Only one of URI or UriRegexRewrite may be specified',
    );
  }
  if (!isObject(regex)) return FINE;
  const outcome = validateRegexRewrite(asString(regex['match']), asString(regex['rewrite']));
  return require(outcome.errors.length ===
    0, `UriRegexRewrite has errors\n${renderErrors(outcome)}`, 'uriRegexRewrite');
}

/** Istio: validateURIRegexRewrite */
function validateRegexRewrite(match: string, rewrite: string): Outcome {
  if (match === '' || rewrite === '') {
    return refuse('UriRegexRewrite requires both Rewrite and Match fields to be specified');
  }
  return validateRegexp(match, 'HTTPRewrite.UriRegexRewrite.Match');
}
