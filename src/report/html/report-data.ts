import type { ChangeSeverity, Need } from '../../reachability/change.js';
import type { ComparedVerdict } from '../../reachability/verdict.js';

/**
 * What the script of a page has to know. Names stand in tables, sorted; whatever is about many of them has sets of their numbers
 * (`encodeSet`), and each set stands in a table as well: the size grows with the number of different sets, not with that of pairs.
 */
export interface ReportData {
  readonly kind: 'diff' | 'reach';
  /** `[namespace, kind, name]` */
  readonly workloads: readonly (readonly [string, string, string])[];
  /** `[host, port, protocol]` */
  readonly destinations: readonly (readonly [string, number, string])[];
  /** Of workloads or of destinations. */
  readonly sets: readonly string[];
  readonly meshes: readonly string[];
  /** Lists of owners; a workload's is at its place in `owned`, -1 for none. Both empty where no owner is known. */
  readonly owners: readonly (readonly string[])[];
  readonly owned: readonly number[];
  readonly causes: readonly CauseData[];
  readonly findings: readonly FindingData[];
}

export interface CauseData {
  /** `Sidecar shop/default` */
  readonly object: string;
  readonly place: PlaceData;
  readonly explanation: string;
  /** The search for causes was given up. */
  readonly isTried?: false;
}

export interface PlaceData {
  /** `path:line`, or what is known of it. */
  readonly name: string;
  readonly href?: string;
  /** What is to be said of a place that is not exact. */
  readonly caution?: string;
}

export interface ReferenceData {
  readonly place: PlaceData;
  readonly where: string;
  readonly text: string;
}

/** Every workload of one set and every destination of another. In a page of one tree, `before` is null and nothing is severe. */
export interface FindingData {
  /** Numbers in `sets`. */
  readonly w: number;
  readonly d: number;
  readonly before: ComparedVerdict | null;
  readonly after: ComparedVerdict;
  readonly severity?: ChangeSeverity;
  readonly need?: Need;
  /** What traffic evidence tells, in words. */
  readonly traffic?: string;
  readonly branch?: string;
  readonly rerouted?: readonly [before: readonly string[], after: readonly string[]];
  readonly isNewReference?: true;
  /** Numbers in `causes`, those that act together side by side. */
  readonly causes?: readonly (readonly number[])[];
  readonly references?: readonly ReferenceData[];
  /** How many references there are beside those. */
  readonly moreReferences?: number;
  /** Numbers in `meshes`. */
  readonly meshes?: readonly number[];
  /** Who waived or accepted it. */
  readonly exemption?: string;
  /** How the workloads are governed, of one tree. */
  readonly governed?: string;
}
