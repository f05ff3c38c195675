import { isSubset } from '../kubernetes/label-selector.js';
import { clusterName, destinationCluster } from './destination-cluster.js';
import { isWildcarded, matches, type HostName } from './host-name.js';
import type { IstioObject } from './istio-object.js';
import { buildOrderedIndex, pickInOrder, type OrderedIndex } from './ordered-index.js';
import { isTls, type Protocol } from './protocol.js';
import type { Proxy } from './proxy.js';
import { UNSPECIFIED_IP, type Service } from './service.js';
import type { SidecarScope } from './sidecar-scope.js';
import { alternativeHosts } from './virtual-host-domains.js';
import { MESH_GATEWAY, type StaticMatch, type VirtualService, type WeightedDestination } from './virtual-service.js';

/** One way through a listener: whom it takes, and where to. Istio: filterChainOpts */
export interface FilterChain {
  readonly sniHosts: readonly string[];
  readonly destinationCidrs: readonly string[];
  /** Takes only what the HTTP inspector recognises. */
  readonly http: { readonly routeName: string; readonly inspected: boolean } | null;
  /** Of a TCP or TLS chain. */
  readonly clusters: readonly string[];
  /** The service that brought the chain. */
  readonly service: Service;
  readonly virtualService: IstioObject<VirtualService> | null;
}

export interface ListenPort {
  readonly port: number;
  readonly protocol: Protocol;
}

interface ChainInput {
  readonly scope: SidecarScope;
  readonly proxy: Proxy;
  readonly service: Service;
  readonly bind: string;
  readonly port: ListenPort;
  readonly destinationCidrs: readonly string[];
  readonly clusterDomain: string;
}

/** Istio: buildSidecarOutboundTCPListenerOpts */
export function buildTcpFilterChains(
  input: ChainInput,
  virtualServices: readonly IstioObject<VirtualService>[],
): FilterChain[] {
  const configs = virtualServicesOf(virtualServices, input.service.hostname);
  return isTls(input.port.protocol) ? buildTlsChains(input, configs) : buildPlainTcpChains(input, configs);
}

/** Those with a host that overlaps a service's. */
function virtualServicesOf(
  all: readonly IstioObject<VirtualService>[],
  hostname: HostName,
): readonly IstioObject<VirtualService>[] {
  const candidates = isWildcarded(hostname) ? all : pickInOrder(byOnlyHost(all), [hostname, SEVERAL_HOSTS]);
  return candidates.filter((config) => config.spec.hosts.some((host) => matches(host, hostname)));
}

const SEVERAL_HOSTS = '*';

const byHosts = new WeakMap<readonly IstioObject<VirtualService>[], OrderedIndex<IstioObject<VirtualService>>>();

/** By the only host, as nearly all have one that is a name; each service with TCP asks for its own. */
function byOnlyHost(all: readonly IstioObject<VirtualService>[]): OrderedIndex<IstioObject<VirtualService>> {
  let index = byHosts.get(all);
  if (!index) {
    index = buildOrderedIndex(all, ({ spec: { hosts } }) => {
      const [only, ...others] = hosts;
      return only === undefined || others.length > 0 || isWildcarded(only) ? SEVERAL_HOSTS : only;
    });
    byHosts.set(all, index);
  }
  return index;
}

/** Istio: matchTLS, matchTCP */
function matchesProxy(match: StaticMatch, proxy: Proxy, port: number): boolean {
  return (
    (match.gateways.length === 0 || match.gateways.includes(MESH_GATEWAY)) &&
    isSubset(match.sourceLabels, proxy.labels) &&
    (match.port === 0 || match.port === port) &&
    (match.sourceNamespace === '' || match.sourceNamespace === proxy.namespace)
  );
}

/** Istio: buildSidecarOutboundTLSFilterChainOpts */
function buildTlsChains(input: ChainInput, configs: readonly IstioObject<VirtualService>[]): FilterChain[] {
  const { service, proxy, port } = input;
  const chains: FilterChain[] = [];
  const handled = new Set<string>();
  let { destinationCidrs } = input;
  for (const config of configs) {
    for (const route of config.spec.tls) {
      if (route.route.length === 0) continue;
      for (const match of route.match) {
        if (!matchesProxy(match, proxy, port.port)) continue;
        // What one match overrides stays overridden for the matches behind it, as in Istio.
        if (match.destinationSubnets.length > 0 && port.port > 0) destinationCidrs = match.destinationSubnets;
        const key = `${match.sniHosts.join(',')}|${match.destinationSubnets.join(',')}`;
        if (!handled.has(key)) {
          chains.push(routeChain(input, route.route, config, match.sniHosts, destinationCidrs));
          handled.add(key);
        }
      }
    }
  }
  if (chains.length > 0) return chains;
  const address = service.address.includes('/') ? '' : service.address;
  const needsSni =
    destinationCidrs.length > 0 ||
    address === '' ||
    (address === UNSPECIFIED_IP && input.bind === UNSPECIFIED_IP) ||
    (isWildcarded(service.hostname) && service.resolution === 'DynamicDNS');
  const sniHosts = needsSni
    ? [
        service.hostname,
        ...service.aliases.flatMap(({ hostname }) => [
          hostname,
          ...alternativeHosts(hostname, proxy.namespace, input.clusterDomain),
        ]),
      ]
    : [];
  return [{ ...defaultChain(input), sniHosts, destinationCidrs }];
}

/** Istio: buildSidecarOutboundTCPFilterChainOpts */
function buildPlainTcpChains(input: ChainInput, configs: readonly IstioObject<VirtualService>[]): FilterChain[] {
  const { proxy, port, destinationCidrs } = input;
  const chains: FilterChain[] = [];
  let needsDefault = true;
  for (const config of configs) {
    for (const route of config.spec.tcp) {
      if (route.route.length === 0) continue;
      if (route.match.length === 0) {
        chains.push(routeChain(input, route.route, config, [], destinationCidrs));
        return chains;
      }
      const subnets: string[] = [];
      for (const match of route.match) {
        if (!matchesProxy(match, proxy, port.port)) continue;
        if (match.destinationSubnets.length === 0 || port.port === 0) {
          chains.push(routeChain(input, route.route, config, [], destinationCidrs));
          return chains;
        }
        subnets.push(...match.destinationSubnets);
      }
      if (subnets.length > 0) {
        chains.push(routeChain(input, route.route, config, [], subnets));
        if ([...subnets].sort().join() === [...destinationCidrs].sort().join()) needsDefault = false;
      }
    }
  }
  if (needsDefault) chains.push(defaultChain(input));
  return chains;
}

function defaultChain({ service, port, destinationCidrs }: ChainInput): FilterChain {
  // A listener's own port stands for the service's where the service has but one.
  const number = service.ports.length === 1 ? service.ports[0]!.port : port.port;
  return {
    sniHosts: [],
    destinationCidrs,
    http: null,
    clusters: [clusterName({ port: number, subset: '', hostname: service.hostname })],
    service,
    virtualService: null,
  };
}

/** Istio: buildOutboundNetworkFilters */
function routeChain(
  { scope, service, port }: ChainInput,
  route: readonly WeightedDestination[],
  virtualService: IstioObject<VirtualService>,
  sniHosts: readonly string[],
  destinationCidrs: readonly string[],
): FilterChain {
  const used = route.length === 1 ? route : route.filter(({ weight }) => weight > 0);
  const clusters = used.map(({ destination }) =>
    destinationCluster(destination, scope.servicesByHostname.get(destination.host), port.port),
  );
  return { sniHosts, destinationCidrs, http: null, clusters, service, virtualService };
}

/** Istio: filterChainOpts.isMatchAll */
export function isMatchAll(chain: FilterChain): boolean {
  return (
    (chain.sniHosts.length === 0 || chain.sniHosts.includes('*')) &&
    chain.http?.inspected !== true &&
    chain.destinationCidrs.length === 0
  );
}

/** Equal for chains of which a listener can have one alone. Istio: filterChainOpts.conflictsWith */
export function conflictKey({ http, sniHosts, destinationCidrs }: FilterChain): string {
  return JSON.stringify([http?.inspected ?? false, asSet(sniHosts), asSet(destinationCidrs.map(maskedPrefix))]);
}

/** Without what stands for anything, each once, in order. */
function asSet(items: readonly string[]): readonly string[] {
  return [...new Set(items)].filter((item) => item !== '*' && item !== '').sort();
}

/** A range without the bits behind its prefix, so that two spellings of one range are equal; empty for "any address". */
function maskedPrefix(cidr: string): string {
  const range = parseCidr(cidr);
  if (range === null) return cidr;
  return cidr.startsWith(`${UNSPECIFIED_IP}/`) || cidr === UNSPECIFIED_IP ? '' : `${range.network}/${range.bits}`;
}

interface Ipv4Range {
  /** The network's number, unsigned. */
  readonly network: number;
  readonly bits: number;
}

/** Null for what is no IPv4 address or range. */
export function parseCidr(text: string): Ipv4Range | null {
  const [address, suffix] = text.split('/');
  const number = parseIpv4(address ?? '');
  const bits = suffix === undefined ? 32 : Number(suffix);
  if (number === null || !Number.isInteger(bits) || bits < 0 || bits > 32) return null;
  return { network: (number & maskOf(bits)) >>> 0, bits };
}

function maskOf(bits: number): number {
  return bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0;
}

/** The address as an unsigned number. */
export function parseIpv4(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return null;
  let number = 0;
  for (const part of match.slice(1)) {
    if (Number(part) > 255) return null;
    number = number * 256 + Number(part);
  }
  return number;
}

export function cidrContains(cidr: string, address: string): boolean {
  const range = parseCidr(cidr);
  const number = parseIpv4(address);
  return range !== null && number !== null && (number & maskOf(range.bits)) >>> 0 === range.network;
}
