import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.js';
import type { ManifestFile, ParsedFile } from '../../src/kubernetes/manifest.js';

/** A file `a.yaml` with this content, read. */
export function read(content: ManifestFile['content'], path = 'a.yaml'): ParsedFile {
  return parseManifestFile({ path, content });
}

/** `code@line` of each diagnostic, in order. */
export function codes({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): readonly string[] {
  return diagnostics.map(({ code, line }) => `${code}@${line ?? '-'}`);
}

/** `Kind namespace/name` of each object, in order. */
export function names({ objects }: Pick<ParsedFile, 'objects'>): readonly string[] {
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
}

/** A ConfigMap of this name, with further lines after its metadata. */
export function configMap(name: string, ...lines: readonly string[]): string {
  return ['apiVersion: v1', 'kind: ConfigMap', 'metadata:', `  name: ${name}`, ...lines, ''].join('\n');
}
