import {
  PASSTHROUGH_CLUSTER,
  BLACK_HOLE_CLUSTER,
  BLOCK_ALL,
  clusterName,
  destinationCluster,
} from '../../src/istio/destination-cluster.js';
import type { Endpoint } from '../../src/istio/endpoint.js';
import { isMatchAll, type FilterChain } from '../../src/istio/filter-chain.js';
import type { Route } from '../../src/istio/http-route.js';
import { listenerPorts } from '../../src/istio/sidecar-scope.js';
import type { HttpMatch, StringMatch } from '../../src/istio/virtual-service.js';
import { clusterKeys } from '../../src/reachability/list-endpoints.js';
import type { ProxyConfiguration } from '../../src/reachability/proxy-configuration.js';

type Json = Readonly<Record<string, unknown>>;

const FILTERS = 'type.googleapis.com/envoy.extensions.filters.network';
const SOCKETS = 'type.googleapis.com/envoy.extensions.transport_sockets';
const ISTIO_TLS = {
  typed_config: {
    '@type': `${SOCKETS}.tls.v3.UpstreamTlsContext`,
    common_tls_context: { alpn_protocols: ['istio-peer-exchange', 'istio'] },
  },
};
const OTHER_TLS = { typed_config: { '@type': `${SOCKETS}.tls.v3.UpstreamTlsContext`, common_tls_context: {} } };
const PLAIN = { typed_config: { '@type': `${SOCKETS}.raw_buffer.v3.RawBuffer` } };
const SOCKET_OF = { none: PLAIN, 'istio-mutual': ISTIO_TLS, 'other-tls': OTHER_TLS } as const;

/** What the model makes of a proxy, written as istiod would send it: a config_dump, in which what has no address gets one. */
export function envoyConfig(config: ProxyConfiguration): string {
  return new Writer(config).write();
}

interface WrittenCluster {
  readonly cluster: Json;
  /** Null where istiod sends none. */
  readonly endpoints: Json | null;
}

class Writer {
  readonly #addresses = new Map<string, string>();

  constructor(private readonly config: ProxyConfiguration) {}

  write(): string {
    const clusters = this.#clusters();
    const listeners = this.#listeners();
    const section = (type: string, list: string, items: readonly Json[]): Json => ({
      '@type': `type.googleapis.com/envoy.admin.v3.${type}`,
      [list]: items,
    });
    return JSON.stringify({
      configs: [
        section(
          'ClustersConfigDump',
          'dynamic_active_clusters',
          clusters.map(({ cluster }) => ({ cluster })),
        ),
        section(
          'ListenersConfigDump',
          'dynamic_listeners',
          listeners.map((listener) => ({ name: listener['name'], active_state: { listener } })),
        ),
        section(
          'RoutesConfigDump',
          'dynamic_route_configs',
          this.#routes().map((route_config) => ({ route_config })),
        ),
        section(
          'EndpointsConfigDump',
          'dynamic_endpoint_configs',
          clusters.flatMap(({ endpoints }) => (endpoints ? [{ endpoint_config: endpoints }] : [])),
        ),
      ],
    });
  }

  /** Addresses that manifests do not have become ones that no manifest has. */
  #address(written: string): string {
    if (/^[\d.]+$|:.*:/.test(written) || written === '') return written;
    let address = this.#addresses.get(written);
    if (address === undefined) {
      const place = this.#addresses.size;
      address = `100.111.${place >> 8}.${place & 255}`;
      this.#addresses.set(written, address);
    }
    return address;
  }

  #clusters(): WrittenCluster[] {
    const { config } = this;
    const own = [...config.scope.servicesByHostname.values()].flatMap((service) =>
      clusterKeys(config, service).flatMap((key): WrittenCluster[] => {
        const cluster = config.cluster(clusterName(key));
        if (!cluster) return [];
        const name = clusterName(key);
        const load = {
          cluster_name: name,
          endpoints: [{ lb_endpoints: cluster.endpoints.map((e) => this.#endpoint(e, cluster.tlsTo(e))) }],
        };
        const modes = new Set(cluster.endpoints.map((endpoint) => cluster.tlsTo(endpoint)));
        const isByEndpoint = cluster.endpoints.every(
          (endpoint) => endpoint.tlsMode === 'istio' || cluster.tlsTo(endpoint) === 'none',
        );
        const socket =
          modes.has('istio-mutual') && cluster.type === 'EDS' && isByEndpoint
            ? {
                transport_socket_matches: [
                  { match: { tlsMode: 'istio' }, transport_socket: ISTIO_TLS },
                  { match: {}, transport_socket: PLAIN },
                ],
              }
            : { transport_socket: SOCKET_OF[[...modes][0] ?? 'none'] };
        const base = { name, connect_timeout: '10s', ...socket };
        switch (cluster.type) {
          case 'EDS':
            return [{ cluster: { ...base, type: 'EDS' }, endpoints: load }];
          case 'DNS':
            return [{ cluster: { ...base, type: 'STRICT_DNS', load_assignment: load }, endpoints: null }];
          case 'ORIGINAL_DST':
            return [{ cluster: { ...base, type: 'ORIGINAL_DST' }, endpoints: null }];
          case 'DYNAMIC_FORWARD_PROXY':
            return [
              { cluster: { ...base, cluster_type: { name: 'envoy.clusters.dynamic_forward_proxy' } }, endpoints: null },
            ];
        }
      }),
    );
    const fixed = (name: string, type: string): WrittenCluster => ({
      cluster: { name, type, connect_timeout: '10s' },
      endpoints: null,
    });
    return [...own, fixed(BLACK_HOLE_CLUSTER, 'STATIC'), fixed(PASSTHROUGH_CLUSTER, 'ORIGINAL_DST')];
  }

  #endpoint({ workload, address, port, namespace, tlsMode }: Endpoint, tls: keyof typeof SOCKET_OF): Json {
    const own = workload && `${workload.namespace}/${workload.kind}/${workload.name}`;
    const istio = workload ? { workload: `${workload.name};${namespace};;;Kubernetes` } : {};
    return {
      endpoint: {
        address: { socket_address: { address: this.#address(address || (own ?? 'nobody')), port_value: port } },
      },
      metadata: {
        filter_metadata: {
          istio,
          ...(tls === 'istio-mutual' && tlsMode === 'istio'
            ? { 'envoy.transport_socket_match': { tlsMode: 'istio' } }
            : {}),
        },
      },
    };
  }

  #lastResort(): Json {
    const { outboundTrafficPolicy, egressProxy } = this.config.scope;
    if (outboundTrafficPolicy === 'REGISTRY_ONLY') return this.#tcp([BLACK_HOLE_CLUSTER]);
    return this.#tcp([egressProxy ? destinationCluster(egressProxy, undefined, 0) : PASSTHROUGH_CLUSTER]);
  }

  #tcp(clusters: readonly string[]): Json {
    const where =
      clusters.length === 1
        ? { cluster: clusters[0] }
        : { weighted_clusters: { clusters: clusters.map((name) => ({ name, weight: 1 })) } };
    return {
      filters: [
        {
          name: 'envoy.filters.network.tcp_proxy',
          typed_config: { '@type': `${FILTERS}.tcp_proxy.v3.TcpProxy`, ...where },
        },
      ],
    };
  }

  #listeners(): Json[] {
    const listeners: Json[] = [];
    for (const port of listenerPorts(this.config.scope)) {
      for (const [bind, listener] of this.config.listenersOn(port)) {
        const conditional = listener.chains.filter((chain) => !isMatchAll(chain));
        const rest = listener.chains.findLast(isMatchAll);
        listeners.push({
          name: `${bind}_${port}`,
          address: { socket_address: { address: this.#address(bind), port_value: port } },
          traffic_direction: 'OUTBOUND',
          filter_chains: conditional.map((chain) => this.#chain(chain)),
          default_filter_chain: rest ? this.#chain(rest) : this.#lastResort(),
          listener_filters: [
            ...(listener.chains.some(({ sniHosts }) => sniHosts.length > 0)
              ? [{ name: 'envoy.filters.listener.tls_inspector' }]
              : []),
            ...(listener.chains.some(({ http }) => http?.inspected === true)
              ? [{ name: 'envoy.filters.listener.http_inspector' }]
              : []),
          ],
        });
      }
    }
    const listenPort = this.config.push.meshConfig.proxyListenPort;
    listeners.push({
      name: 'virtualOutbound',
      address: { socket_address: { address: '0.0.0.0', port_value: listenPort } },
      traffic_direction: 'OUTBOUND',
      use_original_dst: true,
      filter_chains: [
        { filter_chain_match: { destination_port: listenPort }, ...this.#tcp([BLACK_HOLE_CLUSTER]) },
        this.#lastResort(),
      ],
    });
    return listeners;
  }

  #chain({ sniHosts, destinationCidrs, http, clusters, virtualService }: FilterChain): Json {
    const ranges = destinationCidrs.map((cidr) => {
      const [address = '', bits] = cidr.split('/');
      return { address_prefix: this.#address(address), prefix_len: bits === undefined ? 32 : Number(bits) };
    });
    const match = {
      ...(ranges.length > 0 ? { prefix_ranges: ranges } : {}),
      ...(sniHosts.length > 0 && !sniHosts.includes('*') ? { server_names: sniHosts } : {}),
      ...(http?.inspected ? { transport_protocol: 'raw_buffer', application_protocols: ['http/1.1', 'h2c'] } : {}),
    };
    const made = virtualService
      ? `/apis/networking.istio.io/v1/namespaces/${virtualService.namespace}/virtual-service/${virtualService.name}`
      : null;
    if (http === null) {
      return {
        filter_chain_match: match,
        ...this.#tcp(clusters),
        ...(made === null ? {} : { metadata: { filter_metadata: { istio: { config: made } } } }),
      };
    }
    const manager = {
      '@type': `${FILTERS}.http_connection_manager.v3.HttpConnectionManager`,
      rds: { route_config_name: http.routeName },
      http_filters: [{ name: 'envoy.filters.http.router' }],
    };
    return {
      filter_chain_match: match,
      filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }],
    };
  }

  #routes(): Json[] {
    const routes = new Map<string, Json>();
    for (const port of listenerPorts(this.config.scope)) {
      for (const { chains } of this.config.listenersOn(port).values()) {
        for (const { http } of chains) if (http) routes.set(http.routeName, this.#routesCalled(http.routeName, port));
      }
    }
    return [...routes.values()];
  }

  #routesCalled(name: string, port: number): Json {
    const table = this.config.virtualHostsOn(port);
    const colon = name.lastIndexOf(':');
    const write = (routes: readonly Route[]): Json[] => routes.map(routeOf);
    if (colon >= 0) {
      const own = table.ofDomain(name.slice(0, colon));
      return { name, virtual_hosts: own ? [{ name, domains: ['*'], routes: write(own.routes) }] : [] };
    }
    const seen = new Set<string>();
    const hosts = table.virtualHosts.map((virtualHost) => ({
      name: virtualHost.name,
      domains: virtualHost.domains
        .map((domain) => (/^clusterip:|^unknown:/.test(domain) ? this.#address(domain) : domain))
        .filter((domain) => !seen.has(domain.toLowerCase()) && seen.add(domain.toLowerCase())),
      routes: write(virtualHost.routes),
    }));
    const { outboundTrafficPolicy, egressProxy } = this.config.scope;
    const cluster = egressProxy ? destinationCluster(egressProxy, undefined, 0) : PASSTHROUGH_CLUSTER;
    const rest =
      outboundTrafficPolicy === 'REGISTRY_ONLY'
        ? { name: BLOCK_ALL, domains: ['*'], routes: [{ match: { prefix: '/' }, direct_response: { status: 502 } }] }
        : { name: 'allow_any', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] };
    return { name, ignore_port_in_host_matching: true, virtual_hosts: [...hosts, rest] };
  }
}

function routeOf({ match, clusters, answered, virtualService }: Route): Json {
  const written = { match: matchOf(match, virtualService?.spec.gatewaySemantics ?? false) };
  if (answered) return { ...written, direct_response: { status: 200 } };
  if (clusters.length === 1) return { ...written, route: { cluster: clusters[0] } };
  return {
    ...written,
    route: { weighted_clusters: { clusters: clusters.map((name) => ({ name, weight: 1 })) } },
  };
}

/** Istio: TranslateRouteMatch */
function matchOf(match: HttpMatch | null, gatewaySemantics: boolean): Json {
  if (match === null) return { prefix: '/' };
  const header = (name: string, value: StringMatch | null, more: Json = {}): Json => ({
    name,
    ...(value === null || (value.type === 'regex' && value.value === '*')
      ? { present_match: true }
      : {
          string_match: stringMatch(value),
          ...('invert_match' in more ? { treat_missing_header_as_empty: true } : {}),
        }),
    ...more,
  });
  const headers = [
    ...[...match.headers].map(([name, value]) => header(name, value)),
    ...[...match.withoutHeaders].map(([name, value]) => header(name, value, { invert_match: true })),
    ...(match.method ? [header(':method', match.method)] : []),
    ...(match.authority ? [header(':authority', match.authority)] : []),
    ...(match.scheme ? [header(':scheme', match.scheme)] : []),
  ];
  return {
    ...pathOf(match.uri, gatewaySemantics),
    case_sensitive: !match.ignoreUriCase,
    ...(headers.length > 0 ? { headers } : {}),
    ...(match.queryParams.size > 0
      ? { query_parameters: [...match.queryParams.keys()].map((name) => ({ name })) }
      : {}),
  };
}

function pathOf(uri: StringMatch | null, gatewaySemantics: boolean): Json {
  if (uri === null) return { prefix: '/' };
  switch (uri.type) {
    case 'exact':
      return { path: uri.value };
    case 'regex':
      return { safe_regex: { regex: uri.value } };
    case 'prefix':
      return gatewaySemantics && uri.value !== '/'
        ? { path_separated_prefix: uri.value.replace(/\/$/, '') }
        : { prefix: uri.value };
  }
}

function stringMatch({ type, value }: StringMatch): Json {
  return type === 'regex' ? { safe_regex: { regex: value } } : { [type]: value };
}
