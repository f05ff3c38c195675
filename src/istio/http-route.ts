import { isSubset } from '../kubernetes/label-selector.js';
import { destinationCluster } from './destination-cluster.js';
import type { HostName } from './host-name.js';
import type { IstioObject } from './istio-object.js';
import type { Proxy } from './proxy.js';
import type { RouteTarget } from './destination-cluster.js';
import {
  MESH_GATEWAY,
  type HttpMatch,
  type HttpRoute,
  type StringMatch,
  type VirtualService,
} from './virtual-service.js';

/** One route of a virtual host. Istio: route.Route */
export interface Route {
  /** Null: everything. */
  readonly match: HttpMatch | null;
  /** Empty for a redirect, a direct response, or a route without destinations. */
  readonly clusters: readonly string[];
  /** Answered by the proxy itself. */
  readonly answered: boolean;
  readonly virtualService: IstioObject<VirtualService> | null;
}

/** The routes a VirtualService gives a proxy on a port; empty where none is for it. Istio: BuildHTTPRoutesForVirtualService */
export function buildHttpRoutes(
  config: IstioObject<VirtualService>,
  proxy: Proxy,
  listenPort: number,
  lookupService: (host: HostName) => RouteTarget | undefined,
): Route[] {
  const routes: Route[] = [];
  const add = (http: HttpRoute, match: HttpMatch | null): void => {
    routes.push({
      match,
      clusters: routeClusters(http, listenPort, lookupService),
      answered: http.redirect || http.directResponse,
      virtualService: config,
    });
  };
  for (const http of config.spec.http) {
    if (http.match.length === 0) {
      add(http, null);
      break;
    }
    let catchAll = false;
    for (const match of http.match) {
      if (!matchesStatically(match, proxy, listenPort)) continue;
      add(http, match);
      // Nothing behind a match for everything is ever asked.
      catchAll = isCatchAll(match, config.spec.gatewaySemantics);
      if (catchAll) break;
    }
    if (catchAll) break;
  }
  return routes;
}

/** Istio: applyHTTPRouteDestination */
function routeClusters(
  http: HttpRoute,
  listenPort: number,
  lookupService: (host: HostName) => RouteTarget | undefined,
): string[] {
  if (http.redirect || http.directResponse) return [];
  const used = http.route.length === 1 ? http.route : http.route.filter(({ weight }) => weight > 0);
  return used.map(({ destination }) => destinationCluster(destination, lookupService(destination.host), listenPort));
}

/** Istio: the port check of TranslateRoute, and sourceMatchHTTP */
function matchesStatically(match: HttpMatch, proxy: Proxy, listenPort: number): boolean {
  if (match.port !== 0 && match.port !== listenPort) return false;
  if (match.gateways.length > 0) return match.gateways.includes(MESH_GATEWAY);
  return (
    isSubset(match.sourceLabels, proxy.labels) &&
    (match.sourceNamespace === '' || match.sourceNamespace === proxy.namespace)
  );
}

/** Istio: IsCatchAllRoute */
function isCatchAll(match: HttpMatch, gatewaySemantics: boolean): boolean {
  return matchesAnyPath(match.uri, gatewaySemantics) && countDynamicMatches(match) === 0;
}

function matchesAnyPath(uri: StringMatch | null, gatewaySemantics: boolean): boolean {
  if (uri === null) return true;
  if (uri.type === 'prefix') return uri.value === '/' || (gatewaySemantics && uri.value === '');
  return uri.type === 'regex' && uri.value === '.*';
}

function countDynamicMatches(match: HttpMatch): number {
  const pseudo = [match.method, match.authority, match.scheme].filter((m) => m !== null).length;
  return match.headers.size + match.withoutHeaders.size + match.queryParams.size + pseudo;
}

/** A request as the verdict of an edge asks it. */
export interface Request {
  readonly path: string;
  readonly method: string;
  readonly authority: string;
  readonly scheme: string;
}

/** Whether a request without special headers takes a route. Envoy: RouteMatch, as Istio's TranslateRouteMatch fills it */
export function matchesRequest(route: Route, request: Request): boolean {
  const { match } = route;
  if (match === null) return true;
  return (
    matchesPath(match, route.virtualService?.spec.gatewaySemantics ?? false, request.path) &&
    matchesPresent(match.method, request.method) &&
    matchesPresent(match.authority, request.authority) &&
    matchesPresent(match.scheme, request.scheme) &&
    [...match.headers].every(([name, m]) => matchesHeader(name, m, request)) &&
    [...match.withoutHeaders].every(([name, m]) => !matchesHeader(name, m, request)) &&
    // The request has no query.
    match.queryParams.size === 0
  );
}

function matchesPath(match: HttpMatch, gatewaySemantics: boolean, requested: string): boolean {
  if (match.uri === null) return true;
  const fold = (text: string): string => (match.ignoreUriCase ? text.toLowerCase() : text);
  const path = fold(requested);
  const { type } = match.uri;
  if (type === 'regex') return matchesRegex(match.uri.value, requested, match.ignoreUriCase);
  const value = fold(match.uri.value);
  if (type === 'exact') return path === value;
  if (!gatewaySemantics || value === '/') return path.startsWith(value);
  // A Gateway API prefix ends at a path segment.
  const prefix = value.endsWith('/') ? value.slice(0, -1) : value;
  return path === prefix || path.startsWith(`${prefix}/`);
}

const PSEUDO_HEADERS: Readonly<Record<string, keyof Request>> = {
  ':method': 'method',
  ':authority': 'authority',
  ':path': 'path',
  ':scheme': 'scheme',
  host: 'authority',
};

function matchesHeader(name: string, match: StringMatch | null, request: Request): boolean {
  const pseudo = PSEUDO_HEADERS[name.toLowerCase()];
  if (pseudo !== undefined) return matchesPresent(match, request[pseudo]);
  return false;
}

/** A match that asks for presence alone, or none at all, takes every value. */
function matchesPresent(match: StringMatch | null, value: string): boolean {
  if (match === null || (match.type === 'regex' && match.value === '*')) return true;
  if (match.type === 'exact') return value === match.value;
  return match.type === 'prefix' ? value.startsWith(match.value) : matchesRegex(match.value, value, false);
}

/**
 * RE2 matches the whole text, in linear time; JavaScript's patterns can take exponential time. A pattern that could is not asked:
 * it matches nothing, as does one that JavaScript can't read.
 */
function matchesRegex(pattern: string, value: string, ignoreCase: boolean): boolean {
  if (value.length > 16 && !isSafePattern(pattern)) return false;
  try {
    return new RegExp(`^(?:${pattern})$`, ignoreCase ? 'i' : '').test(value);
  } catch {
    return false;
  }
}

/** No repetition within a repetition, and few of them. */
function isSafePattern(pattern: string): boolean {
  const repetitions = pattern.match(/[*+{]/g)?.length ?? 0;
  return pattern.length <= 1024 && repetitions <= 3 && !/[*+}?]\)[*+{]/.test(pattern);
}

/** What a route asks of a request, in words. */
export function describeMatch(match: HttpMatch | null): string {
  if (match === null) return 'any request';
  const parts: string[] = [];
  const text = (m: StringMatch | null): string =>
    m === null ? ' present' : m.type === 'exact' ? `=${m.value}` : ` ${m.type} ${m.value}`;
  if (match.method) parts.push(`method${text(match.method)}`);
  if (match.uri) parts.push(`path${text(match.uri)}`);
  if (match.authority) parts.push(`authority${text(match.authority)}`);
  if (match.scheme) parts.push(`scheme${text(match.scheme)}`);
  for (const [name, m] of [...match.headers].sort()) parts.push(`header ${name}${text(m)}`);
  for (const [name, m] of [...match.withoutHeaders].sort()) parts.push(`without header ${name}${text(m)}`);
  for (const [name, m] of [...match.queryParams].sort()) parts.push(`query ${name}${text(m)}`);
  return parts.length === 0 ? 'any request' : parts.join(', ');
}
