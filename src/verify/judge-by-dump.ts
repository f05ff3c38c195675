import { followRequest, type DumpPath } from '../envoy/follow-request.js';
import { objectName } from '../envoy/known-addresses.js';
import type { DumpEndpoint, DumpTls, DumpWorkload, ProxyDump, RouteAction } from '../envoy/proxy-dump.js';
import type { Cluster } from '../istio/cluster.js';
import {
  BLACK_HOLE_CLUSTER,
  BLOCK_ALL,
  clusterName,
  parseClusterName,
  PASSTHROUGH_CLUSTER,
} from '../istio/destination-cluster.js';
import type { Endpoint } from '../istio/endpoint.js';
import { subsetOf } from '../istio/host-name.js';
import { listVirtualServices } from '../istio/virtual-service-index.js';
import type { CallTarget } from '../reachability/destination.js';
import { accepts, behindAddress } from '../reachability/follow-call.js';
import type { ProxyConfiguration } from '../reachability/proxy-configuration.js';
import type { Verdict } from '../reachability/verdict.js';
import { isSameEndpoint, isSameWorkload } from './attribute-endpoints.js';
import { addressFinder } from './called-address.js';

/** Where a call ends by a dump. */
export type DumpOutcome =
  | {
      readonly kind: 'ends';
      readonly verdict: Verdict;
      /** Sorted, each once. */
      readonly clusters: readonly string[];
      /** What each route of its virtual host leads to, in order; empty where all lead to the same clusters as its own. */
      readonly branches: readonly { readonly clusters: readonly string[]; readonly verdict: Verdict }[];
    }
  | { readonly kind: 'unknown'; readonly why: string };

/** Thrown where what a cluster does is not understood, and caught by whoever judges the call. */
class NotTold extends Error {
  override readonly name = 'NotTold';
}

/** The worst first: what one of a route's clusters does, the call may meet. */
const WORST_FIRST: readonly Verdict[] = [
  'unroutable',
  'refused',
  'blocked',
  'misrouted',
  'unmeshed',
  'meshed',
  'no-endpoints',
];

/**
 * Judges calls by a dump. The way through the proxy is the dump's alone; whether a server takes what arrives there, the manifests have to
 * tell, and so do they stand in for parts that the dump has not got.
 */
export function dumpJudge(dump: ProxyDump, config: ProxyConfiguration): (target: CallTarget) => DumpOutcome {
  const judge = new DumpJudge(dump, config);
  return (target) => judge.judge(target);
}

/** What is known of one cluster. */
interface ClusterFacts {
  readonly isOriginalDestination: boolean;
  /** Whether istiod sends its endpoints, and sends none. */
  readonly isEmpty: boolean;
  readonly servers: readonly { readonly endpoint: Endpoint; readonly tls: DumpTls }[];
  readonly tlsToAddress: DumpTls;
}

class DumpJudge {
  readonly #addressOf;
  #pods: readonly Endpoint[] | null = null;
  readonly #virtualServices: ReadonlyMap<string, readonly string[]>;
  readonly #facts = new Map<string, ClusterFacts | null>();

  constructor(
    private readonly dump: ProxyDump,
    private readonly config: ProxyConfiguration,
  ) {
    const { push } = config;
    this.#addressOf = addressFinder(dump, config);
    this.#virtualServices = new Map(
      listVirtualServices(push.virtualServices).map(({ namespace, name, spec }) => [
        `${namespace}/${name}`,
        spec.hosts,
      ]),
    );
  }

  judge(target: CallTarget): DumpOutcome {
    const { host, port, protocol } = target;
    const address = this.#addressOf(target, this.config.member.workload);
    const path = followRequest(this.dump, { host, port, protocol, address });
    try {
      return this.#judgePath(target, path);
    } catch (error) {
      if (error instanceof NotTold) return { kind: 'unknown', why: error.message };
      throw error;
    }
  }

  #judgePath(target: CallTarget, path: DumpPath): DumpOutcome {
    switch (path.kind) {
      case 'unknown':
        return path;
      case 'refused':
        return { kind: 'ends', verdict: 'unroutable', clusters: [], branches: [] };
      case 'tcp': {
        const hosts = this.#hostsOf(path, target);
        return { kind: 'ends', ...this.#viaClusters(target, path.clusters, hosts), branches: [] };
      }
      case 'http': {
        const { virtualHost, chosen } = path;
        const isBlocking = virtualHost.name === BLOCK_ALL;
        const own = this.#viaAction(target, chosen, isBlocking);
        const reached = new Set(clustersOf(chosen));
        const actions = virtualHost.routes.map(({ action }) => action);
        const leadsElsewhere = actions.some((action) => clustersOf(action).some((cluster) => !reached.has(cluster)));
        const strange = actions.find((action) => action.kind === 'unknown');
        if (strange?.kind === 'unknown') throw new NotTold(`${strange.why} (virtual host ${virtualHost.name})`);
        const branches = leadsElsewhere
          ? actions.map((action) =>
              action.kind === 'answered'
                ? ({ clusters: [], verdict: 'meshed' } as const)
                : this.#viaAction(target, action, isBlocking),
            )
          : [];
        return { kind: 'ends', ...own, branches };
      }
    }
  }

  /** The hosts that a chain's clusters may be of without leading the call astray. */
  #hostsOf({ madeOf }: Extract<DumpPath, { kind: 'tcp' }>, { host }: CallTarget): readonly string[] | null {
    if (madeOf === null) return [host];
    const { kind, namespace, name } = madeOf;
    const hosts = kind === 'virtual-service' ? this.#virtualServices.get(`${namespace}/${name}`) : undefined;
    if (hosts === undefined) throw new NotTold(`it is routed by ${objectName(madeOf)}, which is not in the manifests`);
    // Whatever a VirtualService of the host leads to is meant.
    return hosts.some((each) => subsetOf(host, each)) ? null : [host];
  }

  #viaAction(
    target: CallTarget,
    action: RouteAction | null,
    isBlocking: boolean,
  ): { readonly verdict: Verdict; readonly clusters: readonly string[] } {
    if (isBlocking) return { verdict: 'blocked', clusters: [BLOCK_ALL] };
    if (action === null) return { verdict: 'unroutable', clusters: [] };
    switch (action.kind) {
      case 'unknown':
        throw new NotTold(action.why);
      case 'answered':
        // A redirect or direct response leads to no cluster; it stands under the host's own, which is where it was asked for.
        return {
          verdict: 'meshed',
          clusters: [clusterName({ port: target.port, subset: '', hostname: target.host })],
        };
      case 'clusters':
        return this.#viaClusters(target, action.clusters, null);
    }
  }

  /** @param hosts those whose clusters are meant; null for any. */
  #viaClusters(
    target: CallTarget,
    names: readonly string[],
    hosts: readonly string[] | null,
  ): { readonly verdict: Verdict; readonly clusters: readonly string[] } {
    const clusters = [...new Set(names)].sort();
    const verdicts = clusters.map((name) => this.#clusterVerdict(target, name, hosts));
    const verdict = WORST_FIRST.find((each) => verdicts.includes(each)) ?? 'unroutable';
    return { verdict, clusters };
  }

  #clusterVerdict(target: CallTarget, name: string, hosts: readonly string[] | null): Verdict {
    if (name === BLACK_HOLE_CLUSTER) return 'blocked';
    if (name === PASSTHROUGH_CLUSTER) {
      if (this.dump.clusters?.has(name) === false) return 'unroutable';
      return this.#refusesAtAddress(target, 'none') ? 'refused' : 'unmeshed';
    }
    const facts = this.#factsOf(name);
    if (facts === null) return 'unroutable';
    const isMeant = hosts === null || this.#isClusterOf(name, hosts);
    if (facts.isOriginalDestination) {
      if (this.#refusesAtAddress(target, facts.tlsToAddress)) return 'refused';
      return isMeant ? 'meshed' : 'unmeshed';
    }
    if (facts.servers.some(({ endpoint, tls }) => !this.#accepts(endpoint, tls))) return 'refused';
    if (!isMeant) return 'misrouted';
    return facts.isEmpty ? 'no-endpoints' : 'meshed';
  }

  /** A cluster of the host itself, or of the one that the host, an ExternalName Service, is an alias of. */
  #isClusterOf(name: string, hosts: readonly string[]): boolean {
    const clusterHost = parseClusterName(name)?.hostname ?? '';
    const services = [...(this.config.push.services.byHostname.get(clusterHost)?.values() ?? [])];
    const aliases = services.flatMap((service) => service.aliases.map(({ hostname }) => hostname));
    return hosts.some((host) => subsetOf(host, clusterHost) || aliases.includes(host));
  }

  #refusesAtAddress(target: CallTarget, tls: DumpTls): boolean {
    return behindAddress(this.config, target).some((endpoint) => !this.#accepts(endpoint, tls));
  }

  #accepts(endpoint: Endpoint, tls: DumpTls): boolean {
    if (tls === 'unknown') throw new NotTold('the transport socket of its cluster is not understood');
    return accepts(this.config, endpoint, tls);
  }

  /** Null for a cluster that the proxy has not got. */
  #factsOf(name: string): ClusterFacts | null {
    let facts = this.#facts.get(name);
    if (facts === undefined) this.#facts.set(name, (facts = this.#findFacts(name)));
    return facts;
  }

  #findFacts(name: string): ClusterFacts | null {
    const { dump, config } = this;
    const known = config.cluster(name);
    if (dump.clusters === null) return known && factsOfModel(known);
    const cluster = dump.clusters.get(name);
    if (cluster === undefined) return null;
    if (cluster.type === 'OTHER') throw new NotTold(`how cluster ${name} finds its endpoints is not understood`);
    const tlsTo = (has: Readonly<Record<string, string>>): DumpTls =>
      cluster.socketMatches.find(({ labels }) => Object.entries(labels).every(([key, value]) => has[key] === value))
        ?.tls ?? cluster.tls;
    const isEds = cluster.type === 'EDS';
    // Without the endpoints, the manifests' stand in.
    if (isEds && dump.endpoints === null && known) return factsOfModel(known);
    const sent = isEds ? (dump.endpoints?.get(name) ?? []) : cluster.endpoints;
    return {
      isOriginalDestination: cluster.type === 'ORIGINAL_DST',
      isEmpty: isEds && sent.length === 0,
      servers: sent.flatMap((each) => {
        const endpoint = this.#serverOf(each, known);
        if (!endpoint) return [];
        const { socketLabels } = each;
        const tls = socketLabels === null && known ? known.tlsTo(endpoint) : tlsTo(socketLabels ?? {});
        return [{ endpoint, tls }];
      }),
      tlsToAddress: tlsTo({}),
    };
  }

  /** The manifests' pod behind an endpoint, with a sidecar if the endpoint says so; undefined for one that they do not know. */
  #serverOf(sent: DumpEndpoint, cluster: Cluster | null): Endpoint | undefined {
    const { workload, port, socketLabels } = sent;
    const own = cluster?.endpoints.find((endpoint) => isSameEndpoint(endpoint, sent));
    const found = own ?? (workload && this.#podOf(workload));
    if (!found) return undefined;
    if (socketLabels === null) return found;
    // Without the label there can be a sidecar all the same: istiod leaves it out where rules or policies turn mutual TLS off.
    return { ...found, port, tlsMode: socketLabels['tlsMode'] === 'istio' ? 'istio' : found.tlsMode };
  }

  #podOf(sent: DumpWorkload): Endpoint | undefined {
    const { push } = this.config;
    this.#pods ??= push.services.all.flatMap((service) => push.podsBehind(service));
    return this.#pods.find(({ workload }) => workload !== null && isSameWorkload(workload, sent));
  }
}

function factsOfModel(cluster: Cluster): ClusterFacts {
  const { type, endpoints, tlsTo } = cluster;
  const isOriginalDestination = type === 'ORIGINAL_DST';
  const [first] = endpoints;
  return {
    isOriginalDestination,
    isEmpty: type === 'EDS' && endpoints.length === 0,
    servers: isOriginalDestination ? [] : endpoints.map((endpoint) => ({ endpoint, tls: tlsTo(endpoint) })),
    tlsToAddress: first ? tlsTo(first) : 'none',
  };
}

function clustersOf(action: RouteAction | null): readonly string[] {
  return action?.kind === 'clusters' ? action.clusters : [];
}
