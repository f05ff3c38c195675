import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Destination, EndpointRow, Rejection, WorkloadRef } from './egress-reachability.js';
import type { ComparedVerdict } from './verdict.js';

/** How much a workload needs an edge, as far as its manifest tells. */
export type Need = 'referenced' | 'unknown' | 'deliberate' | 'potential';

export type ChangeSeverity = 'failure' | 'warning' | 'notice' | 'none';

/** A changed object that makes the difference. */
export interface Cause {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Where it stands in the after tree; in the before tree for an object that is gone. */
  readonly path: string;
  readonly line: number;
  readonly explanation: string;
  /** Which tree `path` and `line` belong to. */
  readonly side: 'before' | 'after';
}

/** Where a workload names a destination. */
export interface Reference {
  readonly path: string;
  readonly line: number;
  /** The value as it is written, cut to a sane length. */
  readonly text: string;
  /** `env CART_ADDR of container app`, `argument 2 of container app`, `key config.yaml of ConfigMap shop/settings`. */
  readonly where: string;
}

/** Why a finding does not fail the gate, though it would. */
export type Exemption =
  | { readonly kind: 'waived'; readonly reason: string; readonly owner: string; readonly expires: string }
  | { readonly kind: 'accepted'; readonly by: string; readonly at: string; readonly reason: string | null };

/** A waiver of the configuration that holds no longer. */
export interface ExpiredWaiver {
  readonly workload: string;
  readonly host: string;
  readonly owner: string;
  readonly expires: string;
}

/** Every listed workload × every listed destination changes in the same way; each pair (and branch) is in one change only. */
export interface EdgeChange {
  readonly workloads: readonly WorkloadRef[];
  readonly destinations: readonly Destination[];
  readonly branch?: string;
  readonly before: ComparedVerdict;
  readonly after: ComparedVerdict;
  /** Where the same call is sent to other clusters. */
  readonly rerouted?: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly need: Need;
  /** The reference itself is new in this change. */
  readonly newReference?: boolean;
  readonly severity: ChangeSeverity;
  readonly exemption?: Exemption;
  readonly causes: readonly Cause[];
  /** Where the workloads name the destinations; empty unless `need` is `referenced`. */
  readonly references: readonly Reference[];
}

/** What one workload's proxy knows before and after, for the review's `diff` block. */
export interface EndpointTables {
  readonly workload: WorkloadRef;
  readonly before: readonly EndpointRow[];
  readonly after: readonly EndpointRow[];
}

export interface Coverage {
  readonly filesRead: number;
  readonly filesSkipped: number;
  readonly resources: number;
  /** Kinds (`EnvoyFilter`) or features that are not modelled and are present. */
  readonly notModelled: readonly string[];
}

export type GateVerdict = 'pass' | 'fail' | 'undetermined';

/** What a change does: the content of `egress-scope diff`, and of the review. */
export interface ChangeAnalysis {
  readonly istioVersion: string;
  readonly verdict: GateVerdict;
  /** Why the verdict is what it is, one sentence each, most important first. */
  readonly reasons: readonly string[];
  readonly changes: readonly EdgeChange[];
  readonly workloads: { readonly added: readonly WorkloadRef[]; readonly removed: readonly WorkloadRef[] };
  /** Objects of the after tree that admission refuses. */
  readonly rejected: readonly Rejection[];
  readonly diagnostics: readonly Diagnostic[];
  readonly coverage: Coverage;
  /** For the workloads with failing changes, at most a handful. */
  readonly endpointTables: readonly EndpointTables[];
  /** The fingerprints of what fails the gate; absent where nothing does. */
  readonly failing?: readonly string[];
  readonly expiredWaivers?: readonly ExpiredWaiver[];
}
