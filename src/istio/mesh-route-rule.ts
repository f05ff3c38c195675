import { asArray, asNumber, asObject, asString } from '../kubernetes/json.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { serviceHostname } from './kubernetes-service.js';
import { convertGrpcMatch, convertHttpMatch } from './mesh-route-match.js';
import type { HttpMatch, HttpRoute, RouteDestination, TlsRoute, WeightedDestination } from './virtual-service.js';

const HEADER_FILTERS = ['RequestHeaderModifier', 'ResponseHeaderModifier'];

/** The filters that Istio knows of a rule, by the kind of its route. */
const RULE_FILTERS: Readonly<Record<string, ReadonlySet<string>>> = {
  HTTPRoute: new Set([...HEADER_FILTERS, 'RequestRedirect', 'RequestMirror', 'URLRewrite', 'CORS']),
  GRPCRoute: new Set([...HEADER_FILTERS, 'RequestMirror']),
};

const BACKEND_FILTERS: ReadonlySet<string> = new Set(HEADER_FILTERS);

/** Every rule with one match at most; null where a rule is so wrong that Istio takes none. Istio: convertHTTPRoute, convertGRPCRoute */
export function convertHttpRules(object: KubernetesObject, clusterDomain: string): HttpRoute[] | null {
  const out: HttpRoute[] = [];
  for (const item of asArray(asObject(object.body['spec'])['rules'])) {
    const rule = asObject(item);
    const action = convertAction(rule, object, clusterDomain);
    if (action === null) return null;
    for (const match of ruleMatches(rule, object.kind)) out.push({ ...action, match });
  }
  return out;
}

/** Without a match the API's own default applies: for HTTP, a prefix of "/". */
function ruleMatches(rule: JsonObject, kind: string): HttpMatch[][] {
  const matches = asArray(rule['matches']).map(asObject);
  if (kind === 'GRPCRoute') return matches.length > 0 ? matches.map((match) => [convertGrpcMatch(match)]) : [[]];
  return (matches.length > 0 ? matches : [{}]).map((match) => [convertHttpMatch(match)]);
}

function convertAction(
  rule: JsonObject,
  object: KubernetesObject,
  clusterDomain: string,
): Omit<HttpRoute, 'match'> | null {
  const { namespace } = object.metadata;
  const filters = asArray(rule['filters']).map(asObject);
  if (!allKnown(filters, RULE_FILTERS[object.kind] ?? BACKEND_FILTERS)) return null;
  const route = convertBackends(rule['backendRefs'], namespace, clusterDomain);
  if (route === null) return null;
  const redirect = filters.some((filter) => filter['type'] === 'RequestRedirect');
  return {
    route,
    // A mirror that leads nowhere is left out.
    mirrors: filters.flatMap((filter) => {
      const backend = asObject(asObject(filter['requestMirror'])['backendRef']);
      const mirror = filter['type'] === 'RequestMirror' ? convertBackend(backend, namespace, clusterDomain) : null;
      return mirror !== null && mirror.host !== '' ? [mirror] : [];
    }),
    redirect,
    directResponse: !redirect && route.length === 0,
    delegate: null,
  };
}

function allKnown(filters: readonly JsonObject[], known: ReadonlySet<string>): boolean {
  return filters.every((filter) => known.has(asString(filter['type'])));
}

/** The rules of a TLSRoute for one parent; null as for HTTP. Istio: convertTLSRoute */
export function convertTlsRules(object: KubernetesObject, clusterDomain: string): Pick<TlsRoute, 'route'>[] | null {
  const out: Pick<TlsRoute, 'route'>[] = [];
  for (const item of asArray(asObject(object.body['spec'])['rules'])) {
    const route = convertBackends(asObject(item)['backendRefs'], object.metadata.namespace, clusterDomain);
    if (route === null) return null;
    // A rule whose backends get nothing has no match, so that it takes nothing either.
    if (route.length > 0) out.push({ route });
  }
  return out;
}

/** The backends that get traffic. Istio: buildHTTPDestination, buildTCPDestination */
function convertBackends(
  value: JsonValue | undefined,
  ownNamespace: string,
  clusterDomain: string,
): WeightedDestination[] | null {
  const weighted = asArray(value)
    .map((item) => ({ backend: asObject(item), weight: asNumber(asObject(item)['weight']) ?? 1 }))
    .filter(({ weight }) => weight > 0);
  const out: WeightedDestination[] = [];
  for (const { backend, weight } of weighted) {
    const destination = convertBackend(backend, ownNamespace, clusterDomain);
    if (destination === null || !allKnown(asArray(backend['filters']).map(asObject), BACKEND_FILTERS)) return null;
    out.push({ destination, weight: weighted.length === 1 ? 0 : weight });
  }
  return out;
}

/** Null for what Istio calls an invalid destination. Istio: buildDestination */
function convertBackend(backend: JsonObject, ownNamespace: string, clusterDomain: string): RouteDestination | null {
  const group = asString(backend['group']);
  const kind = asString(backend['kind']) || 'Service';
  const name = asString(backend['name']);
  const namespace = asString(backend['namespace']);
  const port = asNumber(backend['port']);
  if (group === '' && kind === 'Service') {
    if (name.includes('.') || port === undefined) return null;
    return { host: serviceHostname(name, namespace || ownNamespace, clusterDomain), subset: '', port };
  }
  if (group === 'networking.istio.io' && kind === 'Hostname') {
    return port === undefined || namespace !== '' ? null : { host: name, subset: '', port };
  }
  // A backend of another kind stays in the route, but leads nowhere.
  return { host: '', subset: '', port: null };
}
