import { asArray, asNumber, asObject, isObject } from '../../kubernetes/json.js';
import type { JsonObject } from '../../kubernetes/manifest.js';
import { validateDomainOfGateway, validateWildcardDomain } from './dns-name.js';
import { quote, texts } from './go-text.js';
import { isIPAddress } from './ip-address.js';
import { at, each, FINE, join, listed, refuse, require, warn, type Outcome } from './outcome.js';
import { validateIPSubnet, validatePort } from './port.js';
import { validateDestination } from './validate-destination.js';
import { isGatewayOnly, validateGatewayNames } from './validate-gateway-names.js';
import { validateLabels } from './workload-selector.js';

/** Istio: validateTCPRoute */
export function validateTcpRoute(route: JsonObject): Outcome {
  return join(
    at(
      ['match'],
      each(asArray(route['match']), (match) => validateL4Match(asObject(match))),
    ),
    require(asArray(route['route']).length > 0, 'TCP route is required'),
    at(['route'], validateRouteDestinations(route)),
  );
}

/** Istio: validateTLSRoute */
export function validateTlsRoute(route: JsonObject, hosts: readonly string[], gateways: readonly string[]): Outcome {
  const matches = asArray(route['match']);
  return join(
    require(matches.length > 0, 'TLS route must have at least one match condition'),
    at(
      ['match'],
      each(matches, (item) => {
        const match = asObject(item);
        const names = texts(match['sniHosts']);
        return join(
          require(names.length > 0, 'TLS match must have at least one SNI host'),
          at(
            ['sniHosts'],
            each(names, (name) => validateSniHost(name, hosts, gateways)),
          ),
          validateL4Match(match),
        );
      }),
    ),
    require(asArray(route['route']).length > 0, 'TLS route is required'),
    at(['route'], validateRouteDestinations(route)),
  );
}

/** Istio: validateSniHost */
function validateSniHost(name: string, hosts: readonly string[], gateways: readonly string[]): Outcome {
  const domain = isGatewayOnly(gateways) ? validateDomainOfGateway(true, name) : validateWildcardDomain(name);
  if (domain.errors.length > 0) {
    if (!isIPAddress(name)) return domain;
    return warn(`using an IP address (${quote(name)}) goes against SNI spec and most clients do not support this`);
  }
  return require(hosts.some((host) =>
    isSubsetOf(name, host),
  ), `SNI host ${quote(name)} is not a compatible subset of any of the virtual service hosts: [${hosts.join(', ')}]`);
}

/** Istio: host.Name.SubsetOf */
function isSubsetOf(name: string, host: string): boolean {
  if (!host.startsWith('*')) return name === host;
  const suffix = host.slice(1);
  if (!name.startsWith('*')) return name.endsWith(suffix);
  return name.length >= host.length && name.slice(1).endsWith(suffix);
}

/** Istio: validateTCPMatch, and what validateTLSMatch has in common with it */
function validateL4Match(match: JsonObject): Outcome {
  const port = asNumber(match['port']) ?? 0;
  return join(
    at(
      ['destinationSubnets'],
      each(texts(match['destinationSubnets']), (subnet) => validateIPSubnet(subnet)),
    ),
    port === 0 ? FINE : at(['port'], validatePort(port)),
    at(['sourceLabels'], validateLabels(asObject(match['sourceLabels']))),
    at(['gateways'], validateGatewayNames(texts(match['gateways']))),
  );
}

/** Istio: validateRouteDestinations */
function validateRouteDestinations(route: JsonObject): Outcome {
  const destinations = asArray(route['route']).map(asObject);
  return join(
    each(destinations, (item) => {
      const { destination } = item;
      return join(
        isObject(destination)
          ? at(['destination'], validateDestination(destination))
          : listed(refuse('destination is required')),
        at(['weight'], validateWeight(item)),
      );
    }),
    validateTotalWeight(destinations),
  );
}

/** Istio: validateWeight */
export function validateWeight(item: JsonObject): Outcome {
  const weight = asNumber(item['weight']) ?? 0;
  return require(weight >= 0, `weight ${weight} < 0`);
}

/** Of several destinations, one has to have a weight. */
export function validateTotalWeight(destinations: readonly JsonObject[]): Outcome {
  const total = destinations.reduce((sum, item) => sum + (asNumber(item['weight']) ?? 0), 0);
  return require(destinations.length <= 1 || total !== 0, 'total destination weight = 0');
}
