import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Need, Sighting } from './change.js';
import { endsAlike, type ComparedClass, type MeshComparison } from './compare-meshes.js';
import { destinationKey } from './destination.js';
import { changeCollector, classCollector, type Collector } from './collect-changes.js';
import type { DescribedChange, FoundCauses } from './described-change.js';
import { compareOutcomes, type EdgeDelta } from './edge-deltas.js';
import type { Destination } from './egress-reachability.js';
import { workloadKey } from './evaluate-mesh.js';
import type { CallOutcome } from './follow-call.js';
import type { CauseFinder } from './find-causes.js';
import type { MeshNeeds, WorkloadNeeds } from './need.js';
import type { Sightings } from './sightings.js';

/** What describing needs to know beside the comparison. */
export interface DescribeContext {
  readonly needsBefore: MeshNeeds;
  readonly needsAfter: MeshNeeds;
  /** The hosts of the Services that select a workload. */
  readonly ownHosts: (workload: Workload) => ReadonlySet<string>;
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

type Difference = ComparedClass['differences'][number];

/** What a change is where nobody names, or is, the destination. */
const PLAIN = { newReference: false, own: false, isNamed: false, governing: null, references: [] } as const;
const NOBODY: ReadonlySet<Workload> = new Set();

const NO_NEEDS: WorkloadNeeds = { references: new Map(), named: [], needUnknown: true };

/** Every difference of a comparison, and what is newly referenced and not meshed; each pair of workload and destination (and branch) once. */
export function describeChanges(comparison: MeshComparison, context: DescribeContext): DescribedChange[] {
  const collector = changeCollector();
  for (const each of comparison.classes) {
    for (const workloads of byClass(each.workloads, context)) describeClass({ ...each, workloads }, context, collector);
  }
  for (const each of comparison.classes) {
    const others = endsAlike(each)
      ? each.workloads.filter((workload) => !namesAlike(workload, context))
      : each.workloads;
    if (others.length === 0) continue;
    const keysOf = (differences: typeof each.differences): Set<string> =>
      new Set(differences.map(({ destination }) => destinationKey(destination)));
    const listed = {
      whole: keysOf(each.differences.filter(({ delta }) => delta.branch === null)),
      any: keysOf(each.differences),
    };
    for (const workload of others) describeReferences(workload, listed, context, collector);
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
  { workloads, differences }: ComparedClass,
  context: DescribeContext,
  collector: Collector,
): void {
  const representative = workloads[0]!;
  const unknown = workloads.filter((workload) => needsOf(context.needsAfter, workload).needUnknown);
  const certain = workloads.filter((workload) => !needsOf(context.needsAfter, workload).needUnknown);
  const special = specialWorkloads(workloads, differences, context);
  const alike = classCollector(collector);
  for (const { destination, delta } of differences) {
    const causes = context.causes.ofDelta(representative, destination, delta);
    const apart = special.get(destinationKey(destination)) ?? NOBODY;
    for (const workload of apart) collector.add(describe(workload, destination, delta, causes, context));
    const deliberate = unknown.length > 0 && context.isDeliberate(representative, causes);
    const sighting =
      context.sightings?.ofUnseen(context.formerOf(representative), context.before(representative, destination)) ??
      null;
    for (const [members, need] of [
      [unknown, deliberate ? 'deliberate' : 'unknown'],
      [certain, 'potential'],
    ] as const) {
      if (members.length === 0) continue;
      if (apart.size === 0) {
        alike.add({ workloads: members, destinations: [destination], delta, need, sighting, causes, ...PLAIN });
        continue;
      }
      const rest = members.filter((workload) => !apart.has(workload));
      if (rest.length > 0) {
        collector.add({ workloads: rest, destinations: [destination], delta, need, sighting, causes, ...PLAIN });
      }
    }
  }
  alike.flush();
}

/** By destination, the workloads of a class that name it, serve it, or were seen to call it. */
function specialWorkloads(
  workloads: readonly Workload[],
  differences: readonly Difference[],
  { needsAfter, ownHosts, formerOf, sightings, before }: DescribeContext,
): Map<string, Set<Workload>> {
  const byHost = new Map<string, Set<string>>();
  const keys = new Map<string, Destination>();
  for (const { destination } of differences) {
    const key = destinationKey(destination);
    keys.set(key, destination);
    const ofHost = byHost.get(destination.host);
    if (ofHost) ofHost.add(key);
    else byHost.set(destination.host, new Set([key]));
  }
  // Workloads of a class were alike before.
  const seenBy = sightings?.amongst([...keys.values()], (destination) => before(workloads[0]!, destination));
  const special = new Map<string, Set<Workload>>();
  for (const workload of workloads) {
    const named = [...needsOf(needsAfter, workload).references.keys()].filter((key) => keys.has(key));
    const ownNames = new Set([...ownHosts(workload), ...ownHosts(formerOf(workload))]);
    const own = [...ownNames].flatMap((host) => [...(byHost.get(host) ?? [])]);
    for (const key of [...named, ...own, ...(seenBy?.(formerOf(workload)) ?? [])]) {
      const apart = special.get(key);
      if (apart) apart.add(workload);
      else special.set(key, new Set([workload]));
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
): DescribedChange {
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
    destinations: [destination],
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
  listed: { readonly whole: ReadonlySet<string>; readonly any: ReadonlySet<string> },
  context: DescribeContext,
  collector: Collector,
): void {
  const old = needsOf(context.needsBefore, context.formerOf(workload)).references;
  for (const destination of needsOf(context.needsAfter, workload).named) {
    const key = destinationKey(destination);
    if (listed.whole.has(key)) continue;
    const before = context.before(workload, destination);
    const after = context.after(workload, destination);
    const deltas = compareOutcomes(before, after);
    if (!listed.any.has(key)) {
      for (const delta of deltas) {
        collector.add(
          describe(workload, destination, delta, context.causes.ofNamedDelta(workload, destination, delta), context),
        );
      }
    }
    const verdict = after?.verdict ?? 'absent';
    if (deltas.some(({ branch }) => branch === null) || old.has(key) || verdict === 'meshed') continue;
    const delta: EdgeDelta = { branch: null, before: before?.verdict ?? 'absent', after: verdict, rerouted: null };
    collector.add(describeNamed(workload, destination, delta, context));
  }
}

/** Of a workload that is new, what it names and does not reach through the mesh. */
function describeAdded(workload: Workload, context: DescribeContext, collector: Collector): void {
  for (const destination of needsOf(context.needsAfter, workload).named) {
    const after = context.after(workload, destination)?.verdict ?? 'absent';
    if (after === 'meshed') continue;
    const delta: EdgeDelta = { branch: null, before: 'absent', after, rerouted: null };
    collector.add(describeNamed(workload, destination, delta, context));
  }
}

/** An edge of which only the name is new. */
function describeNamed(
  workload: Workload,
  destination: Destination,
  delta: EdgeDelta,
  context: DescribeContext,
): DescribedChange {
  const causes = context.causes.ofNaming(workload, destination, delta);
  const change = describe(workload, destination, delta, causes, context);
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
