import type { ClientTls, Cluster } from '../istio/cluster.js';
import {
  BLACK_HOLE_CLUSTER,
  BLOCK_ALL,
  clusterName,
  destinationCluster,
  parseClusterName,
  PASSTHROUGH_CLUSTER,
} from '../istio/destination-cluster.js';
import type { Endpoint } from '../istio/endpoint.js';
import { cidrContains, isMatchAll, parseCidr, type FilterChain } from '../istio/filter-chain.js';
import { subsetOf } from '../istio/host-name.js';
import { describeMatch, matchesRequest, type Route } from '../istio/http-route.js';
import type { OutboundListener } from '../istio/outbound-listener.js';
import { effectiveMode } from '../istio/peer-authentication.js';
import { UNSPECIFIED_IP } from '../istio/service.js';
import { isInboundCaptured, isOutboundCaptured } from '../istio/traffic-annotations.js';
import { findVirtualHost, type VirtualHost } from '../istio/virtual-host.js';
import { addressFor, podFor, type CallTarget } from './destination.js';
import type { ProxyConfiguration } from './proxy-configuration.js';
import type { Verdict } from './verdict.js';

/** One way an edge's virtual host gives it. */
export interface BranchOutcome {
  readonly match: string;
  readonly clusters: readonly string[];
  readonly verdict: Verdict;
}

/** Where a call ends. */
export interface CallOutcome {
  readonly verdict: Verdict;
  /** Sorted, each once. */
  readonly clusters: readonly string[];
  /** The endpoints istiod sends for those clusters. */
  readonly endpoints: readonly Endpoint[];
  /** In the order of the routes; empty where none leads elsewhere than `GET /`. A redirect has no clusters. */
  readonly branches: readonly BranchOutcome[];
}

const BYPASS: CallOutcome = { verdict: 'bypass', clusters: [], endpoints: [], branches: [] };
const BLACK_HOLE: CallOutcome = { verdict: 'blocked', clusters: [BLACK_HOLE_CLUSTER], endpoints: [], branches: [] };

/** Follows a call through the caller's sidecar, as Envoy would with the configuration istiod sends. */
export function followCall(config: ProxyConfiguration, target: CallTarget): CallOutcome {
  const { member, push } = config;
  if (!member.injection.injected) return BYPASS;
  const address = addressFor(target, member.workload);
  if (!isOutboundCaptured(member.capture, address, target.port, target.inCluster)) return BYPASS;
  const listener = findListener(config, address, target.port);
  // The proxy's own port would lead back into it.
  if (listener === null && target.port === push.meshConfig.proxyListenPort) return BLACK_HOLE;
  if (listener === null) return unmatched(config, target);
  const chain = findFilterChain(listener, target, address);
  if (chain === null) return unmatched(config, target);
  return chain.http === null ? followTcp(config, target, chain) : followHttp(config, target, chain.http.routeName);
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
  const conditional = listener.chains.filter((chain) => !isMatchAll(chain));
  const fallback = listener.chains.filter(isMatchAll).at(-1) ?? null;
  if (conditional.length === 0) return fallback;
  const inspectsTls = listener.chains.some((chain) => chain.sniHosts.length > 0);
  const sni = inspectsTls && target.protocol === 'tls' ? target.host : '';
  let chains = keepBest(conditional, (chain) =>
    chain.destinationCidrs.length === 0 ? null : cidrRank(chain, address),
  );
  chains = keepBest(chains, (chain) => {
    const names = chain.sniHosts.includes('*') ? [] : chain.sniHosts;
    return names.length === 0 ? null : Math.max(...names.map((name) => sniRank(name, sni)));
  });
  chains = keepBest(chains, (chain) => (chain.http?.inspected === true ? (target.protocol === 'http' ? 1 : 0) : null));
  return chains[0] ?? fallback;
}

/** Null: the chain does not ask; 0: it asks in vain. */
function keepBest(chains: readonly FilterChain[], rank: (chain: FilterChain) => number | null): FilterChain[] {
  const ranked = chains.map((chain) => ({ chain, rank: rank(chain) }));
  if (ranked.every((item) => item.rank === null)) return [...chains];
  const best = Math.max(0, ...ranked.map((item) => item.rank ?? 0));
  return ranked.filter((item) => (best > 0 ? item.rank === best : item.rank === null)).map((item) => item.chain);
}

function cidrRank(chain: FilterChain, address: string): number {
  return Math.max(
    0,
    ...chain.destinationCidrs.map((cidr) => (cidrContains(cidr, address) ? (parseCidr(cidr)?.bits ?? 0) : 0)),
  );
}

function sniRank(name: string, sni: string): number {
  if (sni === '') return 0;
  if (name === sni) return Number.MAX_SAFE_INTEGER;
  return subsetOf(sni, name) ? name.length : 0;
}

function followTcp(config: ProxyConfiguration, target: CallTarget, chain: FilterChain): CallOutcome {
  return viaClusters(config, target, chain.clusters, (cluster) => isMeantFor(chain, target, cluster));
}

/** Whether a chain's cluster is where the call was to go: its own host's, an alias's target, or where a VirtualService of it leads. */
function isMeantFor({ service, virtualService }: FilterChain, { host }: CallTarget, cluster: string): boolean {
  const clusterHost = parseClusterName(cluster)?.hostname ?? '';
  return (
    subsetOf(host, clusterHost) ||
    (service.hostname === clusterHost && service.aliases.some((alias) => alias.hostname === host)) ||
    (virtualService?.spec.hosts.some((h) => subsetOf(host, h)) ?? false)
  );
}

function followHttp(config: ProxyConfiguration, target: CallTarget, routeName: string): CallOutcome {
  if (target.protocol !== 'http') return { verdict: 'unroutable', clusters: [], endpoints: [], branches: [] };
  const { virtualHost, sniffed } = findRouteHost(config, target, routeName);
  if (virtualHost === null) {
    return sniffed
      ? { verdict: 'unroutable', clusters: [], endpoints: [], branches: [] }
      : unmatchedHttp(config, target);
  }
  const chosen = chooseRoute(virtualHost, target);
  const outcome: CallOutcome =
    chosen === null
      ? { verdict: 'unroutable', clusters: [], endpoints: [], branches: [] }
      : viaRoute(config, target, chosen);
  return { ...outcome, branches: branchesOf(config, target, virtualHost, chosen) };
}

/** A detected service has a virtual host of its own for all names; else the `Host` header decides. */
export function findRouteHost(
  config: ProxyConfiguration,
  target: CallTarget,
  routeName: string,
): { virtualHost: VirtualHost | null; sniffed: boolean } {
  const table = config.virtualHostsOn(target.port);
  const colon = routeName.lastIndexOf(':');
  if (colon < 0) return { virtualHost: findVirtualHost(table, target.host), sniffed: false };
  const host = routeName.slice(0, colon);
  const own = table.virtualHosts.find((virtualHost) => virtualHost.domains.includes(host));
  return { virtualHost: own ?? null, sniffed: true };
}

export function chooseRoute(virtualHost: VirtualHost, { host, port }: CallTarget): Route | null {
  const authority = port === 80 ? host : `${host}:${port}`;
  const request = { path: '/', method: 'GET', authority, scheme: 'http' };
  return virtualHost.routes.find((route) => matchesRequest(route, request)) ?? null;
}

function viaRoute(config: ProxyConfiguration, target: CallTarget, route: Route): CallOutcome {
  // A redirect or direct response leads to no cluster; it stands under the host's own, which is where it was asked for.
  if (route.answered) return { verdict: 'meshed', clusters: [ownCluster(target)], endpoints: [], branches: [] };
  return viaClusters(config, target, route.clusters);
}

function ownCluster({ host, port }: CallTarget): string {
  return clusterName({ port, subset: '', hostname: host });
}

/** What every route leads to, where some route leads to a cluster that the call's own does not. */
function branchesOf(
  config: ProxyConfiguration,
  target: CallTarget,
  { routes }: VirtualHost,
  chosen: Route | null,
): BranchOutcome[] {
  const reached = new Set(chosen?.clusters ?? []);
  if (routes.every((route) => route.clusters.every((cluster) => reached.has(cluster)))) return [];
  return routes.map((route) => {
    const match = describeMatch(route.match);
    if (route.answered) return { match, clusters: [], verdict: 'meshed' };
    const { verdict, clusters } = viaClusters(config, target, route.clusters);
    return { match, clusters, verdict };
  });
}

function normalize(clusters: readonly string[]): string[] {
  return [...new Set(clusters)].sort();
}

/** The worst first: what one of a route's clusters does, the call may meet. */
const WORST_FIRST: readonly Verdict[] = ['unroutable', 'refused', 'misrouted', 'unmeshed', 'meshed', 'no-endpoints'];

/** The verdict of a call that the proxy sends to one of these clusters, by weight. */
function viaClusters(
  config: ProxyConfiguration,
  target: CallTarget,
  names: readonly string[],
  isMeant: (cluster: string) => boolean = () => true,
): CallOutcome {
  const clusters = normalize(names);
  const found = clusters.map((name) => ({ meant: isMeant(name), cluster: config.cluster(name) }));
  const verdicts = found.map(({ meant, cluster }) => clusterVerdict(config, target, cluster, meant));
  const verdict = WORST_FIRST.find((v) => verdicts.includes(v)) ?? 'unroutable';
  if (verdict === 'unroutable' || verdict === 'unmeshed') return { verdict, clusters, endpoints: [], branches: [] };
  return { verdict, clusters, endpoints: sentEndpoints(found.flatMap(({ cluster }) => cluster ?? [])), branches: [] };
}

function clusterVerdict(
  config: ProxyConfiguration,
  target: CallTarget,
  cluster: Cluster | null,
  meant: boolean,
): Verdict {
  if (cluster === null) return 'unroutable';
  if (isRefused(config, target, cluster)) return 'refused';
  // The server is whoever has the address, with or without the mesh.
  if (cluster.type === 'ORIGINAL_DST') return meant ? 'meshed' : 'unmeshed';
  if (!meant) return 'misrouted';
  return cluster.type === 'EDS' && cluster.endpoints.length === 0 ? 'no-endpoints' : 'meshed';
}

function sentEndpoints(clusters: readonly Cluster[]): Endpoint[] {
  return clusters.flatMap((cluster) => (cluster.type === 'EDS' ? cluster.endpoints : []));
}

/** An original-destination cluster leads to whoever has the address that was called, whatever its own service. */
function isRefused(config: ProxyConfiguration, target: CallTarget, cluster: Cluster): boolean {
  const endpoints = cluster.type === 'ORIGINAL_DST' ? behindAddress(config, target) : cluster.endpoints;
  return endpoints.some((endpoint) => !accepts(config, endpoint, cluster.tlsTo(endpoint)));
}

/** The endpoints behind the address that was called: that pod, or the pods of the Service whose address it is. */
export function behindAddress({ push, member }: ProxyConfiguration, target: CallTarget): readonly Endpoint[] {
  const pod = podFor(target, member.workload);
  if (pod) return [{ ...pod.endpoint, port: target.port }];
  return target.service?.registry === 'Kubernetes' ? push.servedByPort(target.service, target.port) : [];
}

/**
 * Whether a server takes what the client's side sends: a sidecar that demands mutual TLS refuses plain text, and what has no sidecar
 * refuses Istio's mutual TLS. Of TLS by other certificates, and of machines outside the manifests, nothing is known: they accept.
 * Istio: authn.MTLSSettings of the server's inbound listener
 */
export function accepts({ push }: ProxyConfiguration, endpoint: Endpoint, tls: ClientTls): boolean {
  if (endpoint.workload === null || tls === 'other-tls') return true;
  const capture = push.captureOf(endpoint.workload);
  const terminates =
    endpoint.tlsMode === 'istio' && (capture === undefined || isInboundCaptured(capture, endpoint.port));
  if (!terminates) return tls === 'none';
  const { mode } = effectiveMode(push.authentication, endpoint.namespace, endpoint.labels, endpoint.port);
  return mode !== 'STRICT' || tls === 'istio-mutual';
}

/** What becomes of traffic that no listener or filter chain takes. Istio: buildOutboundCatchAllNetworkFiltersOnly */
function unmatched(config: ProxyConfiguration, target: CallTarget): CallOutcome {
  const { scope } = config;
  if (scope.outboundTrafficPolicy === 'REGISTRY_ONLY') {
    return BLACK_HOLE;
  }
  return passThrough(config, target);
}

/** Istio: buildCatchAllVirtualHost */
function unmatchedHttp(config: ProxyConfiguration, target: CallTarget): CallOutcome {
  if (config.scope.outboundTrafficPolicy === 'REGISTRY_ONLY') {
    return { verdict: 'blocked', clusters: [BLOCK_ALL], endpoints: [], branches: [] };
  }
  return passThrough(config, target);
}

function passThrough(config: ProxyConfiguration, target: CallTarget): CallOutcome {
  const { egressProxy } = config.scope;
  if (egressProxy !== null) return viaClusters(config, target, [destinationCluster(egressProxy, undefined, 0)]);
  const refused = behindAddress(config, target).some((endpoint) => !accepts(config, endpoint, 'none'));
  return { verdict: refused ? 'refused' : 'unmeshed', clusters: [PASSTHROUGH_CLUSTER], endpoints: [], branches: [] };
}
