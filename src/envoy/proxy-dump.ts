import type { ChainMatch } from './filter-chain-match.js';
import type { RequestMatch } from './route-match.js';

/** What a proxy says of itself, or istiod of it, as far as it decides egress. A part that is null was not in what was read. */
export interface ProxyDump {
  readonly node: ProxyNode | null;
  /** By name; without clusters of the inbound side. */
  readonly clusters: ReadonlyMap<string, DumpCluster> | null;
  /** What istiod sends for EDS clusters, by cluster. */
  readonly endpoints: ReadonlyMap<string, readonly DumpEndpoint[]> | null;
  readonly listeners: readonly DumpListener[] | null;
  /** By name. */
  readonly routes: ReadonlyMap<string, RouteConfiguration> | null;
  readonly scope: DumpScope | null;
  /** When the proxy last took something over, as Envoy writes it; null where that is not told. */
  readonly updatedAt: string | null;
  /** What is in it and says that it is no settled state: listeners that Envoy refused, clusters that are warming. */
  readonly remarks: readonly string[];
}

/** Whose proxy it is. Envoy: Node, with Istio's NodeMetadata */
export interface ProxyNode {
  /** `sidecar`, `router`, `waypoint`, `ztunnel`; empty where it is not told. */
  readonly type: string;
  readonly namespace: string;
  readonly pod: string;
  /** Of the Deployment, or whatever makes the pods; empty where it is not told. */
  readonly workload: string;
  /** Of the proxy, such as `1.30.2`; empty where it is not told. */
  readonly istioVersion: string;
}

/** istiod's record of a SidecarScope. Istio: SidecarScope.MarshalJSON */
export interface DumpScope {
  readonly namespace: string;
  /** The Sidecar's; `default-sidecar` where Istio's default holds. */
  readonly name: string;
  readonly isDefault: boolean;
  /** `ALLOW_ANY`, `REGISTRY_ONLY`; empty where it is not told. */
  readonly mode: string;
  /** `host:port`, each once. */
  readonly imports: readonly string[];
  /** Addresses by host. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
}

/** How a proxy finds a cluster's endpoints. Envoy: Cluster.DiscoveryType */
export type DumpDiscovery =
  'STATIC' | 'STRICT_DNS' | 'LOGICAL_DNS' | 'EDS' | 'ORIGINAL_DST' | 'FORWARD_PROXY' | 'OTHER';

/** What the proxy puts around the bytes. */
export type DumpTls = 'none' | 'istio-mutual' | 'other-tls' | 'unknown';

export interface DumpCluster {
  readonly name: string;
  readonly type: DumpDiscovery;
  /** Those that stand in the cluster itself. */
  readonly endpoints: readonly DumpEndpoint[];
  /** In order; an endpoint takes the first whose labels it has, else the cluster's own. Envoy: Cluster.TransportSocketMatch */
  readonly socketMatches: readonly { readonly labels: Readonly<Record<string, string>>; readonly tls: DumpTls }[];
  readonly tls: DumpTls;
}

export interface DumpEndpoint {
  /** An IP address or a DNS name. */
  readonly address: string;
  readonly port: number;
  /** Null where the dump does not tell. */
  readonly workload: DumpWorkload | null;
  /** What the cluster's socket matches are held against; null where the dump does not tell. */
  readonly socketLabels: Readonly<Record<string, string>> | null;
}

/** Istio: label.TelemetryWorkload, as EndpointMetadata.Workload */
export interface DumpWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly canonicalName: string;
  readonly canonicalRevision: string;
}

export interface DumpListener {
  readonly name: string;
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
  readonly isInbound: boolean;
  /** Whether calls that iptables redirect to it are handed to the listener of their own address. */
  readonly usesOriginalDestination: boolean;
  readonly inspectsTls: boolean;
  readonly inspectsHttp: boolean;
  readonly chains: readonly DumpChain[];
  readonly defaultChain: DumpChain | null;
  /** What in it could lead a call another way and is not understood; null for nothing. */
  readonly notUnderstood: string | null;
}

export interface DumpChain {
  readonly match: ChainMatch;
  readonly action: ChainAction;
  /** The object that the chain was made of, such as `virtual-service shop/cart`; null where it is not told. */
  readonly madeOf: MadeOf | null;
}

/** Istio: util.BuildConfigInfoMetadata */
export interface MadeOf {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export type ChainAction =
  | { readonly kind: 'tcp'; readonly clusters: readonly string[] }
  | { readonly kind: 'http'; readonly routeName: string; readonly inline: RouteConfiguration | null }
  | { readonly kind: 'unknown'; readonly why: string };

export interface RouteConfiguration {
  readonly name: string;
  readonly ignoresPort: boolean;
  readonly virtualHosts: readonly DumpVirtualHost[];
  readonly notUnderstood: string | null;
}

export interface DumpVirtualHost {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly DumpRoute[];
  readonly notUnderstood: string | null;
}

export interface DumpRoute {
  readonly match: RequestMatch;
  readonly action: RouteAction;
}

export type RouteAction =
  | { readonly kind: 'clusters'; readonly clusters: readonly string[] }
  /** A redirect, or a response of the proxy's own. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'unknown'; readonly why: string };
