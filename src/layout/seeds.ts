import { partAlternatives } from './alternatives.js';
import type { ConfiguredLayout } from './configured-layout.js';
import { releaseOf } from './configured-root.js';
import { deliveryOf, type Delivery } from './delivery.js';
import type { TreeIndex } from './delivery-reading.js';
import { environmentOf } from './environment.js';
import { reachOf, usedFolders } from './kustomizations.js';
import { isInScope } from './manifest-scope.js';
import { commonFolder, folderOf, isBelow, joinPath, type Root } from './root.js';
import { isOfSamples, isSample, withoutSamples } from './samples.js';

/** The reason for manifests that nobody renders. */
export const PLAIN = 'manifests as they are';

/** Everything that is found to be applied by itself, unless a controller turns out to apply it. */
export function findSeeds(index: TreeIndex, configured: ConfiguredLayout): readonly Delivery[] {
  // What holds a chart, too, is one, unless a controller says otherwise.
  const kustomizations = new Map([...index.kustomizations].filter(([folder]) => !index.charts.has(folder)));
  const reached = new Set([...kustomizations.keys()].flatMap((folder) => [...reachOf(folder, kustomizations)]));
  const isLeft = (folder: string, file: string): boolean =>
    isInScope(file, configured.scope) && !configured.isConfigured(folder);
  const seeds = [
    ...topKustomizations(kustomizations, isLeft),
    ...unusedCharts(index, reached, isLeft),
    ...plainManifests(index, reached, configured),
  ];
  const isClaimed = ({ root }: Delivery): boolean => configured.claimsOf(root).length > 0;
  return configured.meshes.length === 0
    ? withoutSamples(seeds, index)
    : seeds.filter((seed) => isClaimed(seed) || !isOfSamples(seed, index));
}

type IsLeft = (folder: string, file: string) => boolean;

function topKustomizations(kustomizations: TreeIndex['kustomizations'], isLeft: IsLeft): readonly Delivery[] {
  const used = usedFolders(kustomizations);
  return [...kustomizations.values()]
    .filter(({ folder, file, isComponent }) => !isComponent && !used.has(folder) && isLeft(folder, file))
    .map(({ folder }) =>
      deliveryOf({ kind: 'kustomization', path: folder }, 'a kustomization that no other one takes in'),
    );
}

function unusedCharts({ charts }: TreeIndex, reached: ReadonlySet<string>, isLeft: IsLeft): readonly Delivery[] {
  return [...charts.values()]
    .filter(
      ({ folder, isLibrary }) => !isLibrary && !reached.has(folder) && isLeft(folder, joinPath(folder, 'Chart.yaml')),
    )
    .flatMap(({ folder, name, environments }) => {
      const release = releaseOf(folder, name);
      if (environments.size === 0) return [deliveryOf(release, 'a chart, with its own values')];
      return [...environments].map(([environment, valuesFiles]) =>
        deliveryOf({ ...release, valuesFiles }, `a chart, with its values for ${environment}`),
      );
    });
}

function plainManifests(
  index: TreeIndex,
  reached: ReadonlySet<string>,
  configured: ConfiguredLayout,
): readonly Delivery[] {
  const { manifests } = index;
  const visible = [...manifests.values()]
    .filter(({ path, isManifest }) => isManifest && !reached.has(path))
    .map(({ path }) => path)
    .filter((path) => !path.split('/').some((part) => part.startsWith('.')));
  const isTried = (path: string): boolean => isSample(path, index);
  return [visible.filter((path) => !isTried(path)), visible.filter(isTried)].flatMap((kind) =>
    [...byTopFolder(kind)].flatMap(([folder, all]) =>
      byClaims(all, configured).flatMap((files) => {
        const isClaimed = configured.claimsOfFile(files[0]!).length > 0;
        const parts = isClaimed
          ? [{ path: commonFolder(files.map(folderOf)), files }]
          : partAlternatives(folder, files, manifests);
        return parts.map((part) => deliveryOf({ kind: 'plain', ...part }, PLAIN));
      }),
    ),
  );
}

/** Plain manifests by the folder that people would apply: an environment's, else the first part of the path. */
function byTopFolder(paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const parts = folderOf(path).split('/');
    const environment = environmentOf(folderOf(path));
    const depth = environment === null ? 1 : parts.indexOf(environment) + 1;
    const folder = parts.slice(0, depth).join('/');
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  return folders;
}

/** Files that belong to the same configured meshes. */
function byClaims(files: readonly string[], configured: ConfiguredLayout): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const path of files) {
    const key = configured.claimsOfFile(path).join(' ');
    groups.set(key, [...(groups.get(key) ?? []), path]);
  }
  return [...groups.values()];
}

/**
 * What is left of a seed that no controller applies; null where nothing is.
 *
 * @param applied what controllers and the configuration have applied.
 * @param opaqueFolders what controllers make objects of in a way that is not known.
 */
export function remainderOf(
  seed: Delivery,
  applied: readonly Root[],
  opaqueFolders: ReadonlySet<string>,
  { kustomizations }: TreeIndex,
): Delivery | null {
  const { root } = seed;
  if (root.kind !== 'plain') {
    const isApplied = applied.some(({ path }) => path === root.path);
    return isApplied || opaqueFolders.has(root.path) ? null : seed;
  }
  const taken = new Set(applied.flatMap((other) => (other.kind === 'plain' ? other.files : [])));
  // What lies beside the applied, in the same folder, is left out on purpose.
  const folders = [...applied.map((other) => other.path), ...kustomizations.keys()].filter((path) => path !== '');
  return withFiles(seed, (path) => !taken.has(path) && !folders.some((folder) => isBelow(folder, path)));
}

/** A seed of manifests with some of its files; null where none is left. */
export function withFiles(seed: Delivery, isKept: (path: string) => boolean): Delivery | null {
  const { root } = seed;
  if (root.kind !== 'plain') return seed;
  const files = root.files.filter(isKept);
  if (files.length === root.files.length) return seed;
  return files.length === 0 ? null : { ...seed, root: { ...root, files } };
}
