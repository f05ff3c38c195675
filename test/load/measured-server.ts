import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * What is imported into the App's process, and into each of its threads, to measure it from inside: how long answers to webhooks
 * take, how long its event loop is held up, and what is on the heaps after a collection of garbage. Needs `--expose-gc`.
 */
export interface Measurement {
  /** Milliseconds from a webhook's head to the end of its answer. */
  readonly answers: readonly number[];
  /** Milliseconds that the event loop was late, at the 99th percentile and at most. */
  readonly loopDelay: { readonly p99: number; readonly max: number };
  /** Mebibytes on the heap of the main thread and of each other one, after a collection of garbage. */
  readonly heaps: readonly number[];
  readonly residentMiB: number;
  /** Seconds of all threads so far. */
  readonly processorSeconds: number;
}

const MIB = 2 ** 20;
const WEBHOOKS = '/api/github/webhooks';
/** For the other threads to be done with what they are at. */
const THREADS_MS = 3000;

interface FromThread {
  readonly thread: number;
  readonly usedMiB: number;
}

const channel = new BroadcastChannel('egress-scope-load');
channel.unref();

function usedAfterCollection(): number {
  (globalThis as { readonly gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed / MIB;
}

if (isMainThread) measureMain();
else {
  channel.onmessage = (event) => {
    if ((event as { readonly data: unknown }).data !== 'collect') return;
    channel.postMessage({ thread: threadId, usedMiB: usedAfterCollection() } satisfies FromThread);
  };
}

function measureMain(): void {
  const starts = new WeakMap<IncomingMessage, number>();
  const answers: number[] = [];
  const heaps = new Map<number, number>();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { readonly request: IncomingMessage };
    starts.set(request, performance.now());
  });
  subscribe('http.server.response.finish', (message) => {
    const { request, response } = message as { readonly request: IncomingMessage; readonly response: ServerResponse };
    const start = starts.get(request);
    if (start !== undefined && request.url === WEBHOOKS && response.statusCode < 300) {
      answers.push(performance.now() - start);
    }
  });
  // For a judge that gets it late.
  subscribe('undici:request:create', (message) => {
    const { request } = message as { readonly request: { addHeader: (name: string, value: string) => void } };
    request.addHeader('x-sent-at', String(Date.now()));
  });
  channel.onmessage = (event) => {
    const { thread, usedMiB } = (event as { readonly data: FromThread }).data;
    heaps.set(thread, usedMiB);
  };
  const measure = async (): Promise<Measurement> => {
    heaps.clear();
    channel.postMessage('collect');
    const loopDelay = { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
    const own = usedAfterCollection();
    await wait(THREADS_MS);
    // The collection itself is no part of what is measured.
    delay.reset();
    const { user, system } = process.cpuUsage();
    return {
      answers: answers.splice(0),
      loopDelay,
      heaps: [own, ...[...heaps].sort(([a], [b]) => a - b).map(([, usedMiB]) => usedMiB)],
      residentMiB: process.memoryUsage().rss / MIB,
      processorSeconds: (user + system) / 1e6,
    };
  };
  process.on('message', (message) => {
    if (message === 'measure') void measure().then((measurement) => process.send?.(measurement));
  });
}
