import { compareDiagnostics, type Diagnostic } from './diagnostic/diagnostic.js';
import type { AgeOf } from './istio/istio-object.js';
import { describeTrees, explainContext } from './describe-trees.js';
import { judgeTree, type JudgedTree, type MeshOptions } from './judge-tree.js';
import { listChangedObjects } from './kubernetes/changed-objects.js';
import { objectKey, type KubernetesObject, type ManifestSet, type Unreadable } from './kubernetes/manifest.js';
import { compareWorkloads } from './kubernetes/workload.js';
import {
  exemptChanges,
  exemptRejections,
  failingFindings,
  isInForce,
  NO_EXEMPTIONS,
  type Exemptions,
} from './policy/exempt-changes.js';
import { fails, gateVerdict, judgeChanges } from './policy/judge-changes.js';
import type { Policy } from './policy/policy.js';
import { findUnknowns } from './policy/unknowns.js';
import { findAgeDependence } from './reachability/age-dependence.js';
import { callJudge, type CallJudge } from './reachability/call-judge.js';
import type { ChangeAnalysis, EdgeChange, EndpointTables } from './reachability/change.js';
import { compareMeshes } from './reachability/compare-meshes.js';
import { targetResolver } from './reachability/destination.js';
import type {
  Destination,
  EndpointRow,
  ExplainStep,
  MeshReach,
  Rejection,
  WorkloadRef,
} from './reachability/egress-reachability.js';
import { workloadKey } from './reachability/evaluate-mesh.js';
import { explainDecisions } from './reachability/explain-decisions.js';
import { listEndpoints as listProxyEndpoints } from './reachability/list-endpoints.js';
import { buildMeshReach, rejectionOf, workloadRef } from './reachability/mesh-reach.js';
import { collectNeeds } from './reachability/need.js';
import { findTouchedPolicies } from './reachability/not-modelled.js';

export type { MeshOptions } from './judge-tree.js';

export interface ChangeInput {
  readonly before: ManifestSet;
  readonly after: ManifestSet;
  readonly mesh: MeshOptions;
  readonly policy: Policy;
  /** What day it is, and what somebody has accepted. */
  readonly exemptions?: Exemptions;
}

export interface MeshInput {
  readonly manifests: ManifestSet;
  readonly mesh: MeshOptions;
}

/** Git carries no age: without a creation time, only the name decides between objects of one tree. */
const NAME_DECIDES: AgeOf = ({ metadata }) => metadata.creationTimestamp ?? Number.NEGATIVE_INFINITY;

/** Judges one tree alone: every workload's verdicts. */
export function analyzeMesh({ manifests, mesh }: MeshInput): MeshReach {
  const tree = judgeTree(manifests, mesh, { ageOf: NAME_DECIDES });
  const needs = collectNeeds(tree.push, tree.admitted.live, [tree.push]);
  const diagnostics = [...tree.diagnostics, ...needs.diagnostics].sort(compareDiagnostics);
  return buildMeshReach(tree.evaluated, tree.admitted.refused, diagnostics);
}

/** The workloads of a tree, gateways apart. */
export function listWorkloads({ manifests, mesh }: MeshInput): WorkloadRef[] {
  return judgeTree(manifests, mesh, { ageOf: NAME_DECIDES }).push.workloads.map(({ workload }) =>
    workloadRef(workload),
  );
}

/** The endpoints of one workload's proxy; none where the tree does not have the workload, or it has no sidecar. */
export function listEndpoints({
  manifests,
  mesh,
  workload,
}: MeshInput & { readonly workload: WorkloadRef }): EndpointRow[] {
  const tree = judgeTree(manifests, mesh, { ageOf: NAME_DECIDES });
  return endpointRows(callJudge(tree.push), workloadKey(workload));
}

/** Every decision on a call's way; one after the other for a destination that names no protocol. */
export function explainEdge({
  manifests,
  mesh,
  workload,
  destination,
}: MeshInput & {
  readonly workload: WorkloadRef;
  readonly destination: Omit<Destination, 'protocol'> & { readonly protocol?: Destination['protocol'] };
}): ExplainStep[] {
  const tree = judgeTree(manifests, mesh, { ageOf: NAME_DECIDES });
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
export function analyzeChange({
  before: old,
  after: now,
  mesh,
  policy,
  exemptions = NO_EXEMPTIONS,
}: ChangeInput): ChangeAnalysis {
  const before = judgeTree(old, mesh, { ageOf: NAME_DECIDES });
  const previous = new Map(before.admitted.live.map((object) => [objectKey(object), object]));
  const ageOf = agesAfter(previous);
  const after = judgeTree(now, mesh, { ageOf, previous });
  const changed = listChangedObjects(old.objects, now.objects);
  const live = listChangedObjects(before.admitted.live, after.admitted.live);
  const meshes = [before.push, after.push];
  const needs = {
    before: collectNeeds(before.push, before.admitted.live, meshes),
    after: collectNeeds(after.push, after.admitted.live, meshes),
  };
  const comparison = compareMeshes(before.evaluated, after.evaluated);
  const described = describeTrees(before, after, live, needs, comparison);
  const judged = judgeChanges(described, policy, explainContext(before, after));
  const changes = exemptChanges(judged, policy, exemptions);
  const rejected = after.admitted.refused.map(rejectionOf);
  const changedKeys = new Set(changed.map(({ key }) => key));
  const newlyRejected = after.admitted.refused
    .filter(({ object }) => changedKeys.has(objectKey(object)))
    .map(rejectionOf);
  const touched = findTouchedPolicies(changed);
  const openRejections = exemptRejections(newlyRejected, exemptions);
  const failures = failureReasons(changes, openRejections, policy);
  const failing = failingFindings(changes, openRejections, policy);
  const expired = policy.waivers.filter((waiver) => !isInForce(waiver, exemptions.today));
  const unknowns = findUnknowns(
    { ...old, unreadable: [...old.unreadable, ...unreadMeshConfig(before)] },
    { ...now, unreadable: [...now.unreadable, ...unreadMeshConfig(after)] },
    changes,
  );
  const diagnostics = [
    ...after.diagnostics,
    ...needs.after.diagnostics,
    ...touched.diagnostics,
    ...findAgeDependence(after, live, NAME_DECIDES),
  ].sort(compareDiagnostics);
  return {
    istioVersion: after.behavior.version,
    verdict: gateVerdict(failures, unknowns),
    reasons: [...failures, ...unknowns],
    changes,
    workloads: {
      added: [...comparison.added].sort(compareWorkloads).map(workloadRef),
      removed: [...comparison.removed].sort(compareWorkloads).map(workloadRef),
    },
    rejected,
    diagnostics: dedupe(diagnostics),
    coverage: {
      filesRead: now.filesRead,
      filesSkipped: now.filesSkipped.length,
      resources: now.objects.length,
      notModelled: [...new Set([...after.notModelled, ...touched.names])].sort(),
    },
    endpointTables: endpointTables(before, after, changes),
    ...(failing.length === 0 ? {} : { failing }),
    ...(expired.length === 0
      ? {}
      : { expiredWaivers: expired.map(({ scope, owner, expires }) => ({ ...scope, owner, expires })) }),
  };
}

/** A mesh configuration that istiod would refuse: which one it goes on with, the manifests do not tell. */
function unreadMeshConfig({ push }: JudgedTree): Unreadable[] {
  const { source, isUnderstood } = push.meshConfig;
  if (isUnderstood || source === null) return [];
  const { kind, body } = source;
  return [{ ...source.locate(['data', 'mesh']), kind, digest: JSON.stringify(body['data'] ?? body['spec']) }];
}

/** What was there before is older than what the change adds; a creation time counts where a manifest has one. */
function agesAfter(previous: ReadonlyMap<string, KubernetesObject>): AgeOf {
  return (object) => {
    const known = previous.has(objectKey(object));
    return object.metadata.creationTimestamp ?? (known ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
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
function endpointTables(before: JudgedTree, after: JudgedTree, changes: readonly EdgeChange[]): EndpointTables[] {
  const workloads = new Map<string, WorkloadRef>();
  for (const change of changes) {
    if (change.severity !== 'failure' && change.severity !== 'warning') continue;
    for (const workload of change.workloads) {
      if (workloads.size < MOST_TABLES) workloads.set(workloadKey(workload), workload);
    }
  }
  if (workloads.size === 0) return [];
  const judges = { before: callJudge(before.push), after: callJudge(after.push) };
  return [...workloads].map(([key, workload]) => ({
    workload,
    before: endpointRows(judges.before, key),
    after: endpointRows(judges.after, key),
  }));
}

function endpointRows(judge: CallJudge, key: string): EndpointRow[] {
  const config = judge.configurationOf(key);
  return config?.member.injection.injected ? listProxyEndpoints(config) : [];
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
