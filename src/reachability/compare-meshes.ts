import type { Workload } from '../kubernetes/workload.js';
import { NO_CHECKPOINT, type Checkpoint } from './checkpoint.js';
import { compareOutcomes, type EdgeDelta } from './edge-deltas.js';
import { workloadKey, type EvaluatedGroup, type EvaluatedMesh } from './evaluate-mesh.js';
import { NOTHING_RENAMED, type Renamings } from './renamed-workloads.js';
import { UnitedDestinations } from './united-destinations.js';

/** Destinations to which the calls of some workloads differ in one way. */
export interface AlikeDifferences {
  readonly delta: EdgeDelta;
  /** Of the comparison's destinations, in order. */
  readonly places: Uint32Array;
}

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

/** Compares every edge of every workload that exists on both sides, under whichever name, class by class. */
export function compareMeshes(
  before: EvaluatedMesh,
  after: EvaluatedMesh,
  renamings: Renamings = NOTHING_RENAMED,
  checkpoint: Checkpoint = NO_CHECKPOINT,
): MeshComparison {
  const destinations = new UnitedDestinations(before, after);
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
    destinations,
    classes: [...classes.values()].map((each) => ({
      ...each,
      differences: () => {
        checkpoint();
        return differencesOf(each, destinations, deltasOf);
      },
      deltasAt: (place) => {
        if (endsAlike(each)) return NONE;
        const [b, a] = [destinations.before[place]!, destinations.after[place]!];
        return deltasOf(b < 0 ? -1 : each.before.outcomes().at(b), a < 0 ? -1 : each.after.outcomes().at(a));
      },
    })),
    added,
    removed: before.groups
      .flatMap((group) => group.members.map(({ workload }) => workload))
      .filter((workload) => !found.has(workloadKey(workload))),
  };
}

const NONE: readonly EdgeDelta[] = [];

/** How two outcomes of the meshes' lists differ, by their places there, -1 standing for none. Equal ways are the same object. */
function cachedDeltas(before: EvaluatedMesh, after: EvaluatedMesh): (b: number, a: number) => readonly EdgeDelta[] {
  // Of one outcome before, mostly one comes to be.
  const known = new Map<number, { readonly a: number; readonly deltas: readonly EdgeDelta[] }[]>();
  const distinct = new Map<string, EdgeDelta>();
  const isOfOne = before.outcomes === after.outcomes;
  return (b, a) => {
    if (b === a && isOfOne) return NONE;
    let pairs = known.get(b);
    if (!pairs) known.set(b, (pairs = []));
    for (const pair of pairs) if (pair.a === a) return pair.deltas;
    const deltas = compareOutcomes(before.outcomes[b] ?? null, after.outcomes[a] ?? null).map((delta) => {
      const text = JSON.stringify(delta);
      const same = distinct.get(text) ?? delta;
      distinct.set(text, same);
      return same;
    });
    pairs.push({ a, deltas });
    return deltas;
  };
}

function differencesOf(
  { before, after }: { before: EvaluatedGroup; after: EvaluatedGroup },
  destinations: UnitedDestinations,
  deltasOf: (b: number, a: number) => readonly EdgeDelta[],
): AlikeDifferences[] {
  if (endsAlike({ before, after })) return [];
  const [old, now] = [before.outcomes().toArray(), after.outcomes().toArray()];
  const found = new Map<EdgeDelta, number[]>();
  let lastDelta: EdgeDelta | null = null;
  let lastPlaces: number[] = [];
  for (let place = 0; place < destinations.destinations.length; place += 1) {
    const [b, a] = [destinations.before[place]!, destinations.after[place]!];
    for (const delta of deltasOf(b < 0 ? -1 : old[b]!, a < 0 ? -1 : now[a]!)) {
      if (lastDelta !== delta) {
        lastPlaces = found.get(delta) ?? [];
        found.set(delta, lastPlaces);
        lastDelta = delta;
      }
      lastPlaces.push(place);
    }
  }
  return [...found].map(([delta, places]) => ({ delta, places: Uint32Array.from(places) }));
}
