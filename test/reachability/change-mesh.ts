import { analyzeChange, type MeshOptions } from '../../src/analyze-change.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { ManifestSet } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis, EdgeChange } from '../../src/reachability/change.js';

/** Documents by path; a path that ends otherwise than in `.yaml` is a key for humans and gets the ending. */
export type Tree = Readonly<Record<string, string>>;

export function tree(files: Tree): ManifestSet {
  return buildManifestSet(
    Object.entries(files).map(([name, content]) => parseManifestFile({ path: `${name}.yaml`, content })),
  );
}

export function analyze(before: Tree, after: Tree, mesh: MeshOptions = {}): ChangeAnalysis {
  return analyzeChange({ before: tree(before), after: tree(after), mesh, policy: DEFAULT_POLICY });
}

export function namespace(name: string, labels = 'istio-injection: enabled'): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n  labels: {${labels}}\n`;
}

export function service(at: string, port = 80, portName = 'http'): string {
  const [space, name] = at.split('/');
  return `apiVersion: v1\nkind: Service\nmetadata: {name: ${name!}, namespace: ${space!}}
spec: {selector: {app: ${name!}}, ports: [{name: ${portName}, port: ${port}}]}\n`;
}

/** A Deployment whose only container has a variable for each destination that it names. */
export function deployment(at: string, names: readonly string[] = [], labels = ''): string {
  const [space, name] = at.split('/');
  const env = names.map((value, i) => `          - {name: URL_${i}, value: "${value}"}\n`).join('');
  return `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name!}, namespace: ${space!}}
spec:
  selector: {matchLabels: {app: ${name!}}}
  template:
    metadata: {labels: {app: ${name!}${labels && `, ${labels}`}}}
    spec:
      containers:
        - name: app
          image: app
${env && `          env:\n${env}`}`;
}

export function sidecar(at: string, hosts: readonly string[], spec = ''): string {
  const [space, name] = at.split('/');
  const lines = hosts.map((host) => `    - "${host}"\n`).join('');
  return `apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: ${name!}, namespace: ${space!}}
spec:
${spec}${hosts.length > 0 ? `  egress:\n  - hosts:\n${lines}` : ''}`;
}

/** Each pair of a change, a line each: `shop/web → cart.shop:80/http [branch]: meshed → blocked (need, severity)`. */
export function pairs({ changes }: ChangeAnalysis): string[] {
  return changes.flatMap(tell).sort();
}

function tell({ workloads, destinations, branch, before, after, need, severity, ...rest }: EdgeChange): string[] {
  const how = `${before} → ${after}${rest.rerouted ? ' rerouted' : ''}${rest.newReference ? ' new' : ''}`;
  const way = branch === undefined ? '' : ` [${branch}]`;
  return workloads.flatMap((w) =>
    destinations.map((d) => {
      const host = d.host.replace('.svc.cluster.local', '');
      return `${w.namespace}/${w.name} → ${host}:${d.port}/${d.protocol}${way}: ${how} (${need}, ${severity})`;
    }),
  );
}

/** The causes of all changes, each once: `Sidecar shop/default side file.yaml:3 explanation`. */
export function causes({ changes }: ChangeAnalysis, of: (change: EdgeChange) => boolean = () => true): string[] {
  const told = changes
    .filter(of)
    .flatMap((change) => change.causes)
    .map((c) => `${c.side} ${c.path}:${c.line} ${c.explanation}`);
  return [...new Set(told)].sort();
}
