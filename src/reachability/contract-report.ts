import type { Diagnostic, Origin } from '../diagnostic/diagnostic.js';
import type { Exemption } from './change.js';
import type { Destination, WorkloadRef } from './egress-reachability.js';
import type { Ledger } from './ledger.js';
import type { ComparedVerdict } from './verdict.js';

/** Pairs of which a contract says the same: every workload with every destination. */
export interface ContractPairs {
  readonly workloads: readonly WorkloadRef[];
  readonly destinations: readonly Destination[];
  /** The route that breaks it, where it is not the whole call. */
  readonly branch?: string;
  readonly verdict: ComparedVerdict;
  readonly isBroken: boolean;
  readonly exemption?: Exemption;
  /** The meshes in which it is so; absent where the only one has no name. */
  readonly meshes?: readonly string[];
}

/** A contract, and the calls that it is about. */
export interface ContractResult {
  readonly contract: string;
  /** Its patterns, as the configuration writes them. */
  readonly workload: string;
  readonly host: string;
  readonly reason: string;
  readonly owner: string | null;
  readonly origin: Origin;
  readonly pairs: readonly ContractPairs[];
}

/** The contracts of a configuration, held against one tree: the content of `egress-scope contracts`. */
export interface ContractReport {
  readonly istioVersion: string;
  /** In the order of the configuration. */
  readonly contracts: readonly ContractResult[];
  /** What is not known, a sentence each. */
  readonly undetermined: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly ledger: Ledger;
}
