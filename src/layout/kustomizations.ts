import { asArray, asObject, asString, asStrings } from '../kubernetes/json.js';
import type { JsonObject } from '../kubernetes/manifest.js';
import { folderOf, lastPart, resolveIn } from './root.js';

/** A folder with a kustomization. */
export interface Kustomization {
  readonly folder: string;
  /** The kustomization file. */
  readonly file: string;
  /** A `Component` is only ever part of others. */
  readonly isComponent: boolean;
  /** Paths in the tree that it names: other folders, manifests, patches, what generators read, charts. */
  readonly names: readonly string[];
}

/** What a kustomization's file may be called. */
export const KUSTOMIZATION_FILES: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Kustomize: types.Kustomization. Fields that hold paths, or texts of manifests. */
const PATH_FIELDS = [
  'resources',
  'bases',
  'components',
  'crds',
  'patchesStrategicMerge',
  'configurations',
  'generators',
  'transformers',
  'validators',
] as const;

export function isKustomizationFile(path: string): boolean {
  return KUSTOMIZATION_FILES.includes(lastPart(path));
}

/** The kustomizations of a tree, by folder. kustomize takes a file for one by its name, with or without a kind. */
export function findKustomizations(files: ReadonlyMap<string, JsonObject>): ReadonlyMap<string, Kustomization> {
  const found = new Map<string, Kustomization>();
  for (const [file, body] of files) {
    const folder = folderOf(file);
    const names = namesOf(body).flatMap((name) => resolveIn(folder, name) ?? []);
    found.set(folder, { folder, file, isComponent: body['kind'] === 'Component', names });
  }
  return found;
}

function namesOf(body: JsonObject): readonly string[] {
  return [
    ...PATH_FIELDS.flatMap((field) => asStrings(body[field])),
    ...[...asArray(body['patches']), ...asArray(body['patchesJson6902']), ...asArray(body['replacements'])].map(
      (item) => asString(asObject(item)['path']),
    ),
    ...[...asArray(body['configMapGenerator']), ...asArray(body['secretGenerator'])]
      .map(asObject)
      .flatMap(generatorNames),
    ...asArray(body['helmCharts'])
      .map(asObject)
      .flatMap((chart) => chartNames(chart, body)),
    asString(asObject(body['openapi'])['path']),
  ].filter((name) => name !== '' && !name.includes('\n') && !name.includes('://'));
}

/** Paths of the patches that a kustomization of a folder names. */
export function patchFiles(folder: string, body: JsonObject): readonly string[] {
  const listed = [...asArray(body['patches']), ...asArray(body['patchesJson6902'])].map((item) =>
    asString(asObject(item)['path']),
  );
  const names = [...listed, ...asStrings(body['patchesStrategicMerge'])].filter((name) => name !== '');
  return names.flatMap((name) => (name.includes('\n') ? [] : (resolveIn(folder, name) ?? [])));
}

function generatorNames(generator: JsonObject): readonly string[] {
  const files = asStrings(generator['files']).map((item) => item.slice(item.indexOf('=') + 1));
  return [...files, ...asStrings(generator['envs']), asString(generator['env'])];
}

function chartNames(chart: JsonObject, body: JsonObject): readonly string[] {
  const home = asString(asObject(body['helmGlobals'])['chartHome']) || 'charts';
  return [
    `${home}/${asString(chart['name'])}`,
    asString(chart['valuesFile']),
    ...asStrings(chart['additionalValuesFiles']),
  ];
}

/** Folders that some other kustomization takes in. */
export function usedFolders(kustomizations: ReadonlyMap<string, Kustomization>): ReadonlySet<string> {
  const used = new Set<string>();
  for (const { folder, names } of kustomizations.values()) {
    for (const name of names) if (name !== folder && kustomizations.has(name)) used.add(name);
  }
  return used;
}

/** Everything that a kustomization takes in, directly or by way of others: files and folders. */
export function reachOf(folder: string, kustomizations: ReadonlyMap<string, Kustomization>): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const kustomization = kustomizations.get(next);
    if (!kustomization || reached.has(kustomization.file)) continue;
    reached.add(kustomization.file);
    for (const name of kustomization.names) {
      reached.add(name);
      open.push(name);
    }
  }
  return reached;
}
