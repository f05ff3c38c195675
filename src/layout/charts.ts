import { environmentOfValues } from './environment.js';
import { folderOf, isBelow, joinPath, lastPart } from './root.js';

/** A folder with a Helm chart that is no part of another chart. */
export interface ChartFolder {
  readonly folder: string;
  /** What the chart calls itself, else its folder's name. */
  readonly name: string;
  /** A library renders nothing of its own. */
  readonly isLibrary: boolean;
  /** Values files beside its defaults, by the environment each is for. */
  readonly environments: ReadonlyMap<string, readonly string[]>;
}

/**
 * The charts of a tree, by folder.
 *
 * @param definitions every `Chart.yaml`'s name and type.
 * @param paths every path of the tree, sorted.
 */
export function findCharts(
  definitions: ReadonlyMap<string, { readonly name: string; readonly type: string }>,
  paths: readonly string[],
): ReadonlyMap<string, ChartFolder> {
  const folders = [...definitions.keys()].map(folderOf).sort();
  const charts = new Map<string, ChartFolder>();
  for (const folder of folders) {
    const definition = definitions.get(joinPath(folder, 'Chart.yaml'));
    if (!definition || folders.some((other) => other !== folder && isBelow(joinPath(other, 'charts'), folder)))
      continue;
    const environments = new Map<string, string[]>();
    for (const path of paths) {
      if (!isBelow(folder, path) || !/\.ya?ml$/i.test(path)) continue;
      const inside = folder === '' ? path : path.slice(folder.length + 1);
      if (/^(?:templates|charts|crds)\//.test(inside) || inside === 'Chart.yaml') continue;
      const environment = environmentOfValues(inside);
      if (environment !== null) environments.set(environment, [...(environments.get(environment) ?? []), path]);
    }
    const name = definition.name || lastPart(folder) || 'release';
    charts.set(folder, { folder, name, isLibrary: definition.type === 'library', environments });
  }
  return charts;
}
