import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Need, Reference, Sighting } from './change.js';
import type { EdgeDelta } from './edge-deltas.js';
import type { Destination } from './egress-reachability.js';
import type { ItemList } from './item-list.js';

/** The changed objects that make a difference. */
export interface FoundCauses {
  /** Those of one set make it only together; each set makes it by itself. */
  readonly sets: readonly (readonly ChangedObject[])[];
  /** False where the search was given up: then not all sets are here, or nothing but the objects that stand over the call. */
  readonly isTried: boolean;
}

/** How many hosts some destinations have. */
export interface HostCounts {
  readonly all: number;
  /** Those that a Service or ServiceEntry has. */
  readonly registered: number;
}

/** A difference with who has it, where, and why: everything of a change but its severity. */
export interface DescribedChange {
  readonly workloads: readonly Workload[];
  /** In order. */
  readonly destinations: ItemList<Destination>;
  /** Of very many destinations. */
  readonly hostCounts?: HostCounts;
  readonly delta: EdgeDelta;
  readonly need: Need;
  /** What traffic evidence tells; null where there is none, or nothing to tell. */
  readonly sighting: Sighting | null;
  readonly newReference: boolean;
  /** The workloads' own Service, which is never judged. */
  readonly own: boolean;
  readonly causes: FoundCauses;
  /** The change is that the destination is named: objects that name it are among the causes. */
  readonly isNamed: boolean;
  /** The Sidecar that governs the workloads after the change; null where that is no part of the answer. */
  readonly governing: KubernetesObject | null;
  readonly references: readonly Reference[];
}
