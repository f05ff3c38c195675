import type { AcceptRequest } from './accept-request.js';
import { endAbandonedRun, type JobOutcome } from './check-run-session.js';
import { Exclusive } from './exclusive.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import type { Job, JobQueue } from './job-queue.js';
import { KnownAnswers } from './known-answers.js';
import { runMergeGroupJob, type MergeGroupJob } from './merge-group-job.js';
import { outcomeWord, type JobKind, type Metrics } from './metrics.js';
import { runPullRequestJob, type JobServices } from './pull-request-job.js';

/** A repository as payloads and listings name it. */
export interface Repository extends RepositoryName {
  readonly id: number;
  /** `https://github.com/owner/repo` */
  readonly url: string;
}

/** An open pull request as payloads and listings show it. */
export interface OpenPull {
  readonly number: number;
  readonly headSha: string;
  readonly baseRef: string;
  /** ISO 8601 */
  readonly updatedAt: string;
}

interface Asked {
  readonly delivery: string;
  readonly isForced?: boolean;
}

/** What is to be judged, by whatever event or look-round asks for it. Events only name work; nothing depends on which of
 * them arrived, how often, or in which order. */
export class Work {
  readonly known = new KnownAnswers();
  readonly #heads = new Exclusive();
  readonly #requests = new Map<string, AcceptRequest[]>();
  readonly #leftOpen = new Map<number, Set<string>>();

  constructor(
    private readonly queue: JobQueue,
    readonly services: JobServices,
    private readonly metrics: Metrics,
  ) {}

  /** Whether the head is answered, or about to be, as far as this process knows. */
  isUnderway(repository: Repository, pull: Pick<OpenPull, 'number' | 'headSha'>): boolean {
    const key = pullKey(repository, pull.number);
    return (
      this.queue.newestVersion(key)?.startsWith(`${pull.headSha} `) === true ||
      this.known.settledId(key, pull.headSha) !== null
    );
  }

  /** Returns false for a pull request whose newer state is known. */
  addPull(
    client: GitHubClient,
    repository: Repository,
    pull: OpenPull,
    { delivery, isForced = false }: Asked,
  ): boolean {
    const { owner, repo, url: repositoryUrl } = repository;
    const { number, headSha, baseRef, updatedAt } = pull;
    const job = {
      target: { owner, repo, number },
      headSha,
      baseRef,
      repositoryUrl,
      delivery,
      isForced,
      takeRequests: () => this.#take(key),
    };
    const key = pullKey(repository, number);
    return this.#add({
      key,
      about: { delivery, repository: `${owner}/${repo}`, pull: number, sha: headSha },
      version: `${headSha} ${baseRef}`,
      order: updatedAt,
      run: async (signal) => {
        const run = (): Promise<JobOutcome> => runPullRequestJob(client, job, this.services, signal);
        const outcome = await this.#count('pull_request', () => this.#oneAtATime(repository, headSha, run));
        this.known.remember(key, headSha, outcome);
        // The delivery of the present head may have come before, within the same second, or not at all.
        if (outcome.by) this.addPull(client, repository, { number, ...outcome.by }, { delivery });
      },
    });
  }

  addGroup(
    client: GitHubClient,
    repository: Repository,
    group: Pick<MergeGroupJob, 'headSha' | 'baseSha' | 'baseRef'>,
    { delivery, isForced = false }: Asked,
  ): boolean {
    const { owner, repo, url: repositoryUrl } = repository;
    const { headSha } = group;
    const job = { repository: { owner, repo }, ...group, repositoryUrl, delivery, isForced };
    const key = groupKey(repository, headSha);
    return this.#add({
      key,
      about: { delivery, repository: `${owner}/${repo}`, sha: headSha },
      version: headSha,
      order: '',
      run: async (signal) => {
        const run = (): Promise<JobOutcome> => runMergeGroupJob(client, job, this.services, signal);
        const outcome = await this.#count('merge_group', () => this.#oneAtATime(repository, headSha, run));
        this.known.remember(key, headSha, outcome);
      },
    });
  }

  /** The request waits for the next job of the pull request, whichever that is. */
  askForAcceptance(
    client: GitHubClient,
    repository: Repository,
    pull: OpenPull,
    delivery: string,
    request: AcceptRequest,
  ): void {
    const key = pullKey(repository, pull.number);
    this.#requests.set(key, [...(this.#requests.get(key) ?? []), request]);
    this.addPull(client, repository, pull, { delivery });
  }

  /** An answer to a comment. Anybody may write one, so it waits for its turn, and lets the answers to heads go first. */
  addErrand(
    repository: Repository,
    about: { readonly delivery: string; readonly pull: number; readonly commentId: number },
    run: (signal: AbortSignal) => Promise<void>,
  ): void {
    const { delivery, pull, commentId } = about;
    this.#add({
      key: `${pullKey(repository, pull)} comment ${commentId}`,
      about: { delivery, repository: `${repository.owner}/${repository.repo}`, pull },
      version: '',
      order: '',
      isErrand: true,
      run,
    });
  }

  #add(job: Job): boolean {
    const isTaken = this.queue.add(job);
    this.services.log.debug(job.about, isTaken ? 'Waits for its turn.' : 'Dropped, as outdated.');
    return isTaken;
  }

  /** Commits of a repository whose check run a job may have failed to end. */
  leftOpen({ id }: Repository): readonly string[] {
    return [...(this.#leftOpen.get(id) ?? [])];
  }

  /** Ends the check run of a commit that is no head any more, unless a job is at it.
   *
   * @returns whether it was open. */
  endAbandoned(client: GitHubClient, repository: Repository, headSha: string): Promise<boolean> {
    return this.#oneAtATime(repository, headSha, () =>
      endAbandonedRun(client, repository, headSha, this.services.appId),
    );
  }

  #take(key: string): readonly AcceptRequest[] {
    const requests = this.#requests.get(key) ?? [];
    this.#requests.delete(key);
    return requests;
  }

  async #count(kind: JobKind, run: () => Promise<JobOutcome>): Promise<JobOutcome> {
    const start = performance.now();
    let outcome: JobOutcome | null = null;
    try {
      outcome = await run();
      return outcome;
    } finally {
      const milliseconds = Math.round(performance.now() - start);
      this.metrics.countJob(kind, outcome, milliseconds / 1000);
      this.services.log.info({ milliseconds }, `The job has ended: ${outcomeWord(outcome)}.`);
    }
  }

  /** One commit has one check run, whoever asks for it. */
  async #oneAtATime<T>({ id }: Repository, headSha: string, run: () => Promise<T>): Promise<T> {
    try {
      const result = await this.#heads.run(`${id} ${headSha}`, run);
      this.#leftOpen.get(id)?.delete(headSha);
      return result;
    } catch (error) {
      this.#leftOpen.set(id, (this.#leftOpen.get(id) ?? new Set()).add(headSha));
      throw error;
    }
  }
}

export function pullKey({ id }: Repository, number: number): string {
  return `${id} ${number}`;
}

export function groupKey({ id }: Repository, headSha: string): string {
  return `${id} group ${headSha}`;
}
