import { findCharts } from '../layout/charts.js';
import type { TreeIndex } from '../layout/delivery-reading.js';
import { findKustomizations, isKustomizationFile } from '../layout/kustomizations.js';
import { folderOf, isBelow, lastPart } from '../layout/root.js';
import { decodeText } from '../kubernetes/decode-text.js';
import { asString, isObject } from '../kubernetes/json.js';
import type { JsonObject, ParsedFile } from '../kubernetes/manifest.js';
import { readYaml } from '../kubernetes/read-yaml.js';
import type { SourceTree } from './source-tree.js';

/** A tree's index, with what else it takes to follow its layout. */
export interface IndexedTree extends TreeIndex {
  readonly tree: SourceTree;
}

/** True for files that tell of a layout by their name alone. */
export function isLayoutFile(path: string): boolean {
  return isKustomizationFile(path) || lastPart(path) === 'Chart.yaml';
}

/**
 * Finds the kustomizations and charts of a tree. What lies in a chart is not taken for manifests.
 *
 * @param files the tree's files that may hold manifests, read and unread.
 * @throws SourceError when the source fails.
 */
export async function indexTree(tree: SourceTree, files: readonly ParsedFile[]): Promise<IndexedTree> {
  const paths = [...tree.files.keys()];
  const layoutFiles = await tree.read(paths.filter(isLayoutFile));
  const chartFiles = paths.filter((path) => lastPart(path) === 'Chart.yaml');
  const charts = findCharts(new Map(chartFiles.map((path) => [path, chartDefinition(layoutFiles.get(path))])), paths);
  const isInChart = (path: string): boolean => [...charts.keys()].some((folder) => isBelow(folder, path));
  const bodies = new Map<string, JsonObject>();
  for (const [path, content] of layoutFiles) {
    if (isKustomizationFile(path) && (charts.has(folderOf(path)) || !isInChart(path)))
      bodies.set(path, bodyOf(content));
  }
  const isManifest = ({ path }: ParsedFile): boolean => !isInChart(path) && !isKustomizationFile(path);
  const folders = new Set<string>(['']);
  for (const path of paths) {
    for (let folder = folderOf(path); folder !== '' && !folders.has(folder); folder = folderOf(folder))
      folders.add(folder);
  }
  return {
    tree,
    paths: new Set(paths),
    manifests: new Map(files.filter(isManifest).map((file) => [file.path, file])),
    kustomizations: findKustomizations(bodies),
    charts,
    hasFolder: (path) => folders.has(path),
  };
}

function chartDefinition(content: Uint8Array | undefined): { readonly name: string; readonly type: string } {
  const body = content === undefined ? {} : bodyOf(content);
  return { name: asString(body['name']), type: asString(body['type']) };
}

/** Empty where the file is not one YAML map. */
function bodyOf(content: Uint8Array): JsonObject {
  const decoded = decodeText(content);
  const value = 'text' in decoded ? readYaml(decoded.text).value : undefined;
  return isObject(value) ? value : {};
}
