import { analyzeChange, analyzeMesh, type MeshOptions } from '../../src/analyze-change.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { splitLines } from '../../src/kubernetes/line-patches.js';
import type { JsonObject, JsonValue, KubernetesObject, ManifestSet } from '../../src/kubernetes/manifest.js';
import { objectKey } from '../../src/kubernetes/manifest.js';
import { listDifferences } from '../../src/kubernetes/object-differences.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { editedFiles, patchFixes } from '../../src/patch-fixes.js';
import { fingerprintOfPair } from '../../src/policy/fingerprint.js';
import { DEFAULT_POLICY, type Policy, type SeverityTable } from '../../src/policy/policy.js';
import type { ChangeAnalysis, ChangeSeverity, EdgeChange } from '../../src/reachability/change.js';
import { destinationKey } from '../../src/reachability/destination.js';
import type { Destination, MeshReach, WorkloadRef } from '../../src/reachability/egress-reachability.js';
import { workloadKey } from '../../src/reachability/evaluate-mesh.js';
import type { Fix } from '../../src/reachability/fix.js';
import { rankOf } from '../../src/reachability/verdict.js';

const PATH = 'mesh.yaml';

/** What manifests name is little in these cases: every call that a change takes is taken to be needed. */
export const ALL_IS_NEEDED: Policy = { ...DEFAULT_POLICY, severities: asIfNamed(DEFAULT_POLICY.severities) };

function asIfNamed(table: SeverityTable): SeverityTable {
  const same = (severity: ChangeSeverity) =>
    ({
      ...table.broken,
      referenced: severity,
      observed: severity,
      unknown: severity,
      deliberate: severity,
      potential: severity,
    }) as const;
  const { broken, outside, sideways, better } = table;
  return {
    broken: same(broken.referenced),
    outside: same(outside.referenced),
    // What nobody is known to name may go.
    absent: table.absent,
    sideways: same(sideways.referenced),
    better: same(better.referenced),
  };
}

/** A change of one file. */
export interface FixedChange {
  readonly beforeText: string;
  readonly afterText: string;
  readonly mesh: MeshOptions;
}

/** How good the fixes of changes are. A failure is one of a workload's calls to one destination (and branch). */
export interface FixScore {
  failures: number;
  failuresWithFix: number;
  /** Failures with a cause that is a Sidecar, or that differs in an exportTo or in labels. */
  ofVisibility: number;
  ofVisibilityWithFix: number;
  fixes: number;
  /** Fixes that stand in the file's text, and with which what they mend is gone and nothing fails that did not. */
  proven: number;
  /** Fixes that mend what one host line for each call would mend as well. */
  comparable: number;
  /** Of those, the ones that bring a wildcard; and that open more than the host lines would. */
  wild: number;
  wide: number;
  readonly faults: string[];
  /** Failures of visibility that have no fix. */
  readonly unfixed: string[];
}

export function emptyFixScore(): FixScore {
  return {
    ...{ failures: 0, failuresWithFix: 0, ofVisibility: 0, ofVisibilityWithFix: 0 },
    ...{ fixes: 0, proven: 0, comparable: 0, wild: 0, wide: 0, faults: [], unfixed: [] },
  };
}

export function checkFixes(label: string, change: FixedChange, score: FixScore, policy: Policy = ALL_IS_NEEDED): void {
  const { beforeText, afterText, mesh } = change;
  const [before, after] = [parse(beforeText), parse(afterText)];
  const analysis = analyzeChange({ before, after, mesh, policy, wantsFixes: true });
  const texts = { before: textAt(beforeText), after: textAt(afterText) };
  const fixes = patchFixes(analysis.fixes ?? [], texts);
  countFailures(label, analysis, before, after, score);
  const judge = (text: string): ChangeAnalysis => analyzeChange({ before, after: parse(text), mesh, policy });
  const old = pairsOf(analysis);
  for (const fix of fixes) {
    score.fixes++;
    const fault = faultOf(fix, afterText, editedFiles([fix], texts).get(PATH), old, judge);
    if (fault === null) score.proven++;
    else score.faults.push(`${label} ${fix.summary} ${fault}`);
    compareWithLines(label, fix, analysis, after, mesh, judge, score);
  }
  if (fixes.length < 2) return;
  const text = editedFiles(fixes, texts).get(PATH) ?? afterText;
  const now = pairsOf(judge(text));
  const added = [...now.failing].filter((each) => !old.failing.has(each));
  const left = fixes.flatMap(({ mends }) => mends).filter((each) => now.weighing.has(each));
  if (added.length + left.length > 0)
    score.faults.push(`${label} all together: ${left.length} left, ${added.length} new`);
}

function parse(content: string): ManifestSet {
  return buildManifestSet(content === '' ? [] : [parseManifestFile({ path: PATH, content })]);
}

function textAt(text: string): (path: string) => string | null {
  return (path) => (path === PATH ? text : null);
}

interface Pairs {
  /** What fails, by what it is about. */
  readonly failing: ReadonlySet<string>;
  /** The fingerprints of what fails or warns. */
  readonly weighing: ReadonlySet<string>;
  /** What is said of hosts that match nothing. */
  readonly unmatched: ReadonlySet<string>;
}

function unmatchedHosts({ diagnostics }: ChangeAnalysis): readonly string[] {
  return diagnostics.filter(({ code }) => code === 'host-matches-nothing').map(({ message }) => message);
}

function pairsOf(analysis: ChangeAnalysis): Pairs {
  const weighing = analysis.changes.filter(({ severity }) => severity === 'failure' || severity === 'warning');
  return {
    failing: new Set(
      weighing.filter(({ severity }) => severity === 'failure').flatMap((each) => pairs(each).map(({ name }) => name)),
    ),
    weighing: new Set(weighing.flatMap((each) => pairs(each).map(({ fingerprint }) => fingerprint))),
    unmatched: new Set(unmatchedHosts(analysis)),
  };
}

function pairs(change: EdgeChange) {
  const { workloads, destinations, branch = '' } = change;
  return workloads.flatMap((workload) =>
    destinations.map((destination) => ({
      workload,
      destination,
      name: `${workloadKey(workload)} -> ${destinationKey(destination)} ${branch}`.trim(),
      fingerprint: fingerprintOfPair(change, workload, destination),
    })),
  );
}

/** Why a fix is not what it says; null where it is. */
function faultOf(
  fix: Fix,
  afterText: string,
  edited: string | undefined,
  old: Pairs,
  judge: (text: string) => ChangeAnalysis,
): string | null {
  const { patches, whyNoPatches } = fix;
  if (!patches || edited === undefined) return `is not in the text: ${whyNoPatches ?? ''}`;
  const lines = [...splitLines(afterText)];
  for (const { startLine, endLine, before, after } of patches.toReversed()) {
    const replaced = lines.splice(startLine - 1, endLine - startLine + 1, ...after);
    if (replaced.join('\n') !== before.join('\n')) return 'replaces other lines than it says';
  }
  if (lines.join('\n') !== splitLines(edited).join('\n')) return 'is other in lines than in the whole';
  const analysis = judge(edited);
  const now = pairsOf(analysis);
  const unmatched = unmatchedHosts(analysis).filter((message) => !old.unmatched.has(message));
  if (unmatched.length > 0) return `names what is not there: ${unmatched[0]!}`;
  const left = fix.mends.filter((fingerprint) => now.weighing.has(fingerprint));
  if (left.length > 0) return `leaves ${left.length} of ${fix.mends.length} findings`;
  const added = [...now.failing].filter((each) => !old.failing.has(each));
  return added.length > 0 ? `adds ${added.slice(0, 3).join(', ')}` : null;
}

function countFailures(
  label: string,
  { changes, fixes = [] }: ChangeAnalysis,
  before: ManifestSet,
  after: ManifestSet,
  score: FixScore,
): void {
  const mended = new Set(fixes.flatMap(({ mends }) => mends));
  const isOfVisibility = visibilityCauses(before, after);
  for (const change of changes.filter(({ severity }) => severity === 'failure')) {
    const isCounted = change.causes.some(({ kind, namespace, name }) => isOfVisibility(kind, namespace, name));
    for (const { name, fingerprint } of pairs(change)) {
      const has = mended.has(fingerprint);
      score.failures++;
      if (has) score.failuresWithFix++;
      if (!isCounted) continue;
      score.ofVisibility++;
      if (has) score.ofVisibilityWithFix++;
      else {
        const causes = change.causes.map((cause) => `${cause.kind} ${cause.namespace}/${cause.name}`).join(', ');
        score.unfixed.push(`${label} ${name}: ${change.before} -> ${change.after} by ${causes}`);
      }
    }
  }
}

/** Tells the changed objects that are Sidecars, or differ in an exportTo or in labels. */
function visibilityCauses(before: ManifestSet, after: ManifestSet) {
  const find = (
    { objects }: ManifestSet,
    kind: string,
    namespace: string,
    name: string,
  ): KubernetesObject | undefined =>
    objects.find((each) => each.kind === kind && each.metadata.namespace === namespace && each.metadata.name === name);
  return (kind: string, namespace: string, name: string): boolean => {
    if (kind === 'Sidecar') return true;
    const [old, now] = [find(before, kind, namespace, name), find(after, kind, namespace, name)];
    if (!old || !now) return false;
    return listDifferences(old.body, now.body).some(({ path }) =>
      path.some((step) => typeof step === 'string' && /exportTo$|^labels$/.test(step)),
    );
  };
}

/** Holds a fix against one host line for each call that it mends, in the Sidecar that governs the caller. */
function compareWithLines(
  label: string,
  fix: Fix,
  analysis: ChangeAnalysis,
  after: ManifestSet,
  mesh: MeshOptions,
  judge: (text: string) => ChangeAnalysis,
  score: FixScore,
): void {
  const mended = analysis.changes.flatMap(pairs).filter(({ fingerprint }) => fix.mends.includes(fingerprint));
  const now = analyzeMesh({ manifests: after, mesh });
  const withLines = withHostLines(mended, now, after, mesh);
  if (withLines === null) return;
  const linesText = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: withLines.map(({ body }) => body) });
  const before = pairsOf(analysis);
  const then = pairsOf(judge(linesText));
  const serves =
    fix.mends.every((each) => !then.weighing.has(each)) && [...then.failing].every((each) => before.failing.has(each));
  if (!serves) return;
  score.comparable++;
  if (fix.edits.some(({ body, edited }) => bringsWildcard(body, edited))) {
    score.wild++;
    score.faults.push(`${label} ${fix.summary} brings a wildcard`);
  }
  const wanted = new Set(
    mended.map(({ workload, destination }) => `${workloadKey(workload)} -> ${destinationKey(destination)}`),
  );
  const fixed = withEdits(after, fix);
  const opened = (objects: readonly KubernetesObject[]): number =>
    countOpened(now, analyzeMesh({ manifests: { ...after, objects }, mesh }), wanted);
  const [byFix, byLines] = [opened(fixed), opened(withLines)];
  if (byFix <= byLines) return;
  score.wide++;
  score.faults.push(`${label} ${fix.summary} opens ${byFix}, the lines ${byLines}`);
}

function withEdits({ objects }: ManifestSet, { edits }: Fix): readonly KubernetesObject[] {
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      ...objects.flatMap((object) => {
        const edit = edits.find(({ key }) => key === objectKey(object));
        return edit === undefined ? [object.body] : edit.edited === null ? [] : [edit.edited];
      }),
      ...edits.filter(({ body }) => body === null).map(({ edited }) => edited),
    ],
  });
  return parse(text).objects;
}

/** The tree with a line for every host that is called, where the Sidecar of every caller can take one; else null. */
function withHostLines(
  mended: readonly { readonly workload: WorkloadRef; readonly destination: Destination }[],
  reach: MeshReach,
  { objects }: ManifestSet,
  { clusterDomain = 'cluster.local' }: MeshOptions,
): readonly KubernetesObject[] | null {
  const edited = new Map<string, JsonObject>();
  for (const { workload, destination } of mended) {
    const sidecar = sidecarOf(workload, reach, objects);
    const owners = ownersOfHost(destination.host, objects, clusterDomain);
    if (sidecar === null || owners.length === 0) return null;
    const key = objectKey(sidecar);
    let body = edited.get(key) ?? sidecar.body;
    for (const owner of owners) body = withLine(body, `${owner}/${destination.host}`, destination.port);
    edited.set(key, body);
  }
  const items = objects.map((object) => edited.get(objectKey(object)) ?? object.body);
  return parse(JSON.stringify({ apiVersion: 'v1', kind: 'List', items })).objects;
}

/** The Sidecar in whose name istiod configures a workload: one of the root namespace has the workload's namespace there. */
function sidecarOf(
  workload: WorkloadRef,
  { groups }: MeshReach,
  objects: readonly KubernetesObject[],
): KubernetesObject | null {
  const group = groups.find(({ workloads }) => workloads.some((each) => workloadKey(each) === workloadKey(workload)));
  const { namespace, name } = group?.sidecar ?? {};
  const sidecars = objects.filter(({ kind, metadata }) => kind === 'Sidecar' && metadata.name === name);
  const own = sidecars.find(({ metadata }) => metadata.namespace === namespace);
  return own ?? (sidecars.length === 1 ? sidecars[0]! : null);
}

/** The namespaces that have a Service or ServiceEntry of a host. */
function ownersOfHost(host: string, objects: readonly KubernetesObject[], clusterDomain: string): readonly string[] {
  const owners = objects.flatMap(({ kind, metadata, body }) => {
    const { namespace, name } = metadata;
    if (kind === 'Service') return host === `${name}.${namespace}.svc.${clusterDomain}` ? [namespace] : [];
    const hosts = kind === 'ServiceEntry' ? ((body['spec'] as JsonObject | undefined)?.['hosts'] ?? []) : [];
    return Array.isArray(hosts) && hosts.includes(host) ? [namespace] : [];
  });
  return [...new Set(owners)];
}

/** With a line in the listener of the port, else in the one for all other ports, else in a new one of those. */
function withLine(body: JsonObject, line: string, port: number): JsonObject {
  const spec = (body['spec'] ?? {}) as JsonObject;
  const egress = (Array.isArray(spec['egress']) ? spec['egress'] : []) as readonly JsonObject[];
  const own = egress.findIndex((listener) => (listener['port'] as JsonObject | undefined)?.['number'] === port);
  const rest = egress.findIndex((listener) => listener['port'] === undefined);
  const index = own >= 0 ? own : rest;
  const added = (listener: JsonObject): JsonObject => {
    const hosts = (listener['hosts'] ?? []) as readonly JsonValue[];
    return { ...listener, hosts: hosts.includes(line) ? hosts : [...hosts, line] };
  };
  const lines = index < 0 ? [...egress, { hosts: [line] }] : egress.with(index, added(egress[index]!));
  return { ...body, spec: { ...spec, egress: lines } };
}

function bringsWildcard(body: JsonObject | null, edited: JsonObject | null): boolean {
  if (edited?.['kind'] !== 'Sidecar') return false;
  const hosts = (object: JsonObject | null): readonly string[] => {
    const { egress = [] } = (object?.['spec'] ?? {}) as { egress?: readonly { hosts?: readonly string[] }[] };
    return egress.flatMap((listener) => listener.hosts ?? []);
  };
  const old = new Map<string, number>();
  for (const host of hosts(body)) old.set(host, (old.get(host) ?? 0) + 1);
  return hosts(edited).some((host) => {
    const known = old.get(host) ?? 0;
    old.set(host, known - 1);
    return known <= 0 && /(?:^\*|\/\*$)/.test(host);
  });
}

/** The calls that end better than before, but for those that are wanted. */
function countOpened(before: MeshReach, after: MeshReach, wanted: ReadonlySet<string>): number {
  const [old, now] = [ranksOf(before), ranksOf(after)];
  let opened = 0;
  for (const [pair, rank] of now) if (!wanted.has(pair) && rank < (old.get(pair) ?? 2)) opened++;
  return opened;
}

function ranksOf({ groups }: MeshReach): ReadonlyMap<string, number> {
  return new Map(
    groups.flatMap(({ workloads, edges }) =>
      workloads.flatMap((workload) =>
        edges.map((edge) => [`${workloadKey(workload)} -> ${destinationKey(edge)}`, rankOf(edge.verdict)] as const),
      ),
    ),
  );
}
