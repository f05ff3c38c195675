import { isLonger, quote, splitOnce } from './go-text.js';
import { FINE, join, refuse, require, type Outcome } from './outcome.js';
import { isIPAddress } from './ip-address.js';

const LABEL = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const WILDCARD_LABEL = /^(?:\*|(?:\*|\*-)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;
const LABEL_MAX_LENGTH = 63;
const NAME_MAX_LENGTH = 255;

/** Istio: labels.IsDNS1123Label. Capital letters count as letters here. */
export function isDns1123Label(value: string): boolean {
  return value.length <= LABEL_MAX_LENGTH && LABEL.test(value);
}

/** Istio: labels.IsWildcardDNS1123Label: `*`, and labels that begin with `*` or `*-` */
function isWildcardDns1123Label(value: string): boolean {
  return value.length <= LABEL_MAX_LENGTH && WILDCARD_LABEL.test(value);
}

/** Istio: agent.CheckDNS1123Preconditions */
function checkDns1123Preconditions(name: string): Outcome {
  if (isLonger(name, NAME_MAX_LENGTH)) return refuse(`domain name ${quote(name)} too long (max 255)`);
  return require(name !== '', 'empty domain name not allowed');
}

/** Istio: agent.ValidateDNS1123Labels. A trailing dot is allowed, a last label of digits alone is not. */
function validateDns1123Labels(domain: string): Outcome {
  const labels = domain.split('.');
  const top = labels.at(-1)!;
  if (/^[+-]?\d+$/.test(top)) {
    return refuse(`domain name ${quote(domain)} invalid (top level domain ${quote(top)} cannot be all-numeric)`);
  }
  const rooted = top === '' ? labels.slice(0, -1) : labels;
  const wrong = rooted.find((label) => !isDns1123Label(label));
  return wrong === undefined ? FINE : refuse(`domain name ${quote(domain)} invalid (label ${quote(wrong)} invalid)`);
}

/** Istio: agent.ValidateFQDN */
export function validateFqdn(name: string): Outcome {
  const precondition = checkDns1123Preconditions(name);
  return precondition.errors.length > 0 ? precondition : validateDns1123Labels(name);
}

/** Istio: agent.ValidateWildcardDomain. Only the first label may hold a wildcard. */
export function validateWildcardDomain(domain: string): Outcome {
  const precondition = checkDns1123Preconditions(domain);
  if (precondition.errors.length > 0) return precondition;
  const [first, rest] = splitOnce(domain, '.');
  if (!isWildcardDns1123Label(first)) {
    return refuse(`domain name ${quote(domain)} invalid (label ${quote(first)} invalid)`);
  }
  return rest === null ? FINE : validateDns1123Labels(rest);
}

const AUTO_GENERATED_SNI = 'outbound_';
const SNI_FORMAT = 'outbound_.<PORT>_._.<HOSTNAME>';

/**
 * A domain that may also be one of those that gateways make up for calls between clusters.
 * Istio: agent.ValidateWildcardDomainForVirtualServiceBoundToGateway
 */
export function validateDomainOfGateway(sni: boolean, domain: string): Outcome {
  const precondition = checkDns1123Preconditions(domain);
  if (precondition.errors.length > 0) return precondition;
  if (!sni || !domain.startsWith(AUTO_GENERATED_SNI)) return validateWildcardDomain(domain);
  const parts = domain.split('_');
  if (parts.length < 4) return refuse(`domain name ${domain} invalid, should follow '${SNI_FORMAT}' format`);
  const [port, host] = [trimDots(parts[1]!), trimDots(parts[3]!)];
  const wrong = !/[0-9]/.test(port) ? port : !/[a-zA-Z]/.test(host) ? host : null;
  if (wrong === null) return FINE;
  return refuse(
    `domain name ${quote(domain)} invalid (label ${quote(wrong)} invalid). should follow ${SNI_FORMAT} format`,
  );
}

function trimDots(value: string): string {
  return value.replace(/^\.+|\.+$/g, '');
}

/** Istio: agent.ValidatePartialWildCard */
export function validatePartialWildcard(host: string): Outcome {
  const partial = host.includes('*') && host.length !== 1 && !host.startsWith('*.');
  return partial ? refuse(`partial wildcard ${quote(host)} not allowed`) : FINE;
}

/** Istio: agent.validateSidecarOrGatewayHostnamePart, as Sidecars have it. An invalid name is said twice, as Istio does. */
function validateSidecarHostnamePart(hostname: string): Outcome {
  const domain = validateWildcardDomain(hostname);
  return join(
    require(hostname === '*' || hostname.includes('.'), 'short names (non FQDN) are not allowed'),
    domain,
    isIPAddress(hostname) ? FINE : domain,
    validatePartialWildcard(hostname),
  );
}

/**
 * A host of a Sidecar's egress listener: `namespace/dnsName`.
 * Istio: agent.ValidateNamespaceSlashWildcardHostname
 *
 * @param exclusions whether `~` may stand before a namespace
 */
export function validateNamespaceSlashWildcardHostname(host: string, exclusions: boolean): Outcome {
  const [namespace, name] = splitOnce(host, '/');
  if (name === null) return refuse('host must be of form namespace/dnsName');
  return join(
    require(namespace !== '' && name !== '', 'config namespace and dnsName in host entry cannot be empty'),
    isSidecarNamespace(namespace, exclusions) ? FINE : refuse(`invalid namespace value ${quote(namespace)} in sidecar`),
    validateSidecarHostnamePart(name),
  );
}

function isSidecarNamespace(namespace: string, exclusions: boolean): boolean {
  if (!exclusions) return ['*', '.', '~'].includes(namespace) || isDns1123Label(namespace);
  const included = namespace.startsWith('~') ? namespace.slice(1) : namespace;
  return ['', '*', '.'].includes(included) || isDns1123Label(included);
}
