import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Need, Sighting } from './change.js';
import { causesKey, changeCollector, sightingKey, type Collector, type PlacedChange } from './collect-changes.js';
import { endsAlike, type ComparedClass, type MeshComparison } from './compare-meshes.js';
import type { AlikeDifferences } from './compare-rows.js';
import { destinationKey } from './destination.js';
import type { DescribedChange, FoundCauses } from './described-change.js';
import { compareOutcomes, type EdgeDelta } from './edge-deltas.js';
import type { Destination } from './egress-reachability.js';
import { workloadKey } from './evaluate-mesh.js';
import type { CallOutcome } from './follow-call.js';
import type { CauseFinder } from './find-causes.js';
import type { MeshNeeds, WorkloadNeeds } from './need.js';
import { Places } from './places.js';
import type { Sightings } from './sightings.js';
import type { UnitedDestinations } from './united-destinations.js';

/** What describing needs to know beside the comparison. */
export interface DescribeContext {
  readonly needsBefore: MeshNeeds;
  readonly needsAfter: MeshNeeds;
  /** The hosts of the Services that select a workload. */
  readonly ownHosts: (workload: Workload) => ReadonlySet<string>;
  /** Whether a Service or ServiceEntry of either side has a host. */
  readonly isRegistered: (host: string) => boolean;
  /** What the workload was before, where it had another name; else itself. */
  readonly formerOf: (workload: Workload) => Workload;
  /** Null without traffic evidence. */
  readonly sightings: Sightings | null;
  readonly causes: CauseFinder;
  readonly governing: (workload: Workload) => KubernetesObject | null;
  /** Whether a Sidecar that selects the workload, and that the change adds or edits, takes the edge away. */
  readonly isDeliberate: (workload: Workload, causes: FoundCauses) => boolean;
  /** The outcome of a call on one side; null for a destination that does not exist there. */
  readonly before: (workload: Workload, destination: Destination) => CallOutcome | null;
  readonly after: (workload: Workload, destination: Destination) => CallOutcome | null;
}

/** What a change is where nobody names, or is, the destination. */
const PLAIN = { newReference: false, own: false, isNamed: false, governing: null, references: [] } as const;

const NO_NEEDS: WorkloadNeeds = { references: new Map(), named: [], needUnknown: true };

/** Every difference of a comparison, and what is newly referenced and not meshed; each pair of workload and destination (and branch) once. */
export function describeChanges(comparison: MeshComparison, context: DescribeContext): DescribedChange[] {
  const collector = changeCollector(comparison.destinations, context.isRegistered);
  for (const each of comparison.classes) {
    const differences = each.differences();
    if (differences.length === 0) continue;
    for (const workloads of byClass(each.workloads, context)) {
      describeClass({ ...each, workloads }, differences, comparison, context, collector);
    }
  }
  for (const each of comparison.classes) {
    const others = endsAlike(each)
      ? each.workloads.filter((workload) => !namesAlike(workload, context))
      : each.workloads;
    for (const workload of others) describeReferences(workload, each, comparison, context, collector);
  }
  for (const workload of comparison.added) describeAdded(workload, context, collector);
  return collector.changes();
}

/** Whether nothing that a workload names is newly named. */
function namesAlike(workload: Workload, { needsBefore, needsAfter, formerOf }: DescribeContext): boolean {
  return formerOf(workload) === workload && needsOf(needsBefore, workload) === needsOf(needsAfter, workload);
}

/** The workloads of a class by what can be the cause of their changes, and by what evidence tells of what they do not call. */
function byClass(workloads: readonly Workload[], { causes, sightings, formerOf }: DescribeContext): Workload[][] {
  const classes = new Map<string, Workload[]>();
  for (const workload of workloads) {
    const own = causes.classOf(workload);
    const key = sightings ? `${own}\n${sightings.voiceOf(formerOf(workload))}` : own;
    const known = classes.get(key);
    if (known) known.push(workload);
    else classes.set(key, [workload]);
  }
  return [...classes.values()];
}

/** The differences of a class: together where its workloads need them alike, apart where one names, or is, the destination. */
function describeClass(
  each: ComparedClass,
  differences: readonly AlikeDifferences[],
  { destinations: united }: MeshComparison,
  context: DescribeContext,
  collector: Collector,
): void {
  const { workloads } = each;
  const representative = workloads[0]!;
  const unknown = workloads.filter((workload) => needsOf(context.needsAfter, workload).needUnknown);
  const certain = workloads.filter((workload) => !needsOf(context.needsAfter, workload).needUnknown);
  const special = specialWorkloads(each, differences, united, context);
  const addAlike = (delta: EdgeDelta, places: Places, causes: FoundCauses, apart?: Set<Workload>): void => {
    const deliberate = unknown.length > 0 && context.isDeliberate(representative, causes);
    for (const [members, need] of [
      [unknown, deliberate ? 'deliberate' : 'unknown'],
      [certain, 'potential'],
    ] as const) {
      const rest = apart ? members.filter((workload) => !apart.has(workload)) : members;
      if (rest.length === 0) continue;
      for (const group of byTelling(representative, places, united.destinations, context)) {
        collector.add({ workloads: rest, ...group, delta, need, causes, ...PLAIN });
      }
    }
  };
  for (const { delta, places } of differences) {
    const own = [...special.keys()].filter((place) => places.has(place)).sort((a, b) => a - b);
    const alike = places.but(own);
    for (const place of own) {
      const destination = united.destinations[place]!;
      const causes = context.causes.ofDelta(representative, destination, delta);
      const apart = special.get(place)!;
      for (const workload of apart) collector.add(describe(workload, destination, delta, causes, context, collector));
      addAlike(delta, Places.of([place]), causes, apart);
    }
    for (const group of byCauses(representative, delta, alike, united.destinations, context)) {
      addAlike(delta, group.places, group.causes);
    }
  }
}

/** Destinations to which the calls of a workload differ in one way, by what causes it. */
function byCauses(
  workload: Workload,
  delta: EdgeDelta,
  places: Places,
  destinations: readonly Destination[],
  { causes: finder }: DescribeContext,
): readonly { readonly causes: FoundCauses; readonly places: Places }[] {
  if (places.length === 0) return [];
  const only = finder.onlyCauses(workload);
  if (only) return [{ causes: only, places }];
  const groups = new Map<string, { causes: FoundCauses; places: number[] }>();
  for (const place of places) {
    const causes = finder.ofDelta(workload, destinations[place]!, delta);
    const key = causesKey(causes);
    const known = groups.get(key);
    if (known) known.places.push(place);
    else groups.set(key, { causes, places: [place] });
  }
  return Array.from(groups.values(), ({ causes, places: found }) => ({ causes, places: Places.of(found) }));
}

/** Destinations that a workload was not seen to call, by what that tells. */
function byTelling(
  workload: Workload,
  places: Places,
  destinations: readonly Destination[],
  { sightings, before, formerOf }: DescribeContext,
): readonly { readonly sighting: Sighting | null; readonly places: Places }[] {
  if (sightings === null) return [{ sighting: null, places }];
  const groups = new Map<string, { sighting: Sighting; places: number[] }>();
  for (const place of places) {
    const sighting = sightings.ofUnseen(formerOf(workload), before(workload, destinations[place]!));
    const known = groups.get(sightingKey(sighting));
    if (known) known.places.push(place);
    else groups.set(sightingKey(sighting), { sighting, places: [place] });
  }
  return Array.from(groups.values(), ({ sighting, places: found }) => ({ sighting, places: Places.of(found) }));
}

/** By the place of a destination that differs, the workloads of a class that name it, serve it, or were seen to call it. */
function specialWorkloads(
  { workloads, deltasAt }: ComparedClass,
  differences: readonly AlikeDifferences[],
  united: UnitedDestinations,
  { needsAfter, ownHosts, formerOf, sightings, before }: DescribeContext,
): Map<number, Set<Workload>> {
  const special = new Map<number, Set<Workload>>();
  // Workloads of a class were alike before.
  const seenBy = sightings?.amongst(
    [...new Set(differences.flatMap(({ places }) => Array.from(places)))].map((place) => united.destinations[place]!),
    (destination) => before(workloads[0]!, destination),
  );
  for (const workload of workloads) {
    const named = needsOf(needsAfter, workload).named.map((destination) => united.placeOf(destination));
    const own = [...new Set([...ownHosts(workload), ...ownHosts(formerOf(workload))])];
    const seen = (seenBy?.(formerOf(workload)) ?? []).map((destination) => united.placeOf(destination));
    for (const place of [...named, ...own.flatMap((host) => united.ofHost(host)), ...seen]) {
      if (place === undefined || deltasAt(place).length === 0) continue;
      const apart = special.get(place);
      if (apart) apart.add(workload);
      else special.set(place, new Set([workload]));
    }
  }
  return special;
}

function describe(
  workload: Workload,
  destination: Destination,
  delta: EdgeDelta,
  causes: FoundCauses,
  context: DescribeContext,
  collector: Collector,
): PlacedChange {
  const key = destinationKey(destination);
  const former = context.formerOf(workload);
  const after = needsOf(context.needsAfter, workload);
  const isOwnNow = context.ownHosts(workload).has(destination.host);
  const references = isOwnNow ? [] : (after.references.get(key)?.() ?? []);
  // By the name that it had before it no longer reaches itself: who still calls that name has lost it.
  const own = isOwnNow || (references.length === 0 && context.ownHosts(former).has(destination.host));
  const isNew = references.length > 0 && !needsOf(context.needsBefore, former).references.has(key);
  const sighting = own ? null : sightingOf(workload, destination, context);
  const isDeliberate = (): boolean => context.isDeliberate(workload, causes);
  const guessed = own || !after.needUnknown ? 'potential' : isDeliberate() ? 'deliberate' : 'unknown';
  const need: Need = references.length > 0 ? 'referenced' : sighting?.kind === 'seen' ? 'observed' : guessed;
  return {
    workloads: [workload],
    places: Places.of([collector.placeOf(destination)]),
    delta,
    need,
    // What the manifest names needs no evidence.
    sighting: need === 'referenced' && sighting?.kind !== 'seen' ? null : sighting,
    newReference: isNew && delta.after !== 'meshed',
    own,
    causes,
    isNamed: false,
    governing: null,
    references,
  };
}

/** Named destinations that the mesh-wide comparison has not: hosts outside the mesh, and edges that are newly named. */
function describeReferences(
  workload: Workload,
  { deltasAt }: ComparedClass,
  { destinations: united }: MeshComparison,
  context: DescribeContext,
  collector: Collector,
): void {
  const [old, now] = [needsOf(context.needsBefore, context.formerOf(workload)), needsOf(context.needsAfter, workload)];
  for (const destination of now.named) {
    const place = united.placeOf(destination);
    const isOld = old === now || old.references.has(destinationKey(destination));
    // Whatever differs where the meshes list it was described.
    if (place !== undefined && isOld) continue;
    const listed = place === undefined ? [] : deltasAt(place);
    if (listed.some(({ branch }) => branch === null)) continue;
    const before = context.before(workload, destination);
    const after = context.after(workload, destination);
    const deltas = compareOutcomes(before, after);
    if (listed.length === 0) {
      for (const delta of deltas) {
        const causes = context.causes.ofNamedDelta(workload, destination, delta);
        collector.add(describe(workload, destination, delta, causes, context, collector));
      }
    }
    const verdict = after?.verdict ?? 'absent';
    if (deltas.some(({ branch }) => branch === null) || isOld || verdict === 'meshed') continue;
    const delta: EdgeDelta = { branch: null, before: before?.verdict ?? 'absent', after: verdict, rerouted: null };
    collector.add(describeNamed(workload, destination, delta, context, collector));
  }
}

/** Of a workload that is new, what it names and does not reach through the mesh. */
function describeAdded(workload: Workload, context: DescribeContext, collector: Collector): void {
  for (const destination of needsOf(context.needsAfter, workload).named) {
    const after = context.after(workload, destination)?.verdict ?? 'absent';
    if (after === 'meshed') continue;
    const delta: EdgeDelta = { branch: null, before: 'absent', after, rerouted: null };
    collector.add(describeNamed(workload, destination, delta, context, collector));
  }
}

/** An edge of which only the name is new. */
function describeNamed(
  workload: Workload,
  destination: Destination,
  delta: EdgeDelta,
  context: DescribeContext,
  collector: Collector,
): PlacedChange {
  const causes = context.causes.ofNaming(workload, destination, delta);
  const change = describe(workload, destination, delta, causes, context, collector);
  return { ...change, isNamed: true, governing: context.governing(workload) };
}

function sightingOf(
  workload: Workload,
  destination: Destination,
  { sightings, before, formerOf }: Pick<DescribeContext, 'sightings' | 'before' | 'formerOf'>,
): Sighting | null {
  const sighting = sightings?.ofEdge(formerOf(workload), destination, before(workload, destination)) ?? null;
  if (sighting?.kind !== 'seen') return sighting;
  const edge = { workload: workloadKey(workload), destination: destinationKey(destination) };
  return { kind: 'seen', edges: sighting.calls.map((call) => ({ ...edge, call })) };
}

function needsOf(needs: MeshNeeds, workload: Workload): WorkloadNeeds {
  return needs.of.get(workloadKey(workload)) ?? NO_NEEDS;
}
