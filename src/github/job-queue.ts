import { setTimeout as wait } from 'node:timers/promises';
import PQueue from 'p-queue';
import { withLogFields, type LogFields } from './log.js';
import type { QueueState } from './metrics.js';

export interface Job {
  /** Work of one key runs one at a time: a repository and a pull request. */
  readonly key: string;
  /** What each line of the log says that is written meanwhile. */
  readonly about: LogFields;
  /** What is worked on: the head's SHA. */
  readonly version: string;
  /** Sorts the versions of a key by age: the pull request's `updated_at`. */
  readonly order: string;
  /** Whether it lets every other job go first, and is lost with the process. Default: false. */
  readonly isErrand?: boolean;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

interface Lane {
  running: { readonly job: Job; readonly controller: AbortController } | null;
  waiting: Job | null;
  /** By `performance.now()`; a newer version takes over the place of the one that it replaces. */
  waitingSince: number;
}

/** Why a running job was stopped; the message is meant for people. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/**
 * Runs jobs in the background, a few at a time. Of each key one job runs and at most one waits: the newest. A newer version
 * stops the running job of an older one; the same version again waits its turn, and then finds its work done. A job that
 * is older than what is known of its key comes from a late delivery and is dropped. Errands wait until no other job does.
 */
export class JobQueue {
  readonly #queue: PQueue;
  readonly #lanes = new Map<string, Lane>();
  #isClosed = false;

  constructor(
    concurrency: number,
    private readonly onError: (error: unknown) => void,
  ) {
    this.#queue = new PQueue({ concurrency });
  }

  /** Returns false for a job that is outdated, or comes after `close`. */
  add(job: Job): boolean {
    if (this.#isClosed) return false;
    const lane = this.#lanes.get(job.key) ?? { running: null, waiting: null, waitingSince: 0 };
    const newest = lane.waiting ?? lane.running?.job;
    if (newest && job.order < newest.order) return false;
    const isScheduled = lane.running !== null || lane.waiting !== null;
    if (lane.waiting === null) lane.waitingSince = performance.now();
    lane.waiting = job;
    this.#lanes.set(job.key, lane);
    if (lane.running && lane.running.job.version !== job.version) {
      lane.running.controller.abort(
        new Stopped('The pull request changed again; the answer for its new state replaces this one.'),
      );
    }
    if (!isScheduled) this.#schedule(job.key, lane);
    return true;
  }

  /** The version of a key that waits or runs; null where nothing does. */
  newestVersion(key: string): string | null {
    const lane = this.#lanes.get(key);
    return (lane?.waiting ?? lane?.running?.job)?.version ?? null;
  }

  /** What the metrics show. */
  state(): QueueState {
    const lanes = [...this.#lanes.values()];
    const waiting = lanes.filter((lane) => lane.waiting !== null);
    const since = Math.min(...waiting.map(({ waitingSince }) => waitingSince));
    return {
      waiting: waiting.length,
      running: lanes.filter(({ running }) => running !== null).length,
      oldestWaitingSeconds: waiting.length === 0 ? 0 : (performance.now() - since) / 1000,
    };
  }

  /**
   * Takes no more jobs and lets the present ones finish within the deadline; then stops the rest, and gives them some time
   * to end in good order.
   *
   * @returns those that were not finished by the deadline: but for errands, the look-rounds of the next process find them.
   */
  async close(deadlineMs: number, graceMs: number): Promise<readonly Job[]> {
    this.#isClosed = true;
    const idle = this.#queue.onIdle();
    if (await isOverWithin(idle, deadlineMs)) return [];
    const lanes = [...this.#lanes.values()];
    const unfinished = lanes.flatMap(({ waiting, running }) => waiting ?? running?.job ?? []);
    this.#queue.clear();
    for (const lane of lanes) {
      lane.waiting = null;
      lane.running?.controller.abort(
        new Stopped('The App was stopped before it came to an answer; it goes on when it runs again.'),
      );
    }
    await isOverWithin(idle, graceMs);
    return unfinished;
  }

  #schedule(key: string, lane: Lane): void {
    const priority = lane.waiting?.isErrand === true ? -1 : 0;
    const run = async (): Promise<void> => {
      const job = lane.waiting;
      if (!job) return;
      const controller = new AbortController();
      lane.waiting = null;
      lane.running = { job, controller };
      await withLogFields(job.about, async () => {
        try {
          await job.run(controller.signal);
        } catch (error) {
          this.onError(error);
        }
      });
      lane.running = null;
      // A job may have arrived while this one ran; the checker cannot see that another call sets the field.
      if (lane.waiting as Job | null) this.#schedule(key, lane);
      else this.#lanes.delete(key);
    };
    void this.#queue.add(run, { priority });
  }
}

async function isOverWithin(work: Promise<void>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([work.then(() => true), wait(milliseconds, false, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
