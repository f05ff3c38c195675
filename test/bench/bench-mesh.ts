import { SeededRandom } from '../github/stand-in/seeded-random.js';

/** What is edited of a mesh: the files that are other ones afterwards. */
export const MESH_EDITS = ['sidecar-line', 'root-sidecar', 'registry-only'] as const;
export type MeshEdit = (typeof MESH_EDITS)[number];

/** Text by path. */
export type MeshFiles = Readonly<Record<string, string>>;

export interface BenchMesh {
  readonly files: MeshFiles;
  readonly edits: Readonly<Record<MeshEdit, MeshFiles>>;
}

const SERVICES_OF_A_NAMESPACE = 10;
const CALLS_OF_A_WORKLOAD = 4;
const MESH_CONFIG = 'istio-system/mesh-config.yaml';

/**
 * A mesh as a repository of plain manifests: of 200 namespaces it has 2,000 Services with their Deployments, one of each a file,
 * a Sidecar with 8 hosts in four of five namespaces, a VirtualService for one service in ten, 50 ServiceEntries and mutual TLS
 * everywhere. All of these grow with the namespaces. Equal for equal seeds.
 *
 * @param namespaces at least 10.
 */
export function makeBenchMesh(namespaces: number, seed: number): BenchMesh {
  const random = new SeededRandom(seed);
  const names = Array.from({ length: namespaces }, (_unused, index) => `team-${index}`);
  const files: Record<string, string> = {
    'istio-system/namespace.yaml': namespaceOf('istio-system', 'disabled'),
    [MESH_CONFIG]: meshConfig('ALLOW_ANY'),
    'istio-system/mutual-tls.yaml': MUTUAL_TLS,
  };
  for (const [index, name] of names.entries()) {
    files[`${name}/namespace.yaml`] = namespaceOf(name, 'enabled');
    const others = distinct(
      random,
      names.filter((other) => other !== name),
      6,
    );
    const isGoverned = index % 5 !== 4;
    if (isGoverned) files[`${name}/sidecar.yaml`] = sidecar(name, hostsOf(others, random));
    for (let service = 0; service < SERVICES_OF_A_NAMESPACE; service += 1) {
      const calls = Array.from({ length: CALLS_OF_A_WORKLOAD }, () => {
        const from = random.pick(isGoverned ? others.slice(0, 4) : names);
        const called = random.integer(SERVICES_OF_A_NAMESPACE);
        return `${serviceName(called)}.${from}:${portOf(called).port}`;
      });
      files[`${name}/${serviceName(service)}.yaml`] = serviceAndDeployment(name, service, calls, random);
    }
    files[`${name}/routes.yaml`] = virtualService(name, random);
    if (index % 4 === 0) files[`${name}/external.yaml`] = serviceEntry(name, random);
  }
  const edited = 'team-0/sidecar.yaml';
  const withoutHost = files[edited]!.replace(/ +- team-\d+\/\*\n/, '');
  return {
    files,
    edits: {
      'sidecar-line': { [edited]: withoutHost },
      'root-sidecar': { 'istio-system/sidecar.yaml': sidecar('istio-system', ['./*', 'team-0/*']) },
      'registry-only': { [MESH_CONFIG]: meshConfig('REGISTRY_ONLY') },
    },
  };
}

function distinct(random: SeededRandom, names: readonly string[], count: number): readonly string[] {
  const picked = new Set<string>();
  while (picked.size < count) picked.add(random.pick(names));
  return [...picked];
}

function serviceName(index: number): string {
  return ['frontend', 'cart', 'orders', 'payments', 'search', 'stock', 'prices', 'users', 'mail', 'audit'][index]!;
}

/** Its own namespace and Istio's, four others as a whole, and one service each of two more. */
function hostsOf(others: readonly string[], random: SeededRandom): readonly string[] {
  const whole = others.slice(0, 4).map((name) => `${name}/*`);
  const single = others.slice(4).map((name) => {
    const service = serviceName(random.integer(SERVICES_OF_A_NAMESPACE));
    return `${name}/${service}.${name}.svc.cluster.local`;
  });
  return ['./*', 'istio-system/*', ...whole, ...single];
}

function namespaceOf(name: string, injection: 'enabled' | 'disabled'): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n  labels:\n    istio-injection: ${injection}\n`;
}

const MUTUAL_TLS = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: istio-system
spec:
  mtls:
    mode: STRICT
`;

function meshConfig(mode: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: istio
  namespace: istio-system
data:
  mesh: |
    accessLogFile: /dev/stdout
    outboundTrafficPolicy:
      mode: ${mode}
`;
}

function sidecar(namespace: string, hosts: readonly string[]): string {
  return `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata:
  name: default
  namespace: ${namespace}
spec:
  egress:
    - hosts:
${hosts.map((host) => `        - ${host.startsWith('.') ? `"${host}"` : host}\n`).join('')}`;
}

function virtualService(namespace: string, random: SeededRandom): string {
  const host = serviceName(random.integer(SERVICES_OF_A_NAMESPACE));
  const canary = random.integer(SERVICES_OF_A_NAMESPACE);
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${host}
  namespace: ${namespace}
spec:
  hosts:
    - ${host}.${namespace}.svc.cluster.local
  http:
    - match:
        - headers:
            x-canary:
              exact: "true"
      route:
        - destination:
            host: ${serviceName(canary)}.${namespace}.svc.cluster.local
            port:
              number: ${portOf(canary).port}
    - timeout: 10s
      retries:
        attempts: 3
        perTryTimeout: 2s
      route:
        - destination:
            host: ${host}.${namespace}.svc.cluster.local
`;
}

function serviceEntry(namespace: string, random: SeededRandom): string {
  const host = `api-${random.integer(1000)}.${namespace}.example.com`;
  return `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: external
  namespace: ${namespace}
spec:
  hosts:
    - ${host}
  location: MESH_EXTERNAL
  resolution: DNS
  ports:
    - number: 443
      name: tls
      protocol: TLS
`;
}

/** Most speak HTTP, some gRPC. */
function portOf(service: number): { readonly protocol: string; readonly port: number } {
  return service % 5 === 2 ? { protocol: 'grpc', port: 9000 } : { protocol: 'http', port: 8080 };
}

/** Beside its own port each has one for metrics. */
function serviceAndDeployment(
  namespace: string,
  service: number,
  calls: readonly string[],
  random: SeededRandom,
): string {
  const name = serviceName(service);
  const { protocol, port } = portOf(service);
  const env = calls.map(
    (call, index) => `            - name: UPSTREAM_${index}_URL\n              value: http://${call}\n`,
  );
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:
    app: ${name}
spec:
  selector:
    app: ${name}
  ports:
    - name: ${protocol}
      port: ${port}
      targetPort: ${protocol}
    - name: http-metrics
      port: 9090
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:
    app: ${name}
spec:
  replicas: ${1 + random.integer(5)}
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
        version: v1
    spec:
      serviceAccountName: ${name}
      containers:
        - name: ${name}
          image: registry.example.com/${namespace}/${name}:1.${random.integer(50)}.${random.integer(20)}
          ports:
            - name: ${protocol}
              containerPort: ${port}
            - name: http-metrics
              containerPort: 9090
          env:
${env.join('')}          resources:
            requests:
              cpu: ${50 + random.integer(10) * 50}m
              memory: 256Mi
`;
}
