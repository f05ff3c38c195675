import PQueue from 'p-queue';

export interface Job {
  /** Work of one key runs one at a time: a repository and a pull request. */
  readonly key: string;
  /** What is worked on: the head's SHA. */
  readonly version: string;
  /** Sorts the versions of a key by age: the pull request's `updated_at`. */
  readonly order: string;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

interface Lane {
  running: { readonly job: Job; readonly controller: AbortController } | null;
  waiting: Job | null;
}

/** Why a running job was stopped; the message is meant for people. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/**
 * Runs jobs in the background, a few at a time. Of each key one job runs and at most one waits: the newest. A newer version
 * stops the running job of an older one; the same version again waits its turn, and then finds its work done. A job that
 * is older than what is known of its key comes from a late delivery and is dropped.
 */
export class JobQueue {
  readonly #queue: PQueue;
  readonly #lanes = new Map<string, Lane>();
  #isClosed = false;

  constructor(
    concurrency: number,
    private readonly onError: (job: Job, error: unknown) => void,
  ) {
    this.#queue = new PQueue({ concurrency });
  }

  /** Returns false for a job that is outdated, or comes after `close`. */
  add(job: Job): boolean {
    if (this.#isClosed) return false;
    const lane = this.#lanes.get(job.key) ?? { running: null, waiting: null };
    const newest = lane.waiting ?? lane.running?.job;
    if (newest && job.order < newest.order) return false;
    const isScheduled = lane.running !== null || lane.waiting !== null;
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

  /** Takes no more jobs, lets the present ones finish within the deadline, then stops the rest and lets them end. */
  async close(deadlineMs: number): Promise<void> {
    this.#isClosed = true;
    const timer = setTimeout(() => {
      this.#queue.clear();
      for (const lane of this.#lanes.values()) {
        lane.waiting = null;
        lane.running?.controller.abort(
          new Stopped('The App was stopped before it came to an answer. Push again, or close and reopen.'),
        );
      }
    }, deadlineMs);
    await this.#queue.onIdle();
    clearTimeout(timer);
  }

  #schedule(key: string, lane: Lane): void {
    void this.#queue.add(async () => {
      const job = lane.waiting;
      if (!job) return;
      const controller = new AbortController();
      lane.waiting = null;
      lane.running = { job, controller };
      try {
        await job.run(controller.signal);
      } catch (error) {
        this.onError(job, error);
      }
      lane.running = null;
      // A job may have arrived while this one ran; the checker cannot see that another call sets the field.
      if (lane.waiting as Job | null) this.#schedule(key, lane);
      else this.#lanes.delete(key);
    });
  }
}
