import { asArray, asObject } from '../../kubernetes/json.js';
import type { JsonObject, KubernetesObject } from '../../kubernetes/manifest.js';
import { validateDomainOfGateway, validateWildcardDomain } from './dns-name.js';
import { validateExportTo } from './export-to.js';
import { isJwtClaim } from './header.js';
import { isIPAddress } from './ip-address.js';
import { texts } from './go-text.js';
import { at, each, FINE, join, joinAll, refuse, require, type Outcome } from './outcome.js';
import { isGatewayOnly, validateGatewayNames } from './validate-gateway-names.js';
import { validateHttpRoute } from './validate-http-route.js';
import { validateTcpRoute, validateTlsRoute } from './validate-l4-route.js';

const MESH_WILDCARD = 'wildcard host * is not allowed for virtual services bound to the mesh gateway';

const MOST_DUPLICATES = 100;

/** Istio: ValidateVirtualService */
export function validateVirtualService(spec: JsonObject, object: KubernetesObject): Outcome {
  const [hosts, gateways] = [texts(spec['hosts']), texts(spec['gateways'])];
  const [http, tls, tcp] = [asArray(spec['http']), asArray(spec['tls']), asArray(spec['tcp'])];
  const gatewayOnly = gateways.length > 0 && isGatewayOnly(gateways);
  const delegate = hosts.length === 0;
  return join(
    delegate ? validateDelegate(spec) : FINE,
    at(['gateways'], validateGatewayNames(gateways)),
    gatewayOnly ? FINE : at(['http'], refuseJwtRoutes(spec, gateways)),
    at(['hosts'], validateHosts(spec, hosts, gatewayOnly)),
    require(http.length > 0 ||
      tls.length > 0 ||
      tcp.length > 0, 'http, tcp or tls must be provided in virtual service'),
    at(
      ['http'],
      each(http, (route) => validateHttpRoute(asObject(route), delegate)),
    ),
    at(
      ['tls'],
      each(tls, (route) => validateTlsRoute(asObject(route), hosts, gateways)),
    ),
    at(
      ['tcp'],
      each(tcp, (route) => validateTcpRoute(asObject(route))),
    ),
    at(['exportTo'], validateExportTo(object.metadata.namespace, texts(spec['exportTo']))),
  );
}

/** What has no hosts is there for others to take their routes from. */
function validateDelegate(spec: JsonObject): Outcome {
  const without = (field: string, what: string): Outcome =>
    require(asArray(spec[field]).length === 0, `delegate virtual service must have no ${what} specified`, field);
  return join(without('gateways', 'gateways'), without('tls', 'tls route'), without('tcp', 'tcp route'));
}

function refuseJwtRoutes(spec: JsonObject, gateways: readonly string[]): Outcome {
  return each(asArray(spec['http']), (route) =>
    at(
      ['match'],
      each(asArray(asObject(route)['match']), (item) => {
        const match = asObject(item);
        const names = ['headers', 'withoutHeaders'].flatMap((field) => Object.keys(asObject(match[field])).sort());
        return joinAll(
          names
            .filter(isJwtClaim)
            .map((name) =>
              refuse(
                `JWT claim based routing (key: ${name}) is only supported for gateway, found no gateways: [${gateways.join(' ')}]`,
              ),
            ),
        );
      }),
    ),
  );
}

function validateHosts(spec: JsonObject, hosts: readonly string[], gatewayOnly: boolean): Outcome {
  const sni = asArray(spec['tls']).some((route) =>
    asArray(asObject(route)['match']).some((match) => asArray(asObject(match)['sniHosts']).length > 0),
  );
  const outcome = each(hosts, (host) => {
    const domain = gatewayOnly ? validateDomainOfGateway(sni, host) : validateWildcardDomain(host);
    if (domain.errors.length > 0) return isIPAddress(host) ? FINE : domain;
    return require(gatewayOnly || host !== '*', MESH_WILDCARD);
  });
  return outcome.errors.length > 0 ? outcome : refuseDuplicates(hosts);
}

/** Says the first few pairs: a list that repeats itself has more of them than anybody reads. */
function refuseDuplicates(hosts: readonly string[]): Outcome {
  const indices = new Map<string, number[]>();
  hosts.forEach((host, index) => indices.set(host, [...(indices.get(host)?.slice(0, MOST_DUPLICATES) ?? []), index]));
  const wildcards = [...hosts.keys()].filter((index) => hosts[index]!.startsWith('*'));
  const found: Outcome[] = [];
  for (const [index, host] of hosts.entries()) {
    const candidates = host.startsWith('*') ? hosts.keys() : [...(indices.get(host) ?? []), ...wildcards];
    const others = [...new Set(candidates)].filter((other) => other > index && overlaps(host, hosts[other]!));
    for (const other of others.sort((a, b) => a - b)) {
      found.push(refuse(`duplicate hosts in virtual service: ${host} & ${hosts[other]!}`, index));
    }
    if (found.length >= MOST_DUPLICATES) break;
  }
  return joinAll(found);
}

/** Istio: host.Name.Matches */
function overlaps(a: string, b: string): boolean {
  const [wildA, wildB] = [a.startsWith('*'), b.startsWith('*')];
  if (wildA && wildB) return a.slice(1).endsWith(b.slice(1)) || b.slice(1).endsWith(a.slice(1));
  if (wildA) return b.endsWith(a.slice(1));
  return wildB ? a.endsWith(b.slice(1)) : a === b;
}
