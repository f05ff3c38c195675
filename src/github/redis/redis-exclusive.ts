import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedExclusive, type Exclusive, type Lease } from '../exclusive.js';
import type { Leases } from './leases.js';

const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 500;

/** Of several processes: each lets its own work wait in order, and asks Redis for the turn of the process. */
export class RedisExclusive implements Exclusive {
  readonly #own = new EmbeddedExclusive();

  constructor(private readonly leases: Leases) {}

  run<T>(key: string, work: (lease: Lease) => Promise<T>): Promise<T> {
    return this.#own.run(key, async () => {
      let lease = await this.leases.acquire(key);
      for (let pause = FIRST_PAUSE_MS; lease === null; pause = Math.min(2 * pause, LAST_PAUSE_MS)) {
        await wait(pause);
        lease = await this.leases.acquire(key);
      }
      try {
        return await work(lease);
      } finally {
        // What cannot be released now expires.
        await lease.release().catch(() => undefined);
      }
    });
  }
}
