import { cidrContains, isMatchAll, parseCidr, type FilterChain } from '../istio/filter-chain.js';
import { isWildcarded, subsetOf } from '../istio/host-name.js';
import type { OutboundListener } from '../istio/outbound-listener.js';
import { UNSPECIFIED_IP } from '../istio/service.js';
import { isOutboundCaptured } from '../istio/traffic-annotations.js';
import type { VirtualHost } from '../istio/virtual-host-table.js';
import { addressFor, type CallTarget } from './destination.js';
import type { ProxyConfiguration } from './proxy-configuration.js';

/** The way of a call through the caller's proxy, up to what says which clusters it is sent to. */
export type CallPath =
  | {
      /**
       * `past-proxy`: not led through a sidecar. `into-proxy`: back to the proxy's own port. `unmatched`: no listener, or no filter chain
       * of it, takes the call. `not-http`: taken by routes of HTTP, which it is not. `unrouted`: taken by routes that have no virtual host for it.
       * `no-virtual-host`: taken by a detected service's own routes, which are not there.
       */
      readonly kind: 'past-proxy' | 'into-proxy' | 'unmatched' | 'not-http' | 'unrouted' | 'no-virtual-host';
    }
  | { readonly kind: 'tcp'; readonly chain: FilterChain }
  | { readonly kind: 'http'; readonly virtualHost: VirtualHost };

export const PAST_PROXY: CallPath = { kind: 'past-proxy' };
const INTO_PROXY: CallPath = { kind: 'into-proxy' };
const UNMATCHED: CallPath = { kind: 'unmatched' };
const NOT_HTTP: CallPath = { kind: 'not-http' };
const UNROUTED: CallPath = { kind: 'unrouted' };
const NO_VIRTUAL_HOST: CallPath = { kind: 'no-virtual-host' };

/** Finds the way of a call, as iptables and Envoy would with the configuration that istiod sends. */
export function takePath(config: ProxyConfiguration, target: CallTarget): CallPath {
  const { member, push } = config;
  if (!member.injection.injected) return PAST_PROXY;
  const address = addressFor(target, member.workload);
  if (!isOutboundCaptured(member.capture, address, target.port, target.inCluster)) return PAST_PROXY;
  const listener = findListener(config, address, target.port);
  // The proxy's own port would lead back into it.
  if (listener === null) return target.port === push.meshConfig.proxyListenPort ? INTO_PROXY : UNMATCHED;
  const chain = findFilterChain(listener, target, address);
  if (chain === null) return UNMATCHED;
  if (chain.http === null) return { kind: 'tcp', chain };
  if (target.protocol !== 'http') return NOT_HTTP;
  const { virtualHost, sniffed } = findRouteHost(config, target, chain.http.routeName);
  if (virtualHost !== null) return { kind: 'http', virtualHost };
  return sniffed ? NO_VIRTUAL_HOST : UNROUTED;
}

/** The listener of the very address, else the port's on all addresses. Envoy: original destination listener filter */
export function findListener(config: ProxyConfiguration, address: string, port: number): OutboundListener | null {
  const listeners = config.listenersOn(port);
  return listeners.get(address) ?? listeners.get(UNSPECIFIED_IP) ?? null;
}

/**
 * The filter chain a call takes: each criterion in turn keeps the chains that fit it best, or those that do not ask for it.
 * Envoy: FilterChainMatch
 */
export function findFilterChain(listener: OutboundListener, target: CallTarget, address: string): FilterChain | null {
  const { conditional, fallback, inspectsTls, byName } = sorted(listener);
  if (conditional.length === 0) return fallback;
  const sni = inspectsTls && target.protocol === 'tls' ? target.host : '';
  let chains = byName
    ? chainsFor(sni, conditional, byName)
    : keepBest(conditional, asksForAddress, (chain) => cidrRank(chain, address));
  chains = keepBest(chains, asksForName, (chain) => sniRank(chain, sni));
  chains = keepBest(chains, asksForHttp, () => (target.protocol === 'http' ? 1 : 0));
  return chains[0] ?? fallback;
}

/** The filter chains of a listener that ask for something, and the one that takes what these leave. */
interface SortedChains {
  readonly conditional: readonly FilterChain[];
  readonly fallback: FilterChain | null;
  readonly inspectsTls: boolean;
  /** Null where some chain asks for an address, which counts before names do. */
  readonly byName: ChainsByName | null;
}

/** Where chains stand among the conditional ones. */
interface ChainsByName {
  readonly exact: ReadonlyMap<string, readonly number[]>;
  /** Those that ask for no name, or for names with a wildcard. */
  readonly others: readonly number[];
}

const sortedChains = new WeakMap<OutboundListener, SortedChains>();

function sorted(listener: OutboundListener): SortedChains {
  let found = sortedChains.get(listener);
  if (!found) {
    const { chains } = listener;
    const conditional = chains.some(isMatchAll) ? chains.filter((chain) => !isMatchAll(chain)) : chains;
    found = {
      conditional,
      byName: conditional.some(asksForAddress) ? null : indexNames(conditional),
      fallback: chains.findLast(isMatchAll) ?? null,
      inspectsTls: chains.some(({ sniHosts }) => sniHosts.length > 0),
    };
    sortedChains.set(listener, found);
  }
  return found;
}

function indexNames(chains: readonly FilterChain[]): ChainsByName {
  const exact = new Map<string, number[]>();
  const others: number[] = [];
  for (const [place, chain] of chains.entries()) {
    if (!asksForName(chain) || chain.sniHosts.some(isWildcarded)) others.push(place);
    for (const name of chain.sniHosts) {
      const places = exact.get(name);
      if (places) places.push(place);
      else exact.set(name, [place]);
    }
  }
  return { exact, others };
}

/** The chains, in order, but for those that ask for other names: a port can have one for each host outside the mesh. */
function chainsFor(
  sni: string,
  chains: readonly FilterChain[],
  { exact, others }: ChainsByName,
): readonly FilterChain[] {
  const own = sni === '' ? undefined : exact.get(sni);
  const places = own ? [...new Set([...others, ...own])].sort((a, b) => a - b) : others;
  return places.map((place) => chains[place]!);
}

function asksForAddress({ destinationCidrs }: FilterChain): boolean {
  return destinationCidrs.length > 0;
}

function asksForName({ sniHosts }: FilterChain): boolean {
  return sniHosts.length > 0 && !sniHosts.includes('*');
}

function asksForHttp({ http }: FilterChain): boolean {
  return http?.inspected === true;
}

const NO_CHAINS: readonly FilterChain[] = [];

/** The chains that fit best what they ask for, or else those that do not ask. A rank of 0: it asks in vain. */
function keepBest(
  chains: readonly FilterChain[],
  asks: (chain: FilterChain) => boolean,
  rank: (chain: FilterChain) => number,
): readonly FilterChain[] {
  if (!chains.some(asks)) return chains;
  // As most ports have but one.
  if (chains.length === 1) return rank(chains[0]!) > 0 ? chains : NO_CHAINS;
  const ranks = chains.map((chain) => (asks(chain) ? rank(chain) : null));
  let best = 0;
  for (const each of ranks) if (each !== null && each > best) best = each;
  const kept = best > 0 ? best : null;
  return chains.filter((_chain, index) => ranks[index] === kept);
}

function cidrRank(chain: FilterChain, address: string): number {
  let best = 0;
  for (const cidr of chain.destinationCidrs) {
    if (cidrContains(cidr, address)) best = Math.max(best, parseCidr(cidr)?.bits ?? 0);
  }
  return best;
}

function sniRank(chain: FilterChain, sni: string): number {
  if (sni === '') return 0;
  let best = 0;
  for (const name of chain.sniHosts) {
    if (name === sni) return Number.MAX_SAFE_INTEGER;
    if (subsetOf(sni, name)) best = Math.max(best, name.length);
  }
  return best;
}

/** A detected service has a virtual host of its own for all names; else the `Host` header decides. */
export function findRouteHost(
  config: ProxyConfiguration,
  target: CallTarget,
  routeName: string,
): { virtualHost: VirtualHost | null; sniffed: boolean } {
  const table = config.virtualHostsOn(target.port);
  const colon = routeName.lastIndexOf(':');
  if (colon < 0) return { virtualHost: table.find(target.host), sniffed: false };
  return { virtualHost: table.ofDomain(routeName.slice(0, colon)), sniffed: true };
}
