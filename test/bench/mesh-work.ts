import { Session } from 'node:inspector/promises';
import process from 'node:process';
import type * as AnalyzeMeshes from '../../src/analyze-meshes.js';
import type { MeshSides } from '../../src/analyze-meshes.js';
import type * as PushContext from '../../src/istio/push-context.js';
import type * as Versions from '../../src/istio/versions.js';
import type * as BuildManifestSet from '../../src/kubernetes/build-manifest-set.js';
import type * as Manifest from '../../src/kubernetes/manifest.js';
import type { ManifestSet, ParsedFile } from '../../src/kubernetes/manifest.js';
import type * as ParseManifestFile from '../../src/kubernetes/parse-manifest-file.js';
import type * as Policy from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import type { Checkpoint, Stage } from '../../src/reachability/checkpoint.js';
import type * as EvaluateMesh from '../../src/reachability/evaluate-mesh.js';
import type { EvaluatedMesh } from '../../src/reachability/evaluate-mesh.js';
import type { LaneOutcomes } from '../../src/reachability/outcome-row.js';
import type * as RenderHtml from '../../src/report/html/render-html.js';
import type * as RenderJson from '../../src/report/render-json.js';
import type * as RenderMarkdown from '../../src/report/render-markdown.js';
import type * as RenderText from '../../src/report/render-text.js';
import { makeBenchMesh, type MeshEdit, type MeshFiles } from './bench-mesh.js';
import { median } from './calibration.js';

/**
 * What is measured inside of one process, which is started for it: `mesh-work.ts evaluate NAMESPACES SEED`, or
 * `mesh-work.ts EDIT NAMESPACES SEED`, or `mesh-work.ts EDIT-known NAMESPACES SEED` where the base has been judged, or
 * `mesh-work.ts EDIT-reports NAMESPACES SEED` for the reports of it, or `mesh-work.ts calls NAMESPACES SEED`. Prints milliseconds by name, and the peak resident set in MiB (of
 * `evaluate` that of the first round), as JSON; of reports, by format.
 */
const [work = '', namespaces = '', seed = ''] = process.argv.slice(2);

/** In which the engine's functions get compiled, as those of a process have been that runs for a while. The first is told. */
const WARMING = 10;
const ROUNDS = 7;

// The program as it is built: what runs TypeScript as it is slows down every function that is made.
const { analyzeMeshes, pairMeshes } = await built<typeof AnalyzeMeshes>('analyze-meshes');
const { buildPushContext } = await built<typeof PushContext>('istio/push-context');
const { behaviorOf } = await built<typeof Versions>('istio/versions');
const { buildManifestSet } = await built<typeof BuildManifestSet>('kubernetes/build-manifest-set');
const { ONLY_MESH } = await built<typeof Manifest>('kubernetes/manifest');
const { parseManifestFile } = await built<typeof ParseManifestFile>('kubernetes/parse-manifest-file');
const { DEFAULT_POLICY } = await built<typeof Policy>('policy/policy');
const { evaluateMesh } = await built<typeof EvaluateMesh>('reachability/evaluate-mesh');

function built<Module>(path: string): Promise<Module> {
  return import(new URL(`../../dist/${path}.js`, import.meta.url).href) as Promise<Module>;
}

const mesh = makeBenchMesh(Number(namespaces), Number(seed));

function parse(files: MeshFiles): ParsedFiles {
  const entries = Object.entries(files);
  return new Map(entries.map(([path, content]) => [path, parseManifestFile({ path, content })]));
}

/** Milliseconds of all threads. */
function processorSince(earlier: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(earlier);
  return (user + system) / 1000;
}

/** Looks at every verdict, so that none may be put off, and at those that many callers have in common once; whether any call is meshed. */
function lookAtVerdicts({ groups, outcomes }: EvaluatedMesh): boolean {
  const seen = new Set<LaneOutcomes>();
  let isAnyMeshed = false;
  const look = (row: Iterable<number>): void => {
    for (const outcome of row) if (outcomes[outcome]!.verdict === 'meshed') isAnyMeshed = true;
  };
  for (const { outcomes: make } of groups) {
    const row = make();
    for (const lane of row.lanes()) {
      if (seen.has(lane)) continue;
      seen.add(lane);
      look(lane);
    }
    look(row.exceptions.values());
  }
  return isAnyMeshed;
}

const MESH_OPTIONS = {
  behavior: behaviorOf('1.30'),
  clusterDomain: 'cluster.local',
  injectionDefault: true,
  ageOf: () => 0,
};

/**
 * How often functions of the program are called to evaluate the mesh: the same on every machine, whatever its memory is like. Counts
 * where Node compiles nothing, since compiled functions that are part of others are not counted.
 */
async function countCalls(): Promise<Record<string, number>> {
  const push = buildPushContext(setOf(parse(mesh.files)).objects, MESH_OPTIONS);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true });
  if (!lookAtVerdicts(evaluateMesh(push, []))) throw new Error('Nothing is meshed.');
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const functions = result.filter(({ url }) => url.includes('/dist/')).flatMap(({ functions: all }) => all);
  return { calls: functions.reduce((sum, { ranges }) => sum + ranges[0]!.count, 0) };
}

function evaluate(): Record<string, number> {
  const manifests = setOf(parse(mesh.files));
  const times: number[] = [];
  const processorTimes: number[] = [];
  let ofFirst = 0;
  for (let round = 0; round < WARMING + ROUNDS; round += 1) {
    // Nothing of one round may be known to the next.
    const objects = manifests.objects.map((object) => ({ ...object }));
    const push = buildPushContext(objects, MESH_OPTIONS);
    const processor = process.cpuUsage();
    const start = performance.now();
    if (!lookAtVerdicts(evaluateMesh(push, []))) throw new Error('Nothing is meshed.');
    times.push(performance.now() - start);
    processorTimes.push(processorSince(processor));
    if (round === 0) ofFirst = peak();
  }
  const measured = (all: readonly number[]): number => median(all.slice(WARMING));
  return { first: times[0]!, total: measured(times), processor: measured(processorTimes), 'peak MiB': ofFirst };
}

/**
 * What an analysis takes in a process that has made one before, with all files parsed that the edit leaves alone.
 *
 * @param isKnown whether another change of the same base has been judged, as in an App that runs: then the base is indexed, and what its
 *   manifests need is read, but where nearly all of its calls end was of no interest yet.
 */
function analyze(edit: MeshEdit, isKnown: boolean): Record<string, number> {
  const old = parse(mesh.files);
  judgeEdit(old, setOf(old), edit, () => undefined);
  const known = isKnown ? setOf(old) : null;
  if (known) judgeEdit(old, known, 'sidecar-line', () => undefined);
  const stages: Partial<Record<Stage, number>> = {};
  const processor = process.cpuUsage();
  const start = performance.now();
  let stage: Stage = 'parse';
  let since = start;
  judgeEdit(old, known ?? setOf(old), edit, (next) => {
    if (next === undefined) return;
    const now = performance.now();
    stages[stage] = (stages[stage] ?? 0) + now - since;
    [stage, since] = [next, now];
  });
  const total = performance.now() - start;
  return { ...stages, total, processor: processorSince(processor), 'peak MiB': peak() };
}

type ParsedFiles = ReadonlyMap<string, ParsedFile>;

function setOf(files: ParsedFiles): ManifestSet {
  return buildManifestSet([...files.values()]);
}

function judgeEdit(old: ParsedFiles, base: ManifestSet, edit: MeshEdit, checkpoint: Checkpoint): ChangeAnalysis {
  const edited = setOf(new Map([...old, ...parse(mesh.edits[edit])]));
  const named = [base, edited].map((manifests) => [{ name: ONLY_MESH, manifests }]);
  const pairs: readonly MeshSides[] = pairMeshes(named[0]!, named[1]!);
  const exemptions = { today: '2026-01-01', acceptances: [] };
  const analysis = analyzeMeshes(pairs, { mesh: {}, policy: DEFAULT_POLICY, exemptions, checkpoint });
  checkpoint('render');
  if (analysis.changes.length === 0) throw new Error('The edit changes nothing.');
  return analysis;
}

/** Each report of a change; what one has found out is not there for the next. */
async function reports(edit: MeshEdit): Promise<Record<string, Record<string, number>>> {
  const old = parse(mesh.files);
  const analysis = judgeEdit(old, setOf(old), edit, () => undefined);
  const ofAnalysis = peak();
  const measured: Record<string, Record<string, number>> = {};
  for (const [format, render] of Object.entries(await renderers())) {
    const processor = process.cpuUsage();
    const start = performance.now();
    let bytes = 0;
    for (const part of render({ ...analysis, changes: [...analysis.changes] })) bytes += Buffer.byteLength(part);
    const total = performance.now() - start;
    measured[format] = {
      ...{ total, processor: processorSince(processor), 'size MiB': bytes / 2 ** 20 },
      ...{ 'peak MiB': peak(), 'report MiB': peak() - ofAnalysis },
    };
  }
  return measured;
}

type Render = (analysis: ChangeAnalysis) => Iterable<string>;

async function renderers(): Promise<Readonly<Record<'Markdown' | 'HTML' | 'text' | 'JSON', Render>>> {
  const links = { blob: () => null };
  const { diffJsonParts } = await built<typeof RenderJson>('report/render-json');
  const { renderHtml } = await built<typeof RenderHtml>('report/html/render-html');
  const { renderMarkdown } = await built<typeof RenderMarkdown>('report/render-markdown');
  const { textParts } = await built<typeof RenderText>('report/render-text');
  return {
    Markdown: (analysis) => [renderMarkdown(analysis, links)],
    HTML: (analysis) => [renderHtml(analysis, links)],
    text: (analysis) => textParts(analysis, { color: false, width: 80 }),
    JSON: diffJsonParts,
  };
}

/** In MiB. */
function peak(): number {
  return process.resourceUsage().maxRSS / 1024;
}

const [, edit, way] = /^(.*?)(?:-(reports|known))?$/.exec(work) as unknown as [string, MeshEdit, string?];
const result =
  way === 'reports'
    ? await reports(edit)
    : work === 'evaluate'
      ? evaluate()
      : work === 'calls'
        ? await countCalls()
        : analyze(edit, way === 'known');
process.stdout.write(JSON.stringify(result));
