import { AsyncLocalStorage } from 'node:async_hooks';
import { extname } from 'node:path';
import { Worker, type Transferable } from 'node:worker_threads';
import { outOfMemory, outOfTime } from './analysis-limit.js';
import type { AnswerKind, Answers } from './analyst.js';
import { answerThread } from './forwarded-requests.js';
import type { GitHubClient } from './github-client.js';
import { unpackError, type Asked, type FromThread, type ThreadSettings, type ToThread } from './thread-messages.js';

/** Built, or as it is written, whichever this is. */
const ENTRY = new URL(`./analysis-thread${extname(import.meta.url)}`, import.meta.url);
/** Most of a job is waiting for GitHub. */
const MOST_JOBS = 4;
const PING_MS = 1000;
/** What is new takes up to so much of a thread's memory, beside the heap: three times what an analysis makes and leaves, so that little
 * of that is there still when the garbage is collected. */
const MOST_YOUNG_BYTES = 192 * 2 ** 20;
/** For tools that render to end. */
const CLOSE_MS = 2000;
/** How much longer than one analysis a thread may be silent: what is left of it then is not asked for the time. */
const PATIENCE_MS = 10_000;

type Answer = Answers[AnswerKind];

interface Job {
  readonly id: number;
  readonly asked: Asked;
  readonly client: GitHubClient;
  readonly stopFlag: SharedArrayBuffer;
  /** Runs something as part of what asked. */
  readonly inContext: <T>(run: () => T) => T;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  /** By the number of the request. */
  readonly requests: Map<number, AbortController>;
  /** Whether nothing else may run beside it: it, or another one, has ended a thread. */
  isAlone: boolean;
  isStopped: boolean;
}

export interface PoolThreadOptions {
  readonly settings: ThreadSettings;
  readonly heapBytes: number;
  readonly onAnalysis: (seconds: number) => void;
  readonly onDeath: (reason: unknown, jobs: number) => void;
}

/**
 * One thread, from its first job on, and what waits for it. When it ends by itself the next one takes its place. If it had one job, that
 * was the reason, and fails; of several, each is tried once more, alone.
 */
export class PoolThread {
  #worker: Worker | null = null;
  readonly #waiting: Job[] = [];
  readonly #running = new Map<number, Job>();
  #lastJob = 0;
  /** When it last said something; null while it starts. */
  #heard: number | null = null;
  #watch: NodeJS.Timeout | null = null;
  #isClosed = false;
  usedHeapBytes = 0;

  constructor(private readonly options: PoolThreadOptions) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running.size;
  }

  get load(): number {
    return this.waiting + this.running;
  }

  async run(asked: Asked, client: GitHubClient, signal: AbortSignal): Promise<Answer> {
    let stop = (): void => undefined;
    const answered = new Promise<Answer>((resolve, reject) => {
      const job: Job = {
        ...{ id: (this.#lastJob += 1), asked, client, resolve, reject },
        stopFlag: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
        inContext: AsyncLocalStorage.snapshot(),
        requests: new Map(),
        isAlone: false,
        isStopped: false,
      };
      stop = () => this.#stop(job, signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(job);
      this.#advance();
    });
    try {
      return await answered;
    } finally {
      // Node keeps a signal that is made of others, and with it the job, for as long as somebody listens to it.
      signal.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#watch) clearInterval(this.#watch);
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#send({ type: 'close' });
    const timer = setTimeout(() => void worker.terminate(), CLOSE_MS);
    await ended;
    clearTimeout(timer);
  }

  #advance(): void {
    while (!this.#isClosed) {
      const next = this.#waiting[0];
      const isTaken = [...this.#running.values()].some(({ isAlone }) => isAlone);
      if (!next || isTaken || this.#running.size >= (next.isAlone ? 1 : MOST_JOBS)) return;
      this.#waiting.shift();
      this.#worker ??= this.#start();
      const { id: job, asked, stopFlag } = next;
      try {
        this.#send({ type: 'ask', job, asked, stopFlag });
        this.#running.set(job, next);
      } catch (error) {
        next.reject(error);
      }
    }
  }

  #start(): Worker {
    const { settings, heapBytes, onDeath } = this.options;
    const resourceLimits = {
      maxOldGenerationSizeMb: Math.floor(heapBytes / 2 ** 20),
      maxYoungGenerationSizeMb: Math.floor(Math.min(MOST_YOUNG_BYTES, heapBytes / 4) / 2 ** 20),
    };
    const worker = new Worker(ENTRY, { workerData: settings, resourceLimits });
    let reason: unknown = new Error('A thread has ended.');
    this.#heard = null;
    this.#watch ??= setInterval(() => this.#look(), PING_MS).unref();
    worker.on('message', (message: FromThread) => {
      this.#heard = performance.now();
      this.#take(message);
    });
    worker.once('error', (error) => (reason = error));
    worker.once('exit', () => {
      if (this.#isClosed || this.#worker !== worker) return;
      const silent = this.#isSilent() ? outOfTime(settings.analysisLimitMs) : null;
      onDeath(silent ?? reason, this.#running.size);
      this.#bury(silent ?? (isOutOfMemory(reason) ? outOfMemory(heapBytes) : reason));
    });
    return worker;
  }

  /** Ends a thread that answers nothing any more: it is at something that does not ask for the time. */
  #look(): void {
    if (this.#running.size === 0) return;
    if (this.#isSilent()) void this.#worker?.terminate();
    else this.#send({ type: 'ping' });
  }

  #isSilent(): boolean {
    const { analysisLimitMs } = this.options.settings;
    return this.#heard !== null && performance.now() - this.#heard > analysisLimitMs + PATIENCE_MS;
  }

  #bury(reason: unknown): void {
    const jobs = [...this.#running.values()];
    this.#worker = null;
    this.#running.clear();
    this.usedHeapBytes = 0;
    for (const job of jobs) {
      for (const request of job.requests.values()) request.abort();
      job.requests.clear();
    }
    const open = jobs.filter(({ isStopped }) => !isStopped);
    if (jobs.length === 1) for (const { reject } of open) reject(reason);
    else {
      for (const job of open) job.isAlone = true;
      this.#waiting.unshift(...open);
    }
    this.#advance();
  }

  #stop(job: Job, reason: unknown): void {
    job.isStopped = true;
    const place = this.#waiting.indexOf(job);
    if (place >= 0) this.#waiting.splice(place, 1);
    else if (this.#running.has(job.id)) {
      Atomics.store(new Int32Array(job.stopFlag), 0, 1);
      this.#send({ type: 'stop', job: job.id });
      for (const request of job.requests.values()) request.abort();
    }
    job.reject(reason);
  }

  #take(message: FromThread): void {
    switch (message.type) {
      case 'analysed':
        return this.options.onAnalysis(message.seconds);
      case 'pong':
        this.usedHeapBytes = message.usedHeapBytes;
        return;
      case 'request': {
        const job = this.#running.get(message.job);
        return job && this.#request(job, message);
      }
      case 'drop': {
        for (const { requests } of this.#running.values()) requests.get(message.request)?.abort();
        return;
      }
      default: {
        const job = this.#running.get(message.job);
        this.#running.delete(message.job);
        if (message.type === 'answer') job?.resolve(message.answer);
        else job?.reject(unpackError(message.error));
        return this.#advance();
      }
    }
  }

  #request(job: Job, message: FromThread & { readonly type: 'request' }): void {
    const worker = this.#worker;
    const controller = new AbortController();
    if (job.isStopped) controller.abort();
    job.requests.set(message.request, controller);
    const send = (answer: ToThread, transfer: readonly Transferable[]): void => {
      job.requests.delete(message.request);
      // Its number means something else to another thread.
      if (this.#worker === worker) this.#send(answer, transfer);
    };
    void job.inContext(() => answerThread(send, job.client, message, controller.signal));
  }

  #send(message: ToThread, transfer: readonly Transferable[] = []): void {
    this.#worker?.postMessage(message, [...transfer]);
  }
}

function isOutOfMemory(reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason && reason.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
