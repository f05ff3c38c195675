import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

/**
 * What is imported into the App's process to measure one job at a time: from the webhook to the first request that follows the
 * analysis, without the time in which a request to GitHub was under way.
 */
export interface MeasuredJob {
  /** Milliseconds, without GitHub's. */
  readonly total: number;
  /** Of which after the last answer that was read. */
  readonly analysis: number;
  /** In which GitHub was waited for. */
  readonly api: number;
  readonly requests: number;
}

interface OutgoingRequest {
  readonly request: { readonly path: string; readonly method: string };
}

/** Once an analysis is done, the App looks for the review to edit. */
const AFTER_ANALYSIS = /\/pulls\/\d+\/reviews\b/;

if (isMainThread) {
  const jobs: MeasuredJob[] = [];
  let start: number | null = null;
  let [api, requests, busySince, lastEnd] = [0, 0, 0, 0];
  const open = new Set<object>();
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { readonly request: IncomingMessage };
    if (request.headers['x-github-event'] !== 'pull_request') return;
    start = performance.now();
    [api, requests, lastEnd] = [0, 0, start];
    open.clear();
  });
  subscribe('undici:request:create', (message) => {
    const { request } = message as OutgoingRequest;
    const now = performance.now();
    if (start !== null && request.method === 'GET' && AFTER_ANALYSIS.test(request.path)) {
      jobs.push({ total: now - start - api, analysis: now - lastEnd, api, requests });
      start = null;
    }
    if (open.size === 0) busySince = now;
    open.add(request);
    requests += 1;
  });
  const end = (message: unknown): void => {
    if (!open.delete((message as OutgoingRequest).request) || open.size > 0) return;
    lastEnd = performance.now();
    api += lastEnd - busySince;
  };
  subscribe('undici:request:trailers', end);
  subscribe('undici:request:error', end);
  process.on('message', (message) => {
    if (message === 'measure') process.send?.(jobs);
  });
}
