import type { Workload } from '../kubernetes/workload.js';
import { compareDestinations, destinationKey } from './destination.js';
import { compareOutcomes, type EdgeDelta } from './edge-deltas.js';
import type { Destination } from './egress-reachability.js';
import { workloadKey, type EvaluatedGroup, type EvaluatedMesh } from './evaluate-mesh.js';
import { NOTHING_RENAMED, type Renamings } from './renamed-workloads.js';

/** Workloads that were alike before and are alike after, and the edges of theirs that differ. */
export interface ComparedClass {
  readonly before: EvaluatedGroup;
  readonly after: EvaluatedGroup;
  /** As they are after the change. */
  readonly workloads: readonly Workload[];
  readonly differences: readonly { readonly destination: Destination; readonly delta: EdgeDelta }[];
}

export interface MeshComparison {
  readonly classes: readonly ComparedClass[];
  readonly added: readonly Workload[];
  readonly removed: readonly Workload[];
}

/** Compares every edge of every workload that exists on both sides, under whichever name, class by class. */
export function compareMeshes(
  before: EvaluatedMesh,
  after: EvaluatedMesh,
  renamings: Renamings = NOTHING_RENAMED,
): MeshComparison {
  const union = uniteDestinations(before, after);
  const deltasOf = cachedDeltas(before, after);
  const classes = new Map<string, { before: EvaluatedGroup; after: EvaluatedGroup; workloads: Workload[] }>();
  const ids = new Map<EvaluatedGroup, number>();
  const idOf = (group: EvaluatedGroup): number => {
    let id = ids.get(group);
    if (id === undefined) ids.set(group, (id = ids.size));
    return id;
  };
  const added: Workload[] = [];
  const found = new Set<string>();
  for (const group of after.groups) {
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
    classes: [...classes.values()].map((each) => ({ ...each, differences: differencesOf(each, union, deltasOf) })),
    added,
    removed: before.groups
      .flatMap((group) => group.members.map(({ workload }) => workload))
      .filter((workload) => !found.has(workloadKey(workload))),
  };
}

interface UnitedDestination {
  readonly destination: Destination;
  /** Places in the meshes' own lists; -1 where a mesh does not have it. */
  readonly before: number;
  readonly after: number;
}

function uniteDestinations(before: EvaluatedMesh, after: EvaluatedMesh): UnitedDestination[] {
  const united = new Map<string, { destination: Destination; before: number; after: number }>();
  before.destinations.forEach((destination, index) => {
    united.set(destinationKey(destination), { destination, before: index, after: -1 });
  });
  after.destinations.forEach((destination, index) => {
    const known = united.get(destinationKey(destination));
    if (known) known.after = index;
    else united.set(destinationKey(destination), { destination, before: -1, after: index });
  });
  return [...united.values()].sort((a, b) => compareDestinations(a.destination, b.destination));
}

const NONE: readonly EdgeDelta[] = [];

function cachedDeltas(before: EvaluatedMesh, after: EvaluatedMesh): (b: number, a: number) => readonly EdgeDelta[] {
  const known = new Map<number, readonly EdgeDelta[]>();
  const areShared = before.outcomes === after.outcomes;
  const width = after.outcomes.length + 1;
  return (b, a) => {
    if (areShared && b === a) return NONE;
    const key = (b + 1) * width + a + 1;
    let deltas = known.get(key);
    if (!deltas) known.set(key, (deltas = compareOutcomes(before.outcomes[b] ?? null, after.outcomes[a] ?? null)));
    return deltas;
  };
}

function differencesOf(
  { before, after }: { before: EvaluatedGroup; after: EvaluatedGroup },
  union: readonly UnitedDestination[],
  deltasOf: (b: number, a: number) => readonly EdgeDelta[],
): { destination: Destination; delta: EdgeDelta }[] {
  // A row belongs to one list of outcomes.
  if (before.outcomes === after.outcomes) return [];
  const out: { destination: Destination; delta: EdgeDelta }[] = [];
  for (const { destination, before: b, after: a } of union) {
    const deltas = deltasOf(b < 0 ? -1 : before.outcomes.at(b), a < 0 ? -1 : after.outcomes.at(a));
    for (const delta of deltas) out.push({ destination, delta });
  }
  return out;
}
