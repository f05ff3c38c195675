import { LRUCache } from 'lru-cache';
import type { ParsedFile } from '../kubernetes/manifest.js';

/** Source text whose parsed form may be kept, in bytes, for all repositories together. */
const MAX_SOURCE_BYTES = 64 * 2 ** 20;

/**
 * Parsed files by what they depend on: the blob's SHA and the path. Both sides of a pull request, and all pull requests of a
 * repository, share nearly all of their files. A repository can only ask for blobs that its own trees name.
 */
export class ParsedFileCache {
  readonly #files: LRUCache<string, ParsedFile>;

  constructor(maxSourceBytes = MAX_SOURCE_BYTES) {
    this.#files = new LRUCache({ maxSize: maxSourceBytes, max: 200_000 });
  }

  get(sha: string, path: string): ParsedFile | undefined {
    return this.#files.get(`${sha} ${path}`);
  }

  /** `size`: bytes of the source. */
  set(sha: string, file: ParsedFile, size: number): void {
    this.#files.set(`${sha} ${file.path}`, file, { size: Math.max(size, 64) });
  }
}
