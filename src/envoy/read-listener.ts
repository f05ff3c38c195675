import type { JsonObject } from '../kubernetes/manifest.js';
import { readChainMatch } from './filter-chain-match.js';
import { has, isSet, messageIn, messagesIn, numberIn, textIn, typedConfig } from './proto-json.js';
import type { ChainAction, DumpChain, DumpListener, MadeOf } from './proxy-dump.js';
import { readRouteConfiguration, weightedClusters } from './read-routes.js';

const TLS_INSPECTOR = 'envoy.filters.listener.tls_inspector';
const HTTP_INSPECTOR = 'envoy.filters.listener.http_inspector';
/** Those that lead no connection elsewhere, or, as the original destination, are taken into account. */
const LISTENER_FILTERS = new Set([
  TLS_INSPECTOR,
  HTTP_INSPECTOR,
  'envoy.filters.listener.original_dst',
  'envoy.filters.listener.original_src',
]);
/** Before the one that ends the connection: they look, and let pass. */
const NETWORK_FILTERS = new Set([
  'istio.metadata_exchange',
  'istio.stats',
  'envoy.filters.network.metadata_exchange',
  'envoy.filters.network.mongo_proxy',
  'envoy.filters.network.mysql_proxy',
  'envoy.extensions.filters.network.sni_dynamic_forward_proxy',
]);
const HTTP_FILTERS = new Set([
  'istio.metadata_exchange',
  'istio.alpn',
  'istio.stats',
  'envoy.filters.http.grpc_stats',
  'envoy.filters.http.grpc_web',
  'envoy.filters.http.fault',
  'envoy.filters.http.cors',
  'envoy.filters.http.compressor',
  'envoy.filters.http.dynamic_forward_proxy',
  'envoy.filters.http.router',
]);

/** Envoy: config.listener.v3.Listener */
export function readListener(listener: JsonObject): DumpListener {
  const filters = messagesIn(listener, 'listener_filters');
  const names = filters.map((filter) => textIn(filter, 'name'));
  const addresses = [
    messageIn(listener, 'address'),
    ...messagesIn(listener, 'additional_addresses').map((additional) => messageIn(additional, 'address')),
  ].map((address) => messageIn(address, 'socket_address'));
  const isOutbound = textIn(listener, 'traffic_direction') === 'OUTBOUND';
  const strange = names.find((name) => !LISTENER_FILTERS.has(name));
  const conditional = filters.find((filter) => has(filter, 'filter_disabled'));
  return {
    name: textIn(listener, 'name'),
    addresses: addresses.map((address) => ({
      address: textIn(address, 'address'),
      port: numberIn(address, 'port_value') ?? 0,
    })),
    isInbound: textIn(listener, 'traffic_direction') === 'INBOUND',
    usesOriginalDestination:
      isSet(listener, 'use_original_dst') || messageIn(listener, 'use_original_dst')['value'] === true,
    inspectsTls: names.includes(TLS_INSPECTOR),
    inspectsHttp: names.includes(HTTP_INSPECTOR),
    chains: messagesIn(listener, 'filter_chains').map(readChain),
    defaultChain: has(listener, 'default_filter_chain') ? readChain(messageIn(listener, 'default_filter_chain')) : null,
    notUnderstood: !isOutbound
      ? null
      : has(listener, 'filter_chain_matcher')
        ? 'a matcher in the place of filter chain matches'
        : strange !== undefined
          ? `the listener filter ${strange}`
          : conditional !== undefined
            ? `the condition of the listener filter ${textIn(conditional, 'name')}`
            : null,
  };
}

function readChain(chain: JsonObject): DumpChain {
  const istio = messageIn(messageIn(messageIn(chain, 'metadata'), 'filter_metadata'), 'istio');
  return {
    match: readChainMatch(messageIn(chain, 'filter_chain_match')),
    action: readFilters(messagesIn(chain, 'filters')),
    madeOf: readMadeOf(textIn(istio, 'config')),
  };
}

/** `/apis/networking.istio.io/v1/namespaces/shop/virtual-service/cart` */
function readMadeOf(text: string): MadeOf | null {
  const match = /^\/apis\/[^/]+\/[^/]+\/namespaces\/([^/]*)\/([^/]+)\/(.+)$/.exec(text);
  return match ? { namespace: match[1]!, kind: match[2]!, name: match[3]! } : null;
}

/** What the filters of a chain do with a connection: the last one takes it, those before it only look. */
function readFilters(filters: readonly JsonObject[]): ChainAction {
  const last = filters.at(-1);
  if (last === undefined) return { kind: 'unknown', why: 'a filter chain without filters' };
  const strange = filters.slice(0, -1).find((filter) => !NETWORK_FILTERS.has(textIn(filter, 'name')));
  if (strange !== undefined) return { kind: 'unknown', why: `the filter ${textIn(strange, 'name')}` };
  const { type, config } = typedConfig(last);
  if (type.endsWith('.TcpProxy')) return readTcpProxy(config);
  if (type.endsWith('.HttpConnectionManager')) return readConnectionManager(config);
  return { kind: 'unknown', why: `the filter ${textIn(last, 'name')}` };
}

/** Envoy: TcpProxy */
function readTcpProxy(proxy: JsonObject): ChainAction {
  const strange = ['tunneling_config', 'on_demand', 'metadata_match'].find((name) => has(proxy, name));
  if (strange !== undefined) return { kind: 'unknown', why: `${strange} of a TCP proxy` };
  if (has(proxy, 'cluster')) return { kind: 'tcp', clusters: [textIn(proxy, 'cluster')] };
  const clusters = weightedClusters(messageIn(proxy, 'weighted_clusters'));
  return clusters === null || clusters.length === 0
    ? { kind: 'unknown', why: 'a TCP proxy without a cluster' }
    : { kind: 'tcp', clusters };
}

/** Envoy: HttpConnectionManager */
function readConnectionManager(manager: JsonObject): ChainAction {
  const strange = messagesIn(manager, 'http_filters').find(
    (filter) => !HTTP_FILTERS.has(textIn(filter, 'name')) && !isSet(filter, 'disabled'),
  );
  if (strange !== undefined) return { kind: 'unknown', why: `the HTTP filter ${textIn(strange, 'name')}` };
  if (has(manager, 'route_config')) {
    const inline = readRouteConfiguration(messageIn(manager, 'route_config'));
    return { kind: 'http', routeName: inline.name, inline };
  }
  if (!has(manager, 'rds')) return { kind: 'unknown', why: 'scoped routes' };
  return { kind: 'http', routeName: textIn(messageIn(manager, 'rds'), 'route_config_name'), inline: null };
}
