import type { Diagnostic, Origin } from '../diagnostic/diagnostic.js';
import type { ContractBreach, Exemption, Reference } from './change.js';
import type { Destination, ExplainStep, Rejection, WorkloadRef } from './egress-reachability.js';
import type { Ledger } from './ledger.js';
import type { Verdict } from './verdict.js';

/** A call that a manifest names, and that is broken or goes past the mesh, as things are. */
export interface AuditFinding {
  readonly destination: Destination;
  /** The route that is meant, where it is not the whole call. */
  readonly branch?: string;
  readonly verdict: Verdict;
  /** `failure` for what is broken, `warning` for what goes past the mesh. */
  readonly severity: 'failure' | 'warning';
  /** The decision that makes it so. */
  readonly why: ExplainStep;
  /** Where the workload names the destination. */
  readonly references: readonly Reference[];
  readonly exemption?: Exemption;
}

/** A workload with calls that are broken or go past the mesh. */
export interface AuditedWorkload extends Origin {
  readonly workload: WorkloadRef;
  /** By CODEOWNERS; absent where the tree has none. */
  readonly owners?: readonly string[];
  readonly findings: readonly AuditFinding[];
  /** The meshes in which it is so; absent where the only one has no name. */
  readonly meshes?: readonly string[];
}

/** What is wrong with one tree: the content of `egress-scope audit`. */
export interface Audit {
  readonly istioVersion: string;
  /** How many workloads there are, and how many calls their manifests name. */
  readonly workloads: number;
  readonly calls: number;
  /** Named calls that go past the mesh, and may do so by a contract. */
  readonly allowed: number;
  /** By workload. */
  readonly found: readonly AuditedWorkload[];
  readonly breaches: readonly ContractBreach[];
  /** Objects that the cluster would refuse. */
  readonly rejected: readonly Rejection[];
  /** What is not known, a sentence each. */
  readonly undetermined: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly ledger: Ledger;
}
