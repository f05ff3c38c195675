import { LRUCache } from 'lru-cache';

/** Of all lists together, which is some 50,000 of them; what is forgotten beyond it, GitHub is asked for. */
const MOST_BYTES = 32 * 2 ** 20;
/** What a list, and each of its texts, takes beside its characters. */
const BYTES_BESIDE = 128;

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
  readonly #lists: LRUCache<string, readonly string[]>;

  constructor(mostBytes = MOST_BYTES) {
    this.#lists = new LRUCache({ maxSize: mostBytes, sizeCalculation: bytesOf });
  }

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

/** Texts here are of one byte a character, nearly always. */
function bytesOf(texts: readonly string[], name: string): number {
  return [name, ...texts].reduce((sum, text) => sum + BYTES_BESIDE + text.length, 0);
}
