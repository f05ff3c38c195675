import { asArray, asNumber, asObject, asString, isObject, stringMap } from '../kubernetes/json.js';
import { isSubset, subsetTest, type Labels } from '../kubernetes/label-selector.js';
import type { JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Endpoint } from './endpoint.js';
import { isIpAddress } from './host-name.js';
import type { AgeOf } from './istio-object.js';
import { convertProtocol } from './protocol.js';
import { UNSPECIFIED_IP, type Port, type Service } from './service.js';
import type { SelectableWorkloads, WorkloadEntry } from './service-entry.js';
import { NONE } from './visibility.js';

export const EXPORT_TO_ANNOTATION = 'networking.istio.io/exportTo';

interface TargetedPort extends Port {
  readonly targetPort: number | string;
  readonly transport: string;
}

/** Istio: kube.ServiceHostname */
export function serviceHostname(name: string, namespace: string, clusterDomain: string): string {
  return `${name}.${namespace}.svc.${clusterDomain}`;
}

/** Istio: kube.ConvertService */
export function convertService(object: KubernetesObject, clusterDomain: string, ageOf: AgeOf): Service {
  const spec = asObject(object.body['spec']);
  const { name, namespace, annotations, labels } = object.metadata;
  const clusterIp = asString(spec['clusterIP']);
  const externalName = spec['type'] === 'ExternalName' ? asString(spec['externalName']) : '';
  const headless = clusterIp === 'None';
  const hasAddress = !headless && externalName === '';
  // Kubernetes gives every other Service an address; where the manifest does not tell it, this stands for it.
  const addresses = hasAddress ? [clusterIp || `clusterip:${name}.${namespace}`] : [];
  const exportTo = annotations[EXPORT_TO_ANNOTATION];
  return {
    hostname: serviceHostname(name, namespace, clusterDomain),
    namespace,
    name,
    registry: 'Kubernetes',
    resolution: headless ? 'Passthrough' : externalName !== '' ? 'Alias' : 'ClientSideLB',
    ports: servicePorts(object).map(({ name: portName, port, protocol }) => ({ name: portName, port, protocol })),
    address: addresses[0] ?? UNSPECIFIED_IP,
    addresses,
    meshExternal: externalName !== '',
    exportTo: exportTo ? new Set(exportTo.split(',').map((item) => item.trim())) : null,
    labels,
    labelSelectors: selectorOf(object),
    externalName,
    aliases: [],
    age: ageOf(object),
    object,
  };
}

/** A Service that gets an address of its own from Kubernetes: neither headless nor an alias. */
export function hasClusterIp(service: Service): boolean {
  return service.registry === 'Kubernetes' && service.resolution === 'ClientSideLB';
}

function selectorOf(object: KubernetesObject): Labels | null {
  const selector = asObject(object.body['spec'])['selector'];
  return isObject(selector) ? stringMap(selector) : null;
}

function servicePorts(object: KubernetesObject): TargetedPort[] {
  return asArray(asObject(object.body['spec'])['ports']).flatMap((item) => {
    const port = asObject(item);
    const number = asNumber(port['port']);
    if (number === undefined) return [];
    const name = asString(port['name']);
    const transport = asString(port['protocol']) || 'TCP';
    const appProtocol = port['appProtocol'];
    return [
      {
        name,
        port: number,
        protocol: convertProtocol(number, name, transport, typeof appProtocol === 'string' ? appProtocol : undefined),
        targetPort: targetPort(port['targetPort'], number),
        transport,
      },
    ];
  });
}

function targetPort(value: JsonValue | undefined, port: number): number | string {
  if (typeof value === 'number') return value === 0 ? port : value;
  if (typeof value === 'string' && value !== '') return value;
  return port;
}

/**
 * The endpoints of a Service: what EndpointSlices (or Endpoints) in the manifests list, else the running pods that its selector
 * picks; and the machines its selector picks. Istio: kube controller's endpoint slice handling, collectWorkloadInstanceEndpoints
 */
export function serviceEndpoints(
  service: Service,
  slices: readonly KubernetesObject[],
  selectable: SelectableWorkloads,
): Endpoint[] {
  // Kubernetes makes no endpoints for an alias.
  if (service.resolution === 'Alias') return [];
  const ports = servicePorts(service.object);
  const selector = service.labelSelectors ?? {};
  const selects = Object.keys(selector).length > 0;
  const pods = selectedPods(service, selectable.pods);
  const own =
    slices.length > 0
      ? slices.flatMap((slice) => sliceEndpoints(service, slice, pods))
      : pods.flatMap((pod) => ports.flatMap((port) => podEndpoint(pod, port)));
  if (!selects || service.resolution !== 'ClientSideLB') return own;
  const machines = selectable.entries.filter(
    (entry) => entry.namespace === service.namespace && isSubset(selector, entry.labels) && isIpAddress(entry.address),
  );
  return [...own, ...machines.flatMap((machine) => ports.flatMap((port) => machineEndpoint(machine, port)))];
}

/** Of a Service that nobody may see, istiod sends no endpoints, not even to those who get its cluster. Istio: serviceNeedsPush */
export function isHiddenFromAll(service: Service): boolean {
  return service.exportTo?.has(NONE) ?? false;
}

type SelectablePod = SelectableWorkloads['pods'][number];

/** The pods that a Service's selector picks; a Service without one picks none. */
export function selectedPods(service: Service, pods: readonly SelectablePod[]): readonly SelectablePod[] {
  const selector = service.labelSelectors ?? {};
  if (Object.keys(selector).length === 0) return [];
  const selects = subsetTest(selector);
  return pods.filter(({ workload: w }) => w.namespace === service.namespace && selects(w.labels));
}

/** Nothing where a named target port is one that the pod does not declare. */
function podEndpoint(pod: SelectablePod, port: TargetedPort): Endpoint[] {
  const number = podPort(pod.workload, port);
  return number === undefined ? [] : [endpointOfPod(pod, number, port.name)];
}

/** A pod as the endpoint of a port that nobody has named yet. */
export function endpointOfPod({ workload, tlsMode }: SelectablePod, port = 0, servicePortName = ''): Endpoint {
  return {
    workload,
    address: '',
    port,
    servicePortName,
    servicePort: null,
    labels: workload.labels,
    namespace: workload.namespace,
    tlsMode,
    entry: null,
  };
}

function podPort(workload: Workload, port: TargetedPort): number | undefined {
  if (typeof port.targetPort === 'number') return port.targetPort;
  return workload.containerPorts.find((p) => p.name === port.targetPort && p.protocol === port.transport)?.port;
}

/** Nothing where a named target port is one that the machine does not declare. Istio: serviceInstanceFromWorkloadInstance */
function machineEndpoint(machine: WorkloadEntry, { name, targetPort }: TargetedPort): Endpoint[] {
  const port = typeof targetPort === 'string' ? machine.ports.get(targetPort) : (machine.ports.get(name) ?? targetPort);
  if (port === undefined) return [];
  return [
    {
      workload: null,
      address: machine.address,
      port,
      servicePortName: name,
      servicePort: null,
      labels: machine.labels,
      namespace: machine.namespace,
      tlsMode: machine.tlsMode,
      entry: machine.object,
    },
  ];
}

function sliceEndpoints(service: Service, slice: KubernetesObject, pods: readonly SelectablePod[]): Endpoint[] {
  const subsets = slice.kind === 'Endpoints' ? asArray(slice.body['subsets']) : [slice.body];
  return subsets.flatMap((item) => {
    const subset = asObject(item);
    const ports = asArray(subset['ports']).flatMap((entry) => {
      const port = asObject(entry);
      const number = asNumber(port['port']);
      return number === undefined ? [] : [{ name: asString(port['name']), port: number }];
    });
    return addressesOf(subset).flatMap(({ address, targetName }) => {
      const pod = podOf(targetName, pods);
      return ports.map((port) => ({
        workload: pod?.workload ?? null,
        address,
        port: port.port,
        servicePortName: port.name,
        servicePort: null,
        labels: pod?.workload.labels ?? {},
        namespace: service.namespace,
        tlsMode: pod?.tlsMode ?? ('disabled' as const),
        entry: null,
      }));
    });
  });
}

/** Ready addresses of an EndpointSlice or of an Endpoints subset, with the name of the pod each belongs to. */
function addressesOf(subset: ReturnType<typeof asObject>): { address: string; targetName: string }[] {
  const slice = asArray(subset['endpoints']).flatMap((item) => {
    const endpoint = asObject(item);
    if (asObject(endpoint['conditions'])['ready'] === false) return [];
    const targetName = asString(asObject(endpoint['targetRef'])['name']);
    return asArray(endpoint['addresses']).map((address) => ({ address: asString(address), targetName }));
  });
  const legacy = asArray(subset['addresses']).map((item) => {
    const address = asObject(item);
    return { address: asString(address['ip']), targetName: asString(asObject(address['targetRef'])['name']) };
  });
  return [...slice, ...legacy];
}

/** The workload that made a pod, told by the pod's name: `<workload>-<hash>…`; the longest name wins. */
function podOf(podName: string, pods: readonly SelectablePod[]): SelectablePod | undefined {
  if (podName === '') return undefined;
  return pods
    .filter(({ workload }) => podName === workload.name || podName.startsWith(`${workload.name}-`))
    .sort((a, b) => b.workload.name.length - a.workload.name.length)[0];
}

/** The name of the Service that an EndpointSlice or Endpoints object belongs to. */
export function sliceServiceName(object: KubernetesObject): string {
  return object.kind === 'Endpoints'
    ? object.metadata.name
    : (object.metadata.labels['kubernetes.io/service-name'] ?? '');
}
