import type { ChangeAnalysis } from '../reachability/change.js';
import type { WorkloadRef } from '../reachability/egress-reachability.js';
import { workloadName } from './workload-name.js';

/** Who answers for a workload, as CODEOWNERS writes it; empty where nobody is known to. */
export type OwnersOf = (workload: WorkloadRef) => readonly string[];

export const NOBODY: OwnersOf = () => [];

export function ownersOf({ owners = [] }: Pick<ChangeAnalysis, 'owners'>): OwnersOf {
  if (owners.length === 0) return NOBODY;
  const known = new Map(owners.map((each) => [workloadName(each.workload), each.owners]));
  return (workload) => known.get(workloadName(workload)) ?? [];
}

/** The owners that all of the workloads have; null where they differ. */
export function commonOwners(workloads: readonly WorkloadRef[], of: OwnersOf): readonly string[] | null {
  const [first = [], ...others] = workloads.map(of);
  return others.every((each) => each.join('\n') === first.join('\n')) ? first : null;
}
