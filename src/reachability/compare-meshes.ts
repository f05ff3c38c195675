import type { Workload } from '../kubernetes/workload.js';
import { NO_CHECKPOINT, type Checkpoint } from './checkpoint.js';
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

/** Whether every call of a class ends as it did, also one to a destination that the meshes do not list. */
export function endsAlike({ before, after }: Pick<ComparedClass, 'before' | 'after'>): boolean {
  if (before.outcomes === after.outcomes) return true;
  return before.kin === after.kin && before.sidecar?.object === after.sidecar?.object;
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
  checkpoint: Checkpoint = NO_CHECKPOINT,
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
    classes: [...classes.values()].map((each) => {
      checkpoint();
      return { ...each, differences: differencesOf(each, union, deltasOf) };
    }),
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
  if (before.destinations === after.destinations) {
    return before.destinations.map((destination, place) => ({ destination, before: place, after: place }));
  }
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
/** Of a mesh; more than fit into memory. */
const MOST_OUTCOMES = 2 ** 26;

function cachedDeltas(before: EvaluatedMesh, after: EvaluatedMesh): (b: number, a: number) => readonly EdgeDelta[] {
  const known = new Map<number, readonly EdgeDelta[]>();
  return (b, a) => {
    if (b === a && before.outcomes === after.outcomes) return NONE;
    const key = (b + 1) * MOST_OUTCOMES + a + 1;
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
  if (endsAlike({ before, after })) return [];
  const [old, now] = [before.outcomes(), after.outcomes()];
  const out: { destination: Destination; delta: EdgeDelta }[] = [];
  for (const { destination, before: b, after: a } of union) {
    const deltas = deltasOf(b < 0 ? -1 : old.at(b), a < 0 ? -1 : now.at(a));
    for (const delta of deltas) out.push({ destination, delta });
  }
  return out;
}
