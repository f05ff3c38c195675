import { compareDiagnostics, type Diagnostic } from '../diagnostic/diagnostic.js';
import { findKustomizePatches } from './kustomize-patches.js';
import { objectKey, type KubernetesObject, type ManifestSet, type ParsedFile, type Unreadable } from './manifest.js';
import { readingDiagnostic } from './reading-diagnostic.js';

/**
 * One tree of manifests out of its files, whatever order they come in. Of two objects of one identity the last one, in the
 * order of the paths and then of the lines, is kept: that is what `kubectl apply` leaves. A file that a kustomization names as
 * a patch holds no objects of its own.
 */
export function buildManifestSet(files: readonly ParsedFile[]): ManifestSet {
  const sorted = sortByPath(files);
  const patches = findKustomizePatches(sorted);
  const applied: KubernetesObject[] = [];
  const unreadable: Unreadable[] = [];
  const diagnostics: Diagnostic[] = [];
  const filesSkipped: string[] = [];
  for (const file of sorted) {
    for (const entry of file.diagnostics) diagnostics.push(entry);
    if (!file.isManifest) {
      filesSkipped.push(file.path);
      continue;
    }
    for (const place of file.unreadable) unreadable.push(place);
    if (!patches.paths.has(file.path)) for (const object of file.objects) applied.push(object);
  }
  const { objects, duplicates } = keepLast(applied);
  return {
    objects,
    unreadable: [...unreadable, ...patches.unreadable],
    diagnostics: [...diagnostics, ...patches.diagnostics, ...duplicates].sort(compareDiagnostics),
    filesRead: sorted.length - filesSkipped.length,
    filesSkipped,
  };
}

/** They mostly come in order. */
function sortByPath(files: readonly ParsedFile[]): readonly ParsedFile[] {
  const isSorted = files.every(({ path }, place) => place === 0 || files[place - 1]!.path <= path);
  return isSorted ? files : [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function keepLast(all: readonly KubernetesObject[]): {
  readonly objects: readonly KubernetesObject[];
  readonly duplicates: readonly Diagnostic[];
} {
  const last = new Map<string, KubernetesObject>();
  const replaced = new Set<KubernetesObject>();
  const duplicates: Diagnostic[] = [];
  for (const object of all) {
    // Only the configuration of tools may go without a name, and then nothing tells two of them apart.
    if (object.metadata.name === '') continue;
    const key = objectKey(object);
    const earlier = last.get(key);
    if (earlier !== undefined) {
      replaced.add(earlier);
      duplicates.push(duplicateObject(earlier, object));
    }
    last.set(key, object);
  }
  return { objects: replaced.size === 0 ? all : all.filter((object) => !replaced.has(object)), duplicates };
}

function duplicateObject(earlier: KubernetesObject, later: KubernetesObject): Diagnostic {
  const { kind, metadata } = later;
  const name = metadata.namespace === '' ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  const places = [earlier, later].map(({ origin }) => `${origin.path}:${origin.line}`);
  return readingDiagnostic(
    'duplicate-object',
    `${kind} ${name} is defined twice: ${places.join(' and ')}`,
    later.origin,
  );
}
