import { LRUCache } from 'lru-cache';
import type { ParsedFile } from '../kubernetes/manifest.js';
import { HEAP_BYTES } from './heap.js';

/** Of the heap, for all repositories together. */
const SHARE = 1 / 8;
/** What parsed content takes, as measured, with some to spare: of each byte of the source, and of each object besides. */
const BYTES_FOR_BYTE = 6;
const BYTES_FOR_OBJECT = 2048;

/**
 * Parsed files by what they depend on: the blob's SHA and the path. Both sides of a pull request, and all pull requests of a
 * repository, share nearly all of their files. A repository can only ask for blobs that its own trees name.
 */
export class ParsedFileCache {
  readonly #files: LRUCache<string, ParsedFile>;

  constructor(maxBytes = SHARE * HEAP_BYTES) {
    this.#files = new LRUCache({ maxSize: Math.floor(maxBytes), max: 200_000 });
  }

  clear(): void {
    this.#files.clear();
  }

  get(sha: string, path: string): ParsedFile | undefined {
    return this.#files.get(`${sha} ${path}`);
  }

  /** `size`: bytes of the source. */
  set(sha: string, file: ParsedFile, size: number): void {
    const { objects, unreadable, diagnostics } = file;
    const entries = 1 + objects.length + unreadable.length + diagnostics.length;
    this.#files.set(`${sha} ${file.path}`, file, { size: BYTES_FOR_BYTE * size + BYTES_FOR_OBJECT * entries });
  }
}
