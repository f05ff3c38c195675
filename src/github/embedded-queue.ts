import { setTimeout as wait } from 'node:timers/promises';
import { FairTurns } from './fair-turns.js';
import {
  keepForced,
  ROOM,
  stoppedByNewer,
  stoppedWithApp,
  type Admission,
  type JobQueue,
  type QueueState,
  type RunJob,
} from './job-queue.js';
import { isErrand, logFieldsOf, type Job } from './job.js';
import { withLogFields } from './log.js';

interface Lane {
  running: { readonly job: Job; readonly controller: AbortController } | null;
  waiting: Job | null;
  /** By `performance.now()`; a newer version takes over the place of the one that it replaces. */
  waitingSince: number;
}

/** The queue of a single process, in its memory. */
export class EmbeddedQueue implements JobQueue {
  readonly #lanes = new Map<string, Lane>();
  readonly #turns = { heads: new FairTurns(), errands: new FairTurns() };
  #waiting = 0;
  #running = 0;
  #run: RunJob | null = null;
  #isClosed = false;
  #onIdle: (() => void) | null = null;

  constructor(
    private readonly concurrency: number,
    private readonly onError: (error: unknown) => void,
    private readonly room = ROOM,
  ) {}

  add(job: Job): Promise<Admission> {
    return Promise.resolve(this.#add(job));
  }

  #add(job: Job): Admission {
    if (this.#isClosed) return 'closed';
    const lane = this.#lanes.get(job.key) ?? { running: null, waiting: null, waitingSince: 0 };
    const newest = lane.waiting ?? lane.running?.job;
    if (newest && job.order < newest.order) return 'outdated';
    // A job behind a running one takes no room: there are few of those.
    if (!newest && !this.#hasRoom(job)) return 'full';
    if (lane.waiting === null) {
      lane.waitingSince = performance.now();
      this.#waiting += 1;
      if (lane.running === null) this.#turnsOf(job).wait(job.repository.installation, job.key);
    }
    lane.waiting = keepForced(lane.waiting, job);
    this.#lanes.set(job.key, lane);
    if (lane.running && lane.running.job.version !== job.version) lane.running.controller.abort(stoppedByNewer());
    this.#next();
    return 'taken';
  }

  newestVersion(key: string): Promise<string | null> {
    const lane = this.#lanes.get(key);
    return Promise.resolve((lane?.waiting ?? lane?.running?.job)?.version ?? null);
  }

  state(): Promise<QueueState> {
    const waiting = [...this.#lanes.values()].filter((lane) => lane.waiting !== null);
    const since = Math.min(...waiting.map(({ waitingSince }) => waitingSince));
    return Promise.resolve({
      waiting: this.#waiting,
      running: this.#running,
      oldestWaitingSeconds: waiting.length === 0 ? 0 : (performance.now() - since) / 1000,
    });
  }

  start(run: RunJob): void {
    this.#run = run;
    this.#next();
  }

  async close(deadlineMs: number, graceMs: number): Promise<readonly Job[]> {
    this.#isClosed = true;
    const idle = this.#lanes.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => (this.#onIdle = resolve));
    if (await isOverWithin(idle, deadlineMs)) return [];
    const lanes = [...this.#lanes.values()];
    const unfinished = lanes.flatMap(({ waiting, running }) => waiting ?? running?.job ?? []);
    for (const turns of [this.#turns.heads, this.#turns.errands]) turns.clear();
    this.#waiting = 0;
    for (const [key, lane] of this.#lanes) {
      lane.waiting = null;
      if (lane.running) lane.running.controller.abort(stoppedWithApp());
      else this.#lanes.delete(key);
    }
    if (this.#running > 0) await isOverWithin(idle, graceMs);
    return unfinished;
  }

  #hasRoom(job: Job): boolean {
    const { installation } = job.repository;
    const { heads, errands } = this.#turns;
    const ofThis = heads.countWaiting(installation) + errands.countWaiting(installation);
    return this.#waiting < this.room.all && ofThis < this.room.ofOneInstallation;
  }

  #turnsOf(job: Job): FairTurns {
    return isErrand(job) ? this.#turns.errands : this.#turns.heads;
  }

  #next(): void {
    while (this.#run && this.#running < this.concurrency) {
      const key = this.#turns.heads.next() ?? this.#turns.errands.next();
      const lane = key === null ? undefined : this.#lanes.get(key);
      if (!lane?.waiting) return;
      this.#running += 1;
      this.#waiting -= 1;
      void this.#runLane(lane, lane.waiting, this.#run);
    }
  }

  async #runLane(lane: Lane, job: Job, run: RunJob): Promise<void> {
    const controller = new AbortController();
    lane.waiting = null;
    lane.running = { job, controller };
    try {
      await withLogFields(logFieldsOf(job), () => run(job, controller.signal));
    } catch (error) {
      withLogFields(logFieldsOf(job), () => this.onError(error));
    }
    lane.running = null;
    this.#running -= 1;
    const { installation } = job.repository;
    this.#turnsOf(job).end(installation);
    // A job may have arrived while this one ran; the checker cannot see that another call sets the field.
    if (lane.waiting as Job | null) this.#turnsOf(job).wait(installation, job.key);
    else this.#lanes.delete(job.key);
    this.#next();
    if (this.#lanes.size === 0) this.#onIdle?.();
  }
}

/** Whether work is over before the time is. */
export async function isOverWithin(work: Promise<void>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([work.then(() => true), wait(milliseconds, false, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
