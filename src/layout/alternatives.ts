import { digestOf } from '../kubernetes/digest.js';
import type { KubernetesObject, ParsedFile } from '../kubernetes/manifest.js';
import { joinPath } from './root.js';

/** Kinds by which people tell that two sets of manifests are ways to run the same. */
const MAIN_KINDS: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Service']);

export function isMainKind({ kind }: KubernetesObject): boolean {
  return MAIN_KINDS.has(kind);
}

interface Part {
  readonly path: string;
  readonly files: readonly string[];
}

/**
 * Manifests of a folder that are to be applied together, by the folder or file that holds them: all of them, unless some define
 * the same workload or Service differently, as a quick start beside the whole. Such ones are apart, and the rest is together.
 *
 * @param files paths below the folder.
 */
export function partAlternatives(
  folder: string,
  files: readonly string[],
  manifests: ReadonlyMap<string, ParsedFile>,
): readonly Part[] {
  const definitions = (paths: readonly string[]): Definitions => definitionsOf(paths, manifests);
  if (files.length < 2 || !clashes(files.map((path) => definitions([path])))) return [{ path: folder, files }];
  const below = new Map<string, string[]>();
  for (const path of files) {
    const inside = folder === '' ? path : path.slice(folder.length + 1);
    const key = joinPath(folder, inside.split('/')[0] ?? '');
    below.set(key, [...(below.get(key) ?? []), path]);
  }
  const parts = [...below].flatMap(([path, own]) => partAlternatives(path, own, manifests));
  const apart = parts.filter((part) =>
    parts.some((other) => other !== part && clashes([definitions(part.files), definitions(other.files)])),
  );
  const rest = parts.filter((part) => !apart.includes(part)).flatMap((part) => part.files);
  return rest.length === 0 ? apart : [...apart, { path: folder, files: rest.sort() }];
}

/** Digests of workloads and Services, by their identity. */
type Definitions = ReadonlyMap<string, string>;

function definitionsOf(paths: readonly string[], manifests: ReadonlyMap<string, ParsedFile>): Definitions {
  const objects = paths.flatMap((path) => manifests.get(path)?.objects.filter(isMainKind) ?? []);
  return new Map(
    objects.map(({ kind, metadata, body }) => [
      `${kind} ${metadata.namespace}/${metadata.name}`,
      digestOf(JSON.stringify(body)),
    ]),
  );
}

function clashes(all: readonly Definitions[]): boolean {
  const known = new Map<string, string>();
  for (const definitions of all) {
    for (const [key, digest] of definitions) {
      if ((known.get(key) ?? digest) !== digest) return true;
      known.set(key, digest);
    }
  }
  return false;
}
