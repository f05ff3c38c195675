import type { Leadership } from '../coordination.js';
import type { HeldLease, Leases } from './leases.js';
import type { RedisLink } from './redis-link.js';

const NAME = 'look-rounds';

/** One of several replicas leads, and another once it is gone. */
export class RedisLeadership implements Leadership {
  #lease: HeldLease | null = null;
  #onTurn: () => void = () => undefined;
  #timer: NodeJS.Timeout | null = null;
  #isAsking = false;

  constructor(
    private readonly leases: Leases,
    link: RedisLink,
  ) {
    // What was delivered while Redis was away is to be found.
    link.onReturn(() => {
      if (this.isLeading) this.#onTurn();
    });
  }

  get isLeading(): boolean {
    return this.#lease !== null && !this.#lease.lost.aborted;
  }

  onTurn(listener: () => void): void {
    this.#onTurn = listener;
    const campaign = (): void => {
      this.#campaign().catch(() => undefined);
    };
    this.#timer = setInterval(campaign, this.leases.leaseMs / 3);
    this.#timer.unref();
    campaign();
  }

  async resign(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#lease?.release().catch(() => undefined);
    this.#lease = null;
  }

  async #campaign(): Promise<void> {
    if (this.isLeading || this.#isAsking) return;
    this.#isAsking = true;
    try {
      this.#lease = await this.leases.acquire(NAME);
      if (this.#lease) this.#onTurn();
    } finally {
      this.#isAsking = false;
    }
  }
}
