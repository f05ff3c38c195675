import type { Changes, Files } from '../github/stand-in/git-store.js';
import type { SeededRandom } from '../github/stand-in/seeded-random.js';

/** What a change is meant to do to the mesh. The command line decides what it really does. */
export type ChangeKind = 'pass' | 'fail' | 'warn' | 'not-applicable' | 'undetermined' | 'contested';

export const CHANGE_KINDS: readonly ChangeKind[] = [
  'pass',
  'pass',
  'fail',
  'fail',
  'fail',
  'warn',
  'warn',
  'not-applicable',
  'not-applicable',
  'undetermined',
  'contested',
];

const SERVICES = {
  shop: ['frontend', 'cart', 'checkout'],
  data: ['orders', 'stock', 'mail'],
} as const;

/** Caller → the service it names in its environment. */
const CALLS: Readonly<Record<string, readonly [namespace: string, name: string]>> = {
  frontend: ['shop', 'cart'],
  cart: ['data', 'stock'],
  checkout: ['data', 'orders'],
  orders: ['data', 'mail'],
};
const CALLERS = ['frontend', 'cart', 'checkout', 'orders'] as const;

/** A small mesh: two namespaces, six services, and who calls whom. */
export function meshFiles(): Files {
  const files: Record<string, string> = {
    'README.md': '# A mesh\n',
    'mesh/namespaces.yaml': Object.keys(SERVICES).map(namespaceManifest).join('---\n'),
  };
  for (const [namespace, names] of Object.entries(SERVICES)) {
    for (const name of names) files[`mesh/${namespace}/${name}.yaml`] = serviceManifests(namespace, name);
  }
  return files;
}

function namespaceManifest(name: string): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n  labels:\n    istio-injection: enabled\n`;
}

function serviceManifests(namespace: string, name: string, replicas = 1): string {
  const call = CALLS[name];
  const environment = call
    ? `          env:\n            - name: UPSTREAM\n              value: http://${call[1]}.${call[0]}.svc.cluster.local:8080\n`
    : '';
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  selector:
    app: ${name}
  ports:
    - name: http
      port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  replicas: ${replicas}
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: main
          image: registry.example/${name}:1
${environment}`;
}

/** A change of the wanted kind. `mark` keeps the files of different pull requests apart, except where they are contested. */
export function makeChange(kind: ChangeKind, mark: string, random: SeededRandom): Changes {
  const caller = random.pick(CALLERS);
  switch (kind) {
    case 'pass':
      return { [`mesh/${mark}-note.yaml`]: noteManifest(mark, random.integer(1000)) };
    case 'fail':
      return { [`mesh/${mark}-sidecar.yaml`]: sidecarManifest(mark, caller) };
    case 'warn':
      return { [`mesh/${mark}-route.yaml`]: routeManifest(mark, caller) };
    case 'not-applicable':
      return { [`docs/${mark}.md`]: `# Note ${random.integer(1000)}\n` };
    case 'undetermined':
      return { [`mesh/${mark}-broken.yaml`]: `apiVersion: v1\nkind: Service\nmetadata:\n  name: [broken\n` };
    case 'contested':
      return { 'mesh/data/mail.yaml': serviceManifests('data', 'mail', 2 + random.integer(50)) };
  }
}

/** Takes back what earlier changes of the same mark did. */
export function undoChange(files: readonly string[], mark: string): Changes {
  return Object.fromEntries(files.filter((path) => path.includes(`${mark}-`)).map((path) => [path, null]));
}

function noteManifest(mark: string, value: number): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: note-${mark}\n  namespace: shop\ndata:\n  value: "${value}"\n`;
}

/** Hides from one workload what it calls. */
function sidecarManifest(mark: string, caller: string): string {
  return `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata:
  name: only-${mark}
  namespace: ${namespaceOf(caller)}
spec:
  workloadSelector:
    labels:
      app: ${caller}
  egress:
    - hosts:
        - 'istio-system/*'
`;
}

/** Sends what one workload calls to another service. */
function routeManifest(mark: string, caller: string): string {
  const [namespace, name] = CALLS[caller] ?? ['shop', 'cart'];
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: to-frontend-${mark}
  namespace: ${namespace}
spec:
  hosts:
    - ${name}.${namespace}.svc.cluster.local
  http:
    - route:
        - destination:
            host: frontend.shop.svc.cluster.local
            port:
              number: 8080
`;
}

function namespaceOf(service: string): string {
  return (SERVICES.shop as readonly string[]).includes(service) ? 'shop' : 'data';
}
