import { asNumber, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject } from '../../kubernetes/manifest.js';
import { isDns1123Label, validateFqdn, validateWildcardDomain } from './dns-name.js';
import { at, FINE, join, refuse, require, type Outcome } from './outcome.js';
import { validatePort } from './port.js';

/** Istio: validateDestination */
export function validateDestination(destination: JsonObject): Outcome {
  const host = asString(destination['host']);
  const subset = asString(destination['subset']);
  const port = destination['port'];
  return join(
    at(['host'], host === '*' ? refuse('invalid destination host *') : validateWildcardDomain(host)),
    subset === '' ? FINE : at(['subset'], validateSubsetName(subset)),
    isObject(port) ? at(['port', 'number'], validatePort(asNumber(port['number']) ?? 0)) : FINE,
  );
}

/** Istio: validateSubsetName */
export function validateSubsetName(name: string): Outcome {
  if (name === '') return refuse('subset name cannot be empty');
  return require(isDns1123Label(name), `subset name is invalid: ${name}`);
}

/** Istio: validateSidecarOutboundTrafficPolicy */
export function validateOutboundTrafficPolicy(policy: JsonObject): Outcome {
  const proxy = policy['egressProxy'];
  if (!isObject(proxy)) return FINE;
  if (policy['mode'] !== 'ALLOW_ANY') {
    return refuse('sidecar: egress_proxy must be set only with ALLOW_ANY outbound_traffic_policy mode', 'egressProxy');
  }
  const host = at(['egressProxy', 'host'], validateFqdn(asString(asObject(proxy)['host'])));
  if (!isObject(proxy['port'])) {
    return join(host, refuse('sidecar: egress_proxy port must be non-nil', 'egressProxy'));
  }
  return join(host, at(['egressProxy'], validateDestination(proxy)));
}
