import { diagnostic, type Diagnostic, type Origin } from '../../diagnostic/diagnostic.js';
import type { KubernetesObject, Unreadable } from '../../kubernetes/manifest.js';
import { parseManifestFile } from '../../kubernetes/parse-manifest-file.js';
import { splitDocuments } from '../../kubernetes/split-documents.js';
import { folderOf, isBelow, joinPath, type KustomizationRoot } from '../../layout/root.js';
import type { ChartSources } from './chart-template.js';
import type { ChartUse } from './closure.js';
import { locateKustomized, type KustomizedSources } from './locate-kustomized.js';
import { locateTemplated } from './locate-templated.js';
import { givenValues, sourceComment } from './render-chart.js';
import { treePathOf } from './render-kustomization.js';
import type { RenderTask } from './render-task.js';
import type { Rendering } from './rendering.js';
import type { SourceText } from './source-text.js';

/** Text that is parsed before others have their turn. */
const PARSED_AT_A_TIME = 256 * 1024;

/** The objects of a tool's output, with their places in the sources. Lets others have their turn in between. */
export async function readOutput(
  task: RenderTask,
  output: string,
  texts: ReadonlyMap<string, SourceText>,
): Promise<Pick<Rendering, 'objects' | 'unreadable' | 'diagnostics'>> {
  const { root, closure, origin } = task;
  const objects: KubernetesObject[] = [];
  const unreadable: Unreadable[] = [];
  const diagnostics: Diagnostic[] = [];
  const kustomized = root.kind === 'chart' ? null : kustomizedSources(root, task, texts);
  const main = kustomized === null ? chartSources(task, closure.charts[0]!, texts) : null;
  let parsed = 0;
  for (const { text } of splitDocuments(output)) {
    parsed += text.length;
    if (parsed > PARSED_AT_A_TIME) {
      parsed = 0;
      await new Promise(setImmediate);
    }
    const reading = parseManifestFile({ path: origin.path, content: text, isRendered: true });
    if (!reading.isManifest) continue;
    const place = (object: KubernetesObject): KubernetesObject =>
      main === null ? locateKustomized(object, kustomized!) : locateTemplated(object, sourceComment(text), main);
    objects.push(...reading.objects.map((object) => ({ ...place(object), isRendered: true as const })));
    const at = main === null ? origin : templateOrigin(task, sourceComment(text));
    unreadable.push(...reading.unreadable.map((entry) => ({ ...entry, path: at.path, line: at.line })));
    for (const { code, message } of reading.diagnostics)
      diagnostics.push(diagnostic(code, `${message} (in what it renders to)`, at));
  }
  return { objects, unreadable, diagnostics };
}

function kustomizedSources(
  { overrides, locate, origin: declared }: KustomizationRoot,
  task: RenderTask,
  texts: ReadonlyMap<string, SourceText>,
): KustomizedSources {
  const { closure, origin } = task;
  const at = locate ?? (() => ({ ...(declared ?? origin), isExact: false }));
  return {
    kustomizations: closure.kustomizations,
    overrides: overrides === undefined ? null : { body: overrides, at },
    texts,
    fallback: origin,
    treePath: treePathOf,
    locateInChart: (kustomization, object) => {
      const uses = closure.charts.filter((use) => isBelow(folderOf(kustomization), use.folder));
      const use = uses.length === 1 ? uses[0] : closure.charts.length === 1 ? closure.charts[0] : undefined;
      return use === undefined ? null : locateTemplated(object, null, chartSources(task, use, texts));
    },
  };
}

function chartSources(
  { root, closure }: RenderTask,
  use: ChartUse,
  texts: ReadonlyMap<string, SourceText>,
): ChartSources {
  const byPlace = new Map<string, SourceText>();
  for (const [place, path] of closure.placed) {
    const text = texts.get(path);
    if (text !== undefined) byPlace.set(place, text);
  }
  const given = root.kind === 'chart' ? givenValues(root) : [];
  return { ...use, texts: byPlace, placed: closure.placed, given };
}

function templateOrigin({ closure, origin }: RenderTask, source: string | null): Origin {
  const inner = source?.slice(source.indexOf('/') + 1) ?? '';
  const path = closure.placed.get(joinPath(closure.charts[0]!.folder, inner));
  return path === undefined ? origin : { path, line: 1 };
}
