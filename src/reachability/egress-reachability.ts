import type { Diagnostic, Origin } from '../diagnostic/diagnostic.js';
import type { Ledger } from './ledger.js';
import type { Verdict } from './verdict.js';

export interface WorkloadRef {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/** What the application speaks to the port. */
export type EdgeProtocol = 'http' | 'tls' | 'tcp';

export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly protocol: EdgeProtocol;
}

/** One way a VirtualService (or mesh route) gives an edge. */
export interface Branch {
  /** Human-readable and stable: `GET /`, `prefix /v2`, `header x-canary=1`. */
  readonly match: string;
  readonly clusters: readonly string[];
  readonly verdict: Verdict;
}

export type EndpointRef = WorkloadRef | { readonly address: string };

export interface Edge extends Destination {
  readonly verdict: Verdict;
  /** `outbound|port|subset|host`, `PassthroughCluster`, `BlackHoleCluster`, `block_all`; sorted. */
  readonly clusters: readonly string[];
  /** The workloads behind those clusters; sorted. Empty for clusters that the proxy resolves itself. */
  readonly endpoints: readonly EndpointRef[];
  /** Present where some route of the edge leads to other clusters than `GET /` does. */
  readonly branches?: readonly Branch[];
}

/** Workloads that nothing distinguishes, and what every one of them reaches. */
export interface ReachabilityGroup {
  /** The mesh that they are in; absent where the only one has no name. */
  readonly mesh?: string;
  readonly workloads: readonly WorkloadRef[];
  readonly injected: boolean;
  /** The object that governs the group's egress; null for Istio's own default. */
  readonly sidecar: { readonly namespace: string; readonly name: string } | null;
  readonly outboundTrafficPolicy: 'ALLOW_ANY' | 'REGISTRY_ONLY';
  /** `host:port`, sorted: the content of Istio's SidecarScope. */
  readonly imports: readonly string[];
  readonly edges: readonly Edge[];
}

/** An object that admission refuses. */
export interface Rejection extends Origin {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly message: string;
}

/** One tree, judged alone: the content of `egress-scope reach`. */
export interface MeshReach {
  readonly istioVersion: string;
  readonly groups: readonly ReachabilityGroup[];
  readonly gateways: readonly WorkloadRef[];
  readonly rejected: readonly Rejection[];
  readonly diagnostics: readonly Diagnostic[];
  readonly ledger: Ledger;
}

/** A row of `istioctl proxy-config endpoint`. */
export interface EndpointRow {
  /** `10.244.1.29:9080` */
  readonly endpoint: string;
  readonly status: 'HEALTHY' | 'UNHEALTHY';
  readonly outlierCheck: 'OK' | 'FAILED';
  readonly cluster: string;
}

/** One decision on an edge's way, with the line that made it. */
export interface ExplainStep {
  readonly title: string;
  readonly detail: string;
  readonly origin: Origin | null;
}
