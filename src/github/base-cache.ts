import { LRUCache } from 'lru-cache';
import type { ParsedFile } from '../kubernetes/manifest.js';
import type { Discovery } from '../source/discovery.js';
import { HEAP_BYTES } from './heap.js';
import type { TreeListing } from './repository-tree.js';

/** Of the heap, for all repositories together. */
const SHARE = 1 / 8;
/** What a mesh's index and what was judged of it take, as measured, with some to spare: of each object. */
const BYTES_FOR_OBJECT = 16 * 1024;
/** After so many changes a base is judged anew: what was found out about each of them is kept with it. */
const MOST_CHANGES = 200;

/** The state that pull requests are compared with, as far as it is the same for all of them. */
export interface Base {
  readonly listing: TreeListing;
  readonly files: readonly ParsedFile[];
  /** The sets of manifests in it keep what was judged of them, see `judgeBase`. */
  readonly discovery: Discovery;
}

interface Kept {
  readonly base: Base;
  left: number;
}

/** What is known of commits that pull requests are compared with: the pull requests of a repository share nearly always one. */
export class BaseCache {
  readonly #bases: LRUCache<string, Kept>;

  constructor(maxBytes = SHARE * HEAP_BYTES) {
    this.#bases = new LRUCache({ maxSize: Math.max(1, Math.floor(maxBytes)) });
  }

  get(key: string): Base | undefined {
    const kept = this.#bases.get(key);
    if (!kept) return undefined;
    kept.left -= 1;
    if (kept.left === 0) this.#bases.delete(key);
    return kept.base;
  }

  /** Keeps a base of which everything could be rendered; what could not may be the next time. */
  set(key: string, base: Base): void {
    const { meshes, ledger } = base.discovery;
    if (ledger.roots.some(({ failure }) => failure !== null)) return;
    const objects = meshes.reduce((sum, { manifests }) => sum + manifests.objects.length, 0);
    const size = BYTES_FOR_OBJECT * (1 + objects);
    this.#bases.set(key, { base, left: MOST_CHANGES }, { size });
  }
}
