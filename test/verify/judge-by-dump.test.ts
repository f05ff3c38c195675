import { describe, expect, it } from 'vitest';
import { meshToVerify, verifyWorkload } from '../../src/verify/verify-workload.js';
import type { Verification } from '../../src/verify/verification.js';
import { parseText } from '../conformance/conformance-case.js';
import { dumpOf } from './seed-dumps.js';

type Json = Readonly<Record<string, unknown>>;

const MESH = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: caller, namespace: shop, labels: {app: caller}}
spec: {containers: [{name: app, image: x}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: app, image: x}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: 10.0.0.1, selector: {app: db}, ports: [{name: tcp-db, port: 5432}]}
`;
const VIRTUAL_SERVICE = `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: to-db, namespace: shop}
spec:
  hosts: [old.shop.svc.cluster.local]
  tcp: [{route: [{destination: {host: db.shop.svc.cluster.local, port: {number: 5432}}}]}]
---
apiVersion: v1
kind: Service
metadata: {name: old, namespace: shop}
spec: {clusterIP: 10.0.0.2, selector: {app: none}, ports: [{name: tcp-db, port: 5432}]}
`;
const STRICT = `
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
`;
const DB = 'outbound|5432||db.shop.svc.cluster.local';
const OLD = 'outbound|5432||old.shop.svc.cluster.local';
const WEB = `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: x}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.0.0.3, selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web.shop.svc.cluster.local]
  http:
    - match: [{headers: {x-new: {exact: "yes"}}}]
      route: [{destination: {host: web.shop.svc.cluster.local, subset: v2}}]
    - route: [{destination: {host: web.shop.svc.cluster.local}}]
`;
const WEB_CLUSTER = 'outbound|80||web.shop.svc.cluster.local';
const WEB_V2 = 'outbound|80|v2|web.shop.svc.cluster.local';

const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';
const RAW = 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer';
const FILTERS = 'type.googleapis.com/envoy.extensions.filters.network';

function cluster(name: string, more: Json = {}): Json {
  const socket = (type: string, config: Json = {}): Json => ({ typed_config: { '@type': type, ...config } });
  return {
    name,
    type: 'EDS',
    connect_timeout: '10s',
    transport_socket_matches: [
      {
        match: { tlsMode: 'istio' },
        transport_socket: socket(TLS, { common_tls_context: { alpn_protocols: ['istio'] } }),
      },
      { match: {}, transport_socket: socket(RAW) },
    ],
    ...more,
  };
}

function endpoints(cluster_name: string, workload: string, port: number, address = '10.1.0.1'): Json {
  const metadata = {
    filter_metadata: {
      'envoy.transport_socket_match': { tlsMode: 'istio' },
      istio: { workload: `${workload};shop;${workload};latest;Kubernetes` },
    },
  };
  const endpoint = { address: { socket_address: { address, port_value: port } } };
  return { cluster_name, endpoints: [{ lb_endpoints: [{ endpoint, metadata }] }] };
}

function tcpChain(name: string, madeOf?: string): Json {
  const proxy = { '@type': `${FILTERS}.tcp_proxy.v3.TcpProxy`, cluster: name };
  return {
    filters: [{ name: 'envoy.filters.network.tcp_proxy', typed_config: proxy }],
    ...(madeOf === undefined
      ? {}
      : { metadata: { filter_metadata: { istio: { config: `/apis/networking.istio.io/v1/namespaces/${madeOf}` } } } }),
  };
}

function listener(address: string, port: number, chain: Json, more: Json = {}): Json {
  return {
    name: `${address}_${port}`,
    address: { socket_address: { address, port_value: port } },
    traffic_direction: 'OUTBOUND',
    filter_chains: [chain],
    ...more,
  };
}

const HTTP_CHAIN = {
  filters: [
    {
      name: 'envoy.filters.network.http_connection_manager',
      typed_config: {
        '@type': `${FILTERS}.http_connection_manager.v3.HttpConnectionManager`,
        rds: { route_config_name: '80' },
        http_filters: [{ name: 'envoy.filters.http.router' }],
      },
    },
  ],
};

function redirected(to: string): Json {
  return listener('0.0.0.0', 15001, tcpChain(to), { use_original_dst: true });
}

/** What the proxy has of the mesh, with other parts than it would have. */
interface Sent {
  readonly clusters?: readonly Json[];
  readonly endpoints?: readonly Json[];
  readonly listeners?: readonly Json[];
  readonly virtualHosts?: readonly Json[];
  readonly lastResort?: string;
}

const ANY = {
  name: 'allow_any',
  domains: ['*'],
  routes: [{ match: { prefix: '/' }, route: { cluster: 'PassthroughCluster' } }],
};

function verify(manifests: string, sent: Sent): Verification {
  const lists = [
    [...(sent.clusters ?? [cluster(DB)]), cluster('PassthroughCluster', { type: 'ORIGINAL_DST' })],
    sent.endpoints ?? [endpoints(DB, 'db', 5432)],
    [
      ...(sent.listeners ?? [listener('10.0.0.1', 5432, tcpChain(DB))]),
      redirected(sent.lastResort ?? 'PassthroughCluster'),
    ],
    [{ name: '80', virtual_hosts: sent.virtualHosts ?? [ANY] }],
  ];
  const mesh = meshToVerify({ manifests: parseText(manifests), mesh: { istioVersion: '1.30' } });
  const dump = dumpOf(lists.map((list) => JSON.stringify(list)).join('\n'));
  return verifyWorkload(mesh, { namespace: 'shop', kind: 'Pod', name: 'caller' }, dump, 'dump');
}

function edges({ differences, unknown }: Verification): readonly string[] {
  return [
    ...differences.filter(({ kind }) => kind === 'edge').map(({ manifests, proxy }) => `${manifests} | ${proxy}`),
    ...unknown.map(({ why }) => why),
  ];
}

describe('where a call ends by a dump', () => {
  it('is what the manifests make of it, where both are the same', () => {
    expect(verify(MESH, {})).toMatchObject({ result: 'equal', compared: { clusters: 1, endpoints: 1, edges: 1 } });
  });

  it('is no endpoint where the cluster has none', () => {
    expect(edges(verify(MESH, { endpoints: [{ cluster_name: DB }] }))).toEqual([
      `meshed via ${DB} | no-endpoints via ${DB}`,
    ]);
  });

  it('is unroutable where the proxy does not have the cluster', () => {
    const { differences } = verify(MESH, { clusters: [] });
    expect(differences.map(({ kind, proxy }) => [kind, proxy])).toEqual([
      ['cluster', null],
      ['edge', `unroutable via ${DB}`],
    ]);
  });

  it('is refused where a STRICT server gets plain text', () => {
    const plain = cluster(DB, { transport_socket_matches: [] });
    expect(edges(verify(MESH + STRICT, {}))).toEqual([]);
    expect(edges(verify(MESH + STRICT, { clusters: [plain] }))).toEqual([`meshed via ${DB} | refused via ${DB}`]);
    expect(edges(verify(MESH, { clusters: [plain] }))).toEqual([]);
  });

  it('is undetermined by a transport socket of another kind', () => {
    const strange = { typed_config: { '@type': 'type.googleapis.com/envoy.InternalUpstreamTransport' } };
    const clusters = [cluster(DB, { transport_socket_matches: [], transport_socket: strange })];
    const verification = verify(MESH, { clusters });
    expect(verification.result).toBe('undetermined');
    expect(edges(verification)).toEqual(['the transport socket of its cluster is not understood']);
  });

  it('is undetermined by a cluster of another kind', () => {
    const clusters = [cluster(DB, { cluster_type: { name: 'envoy.clusters.aggregate' } })];
    expect(edges(verify(MESH, { clusters }))).toEqual([`how cluster ${DB} finds its endpoints is not understood`]);
  });

  const both = {
    clusters: [cluster(DB), cluster(OLD)],
    endpoints: [endpoints(DB, 'db', 5432), { cluster_name: OLD }],
  };
  const withOld = (chain: Json): Json[] => [
    listener('10.0.0.1', 5432, tcpChain(DB)),
    listener('10.0.0.2', 5432, chain),
  ];

  it('is another host’s cluster by a VirtualService of the host, and misrouted without one', () => {
    const listeners = withOld(tcpChain(DB, 'shop/virtual-service/to-db'));
    expect(verify(MESH + VIRTUAL_SERVICE, { ...both, listeners }).result).toBe('equal');
    const astray = verify(MESH + VIRTUAL_SERVICE, { ...both, listeners: withOld(tcpChain(DB)) });
    expect(edges(astray)).toEqual([`meshed via ${DB} | misrouted via ${DB}`]);
  });

  it('is undetermined by a VirtualService that the manifests do not have', () => {
    const listeners = withOld(tcpChain(DB, 'shop/virtual-service/unknown'));
    const verification = verify(MESH + VIRTUAL_SERVICE, { ...both, listeners });
    expect(verification.result).toBe('undetermined');
    expect(edges(verification)).toEqual([
      'it is routed by virtual-service shop/unknown, which is not in the manifests',
    ]);
  });

  it('finds a headless Service’s pods by their own addresses', () => {
    const headless = MESH.replace('clusterIP: 10.0.0.1', 'clusterIP: None');
    const sent = {
      clusters: [cluster(DB, { type: 'ORIGINAL_DST', transport_socket_matches: [] })],
      endpoints: [],
      listeners: [listener('10.1.0.7', 5432, tcpChain(DB))],
    };
    expect(edges(verify(headless, sent))).toEqual([]);
    expect(edges(verify(headless, { ...sent, listeners: [] }))).toEqual([
      `meshed via ${DB} | unmeshed via PassthroughCluster`,
    ]);
  });

  it('finds the address that istiod gave to a ServiceEntry', () => {
    const entry = `
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: out, namespace: shop}
spec: {hosts: [out.x], ports: [{number: 9000, name: tcp, protocol: TCP}], resolution: DNS}
`;
    const out = 'outbound|9000||out.x';
    const load_assignment = {
      endpoints: [
        { lb_endpoints: [{ endpoint: { address: { socket_address: { address: 'out.x', port_value: 9000 } } } }] },
      ],
    };
    const clusters = [cluster(DB), cluster(out, { type: 'STRICT_DNS', load_assignment })];
    const of = (address: string): Verification =>
      verify(MESH + entry, {
        clusters,
        listeners: [listener('10.0.0.1', 5432, tcpChain(DB)), listener(address, 9000, tcpChain(out))],
      });
    expect(of('240.240.0.7').result).toBe('equal');
    expect(of('0.0.0.0').result).toBe('equal');
    expect(edges(of('10.0.0.9'))).toEqual([`meshed via ${out} | unmeshed via PassthroughCluster`]);
  });

  const webHost = (routes: readonly Json[]): Json => ({
    name: 'web.shop.svc.cluster.local:80',
    domains: ['web.shop.svc.cluster.local', '10.0.0.3'],
    routes,
  });
  const web = {
    clusters: [cluster(DB), cluster(WEB_CLUSTER)],
    endpoints: [endpoints(DB, 'db', 5432), endpoints(WEB_CLUSTER, 'web', 80, '10.1.0.2')],
    listeners: [listener('10.0.0.1', 5432, tcpChain(DB)), listener('0.0.0.0', 80, HTTP_CHAIN)],
  };
  const ofHeader = {
    match: { prefix: '/', headers: [{ name: 'x-new', string_match: { exact: 'yes' } }] },
    route: { cluster: WEB_V2 },
  };
  const rest = { match: { prefix: '/' }, route: { cluster: WEB_CLUSTER } };

  it('tells the branches of routes, also those to clusters that are not there', () => {
    expect(verify(MESH + WEB, { ...web, virtualHosts: [webHost([ofHeader, rest]), ANY] }).result).toBe('equal');
    const { differences } = verify(MESH + WEB, { ...web, virtualHosts: [webHost([rest]), ANY] });
    expect(differences).toEqual([
      expect.objectContaining({
        kind: 'edge',
        manifests: `meshed via ${WEB_CLUSTER}; its routes in order: unroutable via ${WEB_V2}; meshed via ${WEB_CLUSTER}`,
        proxy: `meshed via ${WEB_CLUSTER}`,
        cause: 'not-known',
      }),
    ]);
  });

  it('names an EnvoyFilter that may apply', () => {
    const filter = `
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: routes, namespace: shop}
spec: {configPatches: []}
`;
    const { differences } = verify(MESH + WEB + filter, { ...web, virtualHosts: [webHost([rest]), ANY] });
    expect(differences.map(({ cause }) => cause)).toEqual(['envoy-filter']);
    expect(differences[0]?.reason).toContain('EnvoyFilter shop/routes');
  });

  it('tells another port, and another subset, from another object', () => {
    const otherPort = 'outbound|5433||db.shop.svc.cluster.local';
    const subset = 'outbound|5432|v1|db.shop.svc.cluster.local';
    const { differences } = verify(MESH, { clusters: [cluster(DB), cluster(otherPort), cluster(subset)] });
    expect(differences.map(({ subject, cause, reason }) => [subject, cause, reason])).toEqual([
      [subset, 'object-differs', 'No DestinationRule of the manifests that applies has the subset v1.'],
      [otherPort, 'object-differs', 'By the manifests, db.shop.svc.cluster.local has no port 5433.'],
    ]);
  });

  it('tells a mode of the proxy’s own', () => {
    const blocking = {
      name: 'block_all',
      domains: ['*'],
      routes: [{ match: { prefix: '/' }, direct_response: { status: 502 } }],
    };
    const strict = { lastResort: 'BlackHoleCluster', virtualHosts: [blocking] };
    const { differences } = verify(MESH, strict);
    expect(differences).toEqual([
      expect.objectContaining({
        kind: 'egress-mode',
        manifests: 'ALLOW_ANY',
        proxy: 'REGISTRY_ONLY',
        cause: 'egress-mode',
      }),
    ]);
    expect(differences[0]?.reason).toMatch(/so that Istio’s default, ALLOW_ANY, is taken\.$/);
    const mode = `
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}
`;
    expect(verify(MESH + mode, strict).result).toBe('equal');
  });
});

describe('what one other thing accounts for', () => {
  const SIDECAR = (name: string, selector: string, hosts: string): string => `
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: ${name}, namespace: shop}
spec: {${selector}egress: [{hosts: ["${hosts}"]}]}
`;

  it('is a Sidecar whose selector meets the pod in the cluster', () => {
    const manifests =
      MESH + SIDECAR('default', '', './*') + SIDECAR('narrow', 'workloadSelector: {labels: {app: other}}, ', '~/*');
    const { differences } = verify(manifests, { clusters: [], listeners: [] });
    expect(differences.length).toBeGreaterThan(0);
    expect(new Set(differences.map(({ reason }) => reason))).toEqual(
      new Set([
        'The proxy has what it would have if Sidecar shop/narrow governed in the place of shop/default: in the cluster, selectors, labels or ages are other ones.',
      ]),
    );
  });

  it('is a Sidecar that the cluster does not have, when another one governs', () => {
    const manifests = MESH + SIDECAR('a', '', '~/*') + SIDECAR('b', '', './*');
    const { differences } = verify(manifests, {});
    expect(differences.length).toBeGreaterThan(0);
    expect(new Set(differences.map(({ reason }) => reason))).toEqual(
      new Set([
        'The proxy has what it would have without Sidecar shop/a, which governs by the manifests, when shop/b governs: the cluster does not have it, or the proxy’s configuration is older than it.',
      ]),
    );
  });

  it('is the age of VirtualServices that compete', () => {
    const route = (name: string, to: string): string => `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: shop}
spec:
  hosts: [old.shop.svc.cluster.local]
  tcp: [{route: [{destination: {host: ${to}.shop.svc.cluster.local, port: {number: 5432}}}]}]
`;
    const old = VIRTUAL_SERVICE.slice(VIRTUAL_SERVICE.lastIndexOf('---'));
    const manifests = `${MESH}\n${old}${route('a', 'old')}${route('b', 'db')}`;
    const sent = {
      clusters: [cluster(DB), cluster(OLD)],
      endpoints: [endpoints(DB, 'db', 5432), { cluster_name: OLD }],
      listeners: [
        listener('10.0.0.1', 5432, tcpChain(DB)),
        listener('10.0.0.2', 5432, tcpChain(DB, 'shop/virtual-service/b')),
      ],
    };
    const { differences } = verify(manifests, sent);
    expect(differences).toEqual([
      expect.objectContaining({
        kind: 'edge',
        manifests: `no-endpoints via ${OLD}`,
        proxy: `meshed via ${DB}`,
        cause: 'object-age',
      }),
    ]);
  });
});
