import type { PushContext } from '../istio/push-context.js';
import { selectSidecar } from '../istio/sidecar.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import { hasBearing } from './bearing.js';
import { callJudge } from './call-judge.js';
import { destinationExists, listedDestinations } from './destination-exists.js';
import { compareOutcomes, type EdgeDelta } from './edge-deltas.js';
import type { Destination } from './egress-reachability.js';
import { workloadKey } from './evaluate-mesh.js';
import type { CallOutcome } from './follow-call.js';

/** The mesh with only a part of a change. */
export interface Counterfactual {
  /** The change without some of its objects. */
  readonly without: (changed: readonly ChangedObject[]) => PushContext;
  /** Some of the objects of the change alone. */
  readonly alone: (changed: readonly ChangedObject[]) => PushContext;
}

interface Sides {
  readonly before: PushContext;
  readonly after: PushContext;
}

/** Beyond so many questions only the objects that stand over the call are named, unasked. */
const MOST_QUESTIONS = 60_000;
/** The same for meshes that would have to be built, weighed by their Services and workloads. */
const MOST_BUILT = 400_000;
/** More objects than a reader looks at. */
const MOST_NAMED = 10;
/** Up to so many objects are asked about one by one, which finds causes that only a part of the others hides. */
const FEW = 12;

/**
 * Names the changed objects that make a difference: without one of them the call would end as it did before; where each of
 * several would do the harm by itself, those which do it alone; and where only several together do, the fewest of them.
 */
export function causeFinder(
  changes: readonly ChangedObject[],
  meshes: Sides,
  counterfactual: Counterfactual,
): (workload: Workload, destination: Destination, delta: EdgeDelta) => readonly ChangedObject[] {
  const bearing = changes.filter(hasBearing);
  const candidates = bearing.length > 0 ? bearing : changes;
  const listed = listedDestinations(meshes.before, meshes.after);
  const before = judgedMesh(meshes.before, listed);
  const weight = meshes.after.services.all.length + meshes.after.workloads.length;
  let questions = 0;
  let built = 0;
  const judge = (push: PushContext): JudgedMesh => {
    built += weight;
    return judgedMesh(push, listed);
  };
  const without = memoizeBySet((set) => judge(counterfactual.without(set)));
  const alone = memoizeBySet((set) => judge(counterfactual.alone(set)));
  return (workload, destination, delta) => {
    const relevant = candidates.filter((changed) => mayGovern(changed, workload, meshes));
    if (relevant.length <= 1) return relevant.length === 1 ? relevant : candidates;
    if (questions > MOST_QUESTIONS || built > MOST_BUILT) return likely(relevant, workload, destination, meshes);
    const key = workloadKey(workload);
    const shows = (mesh: JudgedMesh): boolean => {
      questions++;
      return compareOutcomes(before.outcome(key, destination), mesh.outcome(key, destination)).some((d) =>
        sameDelta(d, delta),
      );
    };
    // Without the object the difference is gone: it is needed for it.
    const needed = search(relevant, (set) => !shows(without(set)));
    if (needed.length > 0) return needed;
    // Several do the same harm: each does it alone.
    const sufficient = search(relevant, (set) => shows(alone(set)));
    if (sufficient.length > 0) return sufficient;
    return relevant.length <= FEW
      ? fewest(relevant, (set) => shows(alone(set)))
      : likely(relevant, workload, destination, meshes);
  };
}

/** The objects that pass a test alone. Of many, halves that do not pass it as a whole are not looked into. */
function search(
  objects: readonly ChangedObject[],
  passes: (set: readonly ChangedObject[]) => boolean,
): readonly ChangedObject[] {
  if (objects.length <= FEW) return objects.filter((object) => passes([object]));
  const middle = objects.length >> 1;
  return [objects.slice(0, middle), objects.slice(middle)].flatMap((half) =>
    passes(half) ? search(half, passes) : [],
  );
}

/** Takes away what is not needed for the whole to pass. */
function fewest(
  objects: readonly ChangedObject[],
  passes: (set: readonly ChangedObject[]) => boolean,
): readonly ChangedObject[] {
  let kept = objects;
  for (const object of objects) {
    const fewer = kept.filter((other) => other !== object);
    if (fewer.length > 0 && passes(fewer)) kept = fewer;
  }
  return kept;
}

interface JudgedMesh {
  /** Null where the mesh does not have the destination (or the workload). */
  readonly outcome: (workload: string, destination: Destination) => CallOutcome | null;
}

function judgedMesh(push: PushContext, listed: ReadonlySet<string>): JudgedMesh {
  const judge = callJudge(push);
  const exists = destinationExists(push, listed);
  return {
    outcome: (workload, destination) => (exists(destination) ? (judge.judge(workload, destination) ?? null) : null),
  };
}

function sameDelta(a: EdgeDelta, b: EdgeDelta): boolean {
  return (
    a.branch === b.branch &&
    a.before === b.before &&
    a.after === b.after &&
    a.rerouted?.after.join() === b.rerouted?.after.join()
  );
}

/** A Sidecar governs the workloads of its own namespace, or those of all if it is the root namespace's. */
function mayGovern({ before, after }: ChangedObject, workload: Workload, meshes: Sides): boolean {
  const { kind, metadata } = (after ?? before)!;
  if (kind !== 'Sidecar' || metadata.namespace === workload.namespace) return true;
  return [meshes.before, meshes.after].some(({ meshConfig }) => meshConfig.rootNamespace === metadata.namespace);
}

/** The changed objects that stand over a call, by their looks: the Sidecar that governs it or did, and what registers the host. */
function likely(
  relevant: readonly ChangedObject[],
  workload: Workload,
  { host }: Destination,
  { before, after }: Sides,
): readonly ChangedObject[] {
  const over = new Set<KubernetesObject>();
  for (const { sidecars, services } of [before, after]) {
    const sidecar = selectSidecar(sidecars, workload.namespace, workload.labels);
    if (sidecar) over.add(sidecar.object);
    for (const service of services.byHostname.get(host)?.values() ?? []) over.add(service.object);
  }
  const named = relevant.filter((changed) =>
    [changed.before, changed.after].some((object) => object && over.has(object)),
  );
  return named.length > 0 ? named : relevant.slice(0, MOST_NAMED);
}

function memoizeBySet<V>(compute: (set: readonly ChangedObject[]) => V): (set: readonly ChangedObject[]) => V {
  const known = new Map<string, V>();
  return (set) => {
    const key = set.map((changed) => changed.key).join('\n');
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = compute(set)));
    return value;
  };
}
