import { compareWorkloads } from '../kubernetes/workload.js';
import type { ContractBreach, EdgeChange, WorkloadOwners } from '../reachability/change.js';
import type { WorkloadRef } from '../reachability/egress-reachability.js';
import { workloadKey } from '../reachability/evaluate-mesh.js';
import type { OwnersOfFile } from './code-owners.js';
import { isFailing, isGating } from './exempt-changes.js';
import { classOf } from './judge-changes.js';
import type { Policy } from './policy.js';

/** The file that defines a workload; null for one that is not known. */
export type FileOfWorkload = (workload: WorkloadRef) => string | null;

interface Loser {
  readonly workload: WorkloadRef;
  readonly path: string;
  /** The files of what causes it. */
  readonly causePaths: Set<string>;
  isFailing: boolean;
}

/** Who answers for the workloads that a change takes something from, and for the files that do it: by CODEOWNERS. */
export function listWorkloadOwners(
  changes: readonly EdgeChange[],
  breaches: readonly ContractBreach[],
  policy: Policy,
  ownersOf: OwnersOfFile,
  fileOf: FileOfWorkload,
): readonly WorkloadOwners[] {
  const losers = new Map<string, Loser>();
  const collect = ({ workloads, causes }: EdgeChange | ContractBreach, failing: boolean): void => {
    for (const workload of workloads) {
      const key = workloadKey(workload);
      const path = losers.get(key)?.path ?? fileOf(workload);
      if (path === null) continue;
      const loser = losers.get(key) ?? { workload, path, causePaths: new Set<string>(), isFailing: false };
      losers.set(key, loser);
      for (const cause of causes) loser.causePaths.add(cause.path);
      loser.isFailing ||= failing;
    }
  };
  for (const change of changes) {
    const failing = isFailing(change, policy);
    if (failing || isLoss(change)) collect(change, failing);
  }
  for (const breach of breaches.filter(isGating)) collect(breach, false);
  return [...losers.values()]
    .sort((a, b) => compareWorkloads(a.workload, b.workload))
    .map(({ workload, path, causePaths, isFailing: failing }) => {
      const owners = ownersOf(path);
      const causedBy = [...new Set([...causePaths].flatMap(ownersOf))].sort();
      const isAwaited = policy.ownersMustApprove && failing && owners.length > 0;
      return { workload, path, owners, causedBy, ...(isAwaited ? { mustApprove: true } : {}) };
    });
}

/** Whether calls get worse, as far as that weighs anything. */
function isLoss({ severity, before, after, need }: EdgeChange): boolean {
  const changeClass = classOf({ branch: null, before, after, rerouted: null }, need);
  return severity !== 'none' && (changeClass === 'broken' || changeClass === 'outside' || changeClass === 'absent');
}
