import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import { isInScope } from '../policy/manifest-scope.js';
import type { PolicyFile } from '../policy/parse-policy-file.js';
import { escapeMarkdown } from '../report/escape-markdown.js';
import { analyzeSides, linkSources, type SidesAnalysis } from './analyze-sides.js';
import { CannotJudge, describeFailure } from './cannot-judge.js';
import { listChangedFiles, touchesRelevantFile, type ChangedFile } from './changed-files.js';
import {
  cancelledResult,
  checkResultOf,
  failureResult,
  MOVED_TO_CHECK,
  NOT_APPLICABLE,
  quietReviewDraft,
  reviewDraftOf,
} from './check-result.js';
import {
  completeCheckRun,
  createCompletedCheckRun,
  findCheckRun,
  restartCheckRun,
  startCheckRun,
  type CheckResult,
  type CheckRun,
} from './check-run.js';
import { describeEdit, readEditedConfiguration } from './edited-configuration.js';
import type { GitHubClient, PullRequestTarget } from './github-client.js';
import type { Log } from './log.js';
import type { ParsedFileCache } from './parsed-file-cache.js';
import { resolveSides, Superseded, type PullRequestSides } from './pull-request-sides.js';
import { CONFIGURATION_PATH, usableConfiguration, type ConfigurationReader } from './repository-configuration.js';
import { publishReview, type ReviewAction, type ReviewDraft } from './review.js';

/** What an event asks for: the answer for one head of one pull request. */
export interface PullRequestJob {
  readonly target: PullRequestTarget;
  readonly headSha: string;
  readonly baseRef: string;
  /** `https://github.com/owner/repo` */
  readonly repositoryUrl: string;
  /** The delivery that asked, for people who look for it in a log. */
  readonly delivery: string;
}

export interface JobServices {
  readonly appId: number;
  readonly cache: ParsedFileCache;
  readonly configurations: ConfigurationReader;
  readonly log: Log;
  /** See `POLL_DELAYS`. */
  readonly pollDelays?: readonly number[];
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
): Promise<void> {
  const work = new PullRequestWork(client, job, services, signal);
  try {
    await work.judge();
  } catch (error) {
    await work.endWithout(error);
    if (!isExpected(error, signal)) throw error;
  }
}

class PullRequestWork {
  #run: CheckRun | null = null;
  readonly #log: Log;

  constructor(
    private readonly client: GitHubClient,
    private readonly job: PullRequestJob,
    private readonly services: JobServices,
    private readonly signal: AbortSignal,
  ) {
    const { owner, repo, number } = job.target;
    this.#log = services.log.child({
      delivery: job.delivery,
      repository: `${owner}/${repo}`,
      pull: number,
      sha: job.headSha,
    });
  }

  async judge(): Promise<void> {
    const { client, job, services, signal } = this;
    const existing = await findCheckRun(client, job.target, job.headSha, services.appId);
    this.#run = existing;
    const changed = await listChangedFiles(client, job.target);
    const read = usableConfiguration(await services.configurations.read(client, job.target, job.baseRef));
    const { configuration } = read;
    const isRelevant = (path: string): boolean => isManifestPath(path) && isInScope(path, configuration.scope);
    const isEdited = touchesRelevantFile(changed, (path) => path === CONFIGURATION_PATH);
    if (!isEdited && !touchesRelevantFile(changed, isRelevant)) return this.#endNotApplicable(existing, read.identity);

    let run = existing ?? (await startCheckRun(client, job.target, job.headSha, services.appId));
    this.#run = run;
    if (run.isCompleted && !run.externalId?.startsWith(this.#idPrefix())) run = await this.#restart(run);
    const sides = await resolveSides(client, job.target, job.headSha, {
      signal,
      ...(services.pollDelays ? { delays: services.pollDelays } : {}),
    });
    const externalId = `${this.#idPrefix()}${describeSides(sides)} config ${read.identity}`;
    if (run.isCompleted && run.externalId === externalId) {
      this.#log.info('This head was judged before; nothing to do.');
      return;
    }
    if (run.isCompleted) run = await this.#restart(run);

    const judged = await this.#analyze(sides, changed.files, configuration);
    const note = await this.#noteOnEdit(sides, changed.files, judged);
    signal.throwIfAborted();
    await this.#publish(run, externalId, sides, changed.files, judged, configuration, note);
  }

  #analyze(
    sides: PullRequestSides,
    files: readonly ChangedFile[],
    { mesh, policy, scope }: PolicyFile,
  ): Promise<SidesAnalysis | null> {
    const { client, job, services, signal } = this;
    return analyzeSides(client, job.target, sides, files, { mesh, policy, scope, cache: services.cache }, signal);
  }

  /** What the pull request's own version of the configuration would change; null where it has none. */
  async #noteOnEdit(
    sides: PullRequestSides,
    files: readonly ChangedFile[],
    judged: SidesAnalysis | null,
  ): Promise<EditNote | null> {
    const edited = await readEditedConfiguration(this.client, this.job.target, files, this.signal);
    if (edited === null) return null;
    if (edited.kind === 'invalid')
      return { isInvalid: true, text: `The edited configuration is invalid: ${edited.reason}` };
    const then = await this.#analyze(sides, files, edited.configuration);
    return { isInvalid: false, text: describeEdit(judged?.analysis ?? null, then?.analysis ?? null) };
  }

  async #publish(
    run: CheckRun,
    externalId: string,
    sides: PullRequestSides,
    files: readonly ChangedFile[],
    judged: SidesAnalysis | null,
    { post }: PolicyFile,
    note: EditNote | null,
  ): Promise<void> {
    const { job } = this;
    if (!judged) {
      const refusal = await this.#tryReview(run, quietReviewDraft(job.headSha));
      return this.#end(run, externalId, withEditNote(withNote(NOT_APPLICABLE, refusal), note));
    }
    const { analysis, headLineOf } = judged;
    const links = linkSources(job.repositoryUrl, sides, files, headLineOf);
    const draft =
      post === 'review'
        ? reviewDraftOf(analysis, links, job.headSha, files, headLineOf)
        : quietReviewDraft(job.headSha, MOVED_TO_CHECK);
    const refusal = await this.#tryReview(run, draft);
    const result = withNote(checkResultOf(analysis, links, headLineOf), refusal);
    await this.#end(run, externalId, withEditNote(result, note));
  }

  /** Ends the check run after something went wrong. */
  async endWithout(error: unknown): Promise<void> {
    const reason = this.signal.aborted ? reasonOf(this.signal) : describeFailure(error);
    this.#log.warn({ err: error }, `No answer: ${reason}`);
    const result = this.signal.aborted || error instanceof Superseded ? cancelledResult(reason) : null;
    const { client, job } = this;
    const run = this.#run;
    const externalId = `${this.#idPrefix()}unanswered ${job.delivery}`;
    if (result) {
      if (run && !run.isCompleted) await this.#end(run, externalId, result);
      return;
    }
    const failure = failureResult(reason, job.delivery);
    if (!run) {
      await createCompletedCheckRun(client, job.target, job.headSha, this.services.appId, externalId, failure);
      return;
    }
    if (error instanceof CannotJudge) await this.#tryReview(run, quietReviewDraft(job.headSha, failure.summary));
    await this.#end(run, externalId, failure);
  }

  async #endNotApplicable(existing: CheckRun | null, identity: string): Promise<void> {
    const externalId = `${this.#idPrefix()}not-applicable config ${identity}`;
    if (existing?.isCompleted && existing.externalId === externalId) return;
    const { client, job, services } = this;
    if (existing) await this.#end(existing, externalId, NOT_APPLICABLE);
    const run =
      existing ??
      (await createCompletedCheckRun(client, job.target, job.headSha, services.appId, externalId, NOT_APPLICABLE));
    this.#run = { ...run, isCompleted: true };
    await this.#tryReview(run, quietReviewDraft(job.headSha));
  }

  async #restart(run: CheckRun): Promise<CheckRun> {
    await restartCheckRun(this.client, this.job.target, run);
    this.#run = { ...run, isCompleted: false, externalId: null };
    return this.#run;
  }

  async #end(run: CheckRun, externalId: string, result: CheckResult): Promise<void> {
    const leftOut = await completeCheckRun(this.client, this.job.target, run, externalId, result);
    this.#run = { ...run, isCompleted: true };
    if (leftOut > 0) this.#log.warn({ count: leftOut }, 'GitHub did not take some annotations.');
    this.#log.info({ conclusion: result.conclusion }, 'The check run is completed.');
  }

  /** A review that GitHub refuses must not keep the check run from its conclusion. Returns the refusal. */
  async #tryReview(run: CheckRun, draft: ReviewDraft): Promise<string | null> {
    if (run.appSlug === null) return 'GitHub does not say which App this is.';
    const author = { login: `${run.appSlug}[bot]`, appId: this.services.appId };
    try {
      const action: ReviewAction = await publishReview(this.client, this.job.target, author, draft);
      this.#log.info({ review: action }, 'The review is as it should be.');
      return null;
    } catch (error) {
      this.#log.warn({ err: error }, 'The review could not be published.');
      return describeFailure(error);
    }
  }

  /** Names what a check run answers; a pull request that shares the commit, or another base, is another question. */
  #idPrefix(): string {
    return `${this.job.target.number} ${this.job.baseRef} `;
  }
}

function describeSides(sides: PullRequestSides): string {
  return sides.kind === 'merge-commit'
    ? `${sides.before} ${sides.after}`
    : `${sides.before} ${sides.ancestor} merged here`;
}

function withNote(result: CheckResult, refusal: string | null): CheckResult {
  if (refusal === null) return result;
  return { ...result, summary: `${result.summary}\n\nThe review could not be published. ${refusal}` };
}

interface EditNote {
  readonly isInvalid: boolean;
  /** Plain text. */
  readonly text: string;
}

/** A configuration that would stop every pull request once it is merged must not be merged. */
function withEditNote(result: CheckResult, note: EditNote | null): CheckResult {
  if (note === null) return result;
  const text = escapeMarkdown(note.text);
  if (!note.isInvalid) return { ...result, summary: `${result.summary}\n\n${text}` };
  return { ...result, conclusion: 'failure', title: note.text, summary: `**${text}**\n\n${result.summary}` };
}

function reasonOf(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : 'It was stopped.';
}

/** Refusals and limits are part of the job; anything else is a bug that must surface. */
function isExpected(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted || error instanceof CannotJudge || error instanceof Superseded) return true;
  return error instanceof Error && ('status' in error || error.name === 'TimeoutError');
}
