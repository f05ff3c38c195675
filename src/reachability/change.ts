import type { Diagnostic, Origin } from '../diagnostic/diagnostic.js';
import type { SeenCall } from '../evidence/traffic-evidence.js';
import type { Destination, EndpointRow, Rejection, WorkloadRef } from './egress-reachability.js';
import type { Fix } from './fix.js';
import type { ItemList } from './item-list.js';
import type { Ledger } from './ledger.js';
import type { ComparedVerdict } from './verdict.js';

/** How much a workload needs an edge, as far as its manifest and traffic evidence tell. */
export type Need = 'referenced' | 'observed' | 'unknown' | 'deliberate' | 'potential';

/** Calls that may be those of an edge: metrics name a host, and mostly no port. */
export interface SeenEdge {
  /** The key of the workload (`workloadKey`). */
  readonly workload: string;
  /** The key of the destination (`destinationKey`). */
  readonly destination: string;
  readonly call: SeenCall;
}

/** What traffic evidence tells of calls. */
export type Sighting =
  | { readonly kind: 'seen'; readonly edges: readonly SeenEdge[] }
  /** The caller reports its calls, and this is none of them. */
  | { readonly kind: 'unseen' }
  /** That it was not seen tells nothing. `why` is a clause. */
  | { readonly kind: 'silent'; readonly why: string };

export type ChangeSeverity = 'failure' | 'warning' | 'notice' | 'none';

/** A changed object that makes the difference. */
export interface Cause extends Origin {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly explanation: string;
  /** Which tree the place belongs to: the before tree for an object that is gone. */
  readonly side: 'before' | 'after';
  /** Causes of one number make the difference only together; each number does it by itself. Absent for one that needs no other. */
  readonly together?: number;
  /** False where the search for causes was given up: it stands over the call, but was not tried alone, or others are like it. */
  readonly isTried?: false;
}

/** Where a workload names a destination. */
export interface Reference extends Origin {
  /** The value as it is written, cut to a sane length. */
  readonly text: string;
  /** `env CART_ADDR of container app`, `argument 2 of container app`, `key config.yaml of ConfigMap shop/settings`. */
  readonly where: string;
  /** The key of the object that names it (`objectKey`); of a rendered one, the place may be in another object's file. */
  readonly heldBy: string;
}

/** Why a finding does not fail the gate, though it would. */
export type Exemption =
  | { readonly kind: 'waived'; readonly reason: string; readonly owner: string; readonly expires: string }
  | { readonly kind: 'accepted'; readonly by: string; readonly at: string; readonly reason: string | null }
  /** By an owner of the workload, who approved the change as a whole. */
  | { readonly kind: 'approved'; readonly by: string; readonly at: string };

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
  /** In order. */
  readonly destinations: ItemList<Destination>;
  readonly branch?: string;
  readonly before: ComparedVerdict;
  readonly after: ComparedVerdict;
  /** Where the same call is sent to other clusters. */
  readonly rerouted?: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly need: Need;
  /** The reference itself is new in this change. */
  readonly newReference?: boolean;
  /** What traffic evidence tells; absent without evidence, and where it adds nothing to what the manifest names. */
  readonly sighting?: Sighting;
  readonly severity: ChangeSeverity;
  /** The contract by which the calls may go past the mesh: without it, the severity would be another. */
  readonly allowedBy?: { readonly workload: string; readonly host: string; readonly reason: string };
  readonly exemption?: Exemption;
  readonly causes: readonly Cause[];
  /** The meshes in which it is so; absent where the only one has no name. */
  readonly meshes?: readonly string[];
  /** Where the workloads name the destinations; empty unless `need` is `referenced`. */
  readonly references: readonly Reference[];
}

/** What one workload's proxy knows before and after, for the review's `diff` block. */
export interface EndpointTables {
  readonly workload: WorkloadRef;
  readonly before: readonly EndpointRow[];
  readonly after: readonly EndpointRow[];
}

/** What the proxies of workloads that are alike have to know. */
export interface ProxyLoad {
  readonly workloads: readonly WorkloadRef[];
  readonly before: ProxyCounts;
  readonly after: ProxyCounts;
  readonly meshes?: readonly string[];
}

export interface ProxyCounts {
  /** Outbound clusters of one proxy. */
  readonly clusters: number;
  /** Endpoints of those clusters. */
  readonly endpoints: number;
}

/** Who answers for a workload that loses something, by CODEOWNERS as it was before the change. */
export interface WorkloadOwners {
  readonly workload: WorkloadRef;
  /** The file that defines it: where it was before the change, if it was there. */
  readonly path: string;
  /** As CODEOWNERS writes them: `@user`, `@org/team`, an address; empty where nobody owns the file. */
  readonly owners: readonly string[];
  /** The owners of the files whose change takes something from it; sorted. */
  readonly causedBy: readonly string[];
  /** Where the configuration asks for it: its findings fail until one of the owners approves or accepts. */
  readonly mustApprove?: true;
  /** The meshes in which it is so; absent where the only one has no name. */
  readonly meshes?: readonly string[];
}

/** A workload that the change renames or moves: it is compared with its former self. */
export interface RenamedWorkload {
  readonly before: WorkloadRef;
  readonly after: WorkloadRef;
  /** The meshes in which it is so; absent where the only one has no name. */
  readonly meshes?: readonly string[];
}

/** Pairs that a contract of the configuration does not allow as they are after the change. */
export interface ContractBreach {
  readonly contract: 'must-be-meshed' | 'must-not-reach';
  /** The contract's patterns, as the configuration writes them. */
  readonly workload: string;
  readonly host: string;
  readonly reason: string;
  /** Who answers for the contract, in the configuration's words. */
  readonly owner: string | null;
  /** Where the configuration says it. */
  readonly origin: Origin;
  readonly workloads: readonly WorkloadRef[];
  readonly destinations: ItemList<Destination>;
  /** The route that is meant, where it is not the whole call. */
  readonly branch?: string;
  readonly before: ComparedVerdict;
  readonly after: ComparedVerdict;
  /** False for what was so before the change; only what is new gates. */
  readonly isNew: boolean;
  readonly exemption?: Exemption;
  readonly causes: readonly Cause[];
  readonly meshes?: readonly string[];
}

export type GateVerdict = 'pass' | 'fail' | 'undetermined';

/** What a change does: the content of `egress-scope diff`, and of the review. */
export interface ChangeAnalysis {
  readonly istioVersion: string;
  /** Where the change moves Istio to another version. */
  readonly formerIstioVersion?: string;
  readonly verdict: GateVerdict;
  /** Why the verdict is what it is, one sentence each, most important first. */
  readonly reasons: readonly string[];
  readonly changes: readonly EdgeChange[];
  readonly workloads: { readonly added: readonly WorkloadRef[]; readonly removed: readonly WorkloadRef[] };
  /** Objects of the after tree that admission refuses. */
  readonly rejected: readonly Rejection[];
  readonly diagnostics: readonly Diagnostic[];
  readonly ledger: Ledger;
  /** For the workloads with failing changes, at most a handful. */
  readonly endpointTables: readonly EndpointTables[];
  /** The fingerprints of what fails the gate; absent where nothing does. */
  readonly failing?: readonly string[];
  /** By an owner's approval: who gave it, and the fingerprints of what it lets pass; absent where nothing does. */
  readonly approved?: readonly { readonly by: string; readonly at: string; readonly findings: readonly string[] }[];
  readonly expiredWaivers?: readonly ExpiredWaiver[];
  /** Fewest edits first; absent where none was found, or none was looked for. */
  readonly fixes?: readonly Fix[];
  /** The search for fixes ended before everything was tried. */
  readonly isFixSearchCut?: true;
  /** Of workloads whose proxies come to know more or less; absent where none does. */
  readonly proxyLoads?: readonly ProxyLoad[];
  /** Of the workloads that lose something; absent where the tree has no CODEOWNERS. */
  readonly owners?: readonly WorkloadOwners[];
  readonly renamed?: readonly RenamedWorkload[];
  readonly breaches?: readonly ContractBreach[];
}
