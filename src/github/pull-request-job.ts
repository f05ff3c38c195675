import { escapeMarkdown } from '../report/escape-markdown.js';
import type { Analyst } from './analyst.js';
import { decideAcceptance, type AcceptRequest } from './accept-request.js';
import { answerComment } from './answer-comment.js';
import { CannotJudge, describeFailure } from './cannot-judge.js';
import { acceptancesFor, canRemember, parseRecord, type CheckRecord, type RecordedAcceptance } from './check-record.js';
import { combineResults, failureResult, quietReviewDraft } from './check-result.js';
import { CheckRunSession, isExpected, resultOfFailure, type JobOutcome } from './check-run-session.js';
import type { CheckResult, CheckRun } from './check-run.js';
import { concludedIn, joinParts, keepGroupParts, partsOf } from './external-id.js';
import type { GitHubClient, PullRequestTarget } from './github-client.js';
import {
  idPrefixOf,
  readPull,
  resolvePull,
  type PullQuestion,
  type QuestionServices,
  type ReadPull,
  type ResolvedPull,
} from './judged-pull.js';
import type { Log } from './log.js';
import { readPullRequest } from './pull-request-sides.js';
import type { ConfigurationReader } from './repository-configuration.js';
import { publishReview, type ReviewDraft } from './review.js';

/** What an event asks for: the answer for one head of one pull request. */
export interface PullRequestJob extends PullQuestion {
  /** The delivery that asked, for people who look for it in a log. */
  readonly delivery: string;
  /** Somebody asked for it again: what was judged before is judged anew. */
  readonly isForced?: boolean;
  /** Who wants the findings accepted; each is handed over once. */
  readonly takeRequests?: () => Promise<readonly AcceptRequest[]>;
}

export interface JobServices extends QuestionServices {
  readonly configurations: ConfigurationReader;
  readonly analyst: Analyst;
  readonly appId: number;
  readonly identity: AppIdentity;
  /** The name of this process, which no other has. */
  readonly process: string;
  readonly log: Log;
}

/** What the App learns of itself. */
export interface AppIdentity {
  /** Null until GitHub has told it. */
  slug: string | null;
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

interface Resolved extends ResolvedPull {
  readonly pull: ReadPull;
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
    this.#log = services.log;
    const { appId, process } = services;
    const session = { repository: target, headSha, appId, idPrefix: idPrefixOf(job), delivery, process };
    this.#session = new CheckRunSession(client, session, this.#log);
  }

  async judge(): Promise<JobOutcome> {
    const { client, job, services, signal } = this;
    let run = await this.#session.find();
    const groupParts = keepGroupParts(run);
    const { target, headSha, baseRef, repositoryUrl } = job;
    const own: PullQuestion = { target, headSha, baseRef, repositoryUrl };
    const questions = [own, ...(await this.#sharing(run))].sort((a, b) => a.target.number - b.target.number);
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
    const externalId = joinParts([...groupParts, ...resolved.map(({ id }) => id)]);
    if (run?.isCompleted && run.externalId === externalId && !job.isForced) {
      this.#log.info('This head was judged before; nothing to do.');
      return { kind: 'settled', externalId, verdict: null, conclusion: null };
    }
    if (run?.isCompleted && resolved.some(({ sides }) => sides !== null)) await this.#session.restart(run);
    return this.#answer(externalId, resolved, groupParts);
  }

  async #answer(externalId: string, resolved: readonly Resolved[], groupParts: readonly string[]): Promise<JobOutcome> {
    const results: { readonly number: number; readonly baseRef: string; readonly result: CheckResult }[] = [];
    const record = parseRecord(this.#session.run?.text ?? null);
    const drafts: { readonly target: PullRequestTarget; readonly draft: ReviewDraft }[] = [];
    for (const { pull, sides, approvers } of resolved) {
      const { target, baseRef } = pull.question;
      const said = { acceptances: acceptancesFor(record, baseRef), approvers };
      const question = { pull, sides, said };
      const { result, draft } = await this.services.analyst.ask('pull', this.client, question, this.signal);
      results.push({ number: target.number, baseRef, result });
      drafts.push({ target, draft });
    }
    const result = worstWithGroup(combineResults(results), groupParts, this.job.delivery);
    // Whose review it is, is known once the process has seen the App's name; else a run has to be started to learn it.
    if (this.#slug === null) await this.#session.start();
    // What was accepted below one of them changes what is to be said below all.
    const refusals: string[] = [];
    for (const { target, draft } of drafts) refusals.push(...(await this.#tryReview(target, draft)));
    return this.#session.end(externalId, withNote(result, refusals));
  }

  /** Grants what may be granted, and says below the pull request why the rest is not. */
  async #decide(run: CheckRun | null, pulls: readonly ReadPull[]): Promise<readonly RecordedAcceptance[]> {
    const { client, job } = this;
    const record = parseRecord(run?.text ?? null);
    const granted: RecordedAcceptance[] = [];
    for (const request of (await job.takeRequests?.()) ?? []) {
      // A process that died after it had noted the acceptance did not come to forget the request.
      if (record.acceptances.some(({ by, at }) => by === request.by && at === request.at)) continue;
      const hasRoom = canRemember(record.findings, { ...record, acceptances: [...record.acceptances, ...granted] });
      const { acceptance, refusal } = hasRoom
        ? await this.#decideRequest(request, run, record, pulls)
        : { acceptance: null, refusal: 'Not accepted: there is no room left in the check run to remember it.' };
      this.#log.info(`A request to accept was ${acceptance === null ? 'refused' : 'granted'}.`);
      if (acceptance !== null) granted.push(acceptance);
      if (refusal === null) continue;
      const about = request.via.kind === 'comment' ? String(request.via.commentId) : `button-${job.delivery}`;
      await answerComment(client, job.target, about, refusal);
    }
    return granted;
  }

  /** Each base decides by its own settings: what a lenient branch lets pass must not pass into a strict one, which may be
   * the base of another pull request with the same head. */
  async #decideRequest(
    request: AcceptRequest,
    run: CheckRun | null,
    record: CheckRecord,
    pulls: readonly ReadPull[],
  ): Promise<{ readonly acceptance: RecordedAcceptance | null; readonly refusal: string | null }> {
    const { client, job } = this;
    const bases: string[] = [];
    const refusals = new Map<string, string>();
    for (const { question, read, changed } of pulls) {
      const { headSha, baseRef } = question;
      if (bases.includes(baseRef) || refusals.has(baseRef)) continue;
      const settings = read.configuration.accept;
      const circumstances = { headSha, run, record, settings, baseRef, changed };
      const decision = await decideAcceptance(client, job.target, request, circumstances);
      if (decision.kind === 'granted') bases.push(baseRef);
      else refusals.set(baseRef, decision.reason);
    }
    const reasons = [...new Set(refusals.values())].join(' ');
    if (bases.length === 0) return { acceptance: null, refusal: `Not accepted: ${reasons}` };
    const { by, at, reason } = request;
    const acceptance = { by, at, reason, findings: record.findings, bases };
    if (refusals.size === 0) return { acceptance, refusal: null };
    const [into, notInto] = [bases, [...refusals.keys()]].map((names) => names.map(escapeMarkdown).join(', '));
    return { acceptance, refusal: `Accepted into ${into}, but not into ${notInto}: ${reasons}` };
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
      const { summary } = resultOfFailure(error, this.job.delivery);
      await this.#tryReview(this.job.target, quietReviewDraft(this.job.headSha, summary));
    }
    return this.#session.endWithout(error, this.signal);
  }

  /** The App's name in addresses, as runs and GitHub's answers have told it. */
  get #slug(): string | null {
    const { identity } = this.services;
    identity.slug = this.#session.run?.appSlug ?? identity.slug;
    return identity.slug;
  }

  /** A review that GitHub refuses must not keep the check run from its conclusion. Returns the refusal, if it is one. */
  async #tryReview(target: PullRequestTarget, draft: ReviewDraft): Promise<readonly string[]> {
    const slug = this.#slug;
    if (slug === null) return ['GitHub does not say which App this is.'];
    const author = { login: `${slug}[bot]`, appId: this.services.appId };
    try {
      const action = await publishReview(this.client, target, author, draft);
      this.#log.info({ review: action }, 'The review is as it should be.');
      return [];
    } catch (error) {
      this.#log.warn({ err: error }, 'The review could not be published.');
      return [describeFailure(error)];
    }
  }
}

/** A merge group's commit must not pass because it is harmless to a pull request that has it as its head. */
function worstWithGroup(result: CheckResult, groupParts: readonly string[], delivery: string): CheckResult {
  const passes = ['success', 'neutral', null];
  if (groupParts.every((part) => passes.includes(concludedIn(part)))) return result;
  if (result.conclusion === 'failure') return result;
  return failureResult('this is the commit of a merge group, which does not pass', delivery);
}

function withNote(result: CheckResult, refusals: readonly string[]): CheckResult {
  if (refusals.length === 0) return result;
  const reasons = [...new Set(refusals)].join(' ');
  return { ...result, summary: `${result.summary}\n\nThe review could not be published. ${reasons}` };
}
