import type { ChangeSeverity, Need } from '../reachability/change.js';
import { compareOutcomes, type EdgeDelta } from '../reachability/edge-deltas.js';
import type { Destination, WorkloadRef } from '../reachability/egress-reachability.js';
import type { CallOutcome } from '../reachability/follow-call.js';
import { holdContract } from './hold-contract.js';
import { classOf, isContracted, weightOf } from './judge-changes.js';
import { fitsHost, fitsWorkload } from './pair-scope.js';
import { passThroughOf } from './pass-through.js';
import type { Contract, Policy } from './policy.js';

/** A workload and a destination, with what is known of them beside where the call ends. */
export interface WeighedPair {
  readonly workload: WorkloadRef;
  readonly destination: Destination;
  readonly need: Need;
  /** Traffic evidence tells that the call is not made. */
  readonly isUnseen: boolean;
  /** The manifest names the destination, and did not before. */
  readonly isNewlyNamed: boolean;
  /** The workload itself is new. */
  readonly isAdded: boolean;
}

/** A warning, or a failure. */
export type Weight = 1 | 2;

/** Names what of a pair weighs something: the call, one of its branches, a contract by its place in the configuration. */
export function branchKey(branch: string | null): string {
  return branch === null ? 'call' : `branch ${branch}`;
}

export function contractKey(index: number): string {
  return `contract ${index}`;
}

/** Whoever is called for what becomes of a pair: by what it is about, how much it weighs. Notices weigh nothing. */
export function weighPair(
  pair: WeighedPair,
  before: CallOutcome | null,
  after: CallOutcome | null,
  { severities, contracts }: Policy,
): ReadonlyMap<string, Weight> {
  const weights = new Map<string, Weight>();
  const isUnseen = pair.isUnseen && !isContracted(contracts, pair.workload, pair.destination);
  for (const delta of deltasOf(pair, before, after)) {
    const changeClass = classOf(delta, pair.need);
    const weight = changeClass === null ? null : numberOf(weightOf(severities[changeClass], pair.need, isUnseen));
    if (weight === null || passThroughOf(contracts, pair.workload, pair.destination, delta.after)) continue;
    weights.set(branchKey(delta.branch), weight);
  }
  for (const [index, contract] of contracts.entries()) {
    if (isAbout(contract, pair) && holdContract(contract, pair.destination, before, after).breach === 'new') {
      weights.set(contractKey(index), 2);
    }
  }
  return weights;
}

/** What is listed of a pair: its differences, and that it is newly named and not in the mesh. */
function deltasOf(
  { isNewlyNamed, isAdded }: WeighedPair,
  before: CallOutcome | null,
  after: CallOutcome | null,
): readonly EdgeDelta[] {
  const deltas = isAdded ? [] : compareOutcomes(before, after);
  const verdict = after?.verdict ?? 'absent';
  const isTold = deltas.some(({ branch }) => branch === null);
  if (!isNewlyNamed || isTold || verdict === 'meshed') return deltas;
  const old = isAdded ? 'absent' : (before?.verdict ?? 'absent');
  return [...deltas, { branch: null, before: old, after: verdict, rerouted: null }];
}

/** Where a call to another host leads, a contract may be about as well. */
function isAbout({ rule, scope }: Contract, { workload, destination }: WeighedPair): boolean {
  if (rule === 'may-pass-through' || !fitsWorkload(scope.workload, workload)) return false;
  return rule === 'must-not-reach' || fitsHost(scope.host, destination);
}

function numberOf(severity: ChangeSeverity): Weight | null {
  return severity === 'failure' ? 2 : severity === 'warning' ? 1 : null;
}
