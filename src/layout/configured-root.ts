import type { ConfiguredMesh, ConfiguredRoot } from './configured-meshes.js';
import type { TreeIndex } from './delivery-reading.js';
import { KUSTOMIZATION_FILES } from './kustomizations.js';
import { plainRoot } from './plain-files.js';
import { isBelow, joinPath, lastPart, type ChartRoot, type Root } from './root.js';

/** The release of a chart that nobody says more of. */
export function releaseOf(folder: string, name: string): ChartRoot {
  return {
    kind: 'chart',
    path: folder,
    releaseName: name,
    namespace: 'default',
    valuesFiles: [],
    values: [],
    parameters: [],
    includeCrds: true,
  };
}

/** What the configuration names, as far as the tree has it; null where it does not. */
export function configuredRoot(
  { path, kind, namespace, releaseName, valuesFiles, parameters }: ConfiguredRoot,
  { defaultNamespace }: ConfiguredMesh,
  { charts, kustomizations, manifests, paths }: TreeIndex,
): Root | null {
  const isChart = paths.has(joinPath(path, 'Chart.yaml'));
  const isKustomization = KUSTOMIZATION_FILES.some((name) => paths.has(joinPath(path, name)));
  const found = isChart ? 'chart' : isKustomization ? 'kustomization' : 'plain';
  switch (kind ?? found) {
    case 'chart': {
      if (!isChart) return null;
      const release = releaseOf(path, releaseName ?? charts.get(path)?.name ?? (lastPart(path) || 'release'));
      return { ...release, namespace: namespace ?? defaultNamespace ?? release.namespace, valuesFiles, parameters };
    }
    case 'kustomization':
      // Whether files outside of the folder may be read, whoever builds it has settled.
      return isKustomization ? { kind: 'kustomization', path, isUnrestricted: true } : null;
    case 'plain': {
      const root = plainRoot(path, manifests, { recurse: true, include: '', exclude: '' });
      const nested = [...kustomizations.keys()].filter((folder) => folder !== path && isBelow(path, folder));
      const files = root.files.filter((file) => !nested.some((folder) => isBelow(folder, file)));
      return files.length === 0 ? null : { ...root, files };
    }
  }
}
