import { analyzeMesh } from '../../src/analyze-change.js';
import type { Edge, EndpointRef, ReachabilityGroup } from '../../src/reachability/egress-reachability.js';
import { parseText } from '../conformance/conformance-case.js';

/** A Service of namespace `shop` (or `namespace/name`) that picks the pods labelled `app: <name>`. */
export function service(name: string, ports: string, more = ''): string {
  const [namespace, own] = namespaced(name);
  return `
apiVersion: v1
kind: Service
metadata: {name: ${own}, namespace: ${namespace}}
spec: {selector: {app: ${own}}, ports: ${ports}${more === '' ? '' : `, ${more}`}}
`;
}

/** A Deployment with a sidecar; `more` goes into its pod's labels. */
export function deployment(name: string, more = ''): string {
  const [namespace, own] = namespaced(name);
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${own}, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: ${own}}}
  template:
    metadata: {labels: {app: ${own}${more === '' ? '' : `, ${more}`}}}
    spec: {containers: [{name: app, image: registry.example/app:1}]}
`;
}

/** Any object of Istio's, or a Gateway API route. */
export function object(apiVersion: string, kind: string, name: string, spec: string): string {
  const [namespace, own] = namespaced(name);
  return `
apiVersion: ${apiVersion}
kind: ${kind}
metadata: {name: ${own}, namespace: ${namespace}}
spec: ${spec}
`;
}

function namespaced(name: string): [string, string] {
  const [namespace, own] = name.includes('/') ? (name.split('/') as [string, string]) : ['shop', name];
  return [namespace, own];
}

export interface Asked {
  readonly caller?: string;
  readonly version?: string;
}

/** What there is to know of `shop/Deployment/caller`, which is added unless another caller is asked about. */
function groupOf(documents: readonly string[], { caller, version = '1.30' }: Asked): ReachabilityGroup {
  const text = [...documents, ...(caller === undefined ? [deployment('caller')] : [])].join('\n---\n');
  const reach = analyzeMesh({ manifests: parseText(text), mesh: { istioVersion: version } });
  if (reach.rejected.length > 0) throw new Error(`refused: ${JSON.stringify(reach.rejected)}`);
  const key = caller ?? 'shop/Deployment/caller';
  const group = reach.groups.find(({ workloads }) =>
    workloads.some((w) => `${w.namespace}/${w.kind}/${w.name}` === key),
  );
  if (!group) throw new Error(`no workload ${key}`);
  return group;
}

/** The caller's edge to `host:port/protocol`; short hosts are of namespace `shop`. */
export function edgeTo(destination: string, documents: readonly string[], asked: Asked = {}): Edge {
  const edges = new Map(
    groupOf(documents, asked).edges.map((edge) => [`${edge.host}:${edge.port}/${edge.protocol}`, edge]),
  );
  const edge = edges.get(destination.replace(/^([a-z0-9-]+):/, '$1.shop.svc.cluster.local:'));
  if (!edge) throw new Error(`no edge ${destination}; there are ${[...edges.keys()].join(', ')}`);
  return edge;
}

/** `host:port` of all that the caller's sidecar knows. */
export function importsOf(documents: readonly string[], asked: Asked = {}): readonly string[] {
  return groupOf(documents, asked).imports;
}

export function endpointText(endpoint: EndpointRef): string {
  return 'address' in endpoint ? endpoint.address : `${endpoint.namespace}/${endpoint.kind}/${endpoint.name}`;
}
