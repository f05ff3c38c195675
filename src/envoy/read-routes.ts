import { asStrings } from '../kubernetes/json.js';
import type { JsonObject } from '../kubernetes/manifest.js';
import { field, has, isSet, messageIn, messagesIn, numberIn, textIn } from './proto-json.js';
import type { DumpRoute, DumpVirtualHost, RouteAction, RouteConfiguration } from './proxy-dump.js';
import { readRouteMatch } from './route-match.js';

/** Envoy: config.route.v3.RouteConfiguration */
export function readRouteConfiguration(configuration: JsonObject): RouteConfiguration {
  return {
    name: textIn(configuration, 'name'),
    ignoresPort: isSet(configuration, 'ignore_port_in_host_matching'),
    virtualHosts: messagesIn(configuration, 'virtual_hosts').map(readVirtualHost),
    notUnderstood: has(configuration, 'vhds') ? 'virtual hosts that are fetched on demand' : null,
  };
}

function readVirtualHost(host: JsonObject): DumpVirtualHost {
  const requiresTls = !['', 'NONE'].includes(textIn(host, 'require_tls'));
  return {
    name: textIn(host, 'name'),
    domains: asStrings(field(host, 'domains')).map((domain) => domain.toLowerCase()),
    routes: messagesIn(host, 'routes').map(readRoute),
    notUnderstood: has(host, 'matcher') ? 'a matcher in the place of routes' : requiresTls ? 'require_tls' : null,
  };
}

function readRoute(route: JsonObject): DumpRoute {
  return { match: readRouteMatch(messageIn(route, 'match')), action: readAction(route) };
}

/** Filters that a route can configure otherwise, and that lead no request elsewhere. */
const HARMLESS_OVERRIDES = new Set([
  'envoy.filters.http.fault',
  'envoy.filters.http.cors',
  'envoy.filters.http.compressor',
  'istio.stats',
  'istio.metadata_exchange',
]);

/** Envoy: Route.action */
function readAction(route: JsonObject): RouteAction {
  if (has(route, 'direct_response') || has(route, 'redirect')) return { kind: 'answered' };
  const override = Object.keys(messageIn(route, 'typed_per_filter_config')).find(
    (name) => !HARMLESS_OVERRIDES.has(name),
  );
  if (override !== undefined) return { kind: 'unknown', why: `the settings of ${override} for a route` };
  const action = messageIn(route, 'route');
  if (has(action, 'cluster')) return { kind: 'clusters', clusters: [textIn(action, 'cluster')] };
  if (has(action, 'weighted_clusters')) {
    const clusters = weightedClusters(messageIn(action, 'weighted_clusters'));
    return clusters === null
      ? { kind: 'unknown', why: 'clusters that a header names' }
      : { kind: 'clusters', clusters };
  }
  if (has(action, 'cluster_header')) return { kind: 'unknown', why: 'a cluster that a header names' };
  return { kind: 'unknown', why: 'a route without a cluster' };
}

/** The clusters of some weight; null where one is named by a header. Envoy: WeightedCluster */
export function weightedClusters(weighted: JsonObject): readonly string[] | null {
  const clusters = messagesIn(weighted, 'clusters').filter((cluster) => (numberIn(cluster, 'weight') ?? 0) > 0);
  const names = clusters.map((cluster) => textIn(cluster, 'name'));
  return names.includes('') ? null : names;
}
