import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import PQueue from 'p-queue';
import { runGit } from '../github/stand-in/run-git.js';
import { expectFor, expectForPull, problemsOfBody, type Expectation } from './expectation.js';
import type { RecordedPull, RecordedRepository, SoakRecord } from './soak-record.js';

const CHECK_NAME = 'egress-scope';
const CONCURRENCY = 2;
const PASSING: readonly string[] = ['success', 'neutral'];
const MAY_ACCEPT: readonly string[] = ['admin', 'maintain', 'write'];
const MANY_ACCEPTS = 5;

export interface Judgement {
  /** What is wrong; empty when the App passed. */
  readonly problems: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
}

/** Judges what a soak left behind. Nothing of the App is asked but its command line. */
export async function judgeRecord(record: SoakRecord): Promise<Judgement> {
  const problems: string[] = [];
  const counts = new Map<string, number>();
  const count = (what: string, by = 1): unknown => counts.set(what, (counts.get(what) ?? 0) + by);
  for (const violation of new Set(record.violations)) problems.push(`a request was wrong: ${violation}`);
  for (const problem of new Set(record.ownProblems)) problems.push(`the stand-in itself was wrong: ${problem}`);
  count('wrong requests', record.violations.length);

  const accepted: (string | null)[] = [];
  const folder = await mkdtemp(path.join(tmpdir(), 'egress-scope-judge-'));
  const queue = new PQueue({ concurrency: CONCURRENCY });
  for (const repository of record.repositories) {
    const git = await cloneOf(repository, folder);
    for (const pull of repository.pulls.filter(({ isOpen }) => isOpen)) {
      void queue.add(async () => {
        const expected = await expectForPull(git, pull.base, pull.head);
        const isAccepted = mayBeAccepted(pull, repository) && expected.diff?.verdict === 'fail';
        if (isAccepted) accepted.push(conclusionOf(repository, pull.head));
        const found = [
          ...problemsOfChecks(repository, pull.head, [...(isAccepted ? PASSING : []), expected.conclusion]),
          ...problemsOfReviews(pull, expected, record.botLogin, isAccepted),
        ];
        problems.push(...found.map((problem) => `${repository.fullName}#${pull.number}: ${problem}`));
        count('open pull requests judged');
        count(`  of which ${expected.diff ? expected.conclusion : 'in conflict'}`);
        if (expected.needsReview) count('pull requests that need a review');
      });
    }
    for (const group of repository.mergeGroups.filter(({ isOpen }) => isOpen)) {
      void queue.add(async () => {
        const expected = await expectFor(git, group.baseSha, group.headSha);
        const found = problemsOfChecks(repository, group.headSha, [expected.conclusion]);
        problems.push(...found.map((problem) => `${repository.fullName} ${group.ref}: ${problem}`));
        count('open merge groups judged');
      });
    }
    count('check runs', repository.checkRuns.length);
    count('check runs left open', repository.checkRuns.filter(({ status }) => status !== 'completed').length);
  }
  await queue.onIdle();
  await rm(folder, { recursive: true });
  const inForce = accepted.filter((conclusion) => PASSING.includes(conclusion ?? '')).length;
  count('accepted failures', accepted.length);
  count('  of which in force', inForce);
  // One may have been lost on its way, and nobody clicks twice; all of them cannot.
  if (accepted.length >= MANY_ACCEPTS && inForce === 0) problems.push('not one accept is in force');
  return { problems, counts };
}

/** The command line reads a repository that somebody works in, not a bare one. */
async function cloneOf({ gitFolder, fullName }: RecordedRepository, folder: string): Promise<string> {
  const clone = path.join(folder, fullName.replace('/', '-'));
  await runGit(folder, ['clone', '--quiet', '--shared', '--no-checkout', gitFolder, clone]);
  return clone;
}

/** Whether somebody who may accept has accepted the findings of this very head. */
function mayBeAccepted({ accepts, head }: RecordedPull, { permissions }: RecordedRepository): boolean {
  return accepts.some(({ login, headSha }) => headSha === head && MAY_ACCEPT.includes(permissions[login] ?? ''));
}

function conclusionOf({ checkRuns }: RecordedRepository, head: string): string | null {
  return checkRuns.findLast(({ name, headSha }) => name === CHECK_NAME && headSha === head)?.conclusion ?? null;
}

function problemsOfChecks(
  { checkRuns }: RecordedRepository,
  head: string,
  conclusions: readonly string[],
): readonly string[] {
  const runs = checkRuns.filter(({ name, headSha }) => name === CHECK_NAME && headSha === head);
  const [run] = runs;
  if (!run) return [`${head} has no check run; expected ${conclusions.join(' or ')}`];
  const problems = runs.length > 1 ? [`${head} has ${runs.length} check runs`] : [];
  if (run.status !== 'completed') return [...problems, `the check run of ${head} is ${run.status}`];
  if (conclusions.includes(run.conclusion ?? '')) return problems;
  const said = `${String(run.conclusion)} (${run.title ?? ''})`;
  return [...problems, `the check run of ${head} says ${said}; expected ${conclusions.join(' or ')}`];
}

function problemsOfReviews(
  { reviews }: RecordedPull,
  expected: Expectation,
  login: string,
  isAccepted: boolean,
): readonly string[] {
  const own = reviews.filter(({ author }) => author === login);
  const [review] = own;
  if (own.length > 1) return [`it has ${own.length} reviews`];
  if (!review) return expected.needsReview ? ['it has no review'] : [];
  // What is accepted is worded otherwise; the command line knows nothing of it.
  return isAccepted ? [] : problemsOfBody(review.body, expected).map((problem) => `the review is wrong: ${problem}`);
}
