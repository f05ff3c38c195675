import { Refusal } from './api-request.js';
import type { Limits } from './limits.js';

interface Budget {
  /** Times of the requests of the last hour, with the points of each. */
  readonly requests: { readonly at: number; readonly points: number; readonly isContent: boolean }[];
  concurrent: number;
  /** While GitHub answers nothing but the limit. */
  block: { readonly until: number; readonly refusal: (seconds: number) => Refusal; toldAt: number | null } | null;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A request that was on its way when the answer was, or waited for a processor, did not ignore it. */
const ON_ITS_WAY_MS = 500;

/** What an installation has left. A caller that exceeds a limit is refused as GitHub refuses it, and it is counted. */
export class RateLimits {
  /** Each time a caller ran into a limit of GitHub's own, not one that a fault made up. */
  readonly breaches: string[] = [];
  /** Requests that came although the caller had been asked to wait. */
  impatient = 0;
  /** Requests that came in a wait that the caller had yet to learn of. */
  unaware = 0;
  /** Whether callers have no way to tell each other what they were told. */
  areApart = false;
  readonly #budgets = new Map<string, Budget>();

  constructor(private readonly limits: Limits) {}

  /**
   * Takes a request in.
   *
   * @param sentAt when it was sent, where that is known: a server that waits for a processor gets it later.
   * @returns what to call when it is answered.
   * @throws Refusal when there is no budget left.
   */
  enter(key: string, method: string, isContent: boolean, sentAt: number | null = null): () => void {
    const budget = this.#budget(key);
    const now = Date.now();
    if (budget.block && now < budget.block.until) {
      const { toldAt, until, refusal } = budget.block;
      if (!this.areApart && toldAt !== null && (sentAt ?? now) - toldAt > ON_ITS_WAY_MS) this.impatient += 1;
      else this.unaware += 1;
      throw refusal(Math.ceil((until - now) / 1000));
    }
    while ((budget.requests[0]?.at ?? now) < now - HOUR_MS) budget.requests.shift();
    budget.requests.push({ at: now, points: method === 'GET' || method === 'HEAD' ? 1 : 5, isContent });
    const problem = this.#exceeded(budget, now);
    if (problem !== null) {
      this.breaches.push(`${key}: ${problem}`);
      throw secondaryLimit(403, 60);
    }
    budget.concurrent += 1;
    return () => (budget.concurrent -= 1);
  }

  /** Makes GitHub ask everybody who uses this budget to wait. */
  block(key: string, seconds: number, refusal: (seconds: number) => Refusal): Refusal {
    this.#budget(key).block = { until: Date.now() + seconds * 1000, refusal, toldAt: null };
    return refusal(seconds);
  }

  /** An answer has gone to a caller; if it was a refusal, the caller knows from now on. */
  answered(key: string, status: number): void {
    const { block } = this.#budget(key);
    if (block && (status === 403 || status === 429)) block.toldAt ??= Date.now();
  }

  /** The callers are others from now on, and have been told nothing. */
  forgetCallers(): void {
    for (const { block } of this.#budgets.values()) if (block) block.toldAt = null;
  }

  /** `x-ratelimit-*`, as each answer carries them. */
  headers(key: string): Readonly<Record<string, string>> {
    const { used, reset } = this.state(key);
    return {
      'x-ratelimit-limit': String(this.limits.requestsPerHour),
      'x-ratelimit-remaining': String(Math.max(this.limits.requestsPerHour - used, 0)),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': 'core',
    };
  }

  state(key: string): {
    readonly limit: number;
    readonly used: number;
    readonly remaining: number;
    readonly reset: number;
  } {
    const { requests } = this.#budget(key);
    const limit = this.limits.requestsPerHour;
    const reset = Math.ceil(((requests[0]?.at ?? Date.now()) + HOUR_MS) / 1000);
    return { limit, used: requests.length, remaining: Math.max(limit - requests.length, 0), reset };
  }

  #exceeded(budget: Budget, now: number): string | null {
    const { limits } = this;
    const lastMinute = budget.requests.filter(({ at }) => at > now - MINUTE_MS);
    const points = lastMinute.reduce((sum, request) => sum + request.points, 0);
    const content = (requests: Budget['requests']): number => requests.filter(({ isContent }) => isContent).length;
    if (budget.requests.length > limits.requestsPerHour) return `more than ${limits.requestsPerHour} requests an hour`;
    if (budget.concurrent >= limits.concurrent) return `more than ${limits.concurrent} requests at once`;
    if (points > limits.pointsPerMinute) return `more than ${limits.pointsPerMinute} points a minute`;
    if (content(lastMinute) > limits.contentPerMinute) return `more than ${limits.contentPerMinute} contents a minute`;
    if (content(budget.requests) > limits.contentPerHour) return `more than ${limits.contentPerHour} contents an hour`;
    return null;
  }

  #budget(key: string): Budget {
    const known = this.#budgets.get(key);
    if (known) return known;
    const budget: Budget = { requests: [], concurrent: 0, block: null };
    this.#budgets.set(key, budget);
    return budget;
  }
}

/** GitHub: "You have exceeded a secondary rate limit", with the seconds to wait. */
export function secondaryLimit(status: 403 | 429, seconds: number): Refusal {
  return new Refusal(
    status,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    {
      'retry-after': String(seconds),
    },
  );
}

/** GitHub: no requests left until the reset, which is told in seconds since 1970. */
export function primaryLimit(status: 403 | 429, seconds: number): Refusal {
  return new Refusal(status, 'API rate limit exceeded for installation.', {
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000 + seconds)),
  });
}
