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
import type { FilterChain } from '../istio/filter-chain.js';
import { subsetOf } from '../istio/host-name.js';
import { describeMatch, matchesRequest, type Route } from '../istio/http-route.js';
import { effectiveMode } from '../istio/peer-authentication.js';
import { isInboundCaptured } from '../istio/traffic-annotations.js';
import type { VirtualHost } from '../istio/virtual-host-table.js';
import { takePath, type CallPath } from './call-path.js';
import { podFor, type CallTarget } from './destination.js';
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

const NO_ENDPOINTS: readonly Endpoint[] = [];
const NO_BRANCHES: readonly BranchOutcome[] = [];
const BYPASS = outcomeOf('bypass', []);
const UNROUTABLE = outcomeOf('unroutable', []);
const BLACK_HOLE = outcomeOf('blocked', [BLACK_HOLE_CLUSTER]);
const BLOCKED = outcomeOf('blocked', [BLOCK_ALL]);
const PASSED = outcomeOf('unmeshed', [PASSTHROUGH_CLUSTER]);
const PASSED_IN_VAIN = outcomeOf('refused', [PASSTHROUGH_CLUSTER]);

function outcomeOf(verdict: Verdict, clusters: readonly string[], endpoints = NO_ENDPOINTS): CallOutcome {
  return { verdict, clusters, endpoints, branches: NO_BRANCHES };
}

/** Follows a call through the caller's sidecar, as Envoy would with the configuration istiod sends. */
export function followCall(config: ProxyConfiguration, target: CallTarget): CallOutcome {
  return endCall(config, target, takePath(config, target));
}

/** Where a call ends that has taken this path. */
export function endCall(config: ProxyConfiguration, target: CallTarget, path: CallPath): CallOutcome {
  switch (path.kind) {
    case 'past-proxy':
      return BYPASS;
    case 'into-proxy':
      return BLACK_HOLE;
    case 'unmatched':
      return unmatched(config, target, BLACK_HOLE);
    case 'unrouted':
      return unmatched(config, target, BLOCKED);
    case 'not-http':
    case 'no-virtual-host':
      return UNROUTABLE;
    case 'tcp':
      return viaChain(config, target, path.chain);
    case 'http':
      return viaVirtualHost(config, target, path.virtualHost);
  }
}

function viaChain(config: ProxyConfiguration, target: CallTarget, chain: FilterChain): CallOutcome {
  return viaClusters(config, target, chain.clusters, (name) => isMeantFor(chain, target, name));
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

function viaVirtualHost(config: ProxyConfiguration, target: CallTarget, virtualHost: VirtualHost): CallOutcome {
  const chosen = chooseRoute(virtualHost, target);
  const outcome = chosen === null ? UNROUTABLE : viaRoute(config, target, chosen);
  const branches = branchesOf(config, target, virtualHost, chosen);
  return branches.length === 0 ? outcome : { ...outcome, branches };
}

export function chooseRoute(virtualHost: VirtualHost, { host, port }: CallTarget): Route | null {
  const first = virtualHost.routes[0];
  // As most hosts have but the one.
  if (first?.match === null) return first;
  const authority = port === 80 ? host : `${host}:${port}`;
  const request = { path: '/', method: 'GET', authority, scheme: 'http' };
  return virtualHost.routes.find((route) => matchesRequest(route, request)) ?? null;
}

function viaRoute(config: ProxyConfiguration, target: CallTarget, route: Route): CallOutcome {
  // A redirect or direct response leads to no cluster; it stands under the host's own, which is where it was asked for.
  if (route.answered) return outcomeOf('meshed', [ownCluster(target)]);
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
): readonly BranchOutcome[] {
  if (routes.length === 1 && routes[0] === chosen) return NO_BRANCHES;
  const reached = new Set(chosen?.clusters ?? []);
  if (routes.every((route) => route.clusters.every((cluster) => reached.has(cluster)))) return NO_BRANCHES;
  return routes.map((route) => {
    const match = describeMatch(route.match);
    if (route.answered) return { match, clusters: [], verdict: 'meshed' };
    const { verdict, clusters } = viaClusters(config, target, route.clusters);
    return { match, clusters, verdict };
  });
}

function normalize(clusters: readonly string[]): readonly string[] {
  return clusters.length < 2 ? clusters : [...new Set(clusters)].sort();
}

/** The worst first: what one of a route's clusters does, the call may meet. */
const WORST_FIRST: readonly Verdict[] = ['unroutable', 'refused', 'misrouted', 'unmeshed', 'meshed', 'no-endpoints'];

/** The verdict of a call that the proxy sends to one of these clusters, by weight. */
function viaClusters(
  config: ProxyConfiguration,
  target: CallTarget,
  names: readonly string[],
  isMeant: (cluster: string) => boolean = always,
): CallOutcome {
  const clusters = normalize(names);
  const found: Cluster[] = [];
  let worst = WORST_FIRST.length;
  for (const name of clusters) {
    const cluster = config.cluster(name);
    if (cluster !== null) found.push(cluster);
    worst = Math.min(worst, WORST_FIRST.indexOf(clusterVerdict(config, target, cluster, isMeant(name))));
  }
  const verdict = WORST_FIRST[worst] ?? 'unroutable';
  if (verdict === 'unroutable' || verdict === 'unmeshed') return outcomeOf(verdict, clusters);
  return outcomeOf(verdict, clusters, sentEndpoints(found));
}

function always(): boolean {
  return true;
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

function sentEndpoints(clusters: readonly Cluster[]): readonly Endpoint[] {
  if (clusters.length === 1 && clusters[0]!.type === 'EDS') return clusters[0]!.endpoints;
  return clusters.flatMap((cluster) => (cluster.type === 'EDS' ? cluster.endpoints : []));
}

/** An original-destination cluster leads to whoever has the address that was called, whatever its own service. */
function isRefused(config: ProxyConfiguration, target: CallTarget, cluster: Cluster): boolean {
  const endpoints = cluster.type === 'ORIGINAL_DST' ? behindAddress(config, target) : cluster.endpoints;
  for (const endpoint of endpoints) if (!accepts(config, endpoint, cluster.tlsTo(endpoint))) return true;
  return false;
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

/** Calls on paths of one name end alike, where no cluster of the caller's own is on the path. */
export function nameOfEnd({ scope }: ProxyConfiguration, { kind }: CallPath): string {
  // The two differ only in what blocks a call.
  return kind === 'unrouted' && scope.outboundTrafficPolicy !== 'REGISTRY_ONLY' ? 'unmatched' : kind;
}

/**
 * What becomes of traffic that no listener or filter chain takes, or no virtual host.
 * Istio: buildOutboundCatchAllNetworkFiltersOnly, buildCatchAllVirtualHost
 */
function unmatched(config: ProxyConfiguration, target: CallTarget, blocked: CallOutcome): CallOutcome {
  const { outboundTrafficPolicy, egressProxy } = config.scope;
  if (outboundTrafficPolicy === 'REGISTRY_ONLY') return blocked;
  if (egressProxy !== null) return viaClusters(config, target, [destinationCluster(egressProxy, undefined, 0)]);
  for (const endpoint of behindAddress(config, target)) {
    if (!accepts(config, endpoint, 'none')) return PASSED_IN_VAIN;
  }
  return PASSED;
}
