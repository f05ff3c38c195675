import { setTimeout as wait } from 'node:timers/promises';
import { approvalsPart, listApprovers } from './approvals.js';
import { describeFailure } from './cannot-judge.js';
import { ALONE, type Leadership } from './coordination.js';
import { UNANSWERED } from './check-run-session.js';
import { findCheckRun } from './check-run.js';
import { listFormerHeads, listOpenPulls, listQueuedGroups, readBranchTip, type QueuedGroup } from './find-work.js';
import type { GitHubClient } from './github-client.js';
import { withLogFields, type Log } from './log.js';
import type { Metrics } from './metrics.js';
import { repositoryOf } from './payload.js';
import { groupIdPrefix, isGivenUp, partsOf } from './external-id.js';
import { pullNumbersOf } from './recheck.js';
import { groupKey, pullKey, type OpenPull, type Repository } from './job.js';
import type { Work } from './work.js';

export interface ReconcilerOptions {
  /** As the App itself for `null`, else for one installation. */
  readonly clientOf: (installation: number | null) => Promise<GitHubClient>;
  readonly work: Work;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly leadership?: Leadership;
  /** Pause between two rounds; 0 for no rounds of its own. */
  readonly intervalMs: number;
  /** Requests that one round may spend on looking, for each installation. */
  readonly budget?: number;
}

const BUDGET = 600;
/** Of an installation's rate limit, which look-rounds but for the first leave alone. */
const RESERVED = 1 / 4;
/** Open pull requests of a repository. */
const MOST_PULLS = 3000;
const PULLS_OF_A_PAGE = 100;
/** Of a repository, once for each process, or each day for several that share what they know. */
const MOST_FORMER_HEADS = 100;
const STOP_MS = 2000;
const DELIVERY = 'look-round';

/**
 * Does what a delivery that never came, or a process that died, should have done: looks at every open pull request and
 * every merge group, and asks for an answer wherever the check run is missing, unfinished, without an answer, or about a
 * base or a configuration that has changed since, or about a pull request that was closed since; and ends check runs that
 * were left open at heads which were replaced since. GitHub itself remembers what was done, so nothing is lost with a process.
 * A round that has spent its budget is continued by the next one.
 */
export class Reconciler {
  readonly #cursors = new Map<number, number>();
  readonly #soon = new Set<number | 'all'>();
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;
  #failures = 0;

  constructor(private readonly options: ReconcilerOptions) {}

  /** Looks round at once, and from then on at intervals, while no other process does. */
  start(): void {
    if (this.options.intervalMs <= 0) return;
    const { leadership = ALONE } = this.options;
    leadership.onTurn(() => this.lookRoundSoon('all'));
    this.#timer = setInterval(() => {
      if (leadership.isLeading) this.lookRoundSoon('all');
    }, this.options.intervalMs);
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
    const failuresBefore = this.#failures;
    try {
      const installations = asked === 'all' ? await this.#installations() : [asked];
      for (const installation of installations) {
        if (this.#isStopped) return;
        await this.#lookAtInstallation(installation);
      }
    } catch (error) {
      this.#note(error, 'A look-round was cut short');
    }
    this.options.metrics.countLookRound(this.#failures === failuresBefore ? 'complete' : 'incomplete');
  }

  async #installations(): Promise<readonly number[]> {
    const client = await this.options.clientOf(null);
    const installations = await client.paginate('GET /app/installations', { per_page: 100 });
    return installations.filter(({ suspended_at }) => !suspended_at).map(({ id }) => id);
  }

  async #lookAtInstallation(installation: number): Promise<void> {
    const { log, metrics, clientOf, budget = BUDGET } = this.options;
    try {
      const client = await clientOf(installation);
      const listed = await client.paginate('GET /installation/repositories', { per_page: 100 });
      const repositories = listed
        .filter(({ archived, disabled }) => !archived && !disabled)
        .map((repository) => repositoryOf(repository, { id: installation }));
      const start = this.#cursors.get(installation) ?? 0;
      const spent = { left: budget };
      let looked = 0;
      while (looked < repositories.length && spent.left > 0 && !this.#isStopped) {
        if (this.#cursors.has(installation) && (metrics.shareLeft(installation) ?? 1) < RESERVED) {
          log.info('Looked no further: what is left of the rate limit is for deliveries.');
          break;
        }
        const repository = repositories[(start + looked) % repositories.length];
        looked += 1;
        if (repository) await this.#lookSafely(client, repository, spent);
      }
      this.#cursors.set(installation, looked < repositories.length ? (start + looked) % repositories.length : 0);
      log.debug({ count: looked }, 'Looked round an installation.');
    } catch (error) {
      this.#note(error, 'An installation could not be looked at');
    }
  }

  async #lookSafely(client: GitHubClient, repository: Repository, spent: { left: number }): Promise<void> {
    const fields = { delivery: DELIVERY, repository: `${repository.owner}/${repository.repo}` };
    await withLogFields(fields, () =>
      this.#lookAtRepository(client, repository, spent).catch((error: unknown) => {
        this.#note(error, 'A repository could not be looked at');
      }),
    );
  }

  #note(error: unknown, what: string): void {
    this.#failures += 1;
    this.options.log.warn({ err: error }, `${what}: ${describeFailure(error)}`);
  }

  async #lookAtRepository(client: GitHubClient, repository: Repository, spent: { left: number }): Promise<void> {
    const pulls = await listOpenPulls(client, repository, { most: MOST_PULLS });
    spent.left -= 2 + Math.floor(pulls.length / PULLS_OF_A_PAGE);
    const groups = await listQueuedGroups(client, repository);
    const bases = new Map<string, BaseState>();
    for (const group of groups) await this.#lookAtGroup(client, repository, group, spent);
    for (const pull of pulls) {
      if (this.#isStopped) return;
      if (spent.left <= 0) break;
      const base = bases.get(pull.baseRef) ?? (await this.#readBase(client, repository, pull.baseRef, spent));
      bases.set(pull.baseRef, base);
      await this.#lookAtPull(client, repository, pull, base, pulls, spent);
    }
    await this.#tidy(client, repository, pulls, spent);
  }

  /** Ends what was left open at former heads: by an earlier process, or by a job of this one that failed to end it. */
  async #tidy(
    client: GitHubClient,
    repository: Repository,
    pulls: readonly OpenPull[],
    spent: { left: number },
  ): Promise<void> {
    const { work, log } = this.options;
    const isPresent = (headSha: string): boolean => pulls.some((pull) => pull.headSha === headSha);
    const heads = (await work.leftOpen(repository)).filter((headSha) => !isPresent(headSha));
    const isFirst = spent.left > MOST_FORMER_HEADS && !(await work.isTidied(repository));
    if (isFirst) {
      spent.left -= 2;
      heads.push(...(await listFormerHeads(client, repository, pulls, MOST_FORMER_HEADS)));
    }
    for (const headSha of new Set(heads)) {
      if (this.#isStopped) return;
      spent.left -= 1;
      const wasOpen = await work.endAbandoned(client, repository, headSha);
      if (wasOpen) log.info({ sha: headSha }, 'Ended a check run that was left open at a former head.');
    }
    if (isFirst) await work.markTidied(repository);
  }

  async #readBase(
    client: GitHubClient,
    repository: Repository,
    ref: string,
    spent: { left: number },
  ): Promise<BaseState> {
    const { configurations } = this.options.work.services;
    const before = configurations.requests;
    const tip = await readBranchTip(client, repository, ref);
    const read = await configurations.read(client, repository, ref, tip);
    spent.left -= 1 + configurations.requests - before;
    return { tip, configuration: 'identity' in read ? read.identity : null };
  }

  async #lookAtPull(
    client: GitHubClient,
    repository: Repository,
    pull: OpenPull,
    base: BaseState,
    open: readonly OpenPull[],
    spent: { left: number },
  ): Promise<void> {
    const { known, services } = this.options.work;
    const key = pullKey(repository, pull.number);
    const { settledId, isResting } = await known.of(key, pull.headSha);
    if (isResting) return;
    let externalId = settledId;
    if (externalId === null) {
      spent.left -= 1;
      const run = await findCheckRun(client, repository, pull.headSha, services.appId);
      externalId = run?.isCompleted ? run.externalId : null;
    }
    const isUpToDate = isCurrent(externalId, pull, base) && !speaksForClosed(externalId, open);
    if (isUpToDate && (await this.#isApprovedAlike(client, repository, pull, externalId, spent))) {
      await known.remember(key, pull.headSha, { kind: 'settled', externalId });
      return;
    }
    await this.options.work.addPull(repository, pull, { delivery: DELIVERY });
  }

  /** Whether those approve by whom it was judged, where that is part of the answer. */
  async #isApprovedAlike(
    client: GitHubClient,
    { owner, repo }: Repository,
    pull: OpenPull,
    externalId: string | null,
    spent: { left: number },
  ): Promise<boolean> {
    const part = ownPart(externalId, pull);
    const [known] = / approved \S+/.exec(part ?? '') ?? [];
    if (known === undefined) return true;
    spent.left -= 1;
    const approvers = await listApprovers(client, { owner, repo, number: pull.number }, pull.headSha);
    return known === ` ${approvalsPart(approvers)}`;
  }

  async #lookAtGroup(
    client: GitHubClient,
    repository: Repository,
    group: QueuedGroup,
    spent: { left: number },
  ): Promise<void> {
    const { known, services } = this.options.work;
    const key = groupKey(repository, group.headSha);
    const { settledId, isResting } = await known.of(key, group.headSha);
    if (settledId !== null || isResting) return;
    spent.left -= 1;
    const run = await findCheckRun(client, repository, group.headSha, services.appId);
    const prefix = groupIdPrefix(group.baseRef);
    const own = partsOf(run).find((part) => part.startsWith(prefix));
    if (run?.isCompleted && own !== undefined && (own.startsWith(`${prefix}${group.baseSha} `) || isGivenUp(own))) {
      await known.remember(key, group.headSha, { kind: 'settled', externalId: run.externalId });
      return;
    }
    await this.options.work.addGroup(repository, group, { delivery: DELIVERY });
  }
}

/** Whether an answer counts a pull request that shared the head, and is open no longer. */
function speaksForClosed(externalId: string | null, open: readonly OpenPull[]): boolean {
  if (open.length >= MOST_PULLS) return false;
  return pullNumbersOf(externalId).some((number) => !open.some((pull) => pull.number === number));
}

interface BaseState {
  /** Null where the branch is gone. */
  readonly tip: string | null;
  /** Null where there is none to judge by. */
  readonly configuration: string | null;
}

/** What a check run says of one pull request. */
function ownPart(externalId: string | null, { number, baseRef }: OpenPull): string | undefined {
  return partsOf({ externalId }).find((part) => part.startsWith(`${number} ${baseRef} `));
}

/** Whether a finished check run still answers the question: this pull request, this base, this configuration. */
function isCurrent(externalId: string | null, pull: OpenPull, { tip, configuration }: BaseState): boolean {
  const own = ownPart(externalId, pull);
  if (own === undefined) return false;
  if (isGivenUp(own)) return true;
  const words = own.split(' ');
  const what = words[2];
  if (what === UNANSWERED || what === 'started') return false;
  if (words[words.indexOf('config') + 1] !== configuration) return false;
  return what === 'not-applicable' || what === tip;
}
