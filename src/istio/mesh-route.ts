import { asArray, asNumber, asObject, asString, asStrings } from '../kubernetes/json.js';
import type { JsonObject, KubernetesObject } from '../kubernetes/manifest.js';
import { matches } from './host-name.js';
import { compareText } from '../diagnostic/compare-text.js';
import { compareNumber, type AgeOf, type IstioObject } from './istio-object.js';
import { serviceHostname } from './kubernetes-service.js';
import { EVERYTHING } from './mesh-route-match.js';
import { convertHttpRules, convertTlsRules } from './mesh-route-rule.js';
import type { ServiceEntry } from './service-entry.js';
import type { IstioBehavior } from './versions.js';
import { MESH_GATEWAY, type HttpRoute, type VirtualService } from './virtual-service.js';

const GATEWAY_API = 'gateway.networking.k8s.io';

/** Where a route's parents are looked up. */
export interface MeshRouteContext {
  readonly behavior: IstioBehavior;
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
 * parent, port and namespace are merged in the order that the Gateway API asks for. TCPRoute is not among them: istiod looks at it
 * only where its alpha support is turned on. Istio: HTTPRouteCollection, GRPCRouteCollection, TLSRouteCollection, mergeHTTPRoutes
 */
export function convertMeshRoutes(
  objects: readonly KubernetesObject[],
  context: MeshRouteContext,
  ageOf: AgeOf,
): IstioObject<VirtualService>[] {
  const ofKind = (kind: string): KubernetesObject[] =>
    objects.filter((object) => object.group === GATEWAY_API && object.kind === kind);
  const [http, grpc] = (['HTTPRoute', 'GRPCRoute'] as const).map((kind) =>
    ofKind(kind).flatMap((route) => convertHttpRoute(route, context, ageOf)),
  ) as [KeyedRoute[], KeyedRoute[]];
  const tls = context.behavior.honorsTlsRoutes
    ? ofKind('TLSRoute').flatMap((route) => convertTlsRoute(route, context, ageOf))
    : [];
  if (context.behavior.mergesHttpAndGrpcRoutes) return [...tls, ...mergeByKey([...http, ...grpc])];
  // Both kinds make one VirtualService of a key; the HTTP routes' is taken.
  const taken = new Set(http.map(({ key }) => key));
  return [...tls, ...mergeByKey(http), ...mergeByKey(grpc.filter(({ key }) => !taken.has(key)))];
}

interface Parent {
  readonly hosts: readonly string[];
  readonly port: number | null;
}

/** The mesh parents of a route, in Istio's order; Gateways are not among them. Istio: extractParentReferenceInfo, parentRefString */
function meshParents(route: KubernetesObject, context: MeshRouteContext): Parent[] {
  const references = asArray(asObject(route.body['spec'])['parentRefs']).map(asObject);
  return references
    .map((reference) => ({
      reference,
      sortKey: [
        ...['group', 'kind', 'name', 'sectionName'].map((key) => asString(reference[key])),
        asNumber(reference['port']) ?? 0,
        asString(reference['namespace']) || route.metadata.namespace,
      ].join('/'),
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
  if (reference['kind'] === 'Service' && group === '') {
    return context.hasService(namespace, name) ? [serviceHostname(name, namespace, context.clusterDomain)] : [];
  }
  if (reference['kind'] === 'ServiceEntry' && group === 'networking.istio.io') {
    return context.serviceEntry(namespace, name)?.hosts ?? [];
  }
  return [];
}

function convertHttpRoute(object: KubernetesObject, context: MeshRouteContext, ageOf: AgeOf): KeyedRoute[] {
  const { namespace, name } = object.metadata;
  const http = convertHttpRules(object, context.clusterDomain);
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
    spec: {
      hosts: [],
      gateways: [MESH_GATEWAY],
      exportTo: [],
      http: [],
      tcp: [],
      tls: [],
      ...spec,
      gatewaySemantics: true,
    },
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

/** One VirtualService a parent's host; a route without host names answers to its parent's. Istio: augmentTLSPortMatch */
function convertTlsRoute(
  object: KubernetesObject,
  context: MeshRouteContext,
  ageOf: AgeOf,
): IstioObject<VirtualService>[] {
  const rules = convertTlsRules(object, context.clusterDomain);
  if (rules === null || rules.length === 0) return [];
  const hostnames = asStrings(asObject(object.body['spec'])['hostnames']);
  let count = 0;
  return meshParents(object, context).flatMap((parent) => {
    const sniHosts = hostnames.length > 0 ? hostnames : parent.hosts;
    return parent.hosts.map((host) => {
      const fitting = sniHosts.length > 1 ? sniHosts.filter((sni) => matches(host, sni)) : sniHosts;
      const match = [{ ...EVERYTHING, port: parent.port ?? 0, sniHosts: fitting, destinationSubnets: [] }];
      return virtualServiceOf(object, `${object.metadata.name}~tls~${count++}`, ageOf, {
        hosts: [host],
        tls: rules.map((rule) => ({ ...rule, match })),
      });
    });
  });
}
