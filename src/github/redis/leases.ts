import { randomUUID } from 'node:crypto';
import { LeaseLost, type Lease } from '../exclusive.js';
import { ACQUIRE, RELEASE, RENEW } from './lease-scripts.js';
import type { RedisLink } from './redis-link.js';

/** Of the time until Redis takes a lease away, for requests that are under way then. */
const CERTAIN = 0.8;
const RENEWALS = 3;
/** Longer than a connection takes to come back. */
const LONGEST_SETTLING_MS = 2000;

export interface HeldLease extends Lease {
  readonly release: () => Promise<void>;
}

/** Names that one process has at a time, for as long as it renews them. */
export class Leases {
  readonly #held = new Set<Held>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
    readonly leaseMs: number,
  ) {
    this.#timer = setInterval(() => this.#renewAll(), leaseMs / RENEWALS);
    this.#timer.unref();
    // Before Redis, if it has forgotten them, gives them to others.
    link.onReturn(() => this.#renewAll());
  }

  /** Null where another has it. */
  async acquire(name: string): Promise<HeldLease | null> {
    const held = new Held(this.leaseMs, (script, ...rest) => this.link.run(script, this.prefix, name, ...rest));
    if (!(await held.acquire())) return null;
    this.#held.add(held);
    const release = async (): Promise<void> => {
      this.#held.delete(held);
      await held.release();
    };
    return { assertHeld: () => held.assertHeld(), lost: held.lost, release };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #renewAll(): void {
    for (const held of this.#held) {
      // What cannot be renewed now may be later; who writes asks again before.
      held.renew().catch(() => undefined);
    }
  }
}

type Evaluate = (script: string, ...rest: (string | number)[]) => Promise<unknown>;

class Held implements Lease {
  readonly #token = randomUUID();
  readonly #lost = new AbortController();
  /** By `performance.now()`. */
  #certainUntil = 0;

  constructor(
    private readonly leaseMs: number,
    private readonly evaluate: Evaluate,
  ) {}

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  acquire(): Promise<boolean> {
    return this.#ask(ACQUIRE);
  }

  async renew(): Promise<void> {
    if (this.lost.aborted || (await this.#ask(RENEW))) return;
    this.#lost.abort(new LeaseLost());
  }

  /** A process that stood still may find that its time is over; it goes on if nobody came in between. */
  async assertHeld(): Promise<void> {
    if (!this.lost.aborted && performance.now() < this.#certainUntil) return;
    await this.renew().catch((error: unknown) => {
      throw new LeaseLost(error);
    });
    this.lost.throwIfAborted();
  }

  async release(): Promise<void> {
    await this.evaluate(RELEASE, this.#token);
  }

  async #ask(script: string): Promise<boolean> {
    const asked = performance.now();
    const has =
      (await this.evaluate(script, this.#token, this.leaseMs, Math.min(this.leaseMs / 2, LONGEST_SETTLING_MS))) === 1;
    if (has) this.#certainUntil = asked + CERTAIN * this.leaseMs;
    return has;
  }
}
