import type { Workload } from '../kubernetes/workload.js';
import { NO_CHECKPOINT, type Checkpoint } from './checkpoint.js';
import { RowComparison, type AlikeDifferences } from './compare-rows.js';
import type { EdgeDelta } from './edge-deltas.js';
import { workloadKey, type EvaluatedGroup, type EvaluatedMesh } from './evaluate-mesh.js';
import { NOTHING_RENAMED, type Renamings } from './renamed-workloads.js';
import { UnitedDestinations } from './united-destinations.js';

/** Workloads that were alike before and are alike after, and the edges of theirs that differ. */
export interface ComparedClass {
  readonly before: EvaluatedGroup;
  readonly after: EvaluatedGroup;
  /** As they are after the change. */
  readonly workloads: readonly Workload[];
  /** By the way, each of which is there once. Found anew each time: a mesh has room for those of few classes at once. */
  readonly differences: () => readonly AlikeDifferences[];
  /** The ways in which the edge to one destination differs, by its place. */
  readonly deltasAt: (place: number) => readonly EdgeDelta[];
}

/** Whether every call of a class ends as it did, also one to a destination that the meshes do not list. */
export function endsAlike({ before, after }: Pick<ComparedClass, 'before' | 'after'>): boolean {
  if (before.outcomes === after.outcomes) return true;
  return before.kin === after.kin && before.sidecar?.object === after.sidecar?.object;
}

export interface MeshComparison {
  readonly destinations: UnitedDestinations;
  readonly classes: readonly ComparedClass[];
  readonly added: readonly Workload[];
  readonly removed: readonly Workload[];
}

const NO_GROUPS: ReadonlyMap<EvaluatedGroup['members'], EvaluatedGroup> = new Map();

/** Compares every edge of every workload that exists on both sides, under whichever name, class by class. */
export function compareMeshes(
  before: EvaluatedMesh,
  after: EvaluatedMesh,
  renamings: Renamings = NOTHING_RENAMED,
  checkpoint: Checkpoint = NO_CHECKPOINT,
): MeshComparison {
  const destinations = new UnitedDestinations(before, after);
  const rows = new RowComparison(before, after, destinations);
  const classes = new Map<string, { before: EvaluatedGroup; after: EvaluatedGroup; workloads: Workload[] }>();
  const ids = new Map<EvaluatedGroup, number>();
  const idOf = (group: EvaluatedGroup): number => {
    let id = ids.get(group);
    if (id === undefined) ids.set(group, (id = ids.size));
    return id;
  };
  const added: Workload[] = [];
  const found = new Set<string>();
  // Of meshes of one lineage, most groups have the very same members.
  const asBefore =
    renamings === NOTHING_RENAMED ? new Map(before.groups.map((group) => [group.members, group])) : NO_GROUPS;
  const matched = new Set<EvaluatedGroup>();
  for (const group of after.groups) {
    const same = asBefore.get(group.members);
    if (same) {
      const workloads = group.members.map(({ workload }) => workload);
      classes.set(`${idOf(same)} ${idOf(group)}`, { before: same, after: group, workloads });
      matched.add(same);
      continue;
    }
    for (const { workload } of group.members) {
      const formerKey = renamings.formerKeyOf(workloadKey(workload));
      const old = before.groupOf.get(formerKey);
      if (!old) {
        added.push(workload);
        continue;
      }
      found.add(formerKey);
      const key = `${idOf(old)} ${idOf(group)}`;
      const known = classes.get(key);
      if (known) known.workloads.push(workload);
      else classes.set(key, { before: old, after: group, workloads: [workload] });
    }
  }
  return {
    destinations,
    classes: [...classes.values()].map((each) => ({
      ...each,
      differences: () => {
        checkpoint();
        return endsAlike(each) ? [] : rows.differences(each.before, each.after);
      },
      deltasAt: (place) => (endsAlike(each) ? [] : rows.deltasAt(each.before, each.after, place)),
    })),
    added,
    removed: before.groups
      .filter((group) => !matched.has(group))
      .flatMap((group) => group.members.map(({ workload }) => workload))
      .filter((workload) => !found.has(workloadKey(workload))),
  };
}
