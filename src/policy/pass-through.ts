import type { EdgeChange } from '../reachability/change.js';
import type { Destination, WorkloadRef } from '../reachability/egress-reachability.js';
import type { ComparedVerdict } from '../reachability/verdict.js';
import { compareChanges } from './judge-changes.js';
import { narrowSighting } from './narrow-sighting.js';
import { fitsHost, fitsWorkload } from './pair-scope.js';
import type { Contract, Policy } from './policy.js';
import { splitPairs } from './split-pairs.js';

/** The contract by which a call may go past the mesh; null where there is none, or where it does not go there. */
export function passThroughOf(
  contracts: readonly Contract[],
  workload: WorkloadRef,
  destination: Destination,
  verdict: ComparedVerdict,
): Contract | null {
  if (verdict !== 'unmeshed' && verdict !== 'bypass') return null;
  const fits = ({ rule, scope }: Contract): boolean =>
    rule === 'may-pass-through' && fitsWorkload(scope.workload, workload) && fitsHost(scope.host, destination);
  return contracts.find(fits) ?? null;
}

/** Takes the weight off pairs that go past the mesh and may do so. They stay listed. */
export function allowPassThrough(changes: readonly EdgeChange[], { contracts }: Policy): readonly EdgeChange[] {
  if (!contracts.some(({ rule }) => rule === 'may-pass-through')) return changes;
  const weighed = changes.flatMap((change) => {
    if (change.severity === 'none') return [change];
    const parts = splitPairs(change, (workload, destination) => {
      const contract = passThroughOf(contracts, workload, destination, change.after);
      return contract && { ...contract.scope, reason: contract.reason };
    });
    return parts.map(({ part: whole, mark }): EdgeChange => {
      const part = narrowSighting(whole);
      return mark === null ? part : { ...part, severity: 'none', allowedBy: mark };
    });
  });
  return weighed.sort(compareChanges);
}
