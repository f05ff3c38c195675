import { analyzeChange, analyzeMesh, type ChangeInput, type MeshInput, type MeshOptions } from './analyze-change.js';
import type { Diagnostic } from './diagnostic/diagnostic.js';
import { silenced } from './evidence/read-evidence.js';
import type { TrafficEvidence } from './evidence/traffic-evidence.js';
import { foldFixes } from './fold-fixes.js';
import { distinct, joinDiagnostics, joinMeshDiagnostics, joinMeshes, lowestVersion } from './join-meshes.js';
import type { FollowedObject } from './kubernetes/followed-object.js';
import type { TreeLedger } from './kubernetes/ledger.js';
import { objectKey, ONLY_MESH, type KubernetesObject, type ManifestSet } from './kubernetes/manifest.js';
import { findLostSources } from './policy/lost-sources.js';
import type { ChangeAnalysis, GateVerdict } from './reachability/change.js';
import type { MeshReach } from './reachability/egress-reachability.js';
import { joinLedgers, withTree } from './reachability/ledger.js';
import { holdsManifests } from './reachability/not-rendered.js';

/** The manifests that live together, by the name that people give them. */
export interface NamedMesh {
  readonly name: string;
  readonly manifests: ManifestSet;
  /** Where the mesh has one of its own, rather than what holds for all. */
  readonly rootNamespace?: string;
}

/** One mesh before and after a change. */
export interface MeshSides extends Pick<NamedMesh, 'name' | 'rootNamespace'> {
  readonly before: ManifestSet;
  readonly after: ManifestSet;
}

const NOTHING: ManifestSet = { objects: [], unreadable: [], diagnostics: [], filesRead: 0, filesSkipped: [] };

/**
 * Which mesh of the one side is which of the other: by name; and of those whose name the other side does not have, the ones
 * that share most objects, since they were renamed. A mesh without a partner comes or goes whole.
 */
export function pairMeshes(before: readonly NamedMesh[], after: readonly NamedMesh[]): readonly MeshSides[] {
  const old = new Map(before.map((mesh) => [mesh.name, mesh]));
  const from = before.filter(({ name }) => !after.some((mesh) => mesh.name === name));
  const to = after.filter(({ name }) => !old.has(name));
  const renamed = renamedMeshes(from, to);
  const pairs = after.map(({ manifests, ...mesh }) => ({
    ...mesh,
    before: (renamed.get(mesh.name) ?? old.get(mesh.name))?.manifests ?? NOTHING,
    after: manifests,
  }));
  const found = new Set(renamed.values());
  const gone = from.filter((mesh) => !found.has(mesh));
  return [...pairs, ...gone.map(({ manifests, ...mesh }) => ({ ...mesh, before: manifests, after: NOTHING }))];
}

/** What meshes were called before, by their names of now: best fit first, and of equal ones the first by name. */
function renamedMeshes(from: readonly NamedMesh[], to: readonly NamedMesh[]): ReadonlyMap<string, NamedMesh> {
  const renamed = new Map<string, NamedMesh>();
  const [only] = from;
  // Also where they share nothing: at least one could not be rendered.
  if (only && from.length === 1 && to.length === 1) return new Map([[to[0]!.name, only]]);
  const fits = from.flatMap((old) => to.map((mesh) => ({ old, mesh, ...likeness(old.manifests, mesh.manifests) })));
  fits.sort((a, b) => b.objects - a.objects || b.names - a.names);
  const taken = new Set<NamedMesh>();
  for (const { old, mesh, names } of fits) {
    if (names === 0 || taken.has(old) || renamed.has(mesh.name)) continue;
    taken.add(old);
    renamed.set(mesh.name, old);
  }
  return renamed;
}

/** How many objects two meshes share; and how many they would, whatever the namespaces. */
function likeness(a: ManifestSet, b: ManifestSet): { readonly objects: number; readonly names: number } {
  const shared = (keyOf: (object: KubernetesObject) => string): number => {
    const own = new Set(a.objects.map(keyOf));
    return new Set(b.objects.map(keyOf).filter((key) => own.has(key))).size;
  };
  return { objects: shared(objectKey), names: shared(({ kind, metadata }) => `${kind} ${metadata.name}`) };
}

/** What holds for one of several meshes. */
export function meshOptions(shared: MeshOptions, { rootNamespace }: Pick<NamedMesh, 'rootNamespace'>): MeshOptions {
  return rootNamespace === undefined ? shared : { ...shared, rootNamespace };
}

/** The objects of controllers on both sides of a change. */
export interface FollowedSides {
  readonly before: readonly FollowedObject[];
  readonly after: readonly FollowedObject[];
}

/**
 * What a change does to each of several meshes, as one answer: what is the same in several is there once, with their names.
 *
 * @param followed of all meshes.
 */
export function analyzeMeshes(
  meshes: readonly MeshSides[],
  shared: Omit<ChangeInput, 'before' | 'after' | 'meshName'>,
  followed: FollowedSides = { before: [], after: [] },
): ChangeAnalysis {
  const reasons = findLostSources(followed.before, followed.after);
  return reasons.reduce(undetermined, analyzeEach(meshes, shared));
}

function analyzeEach(
  meshes: readonly MeshSides[],
  shared: Omit<ChangeInput, 'before' | 'after' | 'meshName'>,
): ChangeAnalysis {
  const { snapshot, evidence, ...common } = shared;
  const own = {
    ...common,
    ...(snapshot && meshes.length === 1 ? { snapshot } : {}),
    ...(evidence ? { evidence: meshes.length > 1 ? ofSomeMesh(evidence) : evidence } : {}),
  };
  const analyses = meshes.map(({ name, before, after, ...settings }) => {
    const input = { ...own, mesh: meshOptions(shared.mesh, settings), before, after };
    return { name, analysis: analyzeChange({ ...input, ...(name === ONLY_MESH ? {} : { meshName: name }) }) };
  });
  const [first, ...others] = analyses;
  if (!first) return undetermined(analyzeChange({ ...shared, before: NOTHING, after: NOTHING }), NOTHING_FOUND);
  const found = meshes.some(({ before, after }) => holdsManifests(before) || holdsManifests(after));
  const folded = others.length === 0 ? first.analysis : foldAnalyses(analyses);
  const fixes = foldFixes(
    meshes.map(({ name, before, after }, index) => ({
      ...{ name, before, after },
      fixes: analyses[index]?.analysis.fixes ?? [],
    })),
  );
  const analysis = fixes.length === 0 ? folded : { ...folded, fixes };
  const said = found ? analysis : undetermined(analysis, NOTHING_FOUND);
  return snapshot && others.length > 0 ? withoutSnapshot(said, meshes) : said;
}

const NOTHING_FOUND = 'No manifests were found before the change, and none after it.';

function undetermined(analysis: ChangeAnalysis, reason: string): ChangeAnalysis {
  const verdict = analysis.verdict === 'pass' ? 'undetermined' : analysis.verdict;
  return { ...analysis, verdict, reasons: [...analysis.reasons, reason] };
}

/** An answer that cannot be a pass where controllers have left alone what they applied, and what is still in the tree. */
export function withAbandoned(
  analysis: ChangeAnalysis,
  abandoned: readonly { readonly path: string; readonly by: string }[],
): ChangeAnalysis {
  return abandoned.reduce(
    (answer, { path, by }) =>
      undetermined(answer, `Nothing in the tree applies ${path || 'its top folder'} any more, as ${by} did.`),
    analysis,
  );
}

/** Whose calls were seen is not known of several meshes; so they count in each, and what was not seen tells nothing of any. */
function ofSomeMesh(evidence: TrafficEvidence): TrafficEvidence {
  if (evidence.isSilent !== null) return evidence;
  return silenced(evidence, 'nothing tells of which of several meshes it is');
}

/** A snapshot is of one cluster; whose it is among several meshes, nothing tells. */
function withoutSnapshot(analysis: ChangeAnalysis, meshes: readonly MeshSides[]): ChangeAnalysis {
  const names = meshes.map(({ name }) => name).join(', ');
  return undetermined(analysis, `The snapshot is of one cluster, and the manifests are of several meshes (${names}).`);
}

/** Every mesh's verdicts. */
export function reachMeshes(meshes: readonly NamedMesh[], shared: Omit<MeshInput, 'manifests'>): MeshReach {
  const reaches = meshes.map(({ name, manifests, ...settings }) => {
    const mesh = meshOptions(shared.mesh, settings);
    return { name, reach: analyzeMesh({ ...shared, mesh, manifests }) };
  });
  const all = reaches.map(({ reach }) => reach);
  return {
    istioVersion: lowestVersion(all),
    groups: reaches.flatMap(({ name, reach }) =>
      name === ONLY_MESH && reaches.length === 1
        ? reach.groups
        : reach.groups.map((group) => ({ ...group, mesh: name })),
    ),
    gateways: distinct(all.flatMap(({ gateways }) => gateways)),
    rejected: distinct(all.flatMap(({ rejected }) => rejected)),
    diagnostics: joinDiagnostics(all),
    ledger: joinLedgers(all.map(({ ledger }) => ledger)),
  };
}

/** What was found on the way to the meshes, and belongs to none of them. */
export interface FoundOnTheWay {
  readonly diagnostics: readonly Diagnostic[];
  readonly ledger: TreeLedger;
}

/** An answer with what was found on the way to the meshes that it is about. */
export function withFound<T extends Pick<ChangeAnalysis | MeshReach, 'diagnostics' | 'ledger'>>(
  answer: T,
  { diagnostics, ledger }: FoundOnTheWay,
): T {
  return {
    ...answer,
    diagnostics: joinDiagnostics([answer, { diagnostics }]),
    ledger: withTree(answer.ledger, ledger),
  };
}

/** An answer with what else there is to say. */
export function withDiagnostics(analysis: ChangeAnalysis, diagnostics: readonly Diagnostic[]): ChangeAnalysis {
  return diagnostics.length === 0
    ? analysis
    : { ...analysis, diagnostics: joinDiagnostics([analysis, { diagnostics }]) };
}

interface NamedAnalysis {
  readonly name: string;
  readonly analysis: ChangeAnalysis;
}

const ORDER: readonly GateVerdict[] = ['fail', 'undetermined', 'pass'];
/** As many tables as one mesh alone would show. */
const MOST_TABLES = 5;

function foldAnalyses(named: readonly NamedAnalysis[]): ChangeAnalysis {
  const all = named.map(({ analysis }) => analysis);
  const verdict = ORDER.find((each) => all.some((analysis) => analysis.verdict === each)) ?? 'pass';
  const former = all.flatMap(({ formerIstioVersion }) =>
    formerIstioVersion === undefined ? [] : { istioVersion: formerIstioVersion },
  );
  const failing = [...new Set(all.flatMap((analysis) => analysis.failing ?? []))].sort();
  const proxyLoads = joinMeshes(all.flatMap((analysis) => analysis.proxyLoads ?? []));
  const expired = distinct(all.flatMap(({ expiredWaivers = [] }) => expiredWaivers));
  const renamed = joinMeshes(all.flatMap((analysis) => analysis.renamed ?? []));
  const approved = all.flatMap((analysis) => analysis.approved ?? []);
  const owners = joinMeshes(all.flatMap((analysis) => analysis.owners ?? []));
  const breaches = joinMeshes(all.flatMap((analysis) => analysis.breaches ?? []));
  return {
    istioVersion: lowestVersion(all),
    ...(former.length === 0 ? {} : { formerIstioVersion: lowestVersion(former) }),
    verdict,
    reasons: foldReasons(named),
    changes: joinMeshes(all.flatMap(({ changes }) => changes)),
    workloads: {
      added: distinct(all.flatMap(({ workloads }) => workloads.added)),
      removed: distinct(all.flatMap(({ workloads }) => workloads.removed)),
    },
    rejected: distinct(all.flatMap(({ rejected }) => rejected)),
    diagnostics: joinMeshDiagnostics(all),
    ledger: joinLedgers(all.map(({ ledger }) => ledger)),
    endpointTables: distinct(all.flatMap(({ endpointTables }) => endpointTables)).slice(0, MOST_TABLES),
    ...(failing.length === 0 ? {} : { failing }),
    ...(all.some(({ isFixSearchCut }) => isFixSearchCut) ? { isFixSearchCut: true as const } : {}),
    ...(approved.length === 0 ? {} : { approved }),
    ...(proxyLoads.length === 0 ? {} : { proxyLoads }),
    ...(expired.length === 0 ? {} : { expiredWaivers: expired }),
    ...(renamed.length === 0 ? {} : { renamed }),
    ...(breaches.length === 0 ? {} : { breaches }),
    ...(owners.length === 0 ? {} : { owners }),
  };
}

/** Failures before what could not be determined, each with the meshes it is said of. */
function foldReasons(named: readonly NamedAnalysis[]): readonly string[] {
  const meshes = new Map<string, string[]>();
  for (const verdict of ORDER) {
    for (const { name, analysis } of named.filter((each) => each.analysis.verdict === verdict)) {
      for (const reason of analysis.reasons) meshes.set(reason, [...(meshes.get(reason) ?? []), name]);
    }
  }
  return [...meshes].map(([reason, names]) =>
    names.length === named.length ? reason : `${names.join(', ')}: ${reason}`,
  );
}
