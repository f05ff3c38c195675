import type { Cells } from './fix-cells.js';
import type { Finding } from './fix-findings.js';
import type { Workload } from './kubernetes/workload.js';
import { fitsWorkload } from './policy/pair-scope.js';
import { weighPair, type WeighedPair } from './policy/weigh-pair.js';
import { compareMeshes, type ComparedClass } from './reachability/compare-meshes.js';
import { destinationKey } from './reachability/destination.js';
import type { Destination } from './reachability/egress-reachability.js';
import { workloadKey, type EvaluatedMesh } from './reachability/evaluate-mesh.js';
import type { CallOutcome } from './reachability/follow-call.js';
import type { MeshNeeds, WorkloadNeeds } from './reachability/need.js';
import { NOTHING_RENAMED } from './reachability/renamed-workloads.js';
import { rankOf } from './reachability/verdict.js';
import type { TrialGround, TrialResult } from './try-fix.js';

type OutcomeOf = (workload: Workload, destination: Destination) => CallOutcome | null;

/** Whether nobody is called for a finding any more, as far as the first of its workloads tells. */
export function isMended(
  { workloads, destination, about, pair }: Pick<Finding, 'workloads' | 'destination' | 'about' | 'pair'>,
  now: OutcomeOf,
  { context, policy }: TrialGround,
): boolean {
  const workload = workloads[0]!;
  const weighed = { ...pair, workload, destination };
  return !weighPair(weighed, context.before(workload, destination), now(workload, destination), policy).has(about);
}

/** What edits come to for every workload and destination. */
export function judgeWhole(ground: TrialGround, cells: Cells, evaluated: EvaluatedMesh, now: OutcomeOf): TrialResult {
  const { after, context, findings } = ground;
  const isAdded = addedWorkloads(ground);
  const openedCells = new Set<number>();
  let harms = false;
  const look = (workload: Workload, destination: Destination): void => {
    const [without, withEdits] = [context.after(workload, destination), now(workload, destination)];
    if (rank(withEdits) < rank(without)) openedCells.add(cells.cellOf(cells.classOf(workload), destination));
    if (harms || context.ownHosts(workload).has(destination.host)) return;
    harms = isHarmed(pairOf(workload, destination, isAdded(workload), ground), without, withEdits, ground);
  };
  const comparison = compareMeshes(
    othersThan(after.evaluated, evaluated),
    othersThan(evaluated, after.evaluated),
    NOTHING_RENAMED,
    after.checkpoint,
  );
  const { destinations: united } = comparison;
  for (const each of comparison.classes) {
    after.checkpoint();
    const places = differing(each);
    if (places.size === 0) continue;
    const seenBy = seenCalls(
      [...places].map((place) => united.destinations[place]!),
      cells,
      context,
    );
    // What a workload names, or was seen to call, is looked at one by one, and its own Service not at all.
    const isTypical = (workload: Workload, destination: Destination): boolean =>
      !context.ownHosts(workload).has(destination.host) &&
      !isNamed(context.needsAfter, workload, destination) &&
      !seenBy(workload).has(destination);
    for (const alike of needAlike(each.workloads, cells, ground)) {
      for (const place of places) {
        const destination = united.destinations[place]!;
        const typical = alike.find((workload) => isTypical(workload, destination));
        if (typical) look(typical, destination);
      }
    }
    for (const workload of each.workloads) {
      for (const named of needsOf(context.needsAfter, workload)?.named ?? []) {
        const place = united.placeOf(named);
        if (place !== undefined && places.has(place)) look(workload, named);
      }
      for (const destination of seenBy(workload)) look(workload, destination);
    }
  }
  for (const workload of comparison.added) {
    for (const destination of evaluated.destinations) look(workload, destination);
  }
  for (const { workload, destination } of namedElsewhere(ground, evaluated)) look(workload, destination);
  const mended = findings.filter(({ workloads, ...finding }) =>
    firstOfEachGroup(workloads, evaluated).every((workload) =>
      isMended({ ...finding, workloads: [workload] }, now, ground),
    ),
  );
  return { mended, harms, openedCells, opensUnregistered: lets(evaluated, after.evaluated) };
}

/** A mesh with those groups alone that the other one does not have as they are: the calls of the rest end as there. */
function othersThan(mesh: EvaluatedMesh, other: EvaluatedMesh): EvaluatedMesh {
  const known = new Map(other.groups.map(({ members, outcomes }) => [members, outcomes]));
  const groups = mesh.groups.filter(({ members, outcomes }) => known.get(members) !== outcomes);
  return Object.create(mesh, { groups: { value: groups } }) as EvaluatedMesh;
}

/** The workloads that are alike on both sides, whose manifests tell alike what they need, and that contracts are about alike. */
function needAlike(
  workloads: readonly Workload[],
  { classOf }: Cells,
  { context, policy }: TrialGround,
): readonly (readonly Workload[])[] {
  const alike = new Map<string, Workload[]>();
  for (const workload of workloads) {
    const isUnknown = needsOf(context.needsAfter, workload)?.needUnknown ?? true;
    const contracts = policy.contracts.map(({ scope }) => fitsWorkload(scope.workload, workload));
    const voice = context.sightings?.voiceOf(context.formerOf(workload)) ?? '';
    const key = [classOf(workload), isUnknown, ...contracts, voice].join();
    const known = alike.get(key);
    if (known) known.push(workload);
    else alike.set(key, [workload]);
  }
  return [...alike.values()];
}

function needsOf({ of }: MeshNeeds, workload: Workload): WorkloadNeeds | undefined {
  return of.get(workloadKey(workload));
}

function isNamed(needs: MeshNeeds, workload: Workload, destination: Destination): boolean {
  return needsOf(needs, workload)?.references.has(destinationKey(destination)) === true;
}

function firstOfEachGroup(workloads: readonly Workload[], { groupOf }: EvaluatedMesh): readonly Workload[] {
  if (workloads.length === 1) return workloads;
  return [...new Map(workloads.map((workload) => [groupOf.get(workloadKey(workload)), workload])).values()];
}

const NOTHING: ReadonlySet<Destination> = new Set();

/** What workloads were seen to call, of some destinations. */
function seenCalls(
  destinations: readonly Destination[],
  { classOf }: Cells,
  { sightings, before, formerOf }: TrialGround['context'],
): (workload: Workload) => ReadonlySet<Destination> {
  if (sightings === null) return () => NOTHING;
  // Those that are alike after the change need not have been before.
  const byClass = new Map<number, ReturnType<typeof sightings.amongst>>();
  const known = new Map<Workload, ReadonlySet<Destination>>();
  return (workload) => {
    let seen = known.get(workload);
    if (!seen) {
      const own = classOf(workload);
      const amongst =
        byClass.get(own) ?? sightings.amongst(destinations, (destination) => before(workload, destination));
      byClass.set(own, amongst);
      known.set(workload, (seen = new Set(amongst(formerOf(workload)))));
    }
    return seen;
  };
}

/** The places of the destinations in which a class differs. */
function differing({ differences }: ComparedClass): ReadonlySet<number> {
  return new Set(differences().flatMap(({ places }) => [...places]));
}

/** Destinations that manifests name and the mesh-wide list does not have, of workloads of which some call may end otherwise. */
function* namedElsewhere(
  { after, context: { needsAfter } }: TrialGround,
  evaluated: EvaluatedMesh,
): Iterable<{ readonly workload: Workload; readonly destination: Destination }> {
  const groups = othersThan(after.evaluated, evaluated).groups;
  for (const { workload } of groups.flatMap(({ members }) => members)) {
    const key = workloadKey(workload);
    if (evaluated.groupOf.get(key)?.outcomes === after.evaluated.groupOf.get(key)!.outcomes) continue;
    for (const destination of needsAfter.of.get(key)?.named ?? []) {
      if (after.evaluated.placeOf(destination) === undefined) yield { workload, destination };
    }
  }
}

/** A destination that is not there is as bad as one that is out of reach. */
function rank(outcome: CallOutcome | null): number {
  return outcome ? rankOf(outcome.verdict) : 2;
}

/** Whether a pair weighs more with the edits than without, compared with what it was before the change. */
function isHarmed(
  pair: WeighedPair & { readonly workload: Workload },
  without: CallOutcome | null,
  withEdits: CallOutcome | null,
  { context, policy }: TrialGround,
): boolean {
  const before = context.before(pair.workload, pair.destination);
  const old = weighPair(pair, before, without, policy);
  const isWorse = rank(withEdits) > rank(without);
  return [...weighPair(pair, before, withEdits, policy)].some(
    ([about, weight]) => isWorse || weight > (old.get(about) ?? 0),
  );
}

/** How much a pair is needed. That somebody narrows on purpose counts for nothing here: an edit that takes something away is not
 * excused by it. */
function pairOf(
  workload: Workload,
  destination: Destination,
  isAdded: boolean,
  { context }: TrialGround,
): WeighedPair & { readonly workload: Workload } {
  const { needsBefore, needsAfter, formerOf } = context;
  const isNow = isNamed(needsAfter, workload, destination);
  const sighting = context.sightings?.ofEdge(formerOf(workload), destination, context.before(workload, destination));
  const isKnown = needsOf(needsAfter, workload)?.needUnknown === false;
  const isNewlyNamed = isNow && !isNamed(needsBefore, formerOf(workload), destination);
  return {
    workload,
    destination,
    need: isNow ? 'referenced' : sighting?.kind === 'seen' ? 'observed' : isKnown ? 'potential' : 'unknown',
    isUnseen: sighting?.kind === 'unseen',
    isNewlyNamed,
    isAdded,
  };
}

/** Tells the workloads that the change adds. */
function addedWorkloads({ before, after, renamings }: TrialGround): (workload: Workload) => boolean {
  return (workload) => {
    const key = workloadKey(workload);
    return after.evaluated.groupOf.has(key) && !before.evaluated.groupOf.has(renamings.formerKeyOf(key));
  };
}

/** Whether some sidecar now lets calls pass that nobody has registered. */
function lets(now: EvaluatedMesh, without: EvaluatedMesh): boolean {
  const unchanged = new Set(without.groups.map(({ members }) => members));
  return now.groups.some(({ members, config }) => {
    if (unchanged.has(members) || config().scope.outboundTrafficPolicy !== 'ALLOW_ANY') return false;
    return members.some(({ workload }) => {
      const other = without.groupOf.get(workloadKey(workload));
      return other !== undefined && other.config().scope.outboundTrafficPolicy !== 'ALLOW_ANY';
    });
  });
}
