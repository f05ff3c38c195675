import { compareDiagnostics, type Diagnostic } from './diagnostic/diagnostic.js';
import type { TrafficEvidence } from './evidence/traffic-evidence.js';
import type { RefusedObject } from './istio/admission/admit-objects.js';
import type { AgeOf } from './istio/istio-object.js';
import { describeTrees, explainContext } from './describe-trees.js';
import { findFixes, NO_FIXES } from './find-fixes.js';
import { holdContractsInChange } from './hold-contracts.js';
import { inForce, judgeMesh, laidOver, ledgerOf, NAME_DECIDES, type MeshInput } from './judge-mesh.js';
import { judgeBase, judgeTree, type JudgedTree, type MeshOptions } from './judge-tree.js';
import { listChangedObjects, objectLookup, objectsOfBase, type ChangedObject } from './kubernetes/changed-objects.js';
import { objectKey, type KubernetesObject, type ManifestSet, type Unreadable } from './kubernetes/manifest.js';
import { formatTimestamp } from './kubernetes/timestamp.js';
import { once } from './kubernetes/once.js';
import { compareWorkloads } from './kubernetes/workload.js';
import { breachReasons, listBreaches, unmatchedContracts } from './policy/contract-breaches.js';
import {
  approvedFindings,
  exemptBreaches,
  exemptChanges,
  exemptRejections,
  failingFindings,
  isInForce,
  NO_EXEMPTIONS,
  type Exemptions,
} from './policy/exempt-changes.js';
import type { OwnersOfFile } from './policy/code-owners.js';
import { fails, gateVerdict, judgeChanges } from './policy/judge-changes.js';
import { allowPassThrough } from './policy/pass-through.js';
import type { Policy } from './policy/policy.js';
import { findUnknowns } from './policy/unknowns.js';
import { listWorkloadOwners, type FileOfWorkload } from './policy/workload-owners.js';
import { findDrift } from './snapshot/drift.js';
import { laySidesOverSnapshot, type Sides } from './snapshot/lay-over.js';
import type { MeshSnapshot } from './snapshot/read-snapshot.js';
import { findAgeDependence } from './reachability/age-dependence.js';
import { needsOfSides } from './needs-of-sides.js';
import { partsOfChange } from './part-of-change.js';
import { partsOfUpgrade, type Upgrade } from './release-parts.js';
import { callJudge } from './reachability/call-judge.js';
import type { ChangeAnalysis, EdgeChange, EndpointTables, RenamedWorkload } from './reachability/change.js';
import { NO_CHECKPOINT, type Checkpoint } from './reachability/checkpoint.js';
import { compareMeshes } from './reachability/compare-meshes.js';
import { describeChanges } from './reachability/describe-changes.js';
import { targetResolver } from './reachability/destination.js';
import type {
  Destination,
  EndpointRow,
  ExplainStep,
  MeshReach,
  Rejection,
  WorkloadRef,
} from './reachability/egress-reachability.js';
import { hasProxies, workloadKey, type EvaluatedGroup } from './reachability/evaluate-mesh.js';
import { explainCauses } from './reachability/explain-cause.js';
import { explainDecisions } from './reachability/explain-decisions.js';
import { listEndpoints as listProxyEndpoints } from './reachability/list-endpoints.js';
import type { LedgerEvidence } from './reachability/ledger.js';
import { buildMeshReach, rejectionOf, workloadRef } from './reachability/mesh-reach.js';
import { findNearMisses } from './reachability/near-misses.js';
import { collectNeeds } from './reachability/need.js';
import { findLostTelemetry } from './reachability/lost-telemetry.js';
import { compareProxyLoads } from './reachability/proxy-loads.js';
import { findMovedFlags, findTouchedPolicies } from './reachability/not-modelled.js';
import { findServedElsewhere } from './reachability/served-elsewhere.js';
import { findWithoutEffect } from './reachability/without-effect.js';
import { findRenamings, joinRenamed, type Renaming, type Renamings } from './reachability/renamed-workloads.js';

// Whoever uses the package as a library names these.
export type { MeshInput } from './judge-mesh.js';
export type { MeshOptions } from './judge-tree.js';
export type { Diagnostic } from './diagnostic/diagnostic.js';
export type { ManifestFile, ManifestSet } from './kubernetes/manifest.js';
export type { Policy } from './policy/policy.js';
export type { Cause, ChangeAnalysis, EdgeChange } from './reachability/change.js';
export type { Destination, MeshReach, WorkloadRef } from './reachability/egress-reachability.js';

export interface ChangeInput {
  readonly before: ManifestSet;
  readonly after: ManifestSet;
  readonly mesh: MeshOptions;
  readonly policy: Policy;
  /** Another version of Istio on each side, whatever the manifests show: to see what that alone does, both sides are one tree. */
  readonly upgrade?: Upgrade;
  /** What the mesh is called, where it is one of several or has a name. */
  readonly meshName?: string;
  /** What the cluster has beside the manifests. */
  readonly snapshot?: MeshSnapshot;
  /** Which calls the running mesh has counted. */
  readonly evidence?: TrafficEvidence;
  /** What day it is, and what somebody has accepted. */
  readonly exemptions?: Exemptions;
  /** Who owns a file, by CODEOWNERS as it is before the change; absent where there is none. */
  readonly ownersOf?: OwnersOfFile;
  /** Whether to look for edits that mend what fails or warns; a function is asked again and again whether to go on. Default false. */
  readonly wantsFixes?: boolean | (() => boolean);
  readonly checkpoint?: Checkpoint;
}

/** Judges one tree alone: every workload's verdicts. */
export function analyzeMesh(input: MeshInput): MeshReach {
  const tree = judgeMesh(input);
  const needs = collectNeeds(tree.push, tree.admitted.live, [tree.push]);
  const diagnostics = [...tree.diagnostics, ...needs.diagnostics].sort(compareDiagnostics);
  const ledger = ledgerOf(laidOver(input), tree.notModelled, needs, input.snapshot);
  return buildMeshReach(tree.evaluated, tree.admitted.refused, diagnostics, ledger);
}

/** The workloads of a tree, gateways apart. */
export function listWorkloads(input: MeshInput): WorkloadRef[] {
  return judgeMesh(input).push.workloads.map(({ workload }) => workloadRef(workload));
}

/** The endpoints of one workload's proxy; none where the tree does not have the workload, or it has no sidecar. */
export function listEndpoints({ workload, ...input }: MeshInput & { readonly workload: WorkloadRef }): EndpointRow[] {
  return endpointRowsOf(judgeMesh(input))(workloadKey(workload));
}

/** Every decision on a call's way; one after the other for a destination that names no protocol. */
export function explainEdge({
  workload,
  destination,
  ...input
}: MeshInput & {
  readonly workload: WorkloadRef;
  readonly destination: Omit<Destination, 'protocol'> & { readonly protocol?: Destination['protocol'] };
}): ExplainStep[] {
  const tree = judgeMesh(input);
  const config = callJudge(tree.push).configurationOf(workloadKey(workload));
  if (!config) return [];
  const { host, port, protocol } = destination;
  const known = tree.evaluated.destinations.filter((d) => d.host === host && d.port === port);
  const asked = protocol
    ? [{ host, port, protocol }]
    : known.length > 0
      ? known
      : [{ host, port, protocol: 'tcp' as const }];
  const resolve = targetResolver(tree.push);
  return asked.flatMap((each) => explainDecisions(config, resolve(each)));
}

/** What a change of manifests does to every workload's egress, and whether the gate lets it pass. */
export function analyzeChange(input: ChangeInput): ChangeAnalysis {
  const { before, after, snapshot } = input;
  return analyzeSides(input, snapshot ? laySidesOverSnapshot({ before, after }, snapshot) : { before, after });
}

/** What the manifests and the cluster that they are applied to differ in, and what that does to egress: before is as the manifests would
 * have it, after as it is. */
export function analyzeDrift(input: Omit<ChangeInput, 'before' | 'after' | 'upgrade'> & DriftInput): ChangeAnalysis {
  const { manifests, snapshot } = input;
  const { before, after, diagnostics } = findDrift(manifests, snapshot);
  const analysis = analyzeSides({ ...input, before: manifests, after }, { before, after }, inForce(snapshot));
  return { ...analysis, diagnostics: dedupe([...analysis.diagnostics, ...diagnostics].sort(compareDiagnostics)) };
}

interface DriftInput {
  readonly manifests: ManifestSet;
  readonly snapshot: MeshSnapshot;
}

/** @param inForceAfter what the cluster has after the change, and keeps, though it may refuse it now. */
function analyzeSides(
  input: ChangeInput,
  sides: Sides,
  inForceAfter?: ReadonlyMap<string, KubernetesObject>,
): ChangeAnalysis {
  const {
    mesh,
    policy,
    upgrade,
    meshName,
    snapshot,
    evidence,
    exemptions = NO_EXEMPTIONS,
    ownersOf,
    wantsFixes = false,
    checkpoint = NO_CHECKPOINT,
  } = input;
  const { before: old, after: now } = sides;
  const byVersion = (istioVersion: string | undefined): MeshOptions =>
    istioVersion === undefined ? mesh : { ...mesh, istioVersion };
  // Beside a snapshot, the set is made anew each time.
  const before = judgeBase(old, byVersion(upgrade?.from), {
    ageOf: NAME_DECIDES,
    previous: inForce(snapshot),
    checkpoint,
  });
  const { previous, ageOf } = inForceAfter ? agedBy(before.admitted.live, inForceAfter) : agedByBase(before);
  const after = judgeTree(now, byVersion(upgrade?.to), { ageOf, previous, former: before, checkpoint });
  checkpoint('diff');
  const changed = listChangedObjects(old.objects, now.objects);
  const renamings = findRenamings(before.push, after.push);
  const live = joinRenamed(listChangedObjects(before.admitted.live, after.admitted.live), renamings);
  const needs = needsOfSides(before, after);
  const comparison = compareMeshes(before.evaluated, after.evaluated, renamings, checkpoint);
  const release = upgrade ? partsOfUpgrade(before, after, live) : null;
  const parts = release ?? partsOfChange(before, after, live, joinRenamed(changed, renamings));
  const explained = { ...explainContext(before, after), ...(release && { releaseRuleOf: release.ruleOf }) };
  const context = describeTrees(before, after, parts, needs, renamings, explained, evidence);
  const weighed = judgeChanges(describeChanges(comparison, context), policy, explained);
  const inMesh = meshName === undefined ? {} : { meshes: [meshName] };
  const judged = allowPassThrough(weighed, policy).map((change) => ({ ...change, ...inMesh }));
  const held = holdContractsInChange(policy, before, after, comparison, context);
  const broken = listBreaches(held, (causes, difference) => explainCauses(causes, difference, explained));
  const breaches = exemptBreaches(
    broken.map((breach) => ({ ...breach, ...inMesh })),
    policy,
    exemptions,
  );
  const fileOf = filesOfWorkloads(before, after, renamings);
  const changes = exemptChanges(judged, policy, exemptions, (each) => ownersOf?.(fileOf(each) ?? '') ?? []);
  const approved = approvedFindings(changes);
  const owners = ownersOf ? listWorkloadOwners(changes, breaches, policy, ownersOf, fileOf) : [];
  const { fixes, isCut } = wantsFixes
    ? findFixes({
        before,
        after,
        context,
        renamings,
        policy,
        probes: mesh.probes ?? [],
        changes,
        breaches,
        changed: live,
        editable: once(() => objectLookup(input.before.objects, input.after.objects)),
        goesOn: wantsFixes === true ? () => true : wantsFixes,
      })
    : NO_FIXES;
  const rejected = after.admitted.refused.map(rejectionOf);
  const newlyRejected = newlyRefused(before, after, changed).map(rejectionOf);
  const touched = findTouchedPolicies(changed);
  const openRejections = exemptRejections(newlyRejected, exemptions);
  const failures = [...failureReasons(changes, openRejections, policy), ...breachReasons(breaches)];
  const failing = failingFindings(changes, breaches, openRejections, policy);
  const proxyLoads = compareProxyLoads(comparison, after.checkpoint).map((load) => ({ ...load, ...inMesh }));
  const expired = policy.waivers.filter((waiver) => !isInForce(waiver, exemptions.today));
  const unknowns = [
    ...(upgrade ? unknownVersions(before, after) : []),
    ...findMovedFlags(changed),
    ...(snapshot?.diagnostics ?? []).filter(({ severity }) => severity === 'error').map(({ message }) => message),
    ...findUnknowns(
      { ...old, unreadable: [...old.unreadable, ...unreadMeshConfig(before)] },
      { ...now, unreadable: [...now.unreadable, ...unreadMeshConfig(after)] },
      changed,
      changes,
    ),
  ];
  const diagnostics = [
    ...after.diagnostics,
    ...needs.after.diagnostics,
    ...touched.diagnostics,
    ...findAgeDependence(after, live, NAME_DECIDES),
    ...findNearMisses(after.push, changed),
    ...findWithoutEffect(live, after.admitted.live, after.push),
    ...findServedElsewhere(comparison.classes),
    ...findLostTelemetry(comparison.classes, before.admitted.live, after.admitted.live),
    ...unmatchedContracts(held),
    ...(evidence?.diagnostics ?? []),
  ].sort(compareDiagnostics);
  return {
    istioVersion: after.behavior.version,
    ...(before.behavior.version === after.behavior.version ? {} : { formerIstioVersion: before.behavior.version }),
    verdict: gateVerdict(failures, unknowns),
    reasons: [...failures, ...unknowns],
    changes,
    workloads: {
      added: [...comparison.added].sort(compareWorkloads).map(workloadRef),
      removed: [...comparison.removed].sort(compareWorkloads).map(workloadRef),
    },
    rejected,
    diagnostics: dedupe(diagnostics),
    ledger: {
      ...ledgerOf(now, [...after.notModelled, ...touched.names], needs.after, snapshot),
      ...(evidence ? { evidence: describeEvidence(evidence) } : {}),
    },
    endpointTables: endpointTables(before, after, changes, renamings),
    ...(renamings.all.length === 0
      ? {}
      : { renamed: renamings.all.map((each) => ({ ...renamedRef(each), ...inMesh })) }),
    ...(breaches.length === 0 ? {} : { breaches }),
    ...(owners.length === 0 ? {} : { owners: owners.map((each) => ({ ...each, ...inMesh })) }),
    ...(failing.length === 0 ? {} : { failing }),
    ...(approved.length === 0 ? {} : { approved }),
    ...(proxyLoads.length === 0 ? {} : { proxyLoads }),
    ...(fixes.length === 0 ? {} : { fixes }),
    ...(isCut ? { isFixSearchCut: true as const } : {}),
    ...(expired.length === 0
      ? {}
      : { expiredWaivers: expired.map(({ scope, owner, expires }) => ({ ...scope, owner, expires })) }),
  };
}

function describeEvidence({ path, source, from, to, age, coverage }: TrafficEvidence): LedgerEvidence {
  return { path, source, from: formatTimestamp(from), to: formatTimestamp(to), age, coverage };
}

/** What the change makes a cluster refuse: objects that it writes, and those that another version of Istio no longer takes. */
function newlyRefused(
  before: JudgedTree,
  after: JudgedTree,
  changed: readonly ChangedObject[],
): readonly RefusedObject[] {
  const changedKeys = new Set(changed.map(({ key }) => key));
  const refused = new Set(before.admitted.refused.map(({ object }) => objectKey(object)));
  const isUpgraded = before.behavior.version !== after.behavior.version;
  return after.admitted.refused.filter(({ object }) => {
    const key = objectKey(object);
    return changedKeys.has(key) || (isUpgraded && !refused.has(key));
  });
}

/** Where a workload was before the change, if it was there: whoever moves its file must not become its owner by that. */
function filesOfWorkloads(before: JudgedTree, after: JudgedTree, { formerKeyOf }: Renamings): FileOfWorkload {
  const pathsIn = ({ push }: JudgedTree): ReadonlyMap<string, string> =>
    new Map(push.workloads.map(({ workload }) => [workloadKey(workload), workload.object.origin.path]));
  const paths = once(() => [pathsIn(before), pathsIn(after)] as const);
  return (workload) => {
    const key = workloadKey(workload);
    const [old, now] = paths();
    return old.get(formerKeyOf(key)) ?? now.get(key) ?? null;
  };
}

/** A version whose answers are those of another: what the upgrade does, they do not tell. */
function unknownVersions(before: JudgedTree, after: JudgedTree): string[] {
  const found = [...before.diagnostics, ...after.diagnostics].filter(({ code }) => code === 'unknown-istio-version');
  return found.map(({ message }) => message);
}

/** A mesh configuration that istiod would refuse: which one it goes on with, the manifests do not tell. */
function unreadMeshConfig({ push }: JudgedTree): Unreadable[] {
  const { source, isUnderstood } = push.meshConfig;
  if (isUnderstood || source === null) return [];
  const { kind, body } = source;
  return [{ ...source.locate(['data', 'mesh']), kind, digest: JSON.stringify(body['data'] ?? body['spec']) }];
}

/** What is in force before a change, by key, and the ages after it. */
interface Aged {
  readonly previous: ReadonlyMap<string, KubernetesObject>;
  readonly ageOf: AgeOf;
}

function agedBy(live: readonly KubernetesObject[], previous: Aged['previous']): Aged {
  return { previous, ageOf: agesAfter(live, previous) };
}

const agedBases = new WeakMap<readonly KubernetesObject[], Aged>();

/** The same for all changes of a base: what is built by these ages can be taken over. */
function agedByBase({ admitted: { live } }: JudgedTree): Aged {
  let aged = agedBases.get(live);
  if (!aged) agedBases.set(live, (aged = agedBy(live, objectsOfBase(live))));
  return aged;
}

/** What was there before is older than what the change adds; a creation time counts where a manifest has one. */
function agesAfter(live: readonly KubernetesObject[], previous: ReadonlyMap<string, KubernetesObject>): AgeOf {
  const unchanged = new Set(live);
  return (object) => {
    const { creationTimestamp } = object.metadata;
    if (creationTimestamp !== null) return creationTimestamp;
    const known = unchanged.has(object) || previous.has(objectKey(object));
    return known ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  };
}

function failureReasons(changes: readonly EdgeChange[], rejected: readonly Rejection[], policy: Policy): string[] {
  const failing = changes.filter(({ severity, exemption }) => !exemption && fails(severity, policy));
  const pairs = failing.reduce((sum, { workloads, destinations }) => sum + workloads.length * destinations.length, 0);
  return [
    ...(pairs > 0
      ? [`${pairs} ${pairs === 1 ? 'edge' : 'edges'} that may be needed ${pairs === 1 ? 'gets' : 'get'} worse.`]
      : []),
    ...rejected.map(
      ({ kind, namespace, name, message }) => `The cluster refuses ${kind} ${namespace}/${name}: ${message}`,
    ),
  ];
}

/** More tables than a reader compares. */
const MOST_TABLES = 5;

/** What the proxies of the worst-off workloads know before and after. */
function endpointTables(
  before: JudgedTree,
  after: JudgedTree,
  changes: readonly EdgeChange[],
  { formerKeyOf }: Renamings,
): EndpointTables[] {
  const workloads = new Map<string, WorkloadRef>();
  for (const change of changes) {
    if (change.severity !== 'failure' && change.severity !== 'warning') continue;
    for (const workload of change.workloads) {
      if (workloads.size < MOST_TABLES) workloads.set(workloadKey(workload), workload);
    }
  }
  if (workloads.size === 0) return [];
  const [rowsBefore, rowsAfter] = [endpointRowsOf(before), endpointRowsOf(after)];
  return [...workloads].map(([key, workload]) => ({
    workload,
    before: rowsBefore(formerKeyOf(key)),
    after: rowsAfter(key),
  }));
}

/** The endpoints of workloads' proxies in one tree, made once for workloads that are alike. */
function endpointRowsOf({ evaluated }: JudgedTree): (key: string) => EndpointRow[] {
  const known = new Map<EvaluatedGroup, EndpointRow[]>();
  return (key) => {
    const group = evaluated.groupOf.get(key);
    if (!group || !hasProxies(group)) return [];
    let rows = known.get(group);
    if (!rows) known.set(group, (rows = listProxyEndpoints(group.config())));
    return rows;
  };
}

function renamedRef({ before, after }: Renaming): RenamedWorkload {
  return { before: workloadRef(before), after: workloadRef(after) };
}

function dedupe(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const keys = new Set<string>();
  return diagnostics.filter(({ code, message, path, line }) => {
    const key = JSON.stringify([code, message, path, line]);
    if (keys.has(key)) return false;
    keys.add(key);
    return true;
  });
}
