import { setTimeout as wait } from 'node:timers/promises';

/** No longer wait is sat out: a job that waits keeps others from running. */
export const LONGEST_WAIT_MS = 120_000;

/** For a refusal that names no time, GitHub asks for a minute at least. */
const UNNAMED_WAIT_MS = 60_000;

/** What a request may say beside what `fetch` knows. */
export interface GatedInit extends RequestInit {
  /** Called when no wait is left, and again if there was another meanwhile; a request is not sent if it throws. */
  readonly beforeSend?: () => Promise<void>;
}

/** A wait that GitHub has asked for. */
export interface Limit {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** What it said. */
  readonly body: string;
}

/**
 * Holds every request of one installation back while GitHub asks it to wait; Octokit alone only holds back the request that
 * was refused. Where the wait is long, requests are answered as GitHub would answer them, without asking.
 * GitHub: "Best practices for using the REST API", and "Rate limits for the REST API".
 */
export class RateLimitGate {
  #limit: Limit | null = null;

  constructor(
    private readonly send: typeof fetch,
    private readonly now: () => number = Date.now,
    /** Called with each wait that GitHub asks for here. */
    private readonly onLimit: (limit: Limit) => void = () => undefined,
  ) {}

  readonly fetch: typeof fetch = async (input, init) => {
    const { beforeSend, ...others }: GatedInit = init ?? {};
    do {
      const refusal = await this.#pass(init?.signal ?? undefined);
      if (refusal) return refusal;
      await beforeSend?.();
    } while (this.#isShut);
    const response = await this.send(input, others);
    await this.#heed(response);
    return response;
  };

  get #isShut(): boolean {
    return this.#limit !== null && this.now() < this.#limit.until;
  }

  async #pass(signal?: AbortSignal): Promise<Response | null> {
    // The wait may have grown longer meanwhile.
    for (let limit = this.#limit; limit !== null && this.#isShut; limit = this.#limit) {
      const left = limit.until - this.now();
      if (left > LONGEST_WAIT_MS) return refusalOf(limit, left);
      await wait(left, undefined, signal ? { signal } : undefined);
    }
    return null;
  }

  async #heed(response: Response): Promise<void> {
    const isRefused = response.status === 403 || response.status === 429;
    const body = isRefused ? await response.clone().text() : '';
    const until = this.#endOfWait(response.headers, /secondary rate limit/i.test(body));
    if (until === null) return;
    this.keep({ until, body });
    this.onLimit({ until, body });
  }

  /** Heeds a wait that GitHub has asked for here or elsewhere; of several, the longest. */
  keep(limit: Limit): void {
    if (limit.until > (this.#limit?.until ?? 0)) this.#limit = limit;
  }

  #endOfWait(headers: Headers, isSecondary: boolean): number | null {
    const seconds = Number(headers.get('retry-after') ?? NaN);
    if (Number.isFinite(seconds)) return this.now() + seconds * 1000;
    if (headers.get('x-ratelimit-remaining') === '0') {
      // In whole seconds, so the wait is over one later.
      return (Number(headers.get('x-ratelimit-reset') ?? 0) + 1) * 1000;
    }
    return isSecondary ? this.now() + UNNAMED_WAIT_MS : null;
  }
}

function refusalOf({ body }: Limit, leftMs: number): Response {
  const headers = { 'content-type': 'application/json', 'retry-after': String(Math.ceil(leftMs / 1000)) };
  const message = 'You have exceeded a rate limit, and GitHub asks to wait.';
  // Octokit tries again after 429, and not after 403; GitHub says either.
  return new Response(body || JSON.stringify({ message }), { status: 403, headers });
}
