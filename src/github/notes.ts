import { LRUCache } from 'lru-cache';

/** Of lists, in memory; what is forgotten beyond them, GitHub is asked for. */
const MOST_LISTS = 50_000;

export interface NotesChange {
  readonly remove?: readonly string[];
  readonly add?: readonly string[];
}

/** Short lists of texts that outlive a job: by name, each text once, in the order in which they came. */
export interface Notes {
  list: (name: string) => Promise<readonly string[]>;
  /** Takes texts away and adds others, at once. */
  change: (name: string, change: NotesChange) => Promise<void>;
}

/** The notes of a single process. */
export class MemoryNotes implements Notes {
  readonly #lists = new LRUCache<string, readonly string[]>({ max: MOST_LISTS });

  list(name: string): Promise<readonly string[]> {
    return Promise.resolve(this.#lists.get(name) ?? []);
  }

  change(name: string, { remove = [], add = [] }: NotesChange): Promise<void> {
    const gone = new Set([...remove, ...add]);
    const kept = (this.#lists.get(name) ?? []).filter((text) => !gone.has(text));
    const list = [...kept, ...new Set(add)];
    if (list.length === 0) this.#lists.delete(name);
    else this.#lists.set(name, list);
    return Promise.resolve();
  }
}
