import { setTimeout as wait } from 'node:timers/promises';
import { describeFailure } from './cannot-judge.js';
import { UNANSWERED } from './check-run-session.js';
import { findCheckRun } from './check-run.js';
import { listOpenPulls, listQueuedGroups, readBranchTip, type QueuedGroup } from './find-work.js';
import type { GitHubClient } from './github-client.js';
import type { Log } from './log.js';
import { groupIdPrefix } from './merge-group-job.js';
import { repositoryOf } from './payload.js';
import { partsOf } from './pull-request-job.js';
import { groupKey, pullKey, type OpenPull, type Repository, type Work } from './work.js';

export interface ReconcilerOptions {
  /** As the App itself for `null`, else for one installation. */
  readonly clientOf: (installation: number | null) => Promise<GitHubClient>;
  readonly work: Work;
  readonly log: Log;
  /** Pause between two rounds; 0 for no rounds of its own. */
  readonly intervalMs: number;
  /** Requests that one round may spend on looking, for each installation. */
  readonly budget?: number;
}

const BUDGET = 600;
const MOST_PULLS = 500;
const STOP_MS = 2000;
const DELIVERY = 'look-round';

/**
 * Does what a delivery that never came, or a process that died, should have done: looks at every open pull request and
 * every merge group, and asks for an answer wherever the check run is missing, unfinished, without an answer, or about a
 * base or a configuration that has changed since. GitHub itself remembers what was done, so nothing is lost with a process.
 * A round that has spent its budget is continued by the next one.
 */
export class Reconciler {
  readonly #cursors = new Map<number, number>();
  readonly #soon = new Set<number | 'all'>();
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(private readonly options: ReconcilerOptions) {}

  /** Looks round at once, and from then on at intervals. */
  start(): void {
    if (this.options.intervalMs <= 0) return;
    this.lookRoundSoon('all');
    this.#timer = setInterval(() => this.lookRoundSoon('all'), this.options.intervalMs);
    this.#timer.unref();
  }

  /** Takes no further look, and waits a moment for the present one. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearInterval(this.#timer);
    await Promise.race([this.#running, wait(STOP_MS, undefined, { ref: false })]);
  }

  /** Rounds run one after the other; one that waits already is not asked for twice. */
  lookRoundSoon(installation: number | 'all'): void {
    if (this.#isStopped || this.#soon.has(installation)) return;
    this.#soon.add(installation);
    this.#running = this.#running.then(() => this.#round(installation));
  }

  /** Waits until every round that was asked for is over. */
  idle(): Promise<void> {
    return this.#running;
  }

  async #round(asked: number | 'all'): Promise<void> {
    this.#soon.delete(asked);
    try {
      const installations = asked === 'all' ? await this.#installations() : [asked];
      for (const installation of installations) {
        if (this.#isStopped) return;
        await this.#lookAtInstallation(installation);
      }
    } catch (error) {
      this.options.log.warn({ err: error }, `A look-round was cut short: ${describeFailure(error)}`);
    }
  }

  async #installations(): Promise<readonly number[]> {
    const client = await this.options.clientOf(null);
    const installations = await client.paginate('GET /app/installations', { per_page: 100 });
    return installations.filter(({ suspended_at }) => !suspended_at).map(({ id }) => id);
  }

  async #lookAtInstallation(installation: number): Promise<void> {
    const { log, clientOf, budget = BUDGET } = this.options;
    try {
      const client = await clientOf(installation);
      const listed = await client.paginate('GET /installation/repositories', { per_page: 100 });
      const repositories = listed.filter(({ archived, disabled }) => !archived && !disabled).map(repositoryOf);
      const start = this.#cursors.get(installation) ?? 0;
      const spent = { left: budget };
      let looked = 0;
      while (looked < repositories.length && spent.left > 0 && !this.#isStopped) {
        const repository = repositories[(start + looked) % repositories.length];
        looked += 1;
        if (repository) await this.#lookSafely(client, repository, spent);
      }
      this.#cursors.set(installation, looked < repositories.length ? (start + looked) % repositories.length : 0);
      log.debug({ count: looked }, 'Looked round an installation.');
    } catch (error) {
      log.warn({ err: error }, `An installation could not be looked at: ${describeFailure(error)}`);
    }
  }

  async #lookSafely(client: GitHubClient, repository: Repository, spent: { left: number }): Promise<void> {
    try {
      await this.#lookAtRepository(client, repository, spent);
    } catch (error) {
      const fields = { err: error, repository: `${repository.owner}/${repository.repo}` };
      this.options.log.warn(fields, `A repository could not be looked at: ${describeFailure(error)}`);
    }
  }

  async #lookAtRepository(client: GitHubClient, repository: Repository, spent: { left: number }): Promise<void> {
    spent.left -= 2;
    const pulls = await listOpenPulls(client, repository, { most: MOST_PULLS });
    const groups = await listQueuedGroups(client, repository);
    const bases = new Map<string, BaseState>();
    for (const group of groups) await this.#lookAtGroup(client, repository, group, spent);
    for (const pull of pulls) {
      if (this.#isStopped) return;
      if (spent.left <= 0) break;
      const base = bases.get(pull.baseRef) ?? (await this.#readBase(client, repository, pull.baseRef, spent));
      bases.set(pull.baseRef, base);
      await this.#lookAtPull(client, repository, pull, base, spent);
    }
  }

  async #readBase(
    client: GitHubClient,
    repository: Repository,
    ref: string,
    spent: { left: number },
  ): Promise<BaseState> {
    spent.left -= 3;
    const tip = await readBranchTip(client, repository, ref);
    const read = await this.options.work.services.configurations.read(client, repository, ref);
    return { tip, configuration: 'identity' in read ? read.identity : null };
  }

  async #lookAtPull(
    client: GitHubClient,
    repository: Repository,
    pull: OpenPull,
    base: BaseState,
    spent: { left: number },
  ): Promise<void> {
    const { known, services } = this.options.work;
    const key = pullKey(repository, pull.number);
    if (known.isResting(key, pull.headSha)) return;
    let externalId = known.settledId(key, pull.headSha);
    if (externalId === null) {
      spent.left -= 1;
      const run = await findCheckRun(client, repository, pull.headSha, services.appId);
      externalId = run?.isCompleted ? run.externalId : null;
    }
    if (isCurrent(externalId, pull, base)) {
      known.remember(key, pull.headSha, { kind: 'settled', externalId, conclusion: null });
      return;
    }
    this.options.work.addPull(client, repository, pull, { delivery: DELIVERY });
  }

  async #lookAtGroup(
    client: GitHubClient,
    repository: Repository,
    group: QueuedGroup,
    spent: { left: number },
  ): Promise<void> {
    const { known, services } = this.options.work;
    const key = groupKey(repository, group.headSha);
    if (known.settledId(key, group.headSha) !== null || known.isResting(key, group.headSha)) return;
    spent.left -= 1;
    const run = await findCheckRun(client, repository, group.headSha, services.appId);
    const prefix = `${groupIdPrefix(group.baseRef)}${group.baseSha} `;
    if (run?.isCompleted && run.externalId?.startsWith(prefix)) return;
    this.options.work.addGroup(client, repository, group, { delivery: DELIVERY });
  }
}

interface BaseState {
  /** Null where the branch is gone. */
  readonly tip: string | null;
  /** Null where there is none to judge by. */
  readonly configuration: string | null;
}

/** Whether a finished check run still answers the question: this pull request, this base, this configuration. */
function isCurrent(externalId: string | null, pull: OpenPull, { tip, configuration }: BaseState): boolean {
  const own = partsOf({ externalId }).find((part) => part.startsWith(`${pull.number} ${pull.baseRef} `));
  if (own === undefined) return false;
  const words = own.split(' ');
  const what = words[2];
  if (what === UNANSWERED || what === 'started') return false;
  if (words[words.indexOf('config') + 1] !== configuration) return false;
  return what === 'not-applicable' || what === tip;
}
