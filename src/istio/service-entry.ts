import { asArray, asNumber, asObject, asString, asStrings, isObject, stringMap } from '../kubernetes/json.js';
import { isSubset, type Labels } from '../kubernetes/label-selector.js';
import type { JsonObject, KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Endpoint } from './endpoint.js';
import { isIpAddress, type HostName } from './host-name.js';
import type { AgeOf } from './istio-object.js';
import { parseProtocol } from './protocol.js';
import { UNSPECIFIED_IP, type Port, type Resolution, type Service } from './service.js';

interface ServicePort extends Port {
  /** 0 where there is none. */
  readonly targetPort: number;
}

/** A machine outside Kubernetes, or one inline endpoint of a ServiceEntry. Istio: networking.WorkloadEntry */
export interface WorkloadEntry {
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  readonly labels: Labels;
  readonly ports: ReadonlyMap<string, number>;
  readonly tlsMode: 'istio' | 'disabled';
  readonly object: KubernetesObject | null;
}

/** Istio: networking.ServiceEntry */
export interface ServiceEntry {
  readonly name: string;
  readonly namespace: string;
  readonly hosts: readonly HostName[];
  readonly addresses: readonly string[];
  readonly ports: readonly ServicePort[];
  readonly resolution: Resolution;
  readonly meshExternal: boolean;
  readonly exportTo: readonly string[];
  readonly endpoints: readonly WorkloadEntry[];
  /** Null without a workloadSelector. */
  readonly selector: Labels | null;
  readonly age: number;
  readonly object: KubernetesObject;
}

const RESOLUTIONS: Readonly<Record<string, Resolution>> = {
  NONE: 'Passthrough',
  STATIC: 'ClientSideLB',
  DNS: 'DNSLB',
  DNS_ROUND_ROBIN: 'DNSRoundRobinLB',
  DYNAMIC_DNS: 'DynamicDNS',
};

export function parseServiceEntry(object: KubernetesObject, ageOf: AgeOf): ServiceEntry {
  const spec = asObject(object.body['spec']);
  const { name, namespace } = object.metadata;
  const selector = spec['workloadSelector'];
  return {
    name,
    namespace,
    hosts: asStrings(spec['hosts']),
    addresses: asStrings(spec['addresses']),
    ports: asArray(spec['ports']).map((item) => {
      const port = asObject(item);
      return {
        name: asString(port['name']),
        port: asNumber(port['number']) ?? 0,
        protocol: parseProtocol(asString(port['protocol'])),
        targetPort: asNumber(port['targetPort']) ?? 0,
      };
    }),
    resolution: RESOLUTIONS[asString(spec['resolution']) || 'NONE'] ?? 'Passthrough',
    meshExternal: spec['location'] !== 'MESH_INTERNAL',
    exportTo: asStrings(spec['exportTo']),
    endpoints: asArray(spec['endpoints']).map((item, index) =>
      parseWorkloadEntrySpec(asObject(item), namespace, `${name}-${index}`, {}, null),
    ),
    selector: isObject(selector) ? stringMap(selector['labels']) : null,
    age: ageOf(object),
    object,
  };
}

/** Istio: serviceentry.ConvertWorkloadEntry */
export function parseWorkloadEntry(object: KubernetesObject): WorkloadEntry {
  const { name, namespace, labels } = object.metadata;
  return parseWorkloadEntrySpec(asObject(object.body['spec']), namespace, name, labels, object);
}

function parseWorkloadEntrySpec(
  spec: JsonObject,
  namespace: string,
  name: string,
  metadataLabels: Labels,
  object: KubernetesObject | null,
): WorkloadEntry {
  const labels = { ...stringMap(spec['labels']), ...metadataLabels };
  const ports = new Map<string, number>();
  for (const [key, value] of Object.entries(asObject(spec['ports']))) {
    const number = asNumber(value);
    if (number !== undefined) ports.set(key, number);
  }
  // Istio: getTLSModeFromWorkloadEntry
  const declared = labels['security.istio.io/tlsMode'];
  const terminates = declared === undefined ? asString(spec['serviceAccount']) !== '' : declared === 'istio';
  return {
    namespace,
    name,
    address: asString(spec['address']),
    labels,
    ports,
    tlsMode: terminates ? 'istio' : 'disabled',
    object,
  };
}

/** One service a host and address. Istio: serviceentry.convertServices */
export function convertServiceEntry(entry: ServiceEntry): Service[] {
  const addresses = entry.addresses.flatMap(normalizeAddress);
  const ports = entry.ports.map(({ name, port, protocol }) => ({ name, port, protocol }));
  const each = entry.addresses.length === 0 ? [UNSPECIFIED_IP] : addresses;
  return entry.hosts.flatMap((hostname) =>
    each.map((address) => ({
      hostname,
      namespace: entry.namespace,
      name: hostname,
      registry: 'External' as const,
      resolution: entry.resolution,
      ports,
      address,
      addresses: address === UNSPECIFIED_IP ? [] : [address],
      meshExternal: entry.meshExternal,
      exportTo: entry.exportTo.length > 0 ? new Set(entry.exportTo) : null,
      labels: entry.object.metadata.labels,
      labelSelectors: entry.selector,
      externalName: '',
      aliases: [],
      age: entry.age,
      object: entry.object,
    })),
  );
}

/** An address as it is, a range of one address as that address, and nothing for what is neither. */
function normalizeAddress(text: string): string[] {
  if (isIpAddress(text)) return [text];
  const [address, bits] = text.split('/');
  if (address === undefined || bits === undefined || !isIpAddress(address)) return [];
  return [bits === (address.includes(':') ? '128' : '32') ? address : text];
}

function isDns(resolution: Resolution): boolean {
  return resolution === 'DNSLB' || resolution === 'DNSRoundRobinLB';
}

/** What a ServiceEntry's selector may pick from: the pods and machines of its namespace. */
export interface SelectableWorkloads {
  readonly pods: readonly { readonly workload: Workload; readonly tlsMode: 'istio' | 'disabled' }[];
  readonly entries: readonly WorkloadEntry[];
}

/**
 * The endpoints of one host of a ServiceEntry: its own, those it selects, or the host name itself for DNS.
 * Istio: serviceentry.convertServiceEntryToInstances, services
 */
export function serviceEntryEndpoints(
  entry: ServiceEntry,
  hostname: HostName,
  selectable: SelectableWorkloads,
): Endpoint[] {
  if (entry.selector !== null) return selectedEndpoints(entry, entry.selector, selectable);
  if (entry.endpoints.length > 0) return entry.endpoints.flatMap((machine) => machineEndpoints(entry, machine));
  if (!isDns(entry.resolution)) return [];
  return entry.ports.map((port) => ({
    workload: null,
    address: hostname,
    port: port.targetPort || port.port,
    servicePortName: port.name,
    servicePort: port.port,
    labels: {},
    namespace: entry.namespace,
    tlsMode: 'disabled',
    entry: null,
  }));
}

function selectedEndpoints(entry: ServiceEntry, selector: Labels, selectable: SelectableWorkloads): Endpoint[] {
  const machines = selectable.entries.filter(
    (machine) =>
      machine.namespace === entry.namespace &&
      isSubset(selector, machine.labels) &&
      (isIpAddress(machine.address) || isDns(entry.resolution)),
  );
  const pods = selectable.pods.filter(
    ({ workload }) => workload.namespace === entry.namespace && isSubset(selector, workload.labels),
  );
  return [
    ...pods.flatMap(({ workload, tlsMode }) =>
      entry.ports.map((port) => ({
        workload,
        address: '',
        port: port.targetPort || port.port,
        servicePortName: port.name,
        servicePort: port.port,
        labels: workload.labels,
        namespace: workload.namespace,
        tlsMode,
        entry: null,
      })),
    ),
    ...machines.flatMap((machine) => machineEndpoints(entry, machine)),
  ];
}

/** Istio: convertWorkloadInstanceToServiceInstance */
function machineEndpoints(entry: ServiceEntry, machine: WorkloadEntry): Endpoint[] {
  return entry.ports.map((port) => ({
    workload: null,
    address: machine.address,
    port: machine.ports.get(port.name) || port.targetPort || port.port,
    servicePortName: port.name,
    servicePort: port.port,
    labels: machine.labels,
    namespace: machine.namespace,
    tlsMode: machine.tlsMode,
    entry: machine.object,
  }));
}
