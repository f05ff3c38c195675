import process from 'node:process';
import type * as AnalyzeMeshes from '../../src/analyze-meshes.js';
import type { MeshSides } from '../../src/analyze-meshes.js';
import type * as PushContext from '../../src/istio/push-context.js';
import type * as Versions from '../../src/istio/versions.js';
import type * as BuildManifestSet from '../../src/kubernetes/build-manifest-set.js';
import type * as Manifest from '../../src/kubernetes/manifest.js';
import type { ParsedFile } from '../../src/kubernetes/manifest.js';
import type * as ParseManifestFile from '../../src/kubernetes/parse-manifest-file.js';
import type * as Policy from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import type { Checkpoint, Stage } from '../../src/reachability/checkpoint.js';
import type * as EvaluateMesh from '../../src/reachability/evaluate-mesh.js';
import type { EvaluatedMesh } from '../../src/reachability/evaluate-mesh.js';
import type * as RenderHtml from '../../src/report/html/render-html.js';
import type * as RenderJson from '../../src/report/render-json.js';
import type * as RenderMarkdown from '../../src/report/render-markdown.js';
import { makeBenchMesh, type MeshEdit, type MeshFiles } from './bench-mesh.js';
import { median } from './calibration.js';

/**
 * What is measured inside of one process, which is started for it: `mesh-work.ts evaluate NAMESPACES SEED`, or
 * `mesh-work.ts EDIT NAMESPACES SEED`, or `mesh-work.ts EDIT-markdown|html|json NAMESPACES SEED` for one report of it. Prints milliseconds by name, and the peak resident set in MiB, as JSON.
 */
const [work = '', namespaces = '', seed = ''] = process.argv.slice(2);

const ROUNDS = 5;

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

function parse(files: MeshFiles): ReadonlyMap<string, ParsedFile> {
  const entries = Object.entries(files);
  return new Map(entries.map(([path, content]) => [path, parseManifestFile({ path, content })]));
}

/** Milliseconds of all threads. */
function processorSince(earlier: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(earlier);
  return (user + system) / 1000;
}

/** Every verdict is looked at, so that none may be put off. */
function countVerdicts({ groups, outcomes }: EvaluatedMesh): number {
  let meshed = 0;
  for (const { members, outcomes: row } of groups) {
    for (const outcome of row().toArray()) if (outcomes[outcome]!.verdict === 'meshed') meshed += members.length;
  }
  return meshed;
}

function evaluate(): Record<string, number> {
  const manifests = buildManifestSet([...parse(mesh.files).values()]);
  const options = {
    behavior: behaviorOf('1.30'),
    clusterDomain: 'cluster.local',
    injectionDefault: true,
    ageOf: () => 0,
  };
  const times: number[] = [];
  const processorTimes: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    // Nothing of one round may be known to the next.
    const objects = manifests.objects.map((object) => ({ ...object }));
    const push = buildPushContext(objects, options);
    const processor = process.cpuUsage();
    const start = performance.now();
    if (countVerdicts(evaluateMesh(push, [])) === 0) throw new Error('Nothing is meshed.');
    times.push(performance.now() - start);
    processorTimes.push(processorSince(processor));
  }
  return { first: times[0]!, total: median(times.slice(1)), processor: median(processorTimes.slice(1)) };
}

/** What an analysis takes in a process that has made one before, with all files parsed that the edit leaves alone. */
function analyze(edit: MeshEdit): Record<string, number> {
  const old = parse(mesh.files);
  const stages: Partial<Record<Stage, number>> = {};
  const total = (): number => {
    const start = performance.now();
    let stage: Stage = 'parse';
    let since = start;
    judgeEdit(old, edit, (next) => {
      if (next === undefined) return;
      const now = performance.now();
      stages[stage] = (stages[stage] ?? 0) + now - since;
      [stage, since] = [next, now];
    });
    return performance.now() - start;
  };
  total();
  for (const stage of Object.keys(stages) as Stage[]) stages[stage] = 0;
  const processor = process.cpuUsage();
  const milliseconds = total();
  return { ...stages, total: milliseconds, processor: processorSince(processor) };
}

function judgeEdit(old: ReadonlyMap<string, ParsedFile>, edit: MeshEdit, checkpoint: Checkpoint): ChangeAnalysis {
  const edited = parse(mesh.edits[edit]);
  const sides = [old, new Map([...old, ...edited])].map((files) => buildManifestSet([...files.values()]));
  const named = sides.map((manifests) => [{ name: ONLY_MESH, manifests }]);
  const pairs: readonly MeshSides[] = pairMeshes(named[0]!, named[1]!);
  const exemptions = { today: '2026-01-01', acceptances: [] };
  const analysis = analyzeMeshes(pairs, { mesh: {}, policy: DEFAULT_POLICY, exemptions, checkpoint });
  checkpoint('render');
  if (analysis.changes.length === 0) throw new Error('The edit changes nothing.');
  return analysis;
}

/** One report of a change, in a process that has made none before. */
async function report(edit: MeshEdit, format: string): Promise<Record<string, number>> {
  const analysis = judgeEdit(parse(mesh.files), edit, () => undefined);
  const render = await renderer(format);
  const processor = process.cpuUsage();
  const start = performance.now();
  const text = render(analysis);
  const total = performance.now() - start;
  return { total, processor: processorSince(processor), 'size MiB': Buffer.byteLength(text) / 2 ** 20 };
}

async function renderer(format: string): Promise<(analysis: ChangeAnalysis) => string> {
  const links = { blob: () => null };
  if (format === 'json') return (await built<typeof RenderJson>('report/render-json')).renderDiffJson;
  if (format === 'html') {
    const { renderHtml } = await built<typeof RenderHtml>('report/html/render-html');
    return (analysis) => renderHtml(analysis, links);
  }
  const { renderMarkdown } = await built<typeof RenderMarkdown>('report/render-markdown');
  return (analysis) => renderMarkdown(analysis, links);
}

const [, edit, format] = /^(.*)-(markdown|html|json)$/.exec(work) ?? [];
const result =
  work === 'evaluate'
    ? evaluate()
    : format === undefined
      ? analyze(work as MeshEdit)
      : await report(edit as MeshEdit, format);
const peak = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ ...result, 'peak MiB': peak }));
