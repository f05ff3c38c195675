import picomatch from 'picomatch';
import type { ParsedFile } from '../kubernetes/manifest.js';
import { isBelow, type PlainRoot } from './root.js';

export interface PlainSelection {
  readonly recurse: boolean;
  /** Globs as Argo CD takes them, `{a,b}` for several; empty for every file. */
  readonly include: string;
  readonly exclude: string;
}

/** Patterns that are longer are nobody's, and could take long. */
const MOST_GLOB_LENGTH = 200;

/** The manifests of a folder, as Argo CD or Flux applies those of one that holds neither a chart nor a kustomization. */
export function plainRoot(
  folder: string,
  manifests: ReadonlyMap<string, ParsedFile>,
  { recurse, include, exclude }: PlainSelection,
): PlainRoot {
  const files = [...manifests.keys()].filter((path) => {
    if (!isBelow(folder, path)) return false;
    const inside = folder === '' ? path : path.slice(folder.length + 1);
    if (!recurse && inside.includes('/')) return false;
    return (include === '' || fitsGlob(include, inside)) && (exclude === '' || !fitsGlob(exclude, inside));
  });
  return { kind: 'plain', path: folder, files: files.sort() };
}

/** Globs of Argo CD: `*` stops at a slash, `**` does not, `{a,b}` is either. */
export function fitsGlob(glob: string, path: string): boolean {
  return glob.length <= MOST_GLOB_LENGTH && picomatch.isMatch(path, glob, { dot: true });
}
