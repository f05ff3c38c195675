import { setTimeout as wait } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';

/** GitHub takes a token for an hour. */
export const TOKEN_MS = 59 * 60_000;
export const MINUTE_MS = 60_000;
/** A token takes 5 points, of which GitHub allows the App 900 a minute; the rest is for what else it asks in its own name.
 * GitHub: "Rate limits for the REST API". */
export const TOKENS_A_MINUTE = 160;
const MOST_TOKENS = 15_000;

/**
 * The tokens that GitHub gave for installations: the `cache` of `@octokit/auth-app`, which makes a key of an installation and
 * what a token was narrowed to, and begins a value with the token and `|`.
 */
export interface InstallationTokens {
  /** Undefined where the caller is to ask GitHub. */
  get: (key: string) => Promise<string | undefined>;
  set: (key: string, value: string) => Promise<void>;
  /** Forgets a token that GitHub takes no longer, unless there is another in its place already. */
  refuse: (key: string, token: string) => Promise<void>;
  /** Over when GitHub may be asked for a token. */
  pace: () => Promise<void>;
}

/** Of a single process. */
export class MemoryTokens implements InstallationTokens {
  readonly #values = new LRUCache<string, string>({ max: MOST_TOKENS });
  /** Of the last requests, by `performance.now()`. */
  readonly #asked: number[] = [];

  constructor(private readonly mostAMinute = TOKENS_A_MINUTE) {}

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.#values.get(key));
  }

  set(key: string, value: string, ttlMs = TOKEN_MS): Promise<void> {
    this.#values.set(key, value, { ttl: ttlMs });
    return Promise.resolve();
  }

  refuse(key: string, token: string): Promise<void> {
    if (isOf(token, this.#values.get(key))) this.#values.delete(key);
    return Promise.resolve();
  }

  async pace(): Promise<void> {
    for (let left = this.#msUntilNext(); left > 0; left = this.#msUntilNext()) await wait(left);
    this.#asked.push(performance.now());
  }

  /** Each key with its value and for how many milliseconds it is to be kept. */
  list(): readonly { readonly key: string; readonly value: string; readonly ttlMs: number }[] {
    return [...this.#values].map(([key, value]) => ({ key, value, ttlMs: this.#values.getRemainingTTL(key) }));
  }

  #msUntilNext(): number {
    const now = performance.now();
    while ((this.#asked[0] ?? now) <= now - MINUTE_MS) this.#asked.shift();
    return this.#asked.length < this.mostAMinute ? 0 : Math.ceil((this.#asked[0] ?? now) + MINUTE_MS - now);
  }
}

export function isOf(token: string, value: string | null | undefined): boolean {
  return value?.startsWith(`${token}|`) ?? false;
}
