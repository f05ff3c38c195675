import { isDns1123Label, validateFqdn } from './dns-name.js';
import { quote, splitOnce } from './go-text.js';
import { at, FINE, join, joinAll, require, warn, type Outcome } from './outcome.js';

/** The name that stands for every sidecar. */
export const MESH_GATEWAY = 'mesh';

/** Istio: isGateway. Also true where no gateway is named. */
export function isGatewayOnly(gateways: readonly string[]): boolean {
  return !gateways.includes(MESH_GATEWAY);
}

/** Istio: validateGatewayNames. After a name without a namespace, none is looked at. */
export function validateGatewayNames(gateways: readonly string[]): Outcome {
  const outcomes: Outcome[] = [];
  for (const [index, gateway] of gateways.entries()) {
    const [namespace, name] = splitOnce(gateway, '/');
    if (name === null) {
      outcomes.push(at([index], join(legacyName(gateway), validateFqdn(gateway))));
      break;
    }
    const outcome = join(
      require(namespace !== '' && name !== '', 'config namespace and gateway name cannot be empty'),
      require(isDns1123Label(namespace), `invalid value for namespace: ${quote(namespace)}`),
      require(isDns1123Label(name), `invalid value for gateway name: ${quote(name)}`),
    );
    outcomes.push(at([index], outcome));
  }
  return joinAll(outcomes);
}

function legacyName(gateway: string): Outcome {
  const [name = '', namespace] = gateway.split('.');
  if (namespace === undefined) return FINE;
  const recommended = quote(`${namespace}/${name}`);
  return warn(
    `using legacy gatewayName format ${quote(gateway)}; prefer the <namespace>/<name> format: ${recommended}`,
  );
}
