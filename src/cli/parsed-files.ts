import type { ManifestFile, ParsedFile } from '../kubernetes/manifest.js';
import { parseManifestFile } from '../kubernetes/parse-manifest-file.js';
import type { ParseCache } from './parse-cache.js';

/** Parses the files of several trees: one that stands in the next tree as it did in the last is not parsed again. */
export class ParsedFiles {
  readonly #last = new Map<string, { readonly content: ManifestFile['content']; readonly parsed: ParsedFile }>();

  constructor(private readonly cache?: ParseCache) {}

  parse(file: ManifestFile): ParsedFile {
    const { path, content } = file;
    const last = this.#last.get(path);
    if (last && isEqual(last.content, content)) return last.parsed;
    const parsed = this.cache?.parse(file) ?? parseManifestFile(file);
    this.#last.set(path, { content, parsed });
    return parsed;
  }
}

function isEqual(a: ManifestFile['content'], b: ManifestFile['content']): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return Buffer.compare(a, b) === 0;
}
