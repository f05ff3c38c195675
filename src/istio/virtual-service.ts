import { asArray, asNumber, asObject, asString, asStrings, isObject, stringMap } from '../kubernetes/json.js';
import type { Labels } from '../kubernetes/label-selector.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { resolveShortNameToFqdn, type HostName } from './host-name.js';
import type { AgeOf, IstioObject } from './istio-object.js';

/** The reserved gateway name that stands for all sidecars. Istio: constants.IstioMeshGateway */
export const MESH_GATEWAY = 'mesh';

export interface StringMatch {
  readonly type: 'exact' | 'prefix' | 'regex';
  readonly value: string;
}

export type StringMatches = ReadonlyMap<string, StringMatch | null>;

export interface RouteDestination {
  readonly host: HostName;
  readonly subset: string;
  readonly port: number | null;
}

export interface WeightedDestination {
  readonly destination: RouteDestination;
  readonly weight: number;
}

/** What only one caller, port or gateway sees; decided when the proxy's configuration is made. */
export interface StaticMatch {
  readonly port: number;
  readonly sourceLabels: Labels;
  readonly sourceNamespace: string;
  readonly gateways: readonly string[];
}

/** Istio: networking.HTTPMatchRequest */
export interface HttpMatch extends StaticMatch {
  readonly uri: StringMatch | null;
  readonly scheme: StringMatch | null;
  readonly method: StringMatch | null;
  readonly authority: StringMatch | null;
  readonly headers: StringMatches;
  readonly withoutHeaders: StringMatches;
  readonly queryParams: StringMatches;
  readonly ignoreUriCase: boolean;
}

/** Istio: networking.HTTPRoute */
export interface HttpRoute {
  readonly match: readonly HttpMatch[];
  readonly route: readonly WeightedDestination[];
  readonly mirrors: readonly RouteDestination[];
  readonly redirect: boolean;
  readonly directResponse: boolean;
  readonly delegate: { readonly name: string; readonly namespace: string } | null;
}

export interface TcpRoute {
  readonly match: readonly (StaticMatch & { readonly destinationSubnets: readonly string[] })[];
  readonly route: readonly WeightedDestination[];
}

export interface TlsRoute {
  readonly match: readonly (StaticMatch & {
    readonly sniHosts: readonly string[];
    readonly destinationSubnets: readonly string[];
  })[];
  readonly route: readonly WeightedDestination[];
}

export interface VirtualService {
  readonly hosts: readonly HostName[];
  /** Empty means the mesh. */
  readonly gateways: readonly string[];
  readonly exportTo: readonly string[];
  readonly http: readonly HttpRoute[];
  readonly tcp: readonly TcpRoute[];
  readonly tls: readonly TlsRoute[];
  /** Made from a Gateway API route, whose rules of visibility and matching differ. Istio: UseGatewaySemantics */
  readonly gatewaySemantics: boolean;
}

/** Parses a VirtualService and completes its short names. Istio: ResolveVirtualServiceShortnames */
export function parseVirtualService(
  object: KubernetesObject,
  clusterDomain: string,
  ageOf: AgeOf,
): IstioObject<VirtualService> {
  const { name, namespace } = object.metadata;
  const spec = asObject(object.body['spec']);
  const resolve = (host: string): HostName => resolveShortNameToFqdn(host, namespace, clusterDomain);
  return {
    name,
    namespace,
    age: ageOf(object),
    object,
    spec: {
      hosts: asStrings(spec['hosts']).map(resolve),
      gateways: asStrings(spec['gateways']),
      exportTo: asStrings(spec['exportTo']),
      http: asArray(spec['http']).map((item) => parseHttpRoute(asObject(item), resolve)),
      tcp: asArray(spec['tcp']).map((item) => ({
        match: asArray(asObject(item)['match']).map((match) => parseL4Match(asObject(match))),
        route: parseRoute(asObject(item)['route'], resolve),
      })),
      tls: asArray(spec['tls']).map((item) => ({
        match: asArray(asObject(item)['match']).map((match) => ({
          ...parseL4Match(asObject(match)),
          sniHosts: asStrings(asObject(match)['sniHosts']),
        })),
        route: parseRoute(asObject(item)['route'], resolve),
      })),
      gatewaySemantics: false,
    },
  };
}

function parseHttpRoute(route: JsonObject, resolve: (host: string) => HostName): HttpRoute {
  const delegate = route['delegate'];
  const mirrors = [route['mirror'], ...asArray(route['mirrors']).map((mirror) => asObject(mirror)['destination'])];
  return {
    match: asArray(route['match']).map((match) => parseHttpMatch(asObject(match))),
    route: parseRoute(route['route'], resolve),
    mirrors: mirrors.flatMap((mirror) => (isObject(mirror) ? [parseDestination(mirror, resolve)] : [])),
    redirect: isObject(route['redirect']),
    directResponse: isObject(route['directResponse']),
    delegate: isObject(delegate)
      ? { name: asString(delegate['name']), namespace: asString(delegate['namespace']) }
      : null,
  };
}

function parseHttpMatch(match: JsonObject): HttpMatch {
  return {
    ...parseStaticMatch(match),
    uri: parseStringMatch(match['uri']),
    scheme: parseStringMatch(match['scheme']),
    method: parseStringMatch(match['method']),
    authority: parseStringMatch(match['authority']),
    headers: parseStringMatches(match['headers']),
    withoutHeaders: parseStringMatches(match['withoutHeaders']),
    queryParams: parseStringMatches(match['queryParams']),
    ignoreUriCase: match['ignoreUriCase'] === true,
  };
}

function parseStaticMatch(match: JsonObject): StaticMatch {
  return {
    port: asNumber(match['port']) ?? 0,
    sourceLabels: stringMap(match['sourceLabels']),
    sourceNamespace: asString(match['sourceNamespace']),
    gateways: asStrings(match['gateways']),
  };
}

function parseL4Match(match: JsonObject): StaticMatch & { destinationSubnets: readonly string[] } {
  return { ...parseStaticMatch(match), destinationSubnets: asStrings(match['destinationSubnets']) };
}

function parseStringMatches(value: JsonValue | undefined): StringMatches {
  return new Map(Object.entries(asObject(value)).map(([key, match]) => [key, parseStringMatch(match)]));
}

/** Null where the match names no way to match: it asks for presence alone. */
function parseStringMatch(value: JsonValue | undefined): StringMatch | null {
  const match = asObject(value);
  for (const type of ['exact', 'prefix', 'regex'] as const) {
    const text = match[type];
    if (typeof text === 'string') return { type, value: text };
  }
  return null;
}

function parseRoute(value: JsonValue | undefined, resolve: (host: string) => HostName): WeightedDestination[] {
  return asArray(value).map((item) => ({
    destination: parseDestination(asObject(asObject(item)['destination']), resolve),
    weight: asNumber(asObject(item)['weight']) ?? 0,
  }));
}

function parseDestination(destination: JsonObject, resolve: (host: string) => HostName): RouteDestination {
  const port = destination['port'];
  return {
    host: resolve(asString(destination['host'])),
    subset: asString(destination['subset']),
    port: isObject(port) ? (asNumber(port['number']) ?? 0) : null,
  };
}
