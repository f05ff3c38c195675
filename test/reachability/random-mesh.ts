import type { JsonObject } from '../../src/kubernetes/manifest.js';
import type { SeededRandom } from '../github/stand-in/seeded-random.js';

/** Few names, ports and labels, so that everything gets in everything's way. */
const NAMESPACES = ['istio-system', 'a', 'b', 'c'] as const;
const NAMES = ['web', 'db', 'api'] as const;
const PORTS = [80, 443, 8080, 3306, 9090] as const;
const PORT_NAMES = [
  'http',
  'http-x',
  'grpc',
  'tcp',
  'tls',
  'https',
  'mysql',
  'mongo',
  'redis',
  'raw',
  '',
  'udp',
] as const;
const PROTOCOLS = ['HTTP', 'HTTP2', 'GRPC', 'TCP', 'TLS', 'HTTPS', 'MYSQL', 'MONGO', 'HTTP_PROXY'] as const;
const EXTERNAL = [
  'x.example.com',
  'y.example.com',
  '*.example.com',
  '*.web',
  'db',
  'b.web',
  'deep.x.example.com',
  'web.a.svc',
] as const;

/** The objects of a mesh that holds whatever can tell two calls apart. Equal for equal random numbers. */
export function randomMesh(random: SeededRandom): readonly JsonObject[] {
  const some = (most: number, make: () => JsonObject): JsonObject[] =>
    Array.from({ length: random.integer(most + 1) }, make);
  const objects = [
    ...NAMESPACES.map((name) => object(random, 'v1', 'Namespace', name, '', {})),
    ...some(16, () => service(random)),
    ...some(14, () => workload(random)),
    ...some(6, () => serviceEntry(random)),
    ...some(4, () => sidecar(random)),
    ...some(8, () => virtualService(random)),
    ...some(4, () => destinationRule(random)),
    ...some(3, () => peerAuthentication(random)),
    ...some(2, () => httpRoute(random)),
    ...(random.chance(0.5) ? [meshConfig(random)] : []),
  ];
  // Two of one name are one object.
  return [...new Map(objects.map((each) => [keyOf(each), each])).values()];
}

/** The same mesh with one object more, less or other. */
export function editedMesh(random: SeededRandom, objects: readonly JsonObject[]): readonly JsonObject[] {
  const at = random.integer(objects.length);
  const others = randomMesh(random).filter(({ kind }) => kind !== 'Namespace');
  const added = others.length > 0 && random.chance(0.7) ? [random.pick(others)] : [];
  const kept = objects.filter((each, index) => index !== at || each['kind'] === 'Namespace');
  const keys = new Set(added.map(keyOf));
  return [...kept.filter((each) => !keys.has(keyOf(each))), ...added];
}

function keyOf({ kind, metadata }: JsonObject): string {
  return JSON.stringify([kind, (metadata as JsonObject)['namespace'], (metadata as JsonObject)['name']]);
}

function object(
  random: SeededRandom,
  apiVersion: string,
  kind: string,
  name: string,
  namespace: string,
  rest: JsonObject,
  annotations: JsonObject = {},
): JsonObject {
  const labels =
    kind === 'Namespace' ? { 'istio-injection': random.chance(0.9) ? 'enabled' : 'disabled' } : { team: namespace };
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }), labels, annotations }, ...rest };
}

function exportTo(random: SeededRandom): JsonObject {
  if (random.chance(0.7)) return {};
  return { exportTo: [random.pick(['*', '.', random.pick(NAMESPACES), random.pick(NAMESPACES)])] };
}

function labelsOf(random: SeededRandom): JsonObject {
  return { app: random.pick(NAMES), ...(random.chance(0.15) && { version: random.pick(['v1', 'v2']) }) };
}

function service(random: SeededRandom): JsonObject {
  const ports = distinctPorts(random).map((port) => ({
    port,
    name: random.pick(PORT_NAMES),
    ...(random.chance(0.2) && { targetPort: random.pick(PORTS) }),
  }));
  const named = ports.map((port, index) => ({
    ...port,
    name: ports.length > 1 ? `${port.name || 'raw'}-${index}` : port.name,
  }));
  const kind = random.next();
  const spec =
    kind < 0.25
      ? { clusterIP: 'None', selector: labelsOf(random), ports: named }
      : kind < 0.4
        ? { type: 'ExternalName', externalName: random.pick([fqdn(random), 'x.example.com']), ports: named }
        : { ...(kind < 0.6 && { clusterIP: `10.0.0.${random.integer(4)}` }), selector: labelsOf(random), ports: named };
  const visible = exportTo(random)['exportTo'] as readonly string[] | undefined;
  const annotations = visible ? { 'networking.istio.io/exportTo': visible.join(',') } : {};
  return object(random, 'v1', 'Service', random.pick(NAMES), random.pick(NAMESPACES), { spec }, annotations);
}

function distinctPorts(random: SeededRandom): readonly number[] {
  return [...new Set(Array.from({ length: 1 + random.integer(3) }, () => random.pick(PORTS)))];
}

function fqdn(random: SeededRandom): string {
  return `${random.pick(NAMES)}.${random.pick(NAMESPACES)}.svc.cluster.local`;
}

const CAPTURES: readonly JsonObject[] = [
  { 'traffic.sidecar.istio.io/excludeOutboundPorts': '443,3306' },
  { 'traffic.sidecar.istio.io/includeOutboundIPRanges': '10.0.0.0/30' },
  { 'traffic.sidecar.istio.io/excludeOutboundIPRanges': '240.0.0.0/8' },
  { 'traffic.sidecar.istio.io/excludeInboundPorts': '80' },
  { 'sidecar.istio.io/interceptionMode': 'NONE' },
];

function workload(random: SeededRandom): JsonObject {
  const labels = labelsOf(random);
  const annotations = random.chance(0.2) ? random.pick(CAPTURES) : {};
  const template = {
    metadata: { labels: { ...labels, ...(random.chance(0.1) && { 'sidecar.istio.io/inject': 'false' }) }, annotations },
    spec: { containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: random.pick(PORTS) }] }] },
  };
  const spec = { selector: { matchLabels: labels }, template, ...(random.chance(0.1) && { replicas: 0 }) };
  const name = `${random.pick(NAMES)}-${random.integer(3)}`;
  return object(random, 'apps/v1', 'Deployment', name, random.pick(NAMESPACES), { spec });
}

function serviceEntry(random: SeededRandom): JsonObject {
  const hosts = [
    ...new Set([random.pick(EXTERNAL), ...(random.chance(0.2) ? [random.pick([...EXTERNAL, fqdn(random)])] : [])]),
  ];
  const resolution = random.pick(['NONE', 'STATIC', 'DNS']);
  const spec = {
    hosts,
    ports: distinctPorts(random).map((number, index) => ({
      number,
      name: `p-${index}`,
      protocol: random.pick(PROTOCOLS),
    })),
    resolution: hosts.some((host) => host.startsWith('*')) && resolution === 'DNS' ? 'NONE' : resolution,
    ...(random.chance(0.3) && {
      addresses: [
        random.pick(resolution === 'DNS' ? ['240.0.0.1', '10.0.0.1'] : ['240.0.0.1', '240.0.0.0/24', '10.0.0.1']),
      ],
    }),
    ...(random.chance(0.3) && { location: 'MESH_INTERNAL' }),
    ...(resolution === 'STATIC' && random.chance(0.8) && { endpoints: [{ address: '1.2.3.4' }] }),
    ...exportTo(random),
  };
  return object(random, 'networking.istio.io/v1', 'ServiceEntry', random.pick(NAMES), random.pick(NAMESPACES), {
    spec,
  });
}

function sidecarHost(random: SeededRandom): string {
  const namespace = random.pick(['.', '*', '~', ...NAMESPACES, ...NAMESPACES]);
  const name = random.pick([
    '*',
    '*',
    '*',
    fqdn(random),
    '*.example.com',
    '*.svc.cluster.local',
    '*.a.svc.cluster.local',
    'x.example.com',
  ]);
  return `${namespace}/${namespace === '~' ? '*' : name}`;
}

function sidecar(random: SeededRandom): JsonObject {
  const hosts = (): string[] => [...new Set(Array.from({ length: 1 + random.integer(4) }, () => sidecarHost(random)))];
  const port = random.pick(PORTS);
  const special = {
    port: { number: port, protocol: random.pick(PROTOCOLS), name: 'p' },
    ...(random.chance(0.3) && { bind: random.pick(['127.0.0.1', '0.0.0.0', '10.0.0.1']) }),
    ...(random.chance(0.2) && { captureMode: 'NONE' }),
    hosts: hosts(),
  };
  const spec = {
    ...(random.chance(0.3) && { workloadSelector: { labels: labelsOf(random) } }),
    egress: [...(random.chance(0.4) ? [special] : []), ...(random.chance(0.8) ? [{ hosts: hosts() }] : [])],
    ...(random.chance(0.4) && { outboundTrafficPolicy: { mode: random.pick(['ALLOW_ANY', 'REGISTRY_ONLY']) } }),
  };
  const name = random.pick(['default', 'other']);
  return object(random, 'networking.istio.io/v1', 'Sidecar', name, random.pick(NAMESPACES), {
    spec: spec.egress.length > 0 ? spec : { ...spec, egress: [{ hosts: ['./*'] }] },
  });
}

function routeTo(random: SeededRandom): JsonObject {
  const destination = (): JsonObject => ({
    host: random.pick([fqdn(random), random.pick(NAMES), 'x.example.com', 'x.example.com']),
    ...(random.chance(0.3) && { port: { number: random.pick(PORTS) } }),
    ...(random.chance(0.15) && { subset: random.pick(['v1', 'v2']) }),
  });
  return random.chance(0.7)
    ? { route: [{ destination: destination() }] }
    : {
        route: [
          { destination: destination(), weight: 60 },
          { destination: destination(), weight: 40 },
        ],
      };
}

function sourceMatch(random: SeededRandom): JsonObject {
  return {
    ...(random.chance(0.3) && { port: random.pick(PORTS) }),
    ...(random.chance(0.3) && { sourceLabels: labelsOf(random) }),
    ...(random.chance(0.3) && { sourceNamespace: random.pick(NAMESPACES) }),
  };
}

function virtualService(random: SeededRandom): JsonObject {
  const hosts = [
    ...new Set(
      Array.from({ length: 1 + random.integer(2) }, () =>
        random.pick([fqdn(random), fqdn(random), ...EXTERNAL, '*.svc.cluster.local']),
      ),
    ),
  ];
  const http = Array.from({ length: random.integer(3) }, () => ({
    ...(random.chance(0.6) && { match: [{ ...sourceMatch(random), uri: { prefix: random.pick(['/', '/v2']) } }] }),
    ...routeTo(random),
  }));
  const tls = random.chance(0.3)
    ? [{ match: [{ ...sourceMatch(random), sniHosts: [hosts[0]!] }], ...routeTo(random) }]
    : [];
  const tcp = random.chance(0.3) ? [{ match: [sourceMatch(random)], ...routeTo(random) }] : [];
  const spec = {
    hosts,
    ...exportTo(random),
    ...(http.length + tls.length + tcp.length === 0 ? { http: [routeTo(random)] } : { http, tls, tcp }),
  };
  return object(random, 'networking.istio.io/v1', 'VirtualService', random.pick(NAMES), random.pick(NAMESPACES), {
    spec,
  });
}

function destinationRule(random: SeededRandom): JsonObject {
  const policy = (): JsonObject => ({
    ...(random.chance(0.7)
      ? { tls: { mode: random.pick(['DISABLE', 'ISTIO_MUTUAL', 'SIMPLE']) } }
      : { loadBalancer: { simple: random.pick(['PASSTHROUGH', 'ROUND_ROBIN']) } }),
  });
  const selected = random.chance(0.2);
  const spec = {
    host: random.pick([fqdn(random), fqdn(random), '*.example.com', '*.svc.cluster.local', 'x.example.com']),
    ...(random.chance(0.6) && { trafficPolicy: policy() }),
    ...(random.chance(0.6) && { subsets: [{ name: 'v1', labels: { version: 'v1' } }] }),
    ...(selected && { workloadSelector: { matchLabels: labelsOf(random) } }),
    ...(selected ? {} : exportTo(random)),
  };
  return object(random, 'networking.istio.io/v1', 'DestinationRule', random.pick(NAMES), random.pick(NAMESPACES), {
    spec,
  });
}

function peerAuthentication(random: SeededRandom): JsonObject {
  const selected = random.chance(0.4);
  const spec = {
    ...(selected && { selector: { matchLabels: labelsOf(random) } }),
    mtls: { mode: random.pick(['STRICT', 'STRICT', 'PERMISSIVE', 'DISABLE', 'UNSET']) },
    ...(selected && random.chance(0.4) && { portLevelMtls: { [random.pick(PORTS)]: { mode: 'DISABLE' } } }),
  };
  return object(random, 'security.istio.io/v1', 'PeerAuthentication', random.pick(NAMES), random.pick(NAMESPACES), {
    spec,
  });
}

function httpRoute(random: SeededRandom): JsonObject {
  const namespace = random.pick(NAMESPACES);
  const spec = {
    parentRefs: [
      {
        group: '',
        kind: 'Service',
        name: random.pick(NAMES),
        namespace: random.pick([namespace, random.pick(NAMESPACES)]),
      },
    ],
    rules: [{ backendRefs: [{ name: random.pick(NAMES), port: random.pick(PORTS) }] }],
  };
  return object(random, 'gateway.networking.k8s.io/v1', 'HTTPRoute', random.pick(NAMES), namespace, { spec });
}

function meshConfig(random: SeededRandom): JsonObject {
  const lines = [
    ...(random.chance(0.5) ? ['outboundTrafficPolicy: {mode: REGISTRY_ONLY}'] : []),
    ...(random.chance(0.2) ? ['defaultServiceExportTo: ["."]'] : []),
    ...(random.chance(0.2) ? ['defaultDestinationRuleExportTo: ["."]'] : []),
    ...(random.chance(0.2) ? ['enableAutoMtls: false'] : []),
    ...(random.chance(0.1) ? ['proxyListenPort: 9090'] : []),
  ];
  return object(random, 'v1', 'ConfigMap', 'istio', 'istio-system', { data: { mesh: lines.join('\n') } });
}
