import { compareDiagnostics, type Diagnostic } from '../diagnostic/diagnostic.js';
import { findKustomizePatches, isKustomization } from './kustomize-patches.js';
import { objectKey, type KubernetesObject, type ManifestSet, type ParsedFile, type Unreadable } from './manifest.js';
import { readingDiagnostic } from './reading-diagnostic.js';

/**
 * One tree of manifests out of its files, whatever order they come in. Of two objects of one identity the last one, in the
 * order of the paths and then of the lines, is kept: that is what `kubectl apply` leaves. A file that a kustomization names as
 * a patch holds no objects of its own.
 *
 * @param known another tree's set. Where nearly all files are the same, it is made of that.
 */
export function buildManifestSet(files: readonly ParsedFile[], known?: ManifestSet): ManifestSet {
  const sorted = sortByPath(files);
  const set = (known && withOtherFiles(known, sorted)) ?? buildAnew(sorted);
  builtOf.set(set, sorted);
  return set;
}

/** The files that a set was made of, in the order of their paths. */
const builtOf = new WeakMap<ManifestSet, readonly ParsedFile[]>();

/** Of more files that differ, the set is made anew. */
const MOST_DIFFERING = 20;

/** A set with other versions of a few files; null where these may bear on more than the objects that they hold. */
function withOtherFiles(known: ManifestSet, files: readonly ParsedFile[]): ManifestSet | null {
  const olds = builtOf.get(known);
  if (olds?.length !== files.length) return null;
  const differing: (readonly [old: ParsedFile, now: ParsedFile])[] = [];
  for (let place = 0; place < files.length; place += 1) {
    const [old, now] = [olds[place]!, files[place]!];
    if (old === now) continue;
    if (differing.length === MOST_DIFFERING || !holdSame(old, now)) return null;
    differing.push([old, now]);
  }
  const paths = new Set(differing.map(([{ path }]) => path));
  if ([...known.diagnostics, ...known.unreadable].some(({ path }) => path !== null && paths.has(path))) return null;
  const objects = [...known.objects];
  for (const [old, now] of differing) {
    const start = objects.indexOf(old.objects[0]!);
    // A patch, or what another file has as well.
    if (start < 0 || old.objects.some((object, index) => objects[start + index] !== object)) return null;
    objects.splice(start, now.objects.length, ...now.objects);
  }
  return { ...known, objects };
}

/** Whether two versions of a file hold the same objects, as far as their identity goes, and nothing else. */
function holdSame(old: ParsedFile, now: ParsedFile): boolean {
  if (old.path !== now.path || old.objects.length === 0 || old.objects.length !== now.objects.length) return false;
  return [old, now].every(isPlain) && old.objects.every((object, index) => isSameIdentity(object, now.objects[index]!));
}

function isPlain({ isManifest, diagnostics, unreadable, objects }: ParsedFile): boolean {
  return isManifest && diagnostics.length === 0 && unreadable.length === 0 && !objects.some(isKustomization);
}

function isSameIdentity(a: KubernetesObject, b: KubernetesObject): boolean {
  return objectKey(a) === objectKey(b) && a.metadata.name !== '';
}

function buildAnew(sorted: readonly ParsedFile[]): ManifestSet {
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
