import { asArray, asNumber, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import { parseGoDuration } from './go-duration.js';
import { quote, texts } from './go-text.js';
import { validateCorsHeaderName } from './header.js';
import { at, each, FINE, join, joinAll, listed, refuse, require, warn, type Outcome } from './outcome.js';
import { validateAllowOrigin } from './string-match.js';
import { validateDuration } from './validate-duration.js';
import { validateHttpStatus } from './validate-http-actions.js';

const METHODS: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE'],
  '*',
]);
const GRPC_STATUSES: ReadonlySet<string> = new Set([
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED'],
  ...['INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
]);
const RETRY_POLICIES: ReadonlySet<string> = new Set([
  ...['5xx', 'gateway-error', 'reset', 'reset-before-request', 'connect-failure', 'retriable-4xx', 'refused-stream'],
  ...['retriable-status-codes', 'retriable-headers', 'envoy-ratelimited', 'http3-post-connect-failure'],
  ...['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'],
]);
/** The status codes that have a name. Go: http.StatusText */
const STATUS_CODE = /^[+]?0*(?:10[0-3]|20[0-8]|226|30[0-578]|40\d|41[0-8]|42[1-689]|431|451|50[0-8]|51[01])$/;

/** Istio: validateCORSPolicy */
export function validateCorsPolicy(policy: JsonObject): Outcome {
  const checks = join(
    at(
      ['allowOrigins'],
      each(asArray(policy['allowOrigins']), (origin) => validateAllowOrigin(asObject(origin))),
    ),
    at(
      ['allowMethods'],
      each(texts(policy['allowMethods']), (method) =>
        require(METHODS.has(method), `${quote(method)} is not a supported HTTP method`),
      ),
    ),
    at(
      ['allowHeaders'],
      each(texts(policy['allowHeaders']), (name) => validateCorsHeaderName(name)),
    ),
    at(
      ['exposeHeaders'],
      each(texts(policy['exposeHeaders']), (name) => validateCorsHeaderName(name)),
    ),
    at(['maxAge'], validateDuration(policy['maxAge'])),
  );
  const fraction = (parseGoDuration(asString(policy['maxAge'])) ?? 0) % 1e9;
  if (fraction <= 0) return checks;
  return listed(join(checks, refuse('max_age duration is accurate only to seconds precision', 'maxAge')));
}

/** Istio: validateHTTPFaultInjection */
export function validateFault({ abort, delay }: JsonObject): Outcome {
  if (!isObject(abort) && !isObject(delay)) {
    return listed(refuse('HTTP fault injection must have an abort and/or a delay'));
  }
  return join(
    isObject(abort) ? at(['abort'], validateAbort(abort)) : FINE,
    isObject(delay) ? at(['delay'], validateDelay(delay)) : FINE,
  );
}

/** Istio: validateHTTPFaultInjectionAbort */
function validateAbort(abort: JsonObject): Outcome {
  return join(at(['percentage'], validatePercentage(abort['percentage'])), validateAbortType(abort));
}

function validateAbortType({ grpcStatus, http2Error, httpStatus }: JsonObject): Outcome {
  if (typeof grpcStatus === 'string') {
    return require(GRPC_STATUSES.has(
      grpcStatus,
    ), `gRPC status ${quote(grpcStatus)} is not supported. See https://github.com/grpc/grpc/blob/master/doc/statuscodes.md for a list of supported codes, for example 'NOT_FOUND'`, 'grpcStatus');
  }
  if (typeof http2Error === 'string') return refuse('HTTP/2 abort fault injection not supported yet', 'http2Error');
  const status = asNumber(httpStatus);
  return status === undefined
    ? warn('abort configured, but error type not set')
    : at(['httpStatus'], validateHttpStatus(status));
}

/** Istio: validateHTTPFaultInjectionDelay */
function validateDelay(delay: JsonObject): Outcome {
  const percentage = at(['percentage'], validatePercentage(delay['percentage']));
  const { fixedDelay, exponentialDelay } = delay;
  if (typeof exponentialDelay !== 'string') {
    return join(percentage, at(['fixedDelay'], validateDuration(fixedDelay)));
  }
  return listed(
    join(
      percentage,
      at(['exponentialDelay'], validateDuration(exponentialDelay)),
      refuse('exponentialDelay not supported yet', 'exponentialDelay'),
    ),
  );
}

/** Istio: validatePercentage */
function validatePercentage(percentage: JsonValue | undefined): Outcome {
  const value = asObject(percentage)['value'];
  if (typeof value !== 'number') return FINE;
  const valid = value === 0 || (value >= 0.0001 && value <= 100);
  return require(valid, `percentage ${value} is neither 0.0, nor in range [0.0001, 100.0]`, 'value');
}

/** Istio: validateHTTPRetry */
export function validateRetries(retries: JsonObject): Outcome {
  const attempts = asNumber(retries['attempts']) ?? 0;
  const retryOn = asString(retries['retryOn']);
  const configured =
    typeof retries['perTryTimeout'] === 'string' ||
    retryOn !== '' ||
    typeof retries['retryRemoteLocalities'] === 'boolean';
  const policies = retryOn === '' ? [] : retryOn.split(',');
  return join(
    attempts < 0 ? listed(refuse('attempts cannot be negative', 'attempts')) : FINE,
    require(attempts !== 0 ||
      !configured, 'http retry policy configured when attempts are set to 0 (disabled)', 'attempts'),
    at(['perTryTimeout'], validateDuration(retries['perTryTimeout'])),
    joinAll(
      policies.map((policy) =>
        require(STATUS_CODE.test(policy) ||
          RETRY_POLICIES.has(policy), `${quote(policy)} is not a valid retryOn policy`, 'retryOn'),
      ),
    ),
    at(['backoff'], validateDuration(retries['backoff'])),
  );
}
