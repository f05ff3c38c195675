import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { digestOf } from './digest.js';
import { asArray, asObject, asString } from './json.js';
import type { KubernetesObject, ParsedFile, Unreadable } from './manifest.js';
import { readingDiagnostic } from './reading-diagnostic.js';

/** What the kustomizations of a tree say about files that are no manifests of their own. */
export interface KustomizePatches {
  /** Paths of the files that hold patches: to take them for whole objects would hide the objects that they patch. */
  readonly paths: ReadonlySet<string>;
  /** The patches, so that a change of one is known to be a change whose effect is not. */
  readonly unreadable: readonly Unreadable[];
  readonly diagnostics: readonly Diagnostic[];
}

const MOST_NAMED = 3;

/** Finds the patches that kustomizations apply. They are not applied here: that takes kustomize itself. */
export function findKustomizePatches(files: readonly ParsedFile[]): KustomizePatches {
  const paths = new Set<string>();
  const unreadable: Unreadable[] = [];
  const diagnostics: Diagnostic[] = [];
  const kustomizations = listKustomizations(files);
  if (kustomizations.length === 0) return { paths, unreadable, diagnostics };
  const byPath = new Map(files.map((file) => [file.path, file]));
  for (const kustomization of kustomizations) {
    const { origin } = kustomization;
    const { files: named, inline } = listPatches(kustomization);
    const found = named.map((name) => resolvePath(origin.path, name)).filter((path) => byPath.has(path));
    for (const path of found) {
      if (!paths.has(path)) unreadable.push(...patchesIn(byPath.get(path)!));
      paths.add(path);
    }
    if (inline.length > 0) unreadable.push({ ...origin, kind: null, digest: digestOf(JSON.stringify(inline)) });
    if (found.length > 0 || inline.length > 0) diagnostics.push(notApplied(kustomization, found, inline.length));
  }
  return { paths, unreadable, diagnostics };
}

function listKustomizations(files: readonly ParsedFile[]): readonly KubernetesObject[] {
  const found: KubernetesObject[] = [];
  for (const { objects } of files) {
    for (const object of objects) if (isKustomization(object)) found.push(object);
  }
  return found;
}

export function isKustomization({ group }: KubernetesObject): boolean {
  return group === 'kustomize.config.k8s.io';
}

/** Kustomize: types.Kustomization; a patch stands in a file of its own or in the kustomization itself. */
function listPatches({ body }: KubernetesObject): {
  readonly files: readonly string[];
  readonly inline: readonly string[];
} {
  const files: string[] = [];
  const inline: string[] = [];
  for (const patch of [...asArray(body['patches']), ...asArray(body['patchesJson6902'])].map(asObject)) {
    if (asString(patch['path']) !== '') files.push(asString(patch['path']));
    else if (asString(patch['patch']) !== '') inline.push(asString(patch['patch']));
  }
  for (const patch of asArray(body['patchesStrategicMerge']).map(asString)) {
    (patch.includes('\n') ? inline : files).push(patch);
  }
  return { files, inline };
}

/** One entry an object; a file of operations on JSON, which holds none, is one of no known kind. What is broken is listed already. */
function patchesIn({ path, objects, foreignDigest }: ParsedFile): readonly Unreadable[] {
  if (foreignDigest !== undefined) return [{ path, line: 1, kind: null, digest: foreignDigest }];
  return objects.map(({ kind, body, origin }) => ({ ...origin, kind, digest: digestOf(JSON.stringify(body)) }));
}

function notApplied(kustomization: KubernetesObject, paths: readonly string[], inline: number): Diagnostic {
  const shown = paths.slice(0, MOST_NAMED).map((path) => `\`${path}\``);
  const more = paths.length - shown.length + inline;
  const others =
    shown.length === 0 ? `${inline} of its own` : more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
  const finding = `The kustomization has patches, which are not applied: ${others}`;
  return readingDiagnostic('kustomize-patches', finding, kustomization.origin);
}

/** A path that a file names, relative to the folder it stands in. */
function resolvePath(from: string, name: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of name.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
