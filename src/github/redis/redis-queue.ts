import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { isOverWithin } from '../embedded-queue.js';
import { LeaseLost } from '../exclusive.js';
import {
  ROOM,
  stoppedByNewer,
  stoppedWithApp,
  withForce,
  type Admission,
  type JobQueue,
  type QueueState,
  type RunJob,
} from '../job-queue.js';
import { isErrand, isForced, logFieldsOf, type Job } from '../job.js';
import { withLogFields, type Log } from '../log.js';
import { BEGIN, FINISH, OFFER, STATE } from './queue-scripts.js';
import { RedisAway, type RedisLink } from './redis-link.js';

const NAME = 'turns';
/** Between two looks whether a running job is outdated, of which an announcement tells at once if it is not lost. */
const LOOK_MS = 5000;
const RETRY_MS = 1000;

export interface RedisQueueOptions {
  readonly link: RedisLink;
  readonly prefix: string;
  readonly concurrency: number;
  /** After so long without a word of its replica, a job is taken over. */
  readonly leaseMs: number;
  readonly log: Log;
  /** Called when a job fails. */
  readonly onError: (error: unknown) => void;
  /** Called with a job whose replica is gone, and that gives way to a newer one of its key. */
  readonly onAbandoned: (job: Job) => Promise<void>;
  readonly room?: typeof ROOM;
}

interface Running {
  readonly job: Job;
  readonly controller: AbortController;
}

/**
 * The queue of several replicas. Which job is next, Redis decides (`queue-scripts.ts`); that somebody runs it, and another if
 * that one dies, is BullMQ's part.
 */
export class RedisQueue implements JobQueue {
  readonly #owner = randomUUID();
  /** By ticket. */
  readonly #running = new Map<string, Running>();
  readonly #tickets: Queue;
  readonly #channel: string;
  #worker: Worker | null = null;
  #look: NodeJS.Timeout | null = null;
  #isClosed = false;
  #onIdle: (() => void) | null = null;

  constructor(private readonly options: RedisQueueOptions) {
    const { link, prefix } = options;
    this.#channel = `${prefix}:stop`;
    this.#tickets = new Queue(NAME, {
      connection: link.patient,
      prefix,
      skipVersionCheck: true,
      defaultJobOptions: {
        removeOnComplete: true,
        removeOnFail: true,
        attempts: Number.MAX_SAFE_INTEGER,
        backoff: { type: 'fixed', delay: RETRY_MS },
      },
    });
    this.#tickets.on('error', (error) => this.#note(error));
    link.listen(this.#channel, (ticket) => this.#running.get(ticket)?.controller.abort(stoppedByNewer()));
  }

  async add(job: Job): Promise<Admission> {
    if (this.#isClosed) return 'closed';
    const { all, ofOneInstallation } = this.options.room ?? ROOM;
    const [admission, isTicketNeeded] = (await this.#eval(
      OFFER,
      job.key,
      JSON.stringify(job),
      job.version,
      job.order,
      job.repository.installation,
      isErrand(job) ? 1 : 0,
      isForced(job) ? 1 : 0,
      all,
      ofOneInstallation,
      this.#channel,
    )) as [Admission, number];
    if (isTicketNeeded === 1) await this.#addTicket();
    return admission;
  }

  async newestVersion(key: string): Promise<string | null> {
    const lane = `${this.options.prefix}:lane:${key}`;
    const [waiting, running] = await (
      await this.options.link.commands()
    ).hmget(lane, 'waitingVersion', 'runningVersion');
    return waiting ?? running ?? null;
  }

  async state(): Promise<QueueState> {
    const running = this.#running.size;
    if (!this.options.link.isUp) return { waiting: NaN, running, oldestWaitingSeconds: NaN };
    const [waiting, milliseconds] = (await this.#eval(STATE)) as [number, number];
    return { waiting, running, oldestWaitingSeconds: milliseconds / 1000 };
  }

  start(run: RunJob): void {
    const { link, prefix, concurrency, leaseMs } = this.options;
    this.#worker = new Worker(NAME, (ticket) => this.#use(ticket.id ?? '', run), {
      connection: link.patient,
      prefix,
      concurrency,
      skipVersionCheck: true,
      lockDuration: leaseMs,
      stalledInterval: Math.ceil(leaseMs / 3),
      // Check runs count the processes that ended over them, and are given up.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: RETRY_MS,
    });
    this.#worker.on('error', (error) => this.#note(error));
    this.#look = setInterval(() => {
      this.#stopOutdated().catch(() => undefined);
    }, LOOK_MS);
    this.#look.unref();
  }

  /** What is not finished is left to the other replicas, or to the next. */
  async close(deadlineMs: number, graceMs: number): Promise<readonly Job[]> {
    this.#isClosed = true;
    await this.#worker?.pause(true);
    const idle =
      this.#running.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => (this.#onIdle = resolve));
    if (!(await isOverWithin(idle, deadlineMs))) {
      for (const { controller } of this.#running.values()) controller.abort(stoppedWithApp());
      await isOverWithin(idle, graceMs);
    }
    if (this.#look) clearInterval(this.#look);
    await this.#worker?.close(true);
    await this.#tickets.close();
    return [];
  }

  /** Runs whatever job's turn it is. */
  async #use(ticket: string, run: RunJob): Promise<void> {
    // A ticket that came while the queue was being closed.
    if (this.#isClosed) return this.#addTicket();
    const owner = `${this.#owner} ${randomUUID()}`;
    const begun = (await this.#eval(BEGIN, ticket, owner)) as [string, string, string] | null;
    if (begun === null) return;
    const [text, forced, replaced] = begun;
    if (replaced !== '') await this.options.onAbandoned(JSON.parse(replaced) as Job);
    const job = forced === '1' ? withForce(JSON.parse(text) as Job) : (JSON.parse(text) as Job);
    const controller = new AbortController();
    this.#running.set(ticket, { job, controller });
    let isLost = false;
    try {
      await withLogFields(logFieldsOf(job), () => run(job, controller.signal));
    } catch (error) {
      isLost = error instanceof LeaseLost || error instanceof RedisAway;
      withLogFields(logFieldsOf(job), () => this.options.onError(error));
    }
    const isStopped = this.#isClosing && controller.signal.aborted;
    try {
      if ((await this.#eval(FINISH, ticket, owner, isLost || isStopped ? 'back' : 'end')) === 1)
        await this.#addTicket();
    } finally {
      this.#running.delete(ticket);
      if (this.#running.size === 0) this.#onIdle?.();
    }
  }

  /** A getter, since the checker cannot see that another call sets the field meanwhile. */
  get #isClosing(): boolean {
    return this.#isClosed;
  }

  async #stopOutdated(): Promise<void> {
    for (const [ticket, { job, controller }] of this.#running) {
      const newest = await this.newestVersion(job.key);
      if (newest !== null && newest !== job.version && this.#running.has(ticket)) controller.abort(stoppedByNewer());
    }
  }

  /** The link tells of outages; a job whose ticket somebody else was given ends by its lease. */
  #note(error: unknown): void {
    const { link, log } = this.options;
    if (link.isUp && !this.#isClosed) log.debug({ err: error }, 'BullMQ met a problem.');
  }

  async #addTicket(): Promise<void> {
    // Redis, should it forget, would count from the beginning.
    await this.#tickets.add('turn', null, { jobId: randomUUID() });
  }

  #eval(script: string, ...rest: readonly (string | number)[]): Promise<unknown> {
    return this.options.link.run(script, this.options.prefix, ...rest);
  }
}
