/** Lets work of one key run one at a time. */
export interface Exclusive {
  /** @param work has to make sure of its lease before it writes to GitHub. */
  run: <T>(key: string, work: (lease: Lease) => Promise<T>) => Promise<T>;
}

/** A turn that may be taken away from a process that seems to be dead. */
export interface Lease {
  /** @throws LeaseLost where somebody else has the turn, or may have. */
  readonly assertHeld: () => Promise<void>;
  /** Aborted once somebody else is known to have it. */
  readonly lost: AbortSignal;
}

/** Somebody else may have taken this process for dead, and do its work. The message is meant for people. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';

  constructor(cause?: unknown) {
    super('Another process of the App may have taken over.', { cause });
  }
}

/** Of a single process: in the order in which the work came. */
export class EmbeddedExclusive implements Exclusive {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<T>(key: string, work: (lease: Lease) => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    // A signal of its own: one for all would keep something of each that was made of it.
    const begin = (): Promise<T> => work({ assertHeld: () => Promise.resolve(), lost: new AbortController().signal });
    const turn = before.then(begin, begin);
    const tail = turn.catch(() => undefined);
    this.#tails.set(key, tail);
    try {
      return await turn;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
