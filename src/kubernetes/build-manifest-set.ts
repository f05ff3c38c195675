import { compareDiagnostics, type Diagnostic } from '../diagnostic/diagnostic.js';
import { findKustomizePatches } from './kustomize-patches.js';
import { objectKey, type KubernetesObject, type ManifestSet, type ParsedFile } from './manifest.js';
import { readingDiagnostic } from './reading-diagnostic.js';

/**
 * One tree of manifests out of its files, whatever order they come in. Of two objects of one identity the last one, in the
 * order of the paths and then of the lines, is kept: that is what `kubectl apply` leaves. A file that a kustomization names as
 * a patch holds no objects of its own.
 */
export function buildManifestSet(files: readonly ParsedFile[]): ManifestSet {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const manifests = sorted.filter((file) => file.isManifest);
  const patches = findKustomizePatches(sorted);
  const applied = manifests.filter((file) => !patches.paths.has(file.path));
  const { objects, duplicates } = keepLast(applied.flatMap((file) => file.objects));
  return {
    objects,
    unreadable: [...manifests.flatMap((file) => file.unreadable), ...patches.unreadable],
    diagnostics: [...sorted.flatMap((file) => file.diagnostics), ...patches.diagnostics, ...duplicates].sort(
      compareDiagnostics,
    ),
    filesRead: manifests.length,
    filesSkipped: sorted.filter((file) => !file.isManifest).map((file) => file.path),
  };
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
  return { objects: all.filter((object) => !replaced.has(object)), duplicates };
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
