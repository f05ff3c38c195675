import { parseCidr } from '../istio/filter-chain.js';
import { isWildcarded } from '../istio/host-name.js';
import { hasClusterIp } from '../istio/kubernetes-service.js';
import { isHttp, isTcp, isTls, type Protocol } from '../istio/protocol.js';
import type { PushContext, Stock } from '../istio/push-context.js';
import { endpointAddress } from '../istio/service-endpoints.js';
import { portByNumber, type Service } from '../istio/service.js';
import type { Endpoint } from '../istio/endpoint.js';
import { compareWorkloads, type Workload } from '../kubernetes/workload.js';
import type { Destination, EdgeProtocol } from './egress-reachability.js';

/** A destination with what the manifests know of the host. */
export interface CallTarget extends Destination {
  /** The service that the call's address belongs to; null for a host nobody registered. */
  readonly service: Service | null;
  /** What the host name resolves to, unless it is a headless Service's. */
  readonly address: string;
  /** Addresses and workloads of a headless Service's pods, in the order in which callers prefer them. */
  readonly pods: readonly CalledPod[];
  /** Whether the address is one of the cluster's own, also where the manifests do not tell it. */
  readonly inCluster: boolean;
}

/** A pod that is called by its own address. */
export interface CalledPod {
  readonly address: string;
  readonly endpoint: Endpoint;
}

/** The edges that a port has: one a protocol that an application may speak to it. */
export function edgeProtocols(protocol: Protocol): readonly EdgeProtocol[] {
  if (isHttp(protocol)) return HTTP;
  if (isTls(protocol)) return TLS;
  if (isTcp(protocol)) return TCP;
  return protocol === 'udp' ? NONE : DETECTED;
}

const NONE: readonly EdgeProtocol[] = [];
const HTTP: readonly EdgeProtocol[] = ['http'];
const TLS: readonly EdgeProtocol[] = ['tls'];
const TCP: readonly EdgeProtocol[] = ['tcp'];
const DETECTED: readonly EdgeProtocol[] = ['http', 'tcp'];

/** Stable identity of a destination, and its order: by host, port, protocol. */
export function destinationKey({ host, port, protocol }: Destination): string {
  return `${host}:${port}/${protocol}`;
}

export function compareDestinations(a: Destination, b: Destination): number {
  if (a.host !== b.host) return a.host < b.host ? -1 : 1;
  return a.port - b.port || (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0);
}

/** The host an edge asks for: a wildcard host is probed by one name under it. */
export function probedHost(hostname: string): string {
  return isWildcarded(hostname) ? `probe${hostname.slice(1)}` : hostname;
}

/** Every TCP port of every Service and ServiceEntry, and the probes; sorted, each once. */
export function listDestinations(push: PushContext, probes: readonly Destination[]): Destination[] {
  const found: Destination[] = [];
  for (const service of push.services.all) {
    const host = probedHost(service.hostname);
    for (const { port, protocol } of service.ports) {
      for (const edgeProtocol of edgeProtocols(protocol)) {
        found.push({ host, port, protocol: edgeProtocol });
      }
    }
  }
  for (const { host, port, protocol } of probes) found.push({ host, port, protocol });
  found.sort(compareDestinations);
  return found.filter((each, index) => index === 0 || compareDestinations(found[index - 1]!, each) !== 0);
}

type TargetResolver = (destination: Destination) => CallTarget;

const resolvers = new WeakMap<Stock, TargetResolver>();

/** Finds what a destination's host stands for in one mesh. */
export function targetResolver(push: PushContext): TargetResolver {
  const { stock } = push.lineage;
  let resolver = resolvers.get(stock);
  if (!resolver) resolvers.set(stock, (resolver = makeResolver(push)));
  return resolver;
}

function makeResolver(push: PushContext): TargetResolver {
  const resolvedHosts = new Map<string, ResolvedHost>();
  const byProbedHost = new Map<string, Service[]>();
  for (const service of push.services.all) {
    const host = probedHost(service.hostname);
    const list = byProbedHost.get(host);
    if (list) list.push(service);
    else byProbedHost.set(host, [service]);
  }
  return ({ host, port, protocol }) => {
    const services = byProbedHost.get(host) ?? [];
    const kubernetes = services.find((service) => service.registry === 'Kubernetes');
    const own = kubernetes !== undefined && portByNumber(kubernetes, port) !== undefined;
    const key = `${host} ${own ? 'own' : 'other'}`;
    let resolved = resolvedHosts.get(key);
    if (!resolved) resolvedHosts.set(key, (resolved = resolveHost(push, services, own, host)));
    return { host, port, protocol, ...resolved };
  };
}

/**
 * The ClusterIP of the Kubernetes Service, for the Service's own ports; else the first address of the first ServiceEntry that has
 * one; else the ClusterIP for other ports, or a headless Service's pods; else an address nothing else knows.
 */
function resolveHost(push: PushContext, services: readonly Service[], ownPort: boolean, host: string): ResolvedHost {
  const kubernetes = services.find((service) => service.registry === 'Kubernetes');
  const clusterIp: ResolvedHost | null =
    kubernetes && hasClusterIp(kubernetes)
      ? { service: kubernetes, address: kubernetes.address, pods: [], inCluster: true }
      : null;
  if (clusterIp && ownPort) return clusterIp;
  const entries = services.filter((service) => service.registry === 'External').sort(compareObjects);
  const addressed = entries.find((service) => service.addresses.length > 0);
  if (addressed) {
    return { service: addressed, address: firstAddress(addressed.address), pods: [], inCluster: false };
  }
  if (clusterIp) return clusterIp;
  const headless = kubernetes?.resolution === 'Passthrough';
  return {
    service: kubernetes ?? entries[0] ?? null,
    address: isIpLiteral(host) ? host : `unknown:${host}`,
    pods: kubernetes && headless ? podsOf(push, kubernetes) : [],
    inCluster: headless,
  };
}

function isIpLiteral(host: string): boolean {
  return parseCidr(host) !== null && !host.includes('/');
}

function compareObjects(a: Service, b: Service): number {
  const key = (s: Service): string => `${s.namespace}/${s.object.metadata.name}`;
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

/** Of a range, the address after the network's own. */
function firstAddress(address: string): string {
  if (!address.includes('/')) return address;
  const range = parseCidr(address);
  if (range === null) return address.split('/')[0] ?? address;
  const next = range.network + 1;
  return [24, 16, 8, 0].map((shift) => (next >>> shift) & 255).join('.');
}

type ResolvedHost = Omit<CallTarget, keyof Destination>;

/** The pods that the selector picks, whatever they listen on, and the addresses that EndpointSlices list. */
function podsOf(push: PushContext, service: Service): CalledPod[] {
  const pods = new Map<string, Endpoint>();
  const listed = service.ports.flatMap(({ port }) => push.endpointsByPort(service, port));
  for (const endpoint of [...listed, ...push.podsBehind(service)]) {
    const address = endpointAddress(endpoint);
    if (address !== null && !pods.has(address)) pods.set(address, endpoint);
  }
  return [...pods]
    .map(([address, endpoint]) => ({ address, endpoint }))
    .sort(({ address: a, endpoint: { workload: x } }, { address: b, endpoint: { workload: y } }) =>
      x && y ? compareWorkloads(x, y) : a < b ? -1 : 1,
    );
}

/** The address a caller gets: of a headless Service the first pod that is not its own, or its own where there is no other. */
export function addressFor(target: CallTarget, caller: Workload): string {
  return podFor(target, caller)?.address ?? target.address;
}

export function podFor({ pods }: CallTarget, caller: Workload): CalledPod | undefined {
  return pods.find(({ endpoint }) => endpoint.workload !== caller) ?? pods[0];
}
