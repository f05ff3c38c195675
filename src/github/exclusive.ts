/** Lets work of one key run one at a time. */
export interface Exclusive {
  /** @param work must not write to GitHub any more once its lease is not held. */
  run: <T>(key: string, work: (lease: Lease) => Promise<T>) => Promise<T>;
}

/** A turn that may be taken away from a process that seems to be dead. */
export interface Lease {
  /** Whether it is certain that nobody else has the turn. */
  readonly isHeld: boolean;
  /** Aborted once it is not. */
  readonly lost: AbortSignal;
}

const FOR_EVER: Lease = { isHeld: true, lost: new AbortController().signal };

/** Of a single process: in the order in which the work came. */
export class EmbeddedExclusive implements Exclusive {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<T>(key: string, work: (lease: Lease) => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const begin = (): Promise<T> => work(FOR_EVER);
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
