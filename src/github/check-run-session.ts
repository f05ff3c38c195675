import { CannotJudge, describeFailure, statusOf } from './cannot-judge.js';
import { fingerprintOfAll } from '../policy/fingerprint.js';
import { acceptIdentifier, canRemember, parseRecord, renderRecord, type RecordedAcceptance } from './check-record.js';
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
import { attemptsAt, givenUpPart, joinParts, partsOfOthers, startedPart } from './external-id.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import type { Log } from './log.js';
import { Superseded, type PullRequestState } from './pull-request-sides.js';

/** How a job ended. `settled`: there is nothing left to do for this head until something changes. */
export interface JobOutcome {
  readonly kind: 'settled' | 'unanswered' | 'superseded';
  /** What the check run says it answers. */
  readonly externalId: string | null;
  readonly verdict: CheckResult['verdict'];
  /** Null where the check run was left as it was. */
  readonly conclusion: CheckConclusion | null;
  /** For `superseded`: the state of the pull request that this job came across, and that nobody may have asked for yet. */
  readonly by?: PullRequestState | null;
}

export interface SessionTarget {
  readonly repository: RepositoryName;
  readonly headSha: string;
  readonly appId: number;
  /** What the check run's `external_id` begins with. */
  readonly idPrefix: string;
  readonly delivery: string;
  /** The name of this process, which no other has. */
  readonly process: string;
}

/** Marks, in `external_id`, a run that ended without an answer: it is to be tried again. */
export const UNANSWERED = 'unanswered';

/** Processes that may end over one question, one after the other, before it is left alone: if it is the question that ends them,
 * nothing else would ever be answered. */
const MOST_ATTEMPTS = 5;

class GivenUp extends CannotJudge {
  constructor(readonly attempts: number) {
    super(`The App’s process has ended ${attempts} times in a row while it judged this commit; its log may say why.`);
  }
}

/** The end of a check run after something went wrong. */
export function resultOfFailure(error: unknown, delivery: string, reason = describeFailure(error)): CheckResult {
  return failureResult(reason, delivery, !(error instanceof GivenUp));
}

/** The life of one commit's check run during one job: found or started, taken back, and ended however the job goes. */
export class CheckRunSession {
  run: CheckRun | null = null;
  /** Whether there may be one although none is known: it was to be created, and nobody knows what came of that. */
  #mayExist = false;

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

  /** Creates the run where there is none, and takes over one that another process has left open.
   *
   * @throws GivenUp where too many have. */
  async start(): Promise<CheckRun> {
    const { repository, headSha, appId, idPrefix, process } = this.target;
    if (this.run === null) {
      const externalId = startedPart(idPrefix, 1, process);
      this.run = await this.#create(startCheckRun(this.client, repository, headSha, appId, externalId));
    } else if (!this.run.isCompleted) await this.#takeOver(this.run);
    return this.run;
  }

  async #create(creation: Promise<CheckRun>): Promise<CheckRun> {
    this.#mayExist = true;
    const run = await creation;
    this.#mayExist = false;
    return run;
  }

  async #takeOver(run: CheckRun): Promise<void> {
    const { idPrefix, process } = this.target;
    const attempts = attemptsAt(run, idPrefix);
    if (attempts?.process === process) return;
    const count = attempts?.count ?? 1;
    if (count >= MOST_ATTEMPTS) throw new GivenUp(count);
    await this.#reopen(run, count + 1);
  }

  /** Takes back an answer that may no longer hold. */
  async restart(run: CheckRun, acceptances: readonly RecordedAcceptance[] = []): Promise<CheckRun> {
    const record = parseRecord(run.text);
    const all = [...record.acceptances, ...acceptances];
    const text = acceptances.length === 0 ? undefined : renderRecord({ ...record, acceptances: all });
    return this.#reopen(run, attemptsAt(run, this.target.idPrefix)?.count ?? 1, text);
  }

  /** @param attempt how many processes, this one included, have begun with it in a row. */
  async #reopen(run: CheckRun, attempt: number, text?: string): Promise<CheckRun> {
    const { repository, idPrefix, process } = this.target;
    const own = startedPart(idPrefix, attempt, process);
    const externalId = joinParts([own, ...partsOfOthers(run, idPrefix)]);
    await restartCheckRun(this.client, repository, run, externalId, text);
    this.run = { ...run, isCompleted: false, conclusion: null, externalId, text: text ?? run.text };
    return this.run;
  }

  /** Ends the run, which need not have been started. */
  async end(externalId: string, result: CheckResult): Promise<JobOutcome> {
    const { repository, headSha, appId } = this.target;
    const extras = this.#extrasOf(result);
    if (this.run === null) {
      this.run = await this.#create(
        createCompletedCheckRun(this.client, repository, headSha, appId, externalId, result, extras),
      );
    } else {
      const leftOut = await completeCheckRun(this.client, repository, this.run, externalId, result, extras);
      if (leftOut > 0) this.log.warn({ count: leftOut }, 'GitHub did not take some annotations.');
    }
    this.run = { ...this.run, isCompleted: true, conclusion: result.conclusion, externalId, text: extras.text };
    this.log.info({ conclusion: result.conclusion }, 'The check run is completed.');
    return { kind: 'settled', externalId, verdict: result.verdict, conclusion: result.conclusion };
  }

  /** What was accepted is kept with every end, and the findings with the time since when they stand. */
  #extrasOf({ failing = [], approved = [], hasButton = false }: CheckResult): CheckExtras {
    const earlier = parseRecord(this.run?.text ?? null);
    const isSame = fingerprintOfAll(failing) === fingerprintOfAll(earlier.findings) && earlier.since !== null;
    const since = isSame ? earlier.since : new Date().toISOString();
    const { acceptances } = earlier;
    const now = approved.length === 0 ? {} : { approvals: approved };
    const record = { findings: failing, since, acceptances, ...now };
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
    const reason = signal.aborted
      ? reasonOf(signal)
      : error instanceof Superseded
        ? error.message
        : describeFailure(error);
    this.log.warn({ err: error }, `No answer: ${reason}`);
    if (this.#mayExist) await this.find();
    const { idPrefix, delivery } = this.target;
    const own =
      error instanceof GivenUp ? givenUpPart(idPrefix, error.attempts) : `${idPrefix}${UNANSWERED} ${delivery}`;
    const externalId = joinParts([own, ...partsOfOthers(this.run, idPrefix)]);
    if (signal.aborted || error instanceof Superseded) {
      if (this.run && !this.run.isCompleted) await this.end(externalId, cancelledResult(reason));
      const by = !signal.aborted && error instanceof Superseded ? error.by : null;
      return { kind: 'superseded', externalId: null, verdict: null, conclusion: null, by };
    }
    return { ...(await this.end(externalId, resultOfFailure(error, delivery, reason))), kind: 'unanswered' };
  }
}

/** Ends the check run of a commit that nobody waits for any more, should it have been left open.
 *
 * @returns whether it was. */
export async function endAbandonedRun(
  client: GitHubClient,
  repository: RepositoryName,
  headSha: string,
  appId: number,
): Promise<boolean> {
  const run = await findCheckRun(client, repository, headSha, appId);
  if (run === null || run.isCompleted) return false;
  const result = cancelledResult('No answer was come to while this commit was the head of a pull request.');
  await completeCheckRun(client, repository, run, UNANSWERED, result, { text: run.text ?? '', actions: [] });
  return true;
}

function reasonOf(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : 'It was stopped.';
}

/** Refusals and limits are part of a job; anything else is a bug that must surface. */
export function isExpected(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted || error instanceof CannotJudge || error instanceof Superseded) return true;
  return statusOf(error) !== null || (error instanceof Error && error.name === 'TimeoutError');
}
