import type { PushContext } from '../istio/push-context.js';
import { selectSidecar } from '../istio/sidecar.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { isConfigMap, objectKey, type KubernetesObject } from '../kubernetes/manifest.js';
import { once } from '../kubernetes/once.js';
import type { Workload } from '../kubernetes/workload.js';
import { callerClasses } from './alike-callers.js';
import { hasBearing } from './bearing.js';
import { judgePart, type Caller, type ChangeParts, type JudgedPart } from './change-parts.js';
import type { FoundCauses } from './described-change.js';
import { listedDestinations } from './destination-exists.js';
import { destinationKey } from './destination.js';
import { compareOutcomes, type EdgeDelta } from './edge-deltas.js';
import type { Destination } from './egress-reachability.js';
import type { CallOutcome } from './follow-call.js';
import { findMinimalSets } from './minimal-sets.js';

/** Finds the changed objects that make a difference. */
export interface CauseFinder {
  /** Of workloads that are alike before and alike after: those of one class have the same causes. */
  readonly classOf: (workload: Workload) => string;
  /** The causes of all of a workload's calls that end otherwise, where nothing but one object can be; else null. */
  readonly onlyCauses: (workload: Workload) => FoundCauses | null;
  /** The causes of a call that ends otherwise. */
  readonly ofDelta: (workload: Workload, destination: Destination, delta: EdgeDelta) => FoundCauses;
  /** The causes of whatever is so of where a call ends, and was not; null stands for a destination that the mesh does not have. */
  readonly ofOutcome: (
    workload: Workload,
    destination: Destination,
    isSo: (outcome: CallOutcome | null) => boolean,
  ) => FoundCauses;
  /** The same where nobody asks but because a manifest names the destination. */
  readonly ofNamedDelta: (workload: Workload, destination: Destination, delta: EdgeDelta) => FoundCauses;
  /** The causes of a call that ends as it did, or that nobody was there to make, and that a manifest newly names. */
  readonly ofNaming: (workload: Workload, destination: Destination, delta: EdgeDelta) => FoundCauses;
}

interface Sides {
  readonly before: PushContext;
  readonly after: PushContext;
}

/** Beyond so many questions only the objects that stand over the call are named, untried. */
const MOST_QUESTIONS = 60_000;
/** The same for meshes that would have to be built, weighed by their Services and workloads. */
const MOST_BUILT = 400_000;
/** More untried objects than a reader looks at. */
const MOST_NAMED = 10;
/** Causes of other calls that are tried first. */
const MOST_RECENT = 8;

/** What may be the cause of a workload's changes, and what was the cause of others'. */
interface Suspects {
  readonly items: readonly ChangedObject[];
  /** The causes, where nothing but one object can be; else null. */
  readonly only: FoundCauses | null;
  readonly recent: (readonly ChangedObject[])[];
}

function suspectsAmong(items: readonly ChangedObject[]): Suspects {
  return { items, only: items.length === 1 ? { sets: [items], isTried: true } : null, recent: [] };
}

/**
 * Judges the mesh as it was with parts of the change: the causes are the smallest parts that make the very same difference alone.
 * Every part that makes it has one of them in it, so that without all that are named it is gone.
 */
export function causeFinder(
  meshes: Sides,
  { changed, withPart }: ChangeParts,
  formerOf: (workload: Workload) => Workload,
): CauseFinder {
  const bearing = changed.filter(hasBearing);
  const listed = listedDestinations(meshes.before, meshes.after);
  const before = judgePart({ push: meshes.before, namedBy: () => undefined, namedBefore: () => undefined }, listed);
  const weight = meshes.after.services.all.length + meshes.after.workloads.length;
  const suspects = suspectsFinder(meshes, changed, bearing);
  let questions = 0;
  let built = 0;
  const judged = memoizeBySet((part) => {
    built += weight;
    return judgePart(withPart(part), listed);
  });

  function find(
    { workload }: Caller,
    destination: Destination,
    { items, only, recent }: Suspects,
    isSo: (mesh: JudgedPart) => boolean,
  ): FoundCauses {
    if (only) return only;
    const has = (part: readonly ChangedObject[]): boolean => {
      questions++;
      return isSo(judged(part));
    };
    const mayGoOn = (): boolean => questions <= MOST_QUESTIONS && built <= MOST_BUILT;
    const likely = standingOver(items, workload, destination, meshes);
    const known = [...recent, ...likely.map((each) => [each])];
    const { sets, isComplete } = findMinimalSets(items, has, known, mayGoOn);
    recent.unshift(...sets.filter((set) => !recent.includes(set)));
    recent.splice(MOST_RECENT);
    if (sets.length > 0) return { sets: inOrder(sets, items), isTried: isComplete };
    if (!isComplete) return untried(likely.length > 0 ? likely : items);
    // What seems to have no bearing is asked about only where the rest does not make the difference.
    if (items.length === changed.length) return untried(items);
    return find({ workload, former: workload }, destination, suspectsAmong(changed), isSo);
  }

  return {
    classOf: changed.length > 1 ? callerClasses(meshes.before, meshes.after, formerOf) : () => '',
    onlyCauses: (workload) => suspects.ofCall({ workload, former: formerOf(workload) }).only,
    ofDelta: (workload, destination, delta) => {
      const caller = { workload, former: formerOf(workload) };
      const old = once(() => before.outcome(caller, destination) ?? null);
      return find(caller, destination, suspects.ofCall(caller), (mesh) =>
        shows(old(), mesh.outcome(caller, destination), delta),
      );
    },
    ofOutcome: (workload, destination, isSo) => {
      const caller = { workload, former: formerOf(workload) };
      return find(caller, destination, suspects.ofCall(caller), (mesh) => {
        const now = mesh.outcome(caller, destination);
        return now !== undefined && isSo(now);
      });
    },
    ofNamedDelta: (workload, destination, delta) => {
      const caller = { workload, former: formerOf(workload) };
      const old = once(() => before.outcome(caller, destination) ?? null);
      const key = destinationKey(destination);
      return find(
        caller,
        destination,
        suspects.ofName(caller),
        (mesh) => shows(old(), mesh.outcome(caller, destination), delta) && mesh.names(caller, key),
      );
    },
    ofNaming: (workload, destination, delta) => {
      const caller = { workload, former: formerOf(workload) };
      const key = destinationKey(destination);
      return find(caller, destination, suspects.ofName(caller), (mesh) => {
        const now = mesh.outcome(caller, destination);
        return now !== undefined && (now?.verdict ?? 'absent') === delta.after && mesh.namesNewly(caller, key);
      });
    },
  };
}

function shows(old: CallOutcome | null, now: CallOutcome | null | undefined, delta: EdgeDelta): boolean {
  return now !== undefined && compareOutcomes(old, now).some((each) => sameDelta(each, delta));
}

function sameDelta(a: EdgeDelta, b: EdgeDelta): boolean {
  return (
    a.branch === b.branch &&
    a.before === b.before &&
    a.after === b.after &&
    a.rerouted?.after.join() === b.rerouted?.after.join()
  );
}

/** The changed objects that can be causes. Those for the calls of one namespace are the same. */
function suspectsFinder(
  meshes: Sides,
  changed: readonly ChangedObject[],
  bearing: readonly ChangedObject[],
): { readonly ofCall: (caller: Caller) => Suspects; readonly ofName: (caller: Caller) => Suspects } {
  const hasItsBearing = new Set(bearing);
  const ofNamespaces = new Map<string, Suspects>();
  const governing = (candidates: readonly ChangedObject[], caller: Caller): Suspects =>
    suspectsAmong(candidates.filter((each) => mayGovern(each, caller, meshes)));
  return {
    ofCall: (caller) => {
      const key = `${caller.workload.namespace} ${caller.former.namespace}`;
      let found = ofNamespaces.get(key);
      if (!found) ofNamespaces.set(key, (found = governing(bearing, caller)));
      return found;
    },
    ofName: (caller) =>
      governing(
        changed.filter((each) => hasItsBearing.has(each) || mayName(each, caller)),
        caller,
      ),
  };
}

/** A Sidecar governs the workloads of its own namespace, or those of all if it is the root namespace's. */
function mayGovern({ before, after }: ChangedObject, { workload, former }: Caller, meshes: Sides): boolean {
  const { kind, metadata } = (after ?? before)!;
  if (kind !== 'Sidecar') return true;
  if (metadata.namespace === workload.namespace || metadata.namespace === former.namespace) return true;
  return [meshes.before, meshes.after].some(({ meshConfig }) => meshConfig.rootNamespace === metadata.namespace);
}

/** What a workload names stands in its own manifest, and in ConfigMaps of its namespace. */
function mayName({ before, after }: ChangedObject, { workload, former }: Caller): boolean {
  const changed = (after ?? before)!;
  const { kind, metadata } = changed;
  return [workload, former].some(({ namespace, kind: own, name, object }) => {
    if ([before, after].some((each) => each !== null && objectKey(each) === objectKey(object))) return true;
    if (metadata.namespace !== namespace) return false;
    return kind === own ? metadata.name === name : isConfigMap(changed);
  });
}

/** Of some sets, those first that begin first; each in the order of the items. */
function inOrder(
  sets: readonly (readonly ChangedObject[])[],
  items: readonly ChangedObject[],
): (readonly ChangedObject[])[] {
  const places = new Map(items.map((item, place) => [item, place]));
  return sets
    .map((set) => set.map((item) => places.get(item)!).sort((a, b) => a - b))
    .sort((a, b) => a[0]! - b[0]! || a.length - b.length || (a[1] ?? 0) - (b[1] ?? 0))
    .map((set) => set.map((place) => items[place]!));
}

function untried(objects: readonly ChangedObject[]): FoundCauses {
  return { sets: objects.slice(0, MOST_NAMED).map((each) => [each]), isTried: false };
}

/** The changed objects that stand over a call, by their looks: the Sidecar that governs it or did, and what registers the host. */
function standingOver(
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
  return relevant.filter((changed) => [changed.before, changed.after].some((object) => object && over.has(object)));
}

function memoizeBySet<V>(compute: (set: readonly ChangedObject[]) => V): (set: readonly ChangedObject[]) => V {
  const known = new Map<string, V>();
  return (set) => {
    const key = set
      .map((changed) => changed.key)
      .sort()
      .join('\n');
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = compute(set)));
    return value;
  };
}
