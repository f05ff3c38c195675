import type { AcceptRequest } from './accept-request.js';
import type { JobOutcome } from './check-run-session.js';
import { Exclusive } from './exclusive.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import type { JobQueue } from './job-queue.js';
import { KnownAnswers } from './known-answers.js';
import { runMergeGroupJob, type MergeGroupJob } from './merge-group-job.js';
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

  constructor(
    private readonly queue: JobQueue,
    readonly services: JobServices,
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
    return this.queue.add({
      key,
      version: `${headSha} ${baseRef}`,
      order: updatedAt,
      run: async (signal) => {
        const outcome = await this.#oneAtATime(repository, headSha, () =>
          runPullRequestJob(client, job, this.services, signal),
        );
        this.known.remember(key, headSha, outcome);
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
    return this.queue.add({
      key,
      version: headSha,
      order: '',
      run: async (signal) => {
        const outcome = await this.#oneAtATime(repository, headSha, () =>
          runMergeGroupJob(client, job, this.services, signal),
        );
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

  #take(key: string): readonly AcceptRequest[] {
    const requests = this.#requests.get(key) ?? [];
    this.#requests.delete(key);
    return requests;
  }

  /** One commit has one check run, whoever asks for it. */
  #oneAtATime(repository: Repository, headSha: string, run: () => Promise<JobOutcome>): Promise<JobOutcome> {
    return this.#heads.run(`${repository.id} ${headSha}`, run);
  }
}

export function pullKey({ id }: Repository, number: number): string {
  return `${id} ${number}`;
}

export function groupKey({ id }: Repository, headSha: string): string {
  return `${id} group ${headSha}`;
}
