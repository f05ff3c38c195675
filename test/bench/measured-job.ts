import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

/**
 * What is imported into the App's process to measure one job at a time: from the webhook to the first request that follows the
 * analysis, without the time in which a request to GitHub was under way or held back by Octokit's throttle, which lets each pass through
 * several queues with timers.
 */
export interface MeasuredJob {
  /** Milliseconds, without GitHub's and the throttle's. */
  readonly total: number;
  /** Of which after the last answer that was read. */
  readonly analysis: number;
  /** In which GitHub was waited for. */
  readonly api: number;
  /** In which the throttle alone was. */
  readonly throttle: number;
  readonly requests: number;
}

interface OutgoingRequest {
  readonly request: { readonly path: string; readonly method: string };
}

interface Throttle {
  schedule: (this: object, ...args: unknown[]) => Promise<unknown>;
}

/** Once an analysis is done, the App looks for the review to edit. */
const AFTER_ANALYSIS = /\/pulls\/\d+\/reviews\b/;

/** Time in which at least one of several things is under way. */
class Busy {
  #open = 0;
  /** When the first of those under way began. */
  since = 0;
  ended = 0;
  total = 0;

  begin(): void {
    if (this.#open === 0) this.since = performance.now();
    this.#open += 1;
  }

  end(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.ended = performance.now();
    this.total += this.ended - this.since;
  }
}

if (isMainThread) {
  const jobs: MeasuredJob[] = [];
  const [network, throttled] = [new Busy(), new Busy()];
  let start: { readonly at: number; readonly api: number; readonly throttled: number } | null = null;
  let requests = 0;
  const open = new Set<object>();

  subscribe('http.server.request.start', (message) => {
    const { request } = message as { readonly request: IncomingMessage };
    if (request.headers['x-github-event'] !== 'pull_request') return;
    start = { at: performance.now(), api: network.total, throttled: throttled.total };
    requests = 0;
  });
  subscribe('undici:request:create', (message) => {
    const { request } = message as OutgoingRequest;
    if (start !== null && request.method === 'GET' && AFTER_ANALYSIS.test(request.path)) {
      const api = network.total - start.api;
      const asking = throttled.total - start.throttled;
      const until = throttled.since;
      const analysis = until - Math.max(start.at, throttled.ended);
      jobs.push({ total: until - start.at - asking, analysis, api, throttle: asking - api, requests });
      start = null;
    }
    open.add(request);
    network.begin();
    requests += 1;
  });
  const end = (message: unknown): void => {
    if (open.delete((message as OutgoingRequest).request)) network.end();
  };
  subscribe('undici:request:trailers', end);
  subscribe('undici:request:error', end);

  const throttles = createRequire(import.meta.resolve('@octokit/plugin-throttling'));
  const { prototype } = throttles('bottleneck/light.js') as { readonly prototype: Throttle };
  const { schedule } = prototype;
  prototype.schedule = async function (this: object, ...args) {
    throttled.begin();
    try {
      return await schedule.apply(this, args);
    } finally {
      throttled.end();
    }
  };

  process.on('message', (message) => {
    if (message === 'measure') process.send?.(jobs);
  });
}
