import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import type { Acceptance } from '../policy/exempt-changes.js';
import { decideAcceptance, type AcceptRequest } from './accept-request.js';
import { answerComment } from './answer-comment.js';
import { CannotJudge, describeFailure } from './cannot-judge.js';
import { parseRecord } from './check-record.js';
import { combineResults, failureResult, quietReviewDraft } from './check-result.js';
import { CheckRunSession, isExpected, type JobOutcome } from './check-run-session.js';
import type { CheckResult, CheckRun } from './check-run.js';
import type { GitHubClient } from './github-client.js';
import {
  answerPull,
  idPrefixOf,
  readPull,
  resolvePull,
  type JudgeServices,
  type PullQuestion,
  type ReadPull,
} from './judged-pull.js';
import type { Log } from './log.js';
import { readPullRequest, type PullRequestSides } from './pull-request-sides.js';
import { publishReview, type ReviewDraft } from './review.js';

/** What an event asks for: the answer for one head of one pull request. */
export interface PullRequestJob extends PullQuestion {
  /** The delivery that asked, for people who look for it in a log. */
  readonly delivery: string;
  /** Somebody asked for it again: what was judged before is judged anew. */
  readonly isForced?: boolean;
  /** Who wants the findings accepted; each is handed over once. */
  readonly takeRequests?: () => readonly AcceptRequest[];
}

export interface JobServices extends JudgeServices {
  readonly appId: number;
  readonly log: Log;
}

/**
 * Judges one head and publishes the answer: one check run for the commit, one review for the pull request. The review comes
 * first, so a completed check run means that everything was published; a delivery that finds the check run completed for
 * the same two states has nothing to do. However this ends, the check run does not stay open.
 *
 * @throws what is neither a refusal by GitHub nor a limit, that is a bug, after the check run has been failed.
 */
export async function runPullRequestJob(
  client: GitHubClient,
  job: PullRequestJob,
  services: JobServices,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const work = new PullRequestWork(client, job, services, signal);
  try {
    return await work.judge();
  } catch (error) {
    const outcome = await work.endWithout(error);
    if (!isExpected(error, signal)) throw error;
    return outcome;
  }
}

interface Resolved {
  readonly pull: ReadPull;
  readonly id: string;
  readonly sides: PullRequestSides | null;
}

class PullRequestWork {
  readonly #log: Log;
  readonly #session: CheckRunSession;

  constructor(
    private readonly client: GitHubClient,
    private readonly job: PullRequestJob,
    private readonly services: JobServices,
    private readonly signal: AbortSignal,
  ) {
    const { target, headSha, delivery } = job;
    const { owner, repo, number } = target;
    this.#log = services.log.child({ delivery, repository: `${owner}/${repo}`, pull: number, sha: headSha });
    const session = { repository: target, headSha, appId: services.appId, idPrefix: idPrefixOf(job), delivery };
    this.#session = new CheckRunSession(client, session, this.#log);
  }

  async judge(): Promise<JobOutcome> {
    const { client, job, services, signal } = this;
    let run = await this.#session.find();
    const questions = [job, ...(await this.#sharing(run))].sort((a, b) => a.target.number - b.target.number);
    const pulls: ReadPull[] = [];
    for (const question of questions) pulls.push(await readPull(client, question, services));

    const granted = await this.#decide(run, pulls);
    if (granted.length > 0 && run) run = await this.#session.restart(run, granted);
    if (pulls.some(({ isRelevant }) => isRelevant)) {
      run = await this.#session.start();
      if (run.isCompleted && !partsOf(run).some((part) => part.startsWith(idPrefixOf(job)))) {
        run = await this.#session.restart(run);
      }
    }
    const resolved: Resolved[] = [];
    for (const pull of pulls) resolved.push({ pull, ...(await resolvePull(client, pull, services, signal)) });
    const externalId = resolved.map(({ id }) => id).join(SEPARATOR);
    if (run?.isCompleted && run.externalId === externalId && !job.isForced) {
      this.#log.info('This head was judged before; nothing to do.');
      return { kind: 'settled', externalId, conclusion: null };
    }
    if (run?.isCompleted && resolved.some(({ sides }) => sides !== null)) await this.#session.restart(run);
    return this.#answer(externalId, resolved);
  }

  async #answer(externalId: string, resolved: readonly Resolved[]): Promise<JobOutcome> {
    const results: { readonly number: number; readonly baseRef: string; readonly result: CheckResult }[] = [];
    const { acceptances } = parseRecord(this.#session.run?.text ?? null);
    let own: ReviewDraft = quietReviewDraft(this.job.headSha);
    for (const { pull, sides } of resolved) {
      const { result, draft } = await answerPull(this.client, pull, sides, this.services, acceptances, this.signal);
      const { number } = pull.question.target;
      results.push({ number, baseRef: pull.question.baseRef, result });
      if (number === this.job.target.number) own = draft;
    }
    const result = combineResults(results);
    // Nothing to analyse: the conclusion must not wait for a look at the reviews.
    if (resolved.every(({ sides }) => sides === null)) {
      const outcome = await this.#session.end(externalId, result);
      await this.#tryReview(own);
      return outcome;
    }
    const refusal = await this.#tryReview(own);
    return this.#session.end(externalId, withNote(result, refusal));
  }

  /** Grants what may be granted, and says below the pull request why the rest is not. */
  async #decide(run: CheckRun | null, pulls: readonly ReadPull[]): Promise<readonly Acceptance[]> {
    const { client, job } = this;
    const own = pulls.find(({ question }) => question.target.number === job.target.number);
    const granted: Acceptance[] = [];
    for (const request of own ? (job.takeRequests?.() ?? []) : []) {
      const decision = await decideAcceptance(client, job.target, request, {
        headSha: job.headSha,
        run,
        record: parseRecord(run?.text ?? null),
        settings: own!.read.configuration.accept,
        baseRef: job.baseRef,
        changedPaths: own!.changed.files.map(({ path }) => path).filter(isManifestPath),
      });
      this.#log.info(`A request to accept was ${decision.kind}.`);
      if (decision.kind === 'granted') granted.push(decision.acceptance);
      else {
        const about = request.via.kind === 'comment' ? String(request.via.commentId) : `button-${job.delivery}`;
        await answerComment(client, job.target, about, `Not accepted: ${decision.reason}`);
      }
    }
    return granted;
  }

  /** Other open pull requests with the same head. One check run speaks for all of them: a commit must not pass because it
   * is harmless to some other base. */
  async #sharing(run: CheckRun | null): Promise<readonly PullQuestion[]> {
    const { target, headSha, repositoryUrl } = this.job;
    const numbers = new Set(partsOf(run).map((part) => Number(part.split(' ', 1)[0])));
    const sharing: PullQuestion[] = [];
    for (const number of numbers) {
      if (number === target.number || !Number.isInteger(number)) continue;
      const other = { ...target, number };
      const state = await readPullRequest(this.client, other);
      if (!state.isOpen || state.headSha !== headSha) continue;
      sharing.push({ target: other, headSha, baseRef: state.baseRef, repositoryUrl });
    }
    return sharing;
  }

  /** Ends the check run after something went wrong. */
  async endWithout(error: unknown): Promise<JobOutcome> {
    if (error instanceof CannotJudge && this.#session.run !== null && !this.signal.aborted) {
      const { summary } = failureResult(describeFailure(error), this.job.delivery);
      await this.#tryReview(quietReviewDraft(this.job.headSha, summary));
    }
    return this.#session.endWithout(error, this.signal);
  }

  /** A review that GitHub refuses must not keep the check run from its conclusion. Returns the refusal. */
  async #tryReview(draft: ReviewDraft): Promise<string | null> {
    const slug = this.#session.run?.appSlug ?? null;
    if (slug === null) return 'GitHub does not say which App this is.';
    const author = { login: `${slug}[bot]`, appId: this.services.appId };
    try {
      const action = await publishReview(this.client, this.job.target, author, draft);
      this.#log.info({ review: action }, 'The review is as it should be.');
      return null;
    } catch (error) {
      this.#log.warn({ err: error }, 'The review could not be published.');
      return describeFailure(error);
    }
  }
}

/** No branch has a space in its name. */
const SEPARATOR = ' + ';

/** What a check run says it answers: one part for each pull request that shares the commit. */
export function partsOf(run: Pick<CheckRun, 'externalId'> | null): readonly string[] {
  return run?.externalId ? run.externalId.split(SEPARATOR) : [];
}

function withNote(result: CheckResult, refusal: string | null): CheckResult {
  if (refusal === null) return result;
  return { ...result, summary: `${result.summary}\n\nThe review could not be published. ${refusal}` };
}
