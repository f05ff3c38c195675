import { CannotJudge, describeFailure, statusOf } from './cannot-judge.js';
import type { Acceptance } from '../policy/exempt-changes.js';
import { fingerprintOfAll } from '../policy/fingerprint.js';
import { acceptIdentifier, canRemember, parseRecord, renderRecord } from './check-record.js';
import { cancelledResult, failureResult } from './check-result.js';
import {
  completeCheckRun,
  createCompletedCheckRun,
  findCheckRun,
  restartCheckRun,
  startCheckRun,
  type CheckConclusion,
  type CheckExtras,
  type CheckResult,
  type CheckRun,
} from './check-run.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import type { Log } from './log.js';
import { Superseded } from './pull-request-sides.js';

/** How a job ended. `settled`: there is nothing left to do for this head until something changes. */
export interface JobOutcome {
  readonly kind: 'settled' | 'unanswered' | 'superseded';
  /** What the check run says it answers. */
  readonly externalId: string | null;
  readonly conclusion: CheckConclusion | null;
}

export interface SessionTarget {
  readonly repository: RepositoryName;
  readonly headSha: string;
  readonly appId: number;
  /** What the check run's `external_id` begins with. */
  readonly idPrefix: string;
  readonly delivery: string;
}

/** Marks, in `external_id`, a run that ended without an answer: it is to be tried again. */
export const UNANSWERED = 'unanswered';

/** The life of one commit's check run during one job: found or started, taken back, and ended however the job goes. */
export class CheckRunSession {
  run: CheckRun | null = null;

  constructor(
    private readonly client: GitHubClient,
    private readonly target: SessionTarget,
    private readonly log: Log,
  ) {}

  async find(): Promise<CheckRun | null> {
    const { repository, headSha, appId } = this.target;
    this.run = await findCheckRun(this.client, repository, headSha, appId);
    return this.run;
  }

  async start(): Promise<CheckRun> {
    const { repository, headSha, appId, idPrefix } = this.target;
    this.run ??= await startCheckRun(this.client, repository, headSha, appId, `${idPrefix}started`);
    return this.run;
  }

  /** Takes back an answer that may no longer hold. */
  async restart(run: CheckRun, acceptances: readonly Acceptance[] = []): Promise<CheckRun> {
    const record = parseRecord(run.text);
    const all = [...record.acceptances, ...acceptances];
    const text = acceptances.length === 0 ? undefined : renderRecord({ ...record, acceptances: all });
    await restartCheckRun(this.client, this.target.repository, run, text);
    this.run = { ...run, isCompleted: false, text: text ?? run.text };
    return this.run;
  }

  /** Ends the run, which need not have been started. */
  async end(externalId: string, result: CheckResult): Promise<JobOutcome> {
    const { repository, headSha, appId } = this.target;
    const extras = this.#extrasOf(result);
    if (this.run === null) {
      this.run = await createCompletedCheckRun(this.client, repository, headSha, appId, externalId, result, extras);
    } else {
      const leftOut = await completeCheckRun(this.client, repository, this.run, externalId, result, extras);
      if (leftOut > 0) this.log.warn({ count: leftOut }, 'GitHub did not take some annotations.');
    }
    this.run = { ...this.run, isCompleted: true, externalId, text: extras.text };
    this.log.info({ conclusion: result.conclusion }, 'The check run is completed.');
    return { kind: 'settled', externalId, conclusion: result.conclusion };
  }

  /** What was accepted is kept with every end, and the findings with the time since when they stand. */
  #extrasOf({ failing = [], hasButton = false }: CheckResult): CheckExtras {
    const earlier = parseRecord(this.run?.text ?? null);
    const isSame = fingerprintOfAll(failing) === fingerprintOfAll(earlier.findings) && earlier.since !== null;
    const since = isSame ? earlier.since : new Date().toISOString();
    const record = { ...earlier, findings: failing, since };
    const isAcceptable = hasButton && failing.length > 0 && canRemember(failing, record);
    const button = {
      label: 'Accept findings',
      description: 'For this commit; no reason is recorded',
      identifier: acceptIdentifier(failing),
    };
    return { text: renderRecord(record), actions: isAcceptable ? [button] : [] };
  }

  /** Ends the run after something went wrong. Nobody waits for the answer to a state that was replaced. */
  async endWithout(error: unknown, signal: AbortSignal): Promise<JobOutcome> {
    const reason = signal.aborted ? reasonOf(signal) : describeFailure(error);
    this.log.warn({ err: error }, `No answer: ${reason}`);
    const externalId = `${this.target.idPrefix}${UNANSWERED} ${this.target.delivery}`;
    if (signal.aborted || error instanceof Superseded) {
      if (this.run && !this.run.isCompleted) await this.end(externalId, cancelledResult(reason));
      return { kind: 'superseded', externalId: null, conclusion: null };
    }
    await this.end(externalId, failureResult(reason, this.target.delivery));
    return { kind: 'unanswered', externalId, conclusion: 'failure' };
  }
}

function reasonOf(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : 'It was stopped.';
}

/** Refusals and limits are part of a job; anything else is a bug that must surface. */
export function isExpected(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted || error instanceof CannotJudge || error instanceof Superseded) return true;
  return statusOf(error) !== null || (error instanceof Error && error.name === 'TimeoutError');
}
