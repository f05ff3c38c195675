import { matchesPath } from '../kubernetes/wildcard.js';
import type { ConfiguredMesh } from './configured-meshes.js';

/** What of a tree a configuration has judged, and as what. */
export interface ManifestScope {
  /** Globs; empty for every path. */
  readonly paths: readonly string[];
  /** Globs; they outrank `paths`. */
  readonly ignores: readonly string[];
  /** The namespace of objects that name none; null for Kubernetes' own default. */
  readonly defaultNamespace: string | null;
  /** Meshes that need not be found out. */
  readonly meshes: readonly ConfiguredMesh[];
  /** Whether what belongs to none of `meshes` is looked for as well. */
  readonly findsRest: boolean;
}

export const EVERY_MANIFEST: ManifestScope = {
  paths: [],
  ignores: [],
  defaultNamespace: null,
  meshes: [],
  findsRest: true,
};

export function isInScope(path: string, { paths, ignores }: Pick<ManifestScope, 'paths' | 'ignores'>): boolean {
  if (ignores.some((glob) => matchesPath(glob, path))) return false;
  return paths.length === 0 || paths.some((glob) => matchesPath(glob, path));
}
