import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Endpoint } from './endpoint.js';
import { isIpAddress } from './host-name.js';
import { isHiddenFromAll, serviceEndpoints, sliceServiceName } from './kubernetes-service.js';
import {
  serviceEntryEndpoints,
  type SelectableWorkloads,
  type ServiceEntry,
  type WorkloadEntry,
} from './service-entry.js';
import { endpointsKey, type Service } from './service.js';

/** Endpoints by endpointsKey: a ServiceEntry's and a Service's of one host stand together. */
export type EndpointIndex = ReadonlyMap<string, readonly Endpoint[]>;

/** The endpoints of a mesh. */
export interface MeshEndpoints {
  /** Those that istiod knows. */
  readonly known: EndpointIndex;
  /** Those that Kubernetes leads calls of a Service's address to, whatever istiod makes of the Service. */
  readonly served: EndpointIndex;
}

/** Istio: model.EndpointIndex, filled by the Kubernetes and the ServiceEntry registry */
export function buildEndpointIndex(
  kubernetesServices: readonly Service[],
  serviceEntries: readonly ServiceEntry[],
  slices: readonly KubernetesObject[],
  selectable: SelectableWorkloads,
): MeshEndpoints {
  const known = new Map<string, Endpoint[]>();
  const served = new Map<string, Endpoint[]>();
  const add = (key: string, endpoints: readonly Endpoint[]): void => {
    const list = known.get(key);
    if (list) list.push(...endpoints);
    else known.set(key, [...endpoints]);
  };
  const slicesOf = groupSlices(slices);
  const byNamespace = groupByNamespace(selectable);
  const none: SelectableWorkloads = { pods: [], entries: [] };
  for (const service of kubernetesServices) {
    const own = slicesOf.get(`${service.namespace}/${service.name}`) ?? [];
    const endpoints = serviceEndpoints(service, own, byNamespace.get(service.namespace) ?? none);
    served.set(endpointsKey(service), endpoints);
    if (!isHiddenFromAll(service)) add(endpointsKey(service), endpoints);
  }
  for (const entry of serviceEntries) {
    for (const hostname of entry.hosts) {
      const endpoints = serviceEntryEndpoints(entry, hostname, byNamespace.get(entry.namespace) ?? none);
      add(endpointsKey({ hostname, namespace: entry.namespace }), endpoints);
    }
  }
  return { known, served };
}

/** The endpoints that clusters of their own addresses and headless Services' listeners are made of, by endpointsKey and port. */
export type InstanceIndex = ReadonlyMap<string, ReadonlyMap<number, readonly Endpoint[]>>;

/**
 * Services of one key share their instances: of a port that several have, the last service's stay; a ServiceEntry's are told by the
 * port's number, a Service's by its name. Istio: PushContext.initServiceRegistry, EndpointShards.CopyEndpoints
 */
export function buildInstanceIndex(services: readonly Service[], endpoints: EndpointIndex): InstanceIndex {
  const index = new Map<string, Map<number, Endpoint[]>>();
  for (const service of services) {
    const key = endpointsKey(service);
    let byPort = index.get(key);
    if (!byPort) index.set(key, (byPort = new Map<number, Endpoint[]>()));
    const numbers = new Map(service.ports.map(({ name, port }) => [name, port]));
    const known = new Set(service.ports.map(({ port }) => port));
    const own = new Map<number, Endpoint[]>();
    for (const endpoint of endpoints.get(key) ?? []) {
      const number = endpoint.servicePort ?? numbers.get(endpoint.servicePortName);
      if (number === undefined || !known.has(number)) continue;
      const list = own.get(number);
      if (list) list.push(endpoint);
      else own.set(number, [endpoint]);
    }
    for (const [port, list] of own) byPort.set(port, list);
  }
  return index;
}

/** EndpointSlices, and legacy Endpoints where a Service has no slice. */
function groupSlices(slices: readonly KubernetesObject[]): Map<string, KubernetesObject[]> {
  const groups = new Map<string, KubernetesObject[]>();
  const keyOf = (slice: KubernetesObject): string => `${slice.metadata.namespace}/${sliceServiceName(slice)}`;
  for (const kind of ['EndpointSlice', 'Endpoints']) {
    const sliced = new Set(groups.keys());
    for (const slice of slices) {
      if (slice.kind !== kind || (kind === 'Endpoints' && sliced.has(keyOf(slice)))) continue;
      const list = groups.get(keyOf(slice));
      if (list) list.push(slice);
      else groups.set(keyOf(slice), [slice]);
    }
  }
  return groups;
}

function groupByNamespace(selectable: SelectableWorkloads): Map<string, SelectableWorkloads> {
  const groups = new Map<string, { pods: SelectableWorkloads['pods'][number][]; entries: WorkloadEntry[] }>();
  const groupOf = (namespace: string) => {
    let group = groups.get(namespace);
    if (!group) groups.set(namespace, (group = { pods: [], entries: [] }));
    return group;
  };
  for (const pod of selectable.pods) groupOf(pod.workload.namespace).pods.push(pod);
  for (const entry of selectable.entries) groupOf(entry.namespace).entries.push(entry);
  return groups;
}

/** What stands for the address of a workload's pod, which manifests do not know. */
export function podAddress(workload: Workload): string {
  return `pod:${workload.namespace}/${workload.kind}/${workload.name}`;
}

/** Whether the endpoint is an IP address, and not a DNS name. */
export function hasAddress({ address, workload }: Endpoint): boolean {
  return address === '' ? workload !== null : isIpAddress(address);
}

/** Null for an endpoint that is a DNS name. */
export function endpointAddress(endpoint: Endpoint): string | null {
  if (!hasAddress(endpoint)) return null;
  return endpoint.workload && endpoint.address === '' ? podAddress(endpoint.workload) : endpoint.address;
}
