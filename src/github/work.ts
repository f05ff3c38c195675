import type { AcceptRequest } from './accept-request.js';
import { endAbandonedRun } from './check-run-session.js';
import type { Coordination } from './coordination.js';
import type { Lease } from './exclusive.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import {
  explainJob,
  headOf,
  groupJob,
  logFieldsOf,
  pullJob,
  pullKey,
  type Job,
  type MergeGroup,
  type OpenPull,
  type Repository,
} from './job.js';
import { KnownAnswers } from './known-answers.js';
import type { Metrics } from './metrics.js';
import type { Notes } from './notes.js';
import type { JobServices } from './pull-request-job.js';

interface Asked {
  readonly delivery: string;
  readonly isForced?: boolean;
}

/** What is to be judged, by whatever event or look-round asks for it. Events only name work; nothing depends on which of
 * them arrived, how often, or in which order. */
export class Work {
  readonly known: KnownAnswers;

  constructor(
    private readonly coordination: Pick<Coordination, 'queue' | 'heads' | 'notes' | 'announcements'>,
    readonly services: JobServices,
    private readonly metrics: Metrics,
  ) {
    this.known = new KnownAnswers(coordination.notes);
    coordination.announcements.hear('configuration', (text) => {
      services.configurations.forget(JSON.parse(text) as RepositoryName);
    });
  }

  /** Lets every process read a repository's configuration anew. */
  forgetConfiguration({ owner, repo }: RepositoryName): void {
    this.coordination.announcements.tell('configuration', JSON.stringify({ owner, repo } satisfies RepositoryName));
  }

  /** Whether the head is answered, or about to be, as far as anybody knows. */
  async isUnderway(
    repository: Repository,
    { number, headSha }: Pick<OpenPull, 'number' | 'headSha'>,
  ): Promise<boolean> {
    const key = pullKey(repository, number);
    const newest = await this.coordination.queue.newestVersion(key);
    if (newest?.startsWith(`${headSha} `) === true) return true;
    return (await this.known.of(key, headSha)).settledId !== null;
  }

  /** Returns false for a pull request whose newer state is known, or for which there is no room. */
  addPull(repository: Repository, pull: OpenPull, asked: Asked): Promise<boolean> {
    return this.#add(pullJob(repository, pull, asked));
  }

  addGroup(repository: Repository, group: MergeGroup, asked: Asked): Promise<boolean> {
    return this.#add(groupJob(repository, group, asked));
  }

  addExplanation(repository: Repository, delivery: string, asked: Parameters<typeof explainJob>[2]): Promise<boolean> {
    return this.#add(explainJob(repository, delivery, asked));
  }

  /** The request waits for the next job of the pull request, whichever that is. */
  async askForAcceptance(
    repository: Repository,
    pull: OpenPull,
    delivery: string,
    request: AcceptRequest,
  ): Promise<void> {
    const name = requestsOf(pullKey(repository, pull.number));
    await this.coordination.notes.change(name, { add: [JSON.stringify(request)] });
    await this.addPull(repository, pull, { delivery });
  }

  /** What a pull request's next job is to decide on. */
  async listRequests(key: string): Promise<readonly AcceptRequest[]> {
    const texts = await this.coordination.notes.list(requestsOf(key));
    return texts.map((text) => JSON.parse(text) as AcceptRequest);
  }

  /** Forgets requests that a job has handled. Until then, they outlive the process that took them. */
  async dropRequests(key: string, requests: readonly AcceptRequest[]): Promise<void> {
    if (requests.length === 0) return;
    const remove = requests.map((request) => JSON.stringify(request));
    await this.coordination.notes.change(requestsOf(key), { remove });
  }

  /** Whether it was looked for check runs that earlier processes left open. */
  async isTidied(repository: Repository): Promise<boolean> {
    return (await this.coordination.notes.list(tidiedIn(repository))).length > 0;
  }

  markTidied(repository: Repository): Promise<void> {
    return this.coordination.notes.change(tidiedIn(repository), { add: ['former heads'] });
  }

  /** Commits of a repository whose check run a job may have failed to end. */
  leftOpen(repository: Repository): Promise<readonly string[]> {
    return this.coordination.notes.list(leftOpenIn(repository));
  }

  /** Ends the check run of a commit that is no head any more, unless a job is at it.
   *
   * @returns whether it was open. */
  endAbandoned(client: GitHubClient, repository: Repository, headSha: string): Promise<boolean> {
    return this.oneAtATime(repository, headSha, () =>
      endAbandonedRun(client, repository, headSha, this.services.appId),
    );
  }

  /** One commit has one check run, whoever asks for it. */
  async oneAtATime<T>(repository: Repository, headSha: string, run: (lease: Lease) => Promise<T>): Promise<T> {
    const { heads, notes } = this.coordination;
    const name = leftOpenIn(repository);
    try {
      const result = await heads.run(`${repository.id} ${headSha}`, run);
      await notes.change(name, { remove: [headSha] });
      return result;
    } catch (error) {
      await notes.change(name, { add: [headSha] }).catch(() => undefined);
      throw error;
    }
  }

  async #add(job: Job): Promise<boolean> {
    const fields = logFieldsOf(job);
    const { log } = this.services;
    const admission = await this.coordination.queue.add(job);
    this.metrics.countAdmission(job.task.kind, admission);
    switch (admission) {
      case 'taken':
        log.debug(fields, 'Waits for its turn.');
        return true;
      case 'outdated':
        log.debug(fields, 'Dropped, as outdated.');
        return false;
      case 'full':
        log.warn(fields, `Too many jobs wait already; ${whatFollows(job)}.`);
        return false;
      case 'closed':
        return false;
    }
  }
}

/** What becomes of a job that was not taken, or not finished. */
export function whatFollows({ task }: Job): string {
  return task.kind === 'explain' ? 'it has to be asked for again' : 'the next look-round goes on with it';
}

/** Notes that a job did not come to end its check run. */
export async function noteLeftOpen(notes: Notes, job: Job): Promise<void> {
  const headSha = headOf(job);
  if (headSha !== null) await notes.change(leftOpenIn(job.repository), { add: [headSha] });
}

function requestsOf(key: string): string {
  return `requests ${key}`;
}

function tidiedIn({ id }: Repository): string {
  return `tidied ${id}`;
}

function leftOpenIn({ id }: Repository): string {
  return `left open ${id}`;
}
