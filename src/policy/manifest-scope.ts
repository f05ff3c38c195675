import type { ParsedFile } from '../kubernetes/manifest.js';
import { matchesPath } from './wildcard.js';

/** Which files a configuration has judged, and as what. */
export interface ManifestScope {
  /** Globs; empty for every path. */
  readonly paths: readonly string[];
  /** Globs; they outrank `paths`. */
  readonly ignores: readonly string[];
  /** The namespace of objects that name none; null for Kubernetes' own default. */
  readonly defaultNamespace: string | null;
}

export const EVERY_MANIFEST: ManifestScope = { paths: [], ignores: [], defaultNamespace: null };

export function isInScope(path: string, { paths, ignores }: ManifestScope): boolean {
  if (ignores.some((glob) => matchesPath(glob, path))) return false;
  return paths.length === 0 || paths.some((glob) => matchesPath(glob, path));
}

/** The files of the scope, with their objects in the namespaces that it gives them. */
export function selectFiles(files: readonly ParsedFile[], scope: ManifestScope): readonly ParsedFile[] {
  const selected = files.filter(({ path }) => isInScope(path, scope));
  const { defaultNamespace } = scope;
  return defaultNamespace === null ? selected : selected.map((file) => inNamespace(file, defaultNamespace));
}

function inNamespace(file: ParsedFile, namespace: string): ParsedFile {
  const objects = file.objects.map((object) => {
    const { body, metadata } = object;
    const written = body['metadata'];
    const own = typeof written === 'object' && written !== null && 'namespace' in written ? written['namespace'] : null;
    const isOwn = typeof own === 'string' && own !== '';
    return metadata.namespace === '' || isOwn ? object : { ...object, metadata: { ...metadata, namespace } };
  });
  return { ...file, objects };
}
