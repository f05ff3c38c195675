import { asArray, asNumber, asObject, asString, isObject, stringMap } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import { quote, texts } from './go-text.js';
import { isAuthorityHeader, validateHeaderName, validateHeaderValue, validateRequestHeaderName } from './header.js';
import { at, each, eachEntry, FINE, join, listed, refuse, require, warn, type Outcome } from './outcome.js';
import { validateDestination } from './validate-destination.js';
import { validateDuration } from './validate-duration.js';
import { validateCorsPolicy, validateFault, validateRetries } from './validate-http-filters.js';
import { validateDirectResponse, validateRedirect, validateRewrite } from './validate-http-actions.js';
import { validateHttpMatch } from './validate-http-match.js';
import { validateTotalWeight, validateWeight } from './validate-l4-route.js';

/** Istio: validateHTTPRoute. `delegate`: whether the VirtualService is one that others take their routes from. */
export function validateHttpRoute(route: JsonObject, delegate: boolean): Outcome {
  const part = (field: string, check: (value: JsonObject) => Outcome): Outcome =>
    isObject(route[field]) ? at([field], check(route[field])) : FINE;
  return join(
    validateConflicts(route, delegate),
    at(['match'], validateHttpMatch(asArray(route['match']))),
    part('headers', validateHeaders),
    part('corsPolicy', validateCorsPolicy),
    part('fault', validateFault),
    validateMirrorPercent(route),
    part('mirrorPercentage', ({ value }) => validateMirrorPercentage(value, 'mirror_percentage')),
    part('mirror', validateDestination),
    at(['mirrors'], validateMirrors(asArray(route['mirrors']))),
    part('redirect', (redirect) => validateRedirect(redirect, route)),
    part('directResponse', validateDirectResponse),
    part('retries', validateRetries),
    part('rewrite', validateRewrite),
    validateAuthorityRewrite(route),
    at(['route'], validateDestinations(asArray(route['route']).map(asObject))),
    at(['timeout'], validateDuration(route['timeout'])),
  );
}

const NOT_BOTH: readonly (readonly [field: string, subject: string])[] = [
  ['fault', 'HTTP route'],
  ['rewrite', 'HTTP route rule'],
];

/** Istio: validateHTTPRouteConflict */
function validateConflicts(route: JsonObject, delegate: boolean): Outcome {
  if (!delegate && isObject(route['delegate'])) {
    const name = asString(route['name']);
    return join(
      require(!isObject(route['redirect']), `root HTTP route ${name} must not specify redirect`, 'redirect'),
      require(!Array.isArray(route['route']), `root HTTP route ${name} must not specify route`, 'route'),
    );
  }
  return join(
    require(!delegate || !isObject(route['delegate']), 'delegate HTTP route cannot contain delegate', 'delegate'),
    validateAction(route),
    require(!isObject(route['mirror']) ||
      asArray(route['mirrors']).length === 0, 'HTTP route cannot contain both mirror and mirrors', 'mirrors'),
  );
}

function validateAction(route: JsonObject): Outcome {
  const hasRoute = asArray(route['route']).length > 0;
  const action = isObject(route['redirect'])
    ? 'redirect'
    : isObject(route['directResponse'])
      ? 'direct_response'
      : null;
  if (action === null) return require(hasRoute, 'HTTP route, redirect or direct_response is required');
  const both = action === 'redirect' && isObject(route['directResponse']);
  return join(
    require(!hasRoute, `HTTP route cannot contain both route and ${action}`, 'route'),
    ...NOT_BOTH.map(([field, subject]) =>
      require(!isObject(route[field]), `${subject} cannot contain both ${field} and ${action}`, field),
    ),
    require(!both, 'HTTP route rule cannot contain both direct_response and redirect', 'directResponse'),
  );
}

/** The headers that a route or a destination sets, adds and removes. */
function validateHeaders(headers: JsonObject): Outcome {
  const [request, response] = [asObject(headers['request']), asObject(headers['response'])];
  return join(
    at(['request'], validateOperations(request, validateRequestHeaderName)),
    at(['response'], validateOperations(response, validateHeaderName)),
  );
}

function validateOperations(operations: JsonObject, validateName: (name: string) => Outcome): Outcome {
  const written = (field: string): Outcome =>
    at(
      [field],
      eachEntry(asObject(operations[field]), (name, value) =>
        join(validateName(name), validateHeaderValue(asString(value))),
      ),
    );
  const removed = each(texts(operations['remove']), (name) => validateHeaderName(name));
  return join(written('add'), written('set'), at(['remove'], removed));
}

function validateMirrorPercent(route: JsonObject): Outcome {
  const field = ['mirrorPercent', 'mirror_percent'].find((name) => typeof route[name] === 'number');
  if (field === undefined) return FINE;
  const value = asNumber(route[field]) ?? 0;
  return join(
    require(value <= 100, `mirror_percent must have a max value of 100 (it has ${value})`, field),
    warn('using deprecated setting "mirrorPercent", use "mirrorPercentage" instead', field),
  );
}

function validateMirrorPercentage(value: JsonValue | undefined, what: string): Outcome {
  const percent = typeof value === 'number' ? value : 0;
  return join(
    require(percent <= 100, `${what} must have a max value of 100 (it has ${percent.toFixed(6)})`, 'value'),
    require(percent >= 0, `${what} must have a min value of 0 (it has ${percent.toFixed(6)})`, 'value'),
  );
}

/** Istio: validateHTTPMirrors */
function validateMirrors(mirrors: readonly JsonValue[]): Outcome {
  return each(mirrors, (item) => {
    const { destination, percentage } = asObject(item);
    if (!isObject(destination)) return refuse('destination is required for mirrors');
    return join(
      at(['destination'], validateDestination(destination)),
      at(['percentage'], validateMirrorPercentage(asObject(percentage)['value'], 'mirror percentage')),
    );
  });
}

/** Istio: validateAuthorityRewrite. The authority is rewritten in one place at most; the values tell the first two. */
function validateAuthorityRewrite(route: JsonObject): Outcome {
  const request = asObject(asObject(route['headers'])['request']);
  const written = ['set', 'add'].flatMap((field) => {
    const headers = stringMap(request[field]);
    return Object.keys(headers)
      .sort()
      .filter(isAuthorityHeader)
      .map((name) => headers[name]!);
  });
  let current = asString(asObject(route['rewrite'])['authority']);
  for (const value of written) {
    if (current !== '') {
      const values = `have ${quote(current)}, attempting to set ${quote(value)}`;
      return refuse(`authority header cannot be set multiple times: ${values}`, 'headers', 'request');
    }
    current = value;
  }
  return FINE;
}

/** Istio: validateHTTPRouteDestinations */
function validateDestinations(destinations: readonly JsonObject[]): Outcome {
  const outcomes = each(destinations, (item) => {
    const { destination, headers } = item;
    return join(
      isObject(destination) ? FINE : listed(refuse('destination is required')),
      isObject(headers) ? at(['headers'], validateHeaders(headers)) : FINE,
      isObject(destination) ? at(['destination'], validateDestination(destination)) : FINE,
      at(['weight'], validateWeight(item)),
    );
  });
  return join(outcomes, validateTotalWeight(destinations));
}
