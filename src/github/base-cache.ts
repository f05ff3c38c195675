import { LRUCache } from 'lru-cache';
import type { ParsedFile } from '../kubernetes/manifest.js';
import type { Discovery } from '../source/discovery.js';
import { HEAP_BYTES } from './heap.js';
import type { TreeListing } from './repository-tree.js';

/** Of the heap, for all repositories together. */
const SHARE = 3 / 16;
/** What a mesh's index and what was judged of it take, as measured, with some to spare: of each object, and of each change that was
 * compared with it, since what was found out about a change is kept with the base. */
const BYTES_FOR_OBJECT = 16 * 1024;
const BYTES_FOR_CHANGE = 384 * 1024;
/** A base that has grown to so many times its size is judged anew. */
const MOST_GROWTH = 3;

/** The state that pull requests are compared with, as far as it is the same for all of them. */
export interface Base {
  readonly listing: TreeListing;
  readonly files: readonly ParsedFile[];
  /** The sets of manifests in it keep what was judged of them, see `judgeBase`. */
  readonly discovery: Discovery;
}

interface Kept {
  readonly base: Base;
  readonly firstBytes: number;
  bytes: number;
}

/** What is known of commits that pull requests are compared with: the pull requests of a repository share nearly always one. */
export class BaseCache {
  readonly #bases: LRUCache<string, Kept>;

  constructor(maxBytes = SHARE * HEAP_BYTES) {
    this.#bases = new LRUCache({ maxSize: Math.max(1, Math.floor(maxBytes)), sizeCalculation: ({ bytes }) => bytes });
  }

  /** For one change that is to be compared with it. */
  get(key: string): Base | undefined {
    const kept = this.#bases.get(key);
    if (!kept) return undefined;
    const grown = { ...kept, bytes: kept.bytes + BYTES_FOR_CHANGE };
    if (grown.bytes > MOST_GROWTH * kept.firstBytes + BYTES_FOR_CHANGE) this.#bases.delete(key);
    else this.#bases.set(key, grown);
    return kept.base;
  }

  /** Keeps a base of which everything could be rendered; what could not may be the next time. */
  set(key: string, base: Base): void {
    const { meshes, ledger } = base.discovery;
    if (ledger.roots.some(({ failure }) => failure !== null)) return;
    const objects = meshes.reduce((sum, { manifests }) => sum + manifests.objects.length, 0);
    const bytes = BYTES_FOR_CHANGE + BYTES_FOR_OBJECT * objects;
    this.#bases.set(key, { base, firstBytes: bytes, bytes });
  }

  clear(): void {
    this.#bases.clear();
  }
}
