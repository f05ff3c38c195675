import { asArray, asObject, asString } from '../../kubernetes/json.js';
import type { KubernetesObject } from '../../kubernetes/manifest.js';
import { isBelow, joinPath, type GivenValues } from '../../layout/root.js';
import type { ChartUse } from './closure.js';
import type { SourceText } from './source-text.js';
import { kindLines } from './template-lines.js';

/** Where the sources of a chart's objects are. */
export interface ChartSources extends ChartUse {
  /** Texts by the paths that the files have for Helm; each knows its own path in the tree. */
  readonly texts: ReadonlyMap<string, SourceText>;
  /** Paths, for Helm and in the tree, of all files. */
  readonly placed: ReadonlyMap<string, string>;
  /** Values from elsewhere, which count most, the last one more than the others. */
  readonly given: readonly GivenValues[];
}

/** A template, in a chart that may be part of another. */
export interface Template {
  /** Null where it stands in a packed chart. */
  readonly text: SourceText | null;
  readonly path: string;
  /** The chart's folder, and those of the charts around it, outermost first. */
  readonly folders: readonly string[];
  /** The keys under which the outermost chart's values hold those of this one. */
  readonly prefix: readonly string[];
}

/** @param source the path that Helm writes above a manifest: `chart/charts/other/templates/a.yaml`. */
export function templateOf(source: string, chart: ChartSources): Template {
  const [, ...names] = source.split('/');
  const folders = [chart.folder];
  const prefix: string[] = [];
  while (names[0] === 'charts' && names.length > 2) {
    const name = names[1]!;
    const folder = subchartFolder(folders.at(-1)!, name, chart);
    if (folder === null) {
      const packed = packedChart(folders.at(-1)!, name, chart);
      prefix.push(...names.flatMap((part, index) => (part === 'charts' ? [names[index + 1] ?? ''] : [])));
      return { text: null, path: packed ?? joinPath(chart.folder, 'Chart.yaml'), folders, prefix };
    }
    prefix.push(name);
    folders.push(folder);
    names.splice(0, 2);
  }
  const place = joinPath(folders.at(-1)!, names.join('/'));
  const text = chart.texts.get(place) ?? null;
  return { text, path: text?.path ?? joinPath(chart.folder, 'Chart.yaml'), folders, prefix };
}

/** A chart in `charts/` by its own name, or the one that its parent gives it. */
function subchartFolder(parent: string, name: string, chart: ChartSources): string | null {
  const own = dependencyName(parent, name, chart);
  for (const [place, text] of chart.texts) {
    if (!place.startsWith(joinPath(parent, 'charts/')) || !place.endsWith('/Chart.yaml')) continue;
    const folder = place.slice(0, -'/Chart.yaml'.length);
    if (folder.slice(joinPath(parent, 'charts/').length).includes('/')) continue;
    if (asString(asObject(text.value())['name']) === own) return folder;
  }
  return null;
}

function dependencyName(parent: string, name: string, chart: ChartSources): string {
  const files = ['Chart.yaml', 'requirements.yaml'].map((file) => chart.texts.get(joinPath(parent, file)));
  const dependencies = files.flatMap((file) => asArray(asObject(file?.value())['dependencies'])).map(asObject);
  return asString(dependencies.find((item) => item['alias'] === name)?.['name']) || name;
}

function packedChart(parent: string, name: string, chart: ChartSources): string | null {
  const start = joinPath(parent, `charts/${dependencyName(parent, name, chart)}-`);
  for (const [place, path] of chart.placed) if (place.startsWith(start) && place.endsWith('.tgz')) return path;
  return null;
}

/** The template that is the only one to name an object's kind, as far as there is one. */
export function onlyTemplateOf({ kind }: KubernetesObject, chart: ChartSources): Template {
  const naming = [...chart.texts].filter(
    ([place, text]) => isBelow(joinPath(chart.folder, 'templates'), place) && kindLines(text, kind).length > 0,
  );
  const text = naming.length === 1 ? naming[0]![1] : null;
  return { text, path: text?.path ?? joinPath(chart.folder, 'Chart.yaml'), folders: [chart.folder], prefix: [] };
}
