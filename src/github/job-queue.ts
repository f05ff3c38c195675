import { isForced, type Job } from './job.js';

/** What became of a job that was to be added. */
export const ADMISSIONS = [
  'taken',
  /** A newer version of its key is known: it comes from a late delivery. */
  'outdated',
  /** So many jobs wait, of all or of its installation, that there is no room for another. */
  'full',
  /** The App is stopping. */
  'closed',
] as const;
export type Admission = (typeof ADMISSIONS)[number];

export interface QueueState {
  readonly waiting: number;
  /** In this process. */
  readonly running: number;
  /** 0 where no job waits. */
  readonly oldestWaitingSeconds: number;
}

/** Does a job; stops early when the signal is aborted. */
export type RunJob = (job: Job, signal: AbortSignal) => Promise<void>;

/**
 * Runs jobs in the background, a few at a time. Of each key one job runs and at most one waits: the newest. A newer version
 * stops the running job of an older one; the same version again waits its turn, and then finds its work done. A job that
 * is older than what is known of its key comes from a late delivery and is dropped.
 *
 * The next job is one of the installation that has the fewest running; of several, of the one that was served the longest
 * ago. So whoever has one job waits for one other to end at most, however many somebody else has. Errands wait until no other
 * job does.
 */
export interface JobQueue {
  add: (job: Job) => Promise<Admission>;

  /** The version of a key that waits or runs; null where nothing does. */
  newestVersion: (key: string) => Promise<string | null>;

  /** What the metrics show. */
  state: () => Promise<QueueState>;

  /** Begins to run jobs. */
  start: (run: RunJob) => void;

  /**
   * Takes no more jobs and lets the present ones finish within the deadline; then stops the rest, and gives them some time
   * to end in good order.
   *
   * @returns those that were not finished by the deadline, and that nobody else will finish: but for errands, look-rounds find
   *   them.
   */
  close: (deadlineMs: number, graceMs: number) => Promise<readonly Job[]>;
}

/** How many jobs may wait. */
export interface Room {
  readonly all: number;
  readonly ofOneInstallation: number;
}

/** A job takes about a kilobyte. The second leaves room for others, whatever an installation asks for. */
export const ROOM: Room = { all: 20_000, ofOneInstallation: 5000 };

/** Why a running job was stopped; the message is meant for people. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export function stoppedByNewer(): Stopped {
  return new Stopped('The pull request changed again; the answer for its new state replaces this one.');
}

export function stoppedWithApp(): Stopped {
  return new Stopped('The App was stopped before it came to an answer; it goes on when it runs again.');
}

/** A job asked for again, by somebody who wants it judged anew, stays so whoever asks after them for the same. */
export function keepForced(before: Job | null, job: Job): Job {
  return before?.version === job.version && isForced(before) ? withForce(job) : job;
}

export function withForce(job: Job): Job {
  return job.task.kind === 'explain' ? job : { ...job, task: { ...job.task, isForced: true } };
}
