import { asArray, asNumber, asObject, asString, isObject } from '../kubernetes/json.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { compareNumber, compareText, type AgeOf, type IstioObject } from './istio-object.js';
import { serviceHostname } from './kubernetes-service.js';
import type { ServiceEntry } from './service-entry.js';
import {
  MESH_GATEWAY,
  type HttpMatch,
  type HttpRoute,
  type RouteDestination,
  type StringMatch,
  type StringMatches,
  type VirtualService,
  type WeightedDestination,
} from './virtual-service.js';

const GATEWAY_API = 'gateway.networking.k8s.io';

/** Where a route's parents are looked up. */
export interface MeshRouteContext {
  readonly clusterDomain: string;
  readonly hasService: (namespace: string, name: string) => boolean;
  readonly serviceEntry: (namespace: string, name: string) => ServiceEntry | undefined;
}

interface KeyedRoute {
  readonly key: string;
  readonly config: IstioObject<VirtualService>;
}

/**
 * The VirtualServices that Gateway API routes with a Service (or ServiceEntry) as parent stand for; HTTP and gRPC routes of one
 * parent, port and namespace are merged in the order that the Gateway API asks for. Istio: HTTPRouteCollection,
 * GRPCRouteCollection, TCPRouteCollection, mergeHTTPRoutes
 */
export function convertMeshRoutes(
  objects: readonly KubernetesObject[],
  context: MeshRouteContext,
  ageOf: AgeOf,
): IstioObject<VirtualService>[] {
  const out: IstioObject<VirtualService>[] = [];
  for (const kind of ['HTTPRoute', 'GRPCRoute']) {
    const routes = objects.filter((object) => object.group === GATEWAY_API && object.kind === kind);
    out.push(...mergeByKey(routes.flatMap((route) => convertHttpRoute(route, context, ageOf))));
  }
  for (const route of objects) {
    if (route.group === GATEWAY_API && route.kind === 'TCPRoute') out.push(...convertTcpRoute(route, context, ageOf));
  }
  return out;
}

interface Parent {
  readonly hosts: readonly string[];
  readonly port: number | null;
}

/** The mesh parents of a route, in a stable order; Gateways are not among them. */
function meshParents(route: KubernetesObject, context: MeshRouteContext): Parent[] {
  const references = asArray(asObject(route.body['spec'])['parentRefs']).map(asObject);
  return references
    .map((reference) => ({
      reference,
      sortKey: ['group', 'kind', 'namespace', 'name', 'sectionName', 'port'].map((k) => String(reference[k] ?? '')).join('/'),
    }))
    .sort((a, b) => compareText(a.sortKey, b.sortKey))
    .flatMap(({ reference }) => {
      const hosts = parentHosts(reference, route.metadata.namespace, context);
      return hosts.length > 0 ? [{ hosts, port: asNumber(reference['port']) ?? null }] : [];
    });
}

function parentHosts(reference: JsonObject, ownNamespace: string, context: MeshRouteContext): readonly string[] {
  const namespace = asString(reference['namespace']) || ownNamespace;
  const name = asString(reference['name']);
  const group = reference['group'];
  if (reference['kind'] === 'Service' && (group === '' || group === 'core')) {
    return context.hasService(namespace, name) ? [serviceHostname(name, namespace, context.clusterDomain)] : [];
  }
  if (reference['kind'] === 'ServiceEntry' && group === 'networking.istio.io') {
    return context.serviceEntry(namespace, name)?.hosts ?? [];
  }
  return [];
}

function convertHttpRoute(object: KubernetesObject, context: MeshRouteContext, ageOf: AgeOf): KeyedRoute[] {
  const { namespace, name } = object.metadata;
  const http = convertRules(object, context);
  if (http === null || http.length === 0) return [];
  let count = 0;
  return meshParents(object, context).flatMap((parent) =>
    parent.hosts.map((host) => ({
      key: [namespace, ...(parent.port === null ? [] : [parent.port]), host].join('/'),
      config: virtualServiceOf(object, `${name}~${count++}`, ageOf, {
        hosts: [host],
        http: sortHttpRoutes(parent.port === null ? http : http.map((route) => withPort(route, parent.port ?? 0))),
      }),
    })),
  );
}

function virtualServiceOf(
  object: KubernetesObject,
  name: string,
  ageOf: AgeOf,
  spec: Partial<VirtualService>,
): IstioObject<VirtualService> {
  return {
    name,
    namespace: object.metadata.namespace,
    age: ageOf(object),
    object,
    spec: { hosts: [], gateways: [MESH_GATEWAY], exportTo: [], http: [], tcp: [], tls: [], ...spec, gatewaySemantics: true },
  };
}

function withPort(route: HttpRoute, port: number): HttpRoute {
  const match = route.match.length > 0 ? route.match : [EVERYTHING];
  return { ...route, match: match.map((m) => ({ ...m, port })) };
}

/** Istio: mergeHTTPRoutes */
function mergeByKey(routes: readonly KeyedRoute[]): IstioObject<VirtualService>[] {
  const groups = new Map<string, IstioObject<VirtualService>[]>();
  for (const { key, config } of routes) {
    const group = groups.get(key);
    if (group) group.push(config);
    else groups.set(key, [config]);
  }
  return [...groups].map(([key, group]) => {
    const sorted = group.sort(
      (a, b) => compareNumber(a.age, b.age) || compareText(a.namespace, b.namespace) || compareText(a.name, b.name),
    );
    const first = sorted[0]!;
    const http = sortHttpRoutes(sorted.flatMap((config) => config.spec.http));
    return { ...first, name: key.replaceAll('/', '~'), spec: { ...first.spec, http } };
  });
}

const NO_MATCHES: StringMatches = new Map();

const EVERYTHING: HttpMatch = {
  port: 0,
  sourceLabels: {},
  sourceNamespace: '',
  gateways: [],
  uri: null,
  scheme: null,
  method: null,
  authority: null,
  headers: NO_MATCHES,
  withoutHeaders: NO_MATCHES,
  queryParams: NO_MATCHES,
  ignoreUriCase: false,
};

/** Every rule with one match at most; null where a rule is so wrong that Istio takes none. Istio: convertHTTPRoute, convertGRPCRoute */
function convertRules(object: KubernetesObject, context: MeshRouteContext): HttpRoute[] | null {
  const grpc = object.kind === 'GRPCRoute';
  const out: HttpRoute[] = [];
  for (const item of asArray(asObject(object.body['spec'])['rules'])) {
    const rule = asObject(item);
    const backends = convertBackends(rule, object.metadata.namespace, context);
    if (backends === null) return null;
    const redirect = asArray(rule['filters']).some((filter) => asObject(filter)['type'] === 'RequestRedirect');
    const matches = asArray(rule['matches']).map((match) =>
      grpc ? convertGrpcMatch(asObject(match)) : convertHttpMatch(asObject(match)),
    );
    // Without a match the API's own default applies: a prefix of "/".
    const each: readonly (HttpMatch | null)[] = matches.length > 0 ? matches : [grpc ? null : convertHttpMatch({})];
    for (const match of each) {
      out.push({
        match: match === null ? [] : [match],
        route: backends,
        mirrors: [],
        redirect,
        directResponse: !redirect && backends.length === 0,
        delegate: null,
      });
    }
  }
  return out;
}

/** The backends that get traffic. Istio: buildHTTPDestination, buildDestination */
function convertBackends(
  rule: JsonObject,
  ownNamespace: string,
  context: MeshRouteContext,
): WeightedDestination[] | null {
  const weighted = asArray(rule['backendRefs'])
    .map((item) => ({ backend: asObject(item), weight: asNumber(asObject(item)['weight']) ?? 1 }))
    .filter(({ weight }) => weight > 0);
  const out: WeightedDestination[] = [];
  for (const { backend, weight } of weighted) {
    const destination = convertBackend(backend, ownNamespace, context);
    if (destination === null) return null;
    out.push({ destination, weight: weighted.length === 1 ? 0 : weight });
  }
  return out;
}

function convertBackend(backend: JsonObject, ownNamespace: string, context: MeshRouteContext): RouteDestination | null {
  const group = asString(backend['group']);
  const kind = asString(backend['kind']) || 'Service';
  const name = asString(backend['name']);
  const namespace = asString(backend['namespace']) || ownNamespace;
  const port = asNumber(backend['port']);
  if (group === '' && kind === 'Service') {
    if (name.includes('.') || port === undefined) return null;
    return { host: serviceHostname(name, namespace, context.clusterDomain), subset: '', port };
  }
  if (group === 'networking.istio.io' && kind === 'Hostname') {
    return port === undefined ? null : { host: name, subset: '', port };
  }
  // A backend of another kind stays in the route, but leads nowhere.
  return { host: '', subset: '', port: null };
}

function convertHttpMatch(match: JsonObject): HttpMatch {
  const path = asObject(match['path']);
  const type = asString(path['type']) || 'PathPrefix';
  const value = asString(path['value']) || '/';
  const uri: StringMatch =
    type === 'Exact'
      ? { type: 'exact', value }
      : type === 'RegularExpression'
        ? { type: 'regex', value }
        : { type: 'prefix', value: value === '/' ? value : value.replace(/\/$/, '') };
  const method = asString(match['method']);
  return {
    ...EVERYTHING,
    uri,
    method: method === '' ? null : { type: 'exact', value: method },
    headers: convertNamedMatches(match['headers']),
    queryParams: convertNamedMatches(match['queryParams']),
  };
}

function convertNamedMatches(value: JsonValue | undefined): StringMatches {
  const out = new Map<string, StringMatch>();
  for (const item of asArray(value)) {
    const match = asObject(item);
    const name = asString(match['name']);
    // Of one name the first counts, as the API says.
    if (out.has(name)) continue;
    const type = match['type'] === 'RegularExpression' ? 'regex' : 'exact';
    out.set(name, { type, value: asString(match['value']) });
  }
  return out;
}

/** Istio: createGRPCURIMatch */
function convertGrpcMatch(match: JsonObject): HttpMatch {
  const headers = convertNamedMatches(match['headers']);
  if (!isObject(match['method'])) return { ...EVERYTHING, headers };
  const method = asString(match['method']['method']);
  const service = asString(match['method']['service']);
  const uri: StringMatch =
    match['method']['type'] === 'RegularExpression'
      ? { type: 'regex', value: `/${service || '[^/]+'}/${method || '[^/]+'}` }
      : method === ''
        ? { type: 'prefix', value: `/${service}/` }
        : service === ''
          ? { type: 'regex', value: `/[^/]+/${method}` }
          : { type: 'exact', value: `/${service}/${method}` };
  return { ...EVERYTHING, uri, headers };
}

const URI_RANK = { exact: 3, prefix: 2, regex: 1 } as const;

/** More specific matches first, as the Gateway API asks for. Istio: sortHTTPRoutes */
function sortHttpRoutes(routes: readonly HttpRoute[]): HttpRoute[] {
  return [...routes].sort((a, b) => {
    const [x, y] = [a.match[0], b.match[0]];
    if (x === undefined || y === undefined) return (x === undefined ? 1 : 0) - (y === undefined ? 1 : 0);
    return (
      (y.uri ? URI_RANK[y.uri.type] : -1) - (x.uri ? URI_RANK[x.uri.type] : -1) ||
      (y.uri?.value.length ?? 0) - (x.uri?.value.length ?? 0) ||
      (y.method ? 1 : 0) - (x.method ? 1 : 0) ||
      y.headers.size - x.headers.size ||
      y.queryParams.size - x.queryParams.size
    );
  });
}

function convertTcpRoute(object: KubernetesObject, context: MeshRouteContext, ageOf: AgeOf): IstioObject<VirtualService>[] {
  const rules = asArray(asObject(object.body['spec'])['rules']).map(asObject);
  const routes = rules.map((rule) => convertBackends(rule, object.metadata.namespace, context));
  if (routes.some((route) => route === null) || routes.length === 0) return [];
  let count = 0;
  return meshParents(object, context).flatMap((parent) =>
    parent.hosts.map((host) =>
      virtualServiceOf(object, `${object.metadata.name}~tcp~${count++}`, ageOf, {
        hosts: [host],
        tcp: routes.map((route) => ({
          match: parent.port === null ? [] : [{ ...EVERYTHING, port: parent.port, destinationSubnets: [] }],
          route: route && route.length > 0 ? route : [ZERO_WEIGHT],
        })),
      }),
    ),
  );
}

/** What Istio sends connections to that no backend is to get. */
const ZERO_WEIGHT: WeightedDestination = {
  destination: { host: 'internal.cluster.local', subset: 'zero-weight', port: 65535 },
  weight: 0,
};
