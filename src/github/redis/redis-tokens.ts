import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  isOf,
  MemoryTokens,
  MINUTE_MS,
  TOKEN_MS,
  TOKENS_A_MINUTE,
  type InstallationTokens,
} from '../installation-tokens.js';
import type { RedisLink } from './redis-link.js';
import type { Seal } from './seal.js';
import { ASK, DROP, KEEP, PACE } from './token-scripts.js';

/** For GitHub's, until another process asks it. */
const ASKING_MS = 5000;
const LOOK_MS = 100;
/** So many processes keep the pace without Redis. */
const APART = 3;

/**
 * The tokens of several processes, so that each is asked for once, and a process that starts has them at once. Each remembers
 * those that it uses. While Redis cannot be reached, each asks for its own.
 */
export class RedisTokens implements InstallationTokens {
  readonly #process = randomUUID();
  readonly #own = new MemoryTokens(Math.floor(TOKENS_A_MINUTE / APART));

  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
    private readonly seal: Seal,
  ) {
    // Redis may have forgotten them.
    link.onReturn(() => void this.#offerOwn().catch(() => undefined));
  }

  async get(key: string): Promise<string | undefined> {
    const own = await this.#own.get(key);
    if (own !== undefined) return own;
    for (;;) {
      const limits = [ASKING_MS, TOKENS_A_MINUTE, MINUTE_MS];
      const answer = (await this.#run(ASK, key, this.#process, ...limits)) as [string, number] | null;
      if (answer === null) return undefined;
      const [sealed, milliseconds] = answer;
      if (sealed === '') {
        if (milliseconds === 0) return undefined;
        await wait(Math.min(milliseconds, LOOK_MS));
        continue;
      }
      const value = this.seal.open(sealed, key);
      if (value !== null) {
        await this.#own.set(key, value, milliseconds);
        return value;
      }
      // Of a replica with another of the App's private keys.
      await this.#run(DROP, key, sealed);
    }
  }

  async set(key: string, value: string): Promise<void> {
    await this.#own.set(key, value);
    await this.#run(KEEP, key, this.seal.seal(value, key), TOKEN_MS);
  }

  async refuse(key: string, token: string): Promise<void> {
    // In this order, so that nobody here takes it back from Redis.
    const sealed = await this.#orNull(async () => (await this.link.commands()).get(this.#placeOf(key)));
    if (sealed !== null && isOf(token, this.seal.open(sealed, key))) await this.#run(DROP, key, sealed);
    await this.#own.refuse(key, token);
  }

  async pace(): Promise<void> {
    for (;;) {
      const left = (await this.#run(PACE, TOKENS_A_MINUTE, MINUTE_MS)) as number | null;
      if (left === null) return this.#own.pace();
      if (left === 0) return;
      await wait(left);
    }
  }

  async #offerOwn(): Promise<void> {
    const commands = (await this.link.commands()).pipeline();
    for (const { key, value, ttlMs } of this.#own.list()) {
      if (ttlMs >= 1) commands.set(this.#placeOf(key), this.seal.seal(value, key), 'PX', Math.floor(ttlMs), 'NX');
    }
    await commands.exec();
  }

  #run(script: string, ...rest: readonly (string | number)[]): Promise<unknown> {
    return this.#orNull(() => this.link.run(script, this.prefix, ...rest));
  }

  /** Null while there is no Redis; a token can be had all the same. Where it is slow, it is waited for: without it, all together
   * would ask GitHub for too many. */
  async #orNull<T>(ask: () => Promise<T>): Promise<T | null> {
    return this.link.isUp ? ask().catch(() => null) : null;
  }

  #placeOf(key: string): string {
    return `${this.prefix}:token:${key}`;
  }
}
