import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Labels } from '../kubernetes/label-selector.js';
import type { HostName } from './host-name.js';
import type { Protocol } from './protocol.js';
import type { ExportTo } from './visibility.js';

/** What Istio writes for "no address of its own". Istio: constants.UnspecifiedIP */
export const UNSPECIFIED_IP = '0.0.0.0';

/** How a proxy finds the endpoints. Istio: model.Resolution */
export type Resolution = 'ClientSideLB' | 'DNSLB' | 'DNSRoundRobinLB' | 'Passthrough' | 'DynamicDNS' | 'Alias';

export interface Port {
  readonly name: string;
  readonly port: number;
  readonly protocol: Protocol;
}

/** A service of the registry: a Kubernetes Service, or one host (and one address) of a ServiceEntry. Istio: model.Service */
export interface Service {
  readonly hostname: HostName;
  readonly namespace: string;
  /** A Kubernetes Service's name; a ServiceEntry's host. */
  readonly name: string;
  readonly registry: 'Kubernetes' | 'External';
  readonly resolution: Resolution;
  readonly ports: readonly Port[];
  /** An IP address, a CIDR, or `0.0.0.0` where there is none. */
  readonly address: string;
  /** Every address, the first included; empty where there is none. */
  readonly addresses: readonly string[];
  readonly meshExternal: boolean;
  readonly exportTo: ExportTo | null;
  readonly labels: Labels;
  readonly labelSelectors: Labels | null;
  /** The target of an ExternalName Service; else empty. */
  readonly externalName: string;
  /** ExternalName Services that point here. */
  readonly aliases: readonly { readonly hostname: HostName; readonly namespace: string }[];
  readonly age: number;
  readonly object: KubernetesObject;
}

/** The port a proxy serves; UDP ports are none. Istio: PortList.GetByPort */
export function portByNumber(service: Service, number: number): Port | undefined {
  return service.ports.find((port) => port.port === number && port.protocol !== 'udp');
}

const trimmed = new WeakMap<Service, Map<Port, Service>>();

/** The service with one of its ports alone; the same object whenever it is asked for. */
export function withOnlyPort(service: Service, port: Port): Service {
  let byPort = trimmed.get(service);
  if (!byPort) trimmed.set(service, (byPort = new Map<Port, Service>()));
  let found = byPort.get(port);
  if (!found) byPort.set(port, (found = { ...service, ports: [port] }));
  return found;
}

/** The key under which a service's endpoints stand: several services can share them. */
export function endpointsKey(service: Pick<Service, 'hostname' | 'namespace'>): string {
  return `${service.namespace}/${service.hostname}`;
}
