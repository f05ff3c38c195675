import type { ManifestSet } from './kubernetes/manifest.js';
import type { ChangeAnalysis } from './reachability/change.js';
import type { Destination } from './reachability/egress-reachability.js';
import type { Policy } from './policy/policy.js';

/** What is known about the mesh beside its manifests. */
export interface MeshOptions {
  /** `1.30`, or undefined to take what the manifests show. */
  readonly istioVersion?: string;
  /** Default `cluster.local`. */
  readonly clusterDomain?: string;
  /** Whether a namespace without a Namespace object counts as injected. Default true. */
  readonly injectionDefault?: boolean;
  /** Unregistered hosts to ask about for every workload. */
  readonly probes?: readonly Destination[];
}

export interface ChangeInput {
  readonly before: ManifestSet;
  readonly after: ManifestSet;
  readonly mesh: MeshOptions;
  readonly policy: Policy;
}

export function analyzeChange(_input: ChangeInput): ChangeAnalysis {
  throw new Error('not built yet');
}
