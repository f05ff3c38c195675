import type { Destination, WorkloadRef } from '../reachability/egress-reachability.js';

/** `undetermined` where nothing differs, but not everything could be told. */
export type VerificationResult = 'equal' | 'different' | 'undetermined';

/** What a difference is about, in the order of reports. */
export const DIFFERENCE_KINDS = ['injection', 'egress-mode', 'sidecar', 'cluster', 'endpoint', 'edge'] as const;

export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** What a difference most likely comes from. */
export type LikelyCause =
  | 'injection'
  | 'sidecar'
  | 'egress-mode'
  | 'istio-version'
  | 'object-age'
  | 'object-not-in-git'
  | 'object-not-in-cluster'
  | 'object-differs'
  | 'envoy-filter'
  | 'not-known';

export interface Difference {
  readonly kind: DifferenceKind;
  /** The cluster, the endpoint, the destination; empty where the kind says it. */
  readonly subject: string;
  /** What the manifests make of it; null where by them it is not there. */
  readonly manifests: string | null;
  /** What the proxy has; null where it has not got it. */
  readonly proxy: string | null;
  readonly cause: LikelyCause;
  /** In a sentence. */
  readonly reason: string;
}

/** An edge of which the dump does not tell where it goes. */
export interface UnknownEdge extends Destination {
  readonly why: string;
}

/** What was held against what. */
export interface ComparedCounts {
  readonly clusters: number;
  readonly endpoints: number;
  readonly edges: number;
}

/** One workload by the manifests against its proxy. */
export interface Verification {
  readonly workload: WorkloadRef;
  /** Where the proxy's configuration comes from: a file, or a pod. */
  readonly source: string;
  readonly istioVersion: string;
  readonly result: VerificationResult;
  readonly compared: ComparedCounts;
  readonly differences: readonly Difference[];
  readonly unknown: readonly UnknownEdge[];
  /** What could not be compared, and why; a sentence each. */
  readonly notCompared: readonly string[];
  /** What else is to be known about what was read. */
  readonly remarks: readonly string[];
}
