import { quote } from './go-text.js';
import { FINE, refuse, require, type Outcome } from './outcome.js';

const TOKEN = /^[!#$%&'*+-.^_`|~A-Za-z0-9]+$/;
const VALUE = /^[^\u0000-\u0008\u000A-\u001F\u007F]*$/;
const MAX_VALUE_LENGTH = 1.5 * 1024 * 1024;
const PSEUDO_HEADERS: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path', ':status']);
const JWT_CLAIM = /^@request\.auth\.claims(?:\..+|\[.+\])$/is;

/** Text, `%%`, and variables such as `%NAME%`, `%NAME(argument)%` and `%NAME(["a", "b"])%`. */
const FORMAT = buildFormat();

function buildFormat(): RegExp {
  const text = String.raw`(?:\\.|[^\\)"])*`;
  const further = String.raw`(?:" *, *"${text})*`;
  const args = String.raw`\( *(?:\[ *"|[^ \[])${text}${further}(?:\)|" *\] *\)) *%`;
  return new RegExp(String.raw`^[^%]*(?:(?:%%|%[^%(]+%|%[^%(]*${args})[^%]*)*$`, 's');
}

/** Whether the name of a header match stands for a claim of a token. Istio: jwt.ToRoutingClaim */
export function isJwtClaim(name: string): boolean {
  return JWT_CLAIM.test(name);
}

/** Istio: ValidateHTTPHeaderNameOrJwtClaimRoute */
export function validateHeaderMatchName(name: string): Outcome {
  if (name === '') return refuse('header name cannot be empty');
  const valid = isJwtClaim(name) || PSEUDO_HEADERS.has(name) || TOKEN.test(name);
  return require(valid, `header name ${name} is not a valid header name`);
}

/** Istio: ValidateCORSHTTPHeaderName */
export function validateCorsHeaderName(name: string): Outcome {
  if (name === '') return refuse('header name cannot be empty');
  return require(TOKEN.test(name), `header name ${name} is not a valid header name`);
}

/** Istio: ValidateHTTPHeaderWithAuthorityOperationName: of a header that a request gets */
export function validateRequestHeaderName(name: string): Outcome {
  if (name === '') return refuse('header name cannot be empty');
  const internal = name.startsWith(':') && !isAuthorityHeader(name);
  return require(!internal, `invalid header ${quote(name)}: header cannot have ":" prefix`);
}

/** Istio: ValidateHTTPHeaderOperationName: of a header that is removed, or that a response gets */
export function validateHeaderName(name: string): Outcome {
  if (name === '') return refuse('header name cannot be empty');
  if (name.toLowerCase() === 'host') return refuse(`invalid header ${quote(name)}: cannot set Host header`);
  return require(!name.startsWith(':'), `invalid header ${quote(name)}: header cannot have ":" prefix`);
}

/** Istio: ValidateHTTPHeaderValue. Of the ways to write a variable wrongly, all are told as one. */
export function validateHeaderValue(value: string): Outcome {
  if (value.length > MAX_VALUE_LENGTH) return refuse('header value configuration is larger than a cluster stores');
  if (!VALUE.test(value)) return refuse(`header value configuration ${value} is invalid`);
  if (FORMAT.test(value)) return FINE;
  return refuse(
    `header value configuration: invalid header configuration. Un-terminated variable expression '${value}'`,
  );
}

/** Istio: isAuthorityHeader */
export function isAuthorityHeader(name: string): boolean {
  return [':authority', 'host'].includes(name.toLowerCase());
}
