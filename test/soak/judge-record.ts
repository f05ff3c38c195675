import PQueue from 'p-queue';
import { expectFor, expectForPull, problemsOfBody, withoutAccepted, type Expectation } from './expectation.js';
import type { RecordedCheckRun, RecordedPull, RecordedRepository, SoakRecord } from './soak-record.js';

const CHECK_NAME = 'egress-scope';
const CONCURRENCY = 2;
const MAY_ACCEPT: readonly string[] = ['admin', 'maintain', 'write'];
const MANY_ACCEPTS = 5;
const WORST_FIRST: readonly Expectation['conclusion'][] = ['failure', 'neutral', 'success'];

export interface Judgement {
  /** What is wrong; empty when the App passed. */
  readonly problems: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
}

type Count = (what: string, by?: number) => void;

/** Judges what a soak left behind. Nothing of the App is asked but its command line. */
export async function judgeRecord(record: SoakRecord): Promise<Judgement> {
  const problems: string[] = [];
  const counts = new Map<string, number>();
  const count: Count = (what, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by);
  for (const violation of new Set(record.violations)) problems.push(`a request was wrong: ${violation}`);
  for (const problem of new Set(record.ownProblems)) problems.push(`the stand-in itself was wrong: ${problem}`);
  if (record.impatientRequests > 0) problems.push(`${record.impatientRequests} requests ignored a wait`);
  count('wrong requests', record.violations.length);
  count('requests that ignored a wait', record.impatientRequests);

  const queue = new PQueue({ concurrency: CONCURRENCY });
  const found = await Promise.all(
    record.repositories.flatMap((repository) => {
      const open = repository.pulls.filter(({ isOpen }) => isOpen);
      const heads = [...new Set(open.map(({ head }) => head))];
      const groups = repository.mergeGroups.filter(({ isOpen }) => isOpen);
      problems.push(...problemsOfAccepts(repository, count), ...problemsOfFormerHeads(repository, count));
      return [
        ...heads.map((head) => queue.add(() => judgeHead(repository, head, record.botLogin, count))),
        ...groups.map((group) => queue.add(() => judgeGroup(repository, group, count))),
      ];
    }),
  );
  problems.push(...found.flat());
  // One may have been lost on its way, and nobody clicks twice; all of them cannot.
  const attempts = counts.get('heads that somebody tried to accept, and may') ?? 0;
  if (attempts >= MANY_ACCEPTS && !counts.has('  of which accepted')) problems.push('not one accept is in force');
  return { problems, counts };
}

/** One commit has one check run, which says the worst of what is to be said of the open pull requests that it is the head of. */
async function judgeHead(
  repository: RecordedRepository,
  head: string,
  botLogin: string,
  count: Count,
): Promise<readonly string[]> {
  const { fullName, gitFolder, checkRuns } = repository;
  const pulls = repository.pulls.filter((pull) => pull.isOpen && pull.head === head);
  const run = checkRuns.findLast(({ name, headSha }) => name === CHECK_NAME && headSha === head);
  const conclusions: Expectation['conclusion'][] = [];
  const problems: string[] = [];
  let isFreed = false;
  for (const pull of pulls) {
    const found = await expectForPull(gitFolder, pull.base, pull.head);
    const expected = await withoutAccepted(found, acceptedAt([run], pull.baseRef));
    isFreed ||= expected.conclusion !== found.conclusion;
    conclusions.push(expected.conclusion);
    const wrong = problemsOfReviews(pull, expected, botLogin);
    problems.push(...wrong.map((problem) => `${fullName}#${pull.number}: ${problem}`));
    count('open pull requests judged');
    count(`  of which ${expected.diff ? expected.conclusion : 'in conflict'}`);
    if (expected.needsReview) count('pull requests that need a review');
  }
  if (pulls.length > 1) count('heads of several open pull requests');
  if (pulls.some((pull) => wasTriedToAccept(pull, repository))) {
    count('heads that somebody tried to accept, and may');
    if (isFreed) count('  of which accepted');
  }
  const worst = WORST_FIRST.find((conclusion) => conclusions.includes(conclusion)) ?? 'success';
  const names = pulls.map(({ number }) => `#${number}`).join(' ');
  return [
    ...problems,
    ...problemsOfChecks(repository, head, worst).map((problem) => `${fullName}${names}: ${problem}`),
  ];
}

async function judgeGroup(
  repository: RecordedRepository,
  group: RecordedRepository['mergeGroups'][number],
  count: Count,
): Promise<readonly string[]> {
  const found = await expectFor(repository.gitFolder, group.baseSha, group.headSha);
  const runs = repository.checkRuns.filter(({ name, headSha }) => name === CHECK_NAME && group.heads.includes(headSha));
  const { conclusion } = await withoutAccepted(found, acceptedAt(runs, group.baseRef));
  count('open merge groups judged');
  // What is accepted once the group was judged comes too late for it.
  const problems = problemsOfChecks(repository, group.headSha, conclusion);
  const isEarlier = problems.length > 0 && problemsOfChecks(repository, group.headSha, found.conclusion).length === 0;
  return (isEarlier ? [] : problems).map((problem) => `${repository.fullName} ${group.ref}: ${problem}`);
}

interface RecordedAcceptance {
  readonly by: string;
  readonly findings: readonly string[];
  /** The branches into which it counts. */
  readonly bases: readonly string[];
}

function acceptedAt(runs: readonly (RecordedCheckRun | undefined)[], baseRef: string): ReadonlySet<string> {
  const acceptances = runs.flatMap(acceptancesOf).filter(({ bases }) => bases.includes(baseRef));
  return new Set(acceptances.flatMap(({ findings }) => findings));
}

/** What the App keeps, unseen, at the beginning of a check run's text. */
function acceptancesOf(run: RecordedCheckRun | undefined): readonly RecordedAcceptance[] {
  const json = /^<!-- egress-scope record (.*) -->/.exec(run?.text ?? '')?.[1];
  if (json === undefined) return [];
  return (JSON.parse(json) as { readonly acceptances: readonly RecordedAcceptance[] }).acceptances;
}

/** Nothing is accepted but by somebody who may, and who tried to at that very commit. */
function problemsOfAccepts({ fullName, checkRuns, pulls, permissions }: RecordedRepository, count: Count): string[] {
  const attempts = pulls.flatMap(({ accepts }) => accepts);
  const mayAccept = (login: string): boolean => MAY_ACCEPT.includes(permissions[login] ?? '');
  count('attempts to accept, by who may', attempts.filter(({ login }) => mayAccept(login)).length);
  count('attempts to accept, by others', attempts.filter(({ login }) => !mayAccept(login)).length);
  return checkRuns.flatMap((run) =>
    acceptancesOf(run).flatMap(({ by }) => {
      count('acceptances that check runs keep');
      if (!mayAccept(by)) return [`${fullName}: ${by} may not accept, and accepted ${run.headSha}`];
      if (attempts.some(({ login, headSha }) => login === by && headSha === run.headSha)) return [];
      return [`${fullName}: ${by} did not accept ${run.headSha}`];
    }),
  );
}

function wasTriedToAccept({ accepts, head }: RecordedPull, { permissions }: RecordedRepository): boolean {
  return accepts.some(({ login, headSha }) => headSha === head && MAY_ACCEPT.includes(permissions[login] ?? ''));
}

/** Nobody waits for the check run of a replaced head, and yet it is not to stay open. GitHub does not tell what was pushed
 * to a fork; there, it may. */
function problemsOfFormerHeads({ fullName, checkRuns, pulls }: RecordedRepository, count: Count): string[] {
  const ofForks = new Set(pulls.filter(({ isFromFork }) => isFromFork).flatMap(({ heads }) => heads));
  const present = new Set(pulls.filter(({ isOpen }) => isOpen).map(({ head }) => head));
  const former = checkRuns.filter(({ headSha }) => !present.has(headSha));
  const left = former.filter(({ status }) => status !== 'completed');
  count('check runs', checkRuns.length);
  count('check runs of former heads', former.length);
  count('  of which open, at forks’ heads', left.filter(({ headSha }) => ofForks.has(headSha)).length);
  const wrong = left.filter(({ headSha }) => !ofForks.has(headSha));
  return wrong.map(({ headSha, status }) => `${fullName}: the check run of ${headSha}, no head any more, is ${status}`);
}

function problemsOfChecks(
  { checkRuns }: RecordedRepository,
  head: string,
  conclusion: Expectation['conclusion'],
): readonly string[] {
  const runs = checkRuns.filter(({ name, headSha }) => name === CHECK_NAME && headSha === head);
  const [run] = runs;
  if (!run) return [`${head} has no check run; expected ${conclusion}`];
  const problems = runs.length > 1 ? [`${head} has ${runs.length} check runs`] : [];
  if (run.status !== 'completed') return [...problems, `the check run of ${head} is ${run.status}`];
  if (run.conclusion === conclusion) return problems;
  const said = `${String(run.conclusion)} (${run.title ?? ''})`;
  return [...problems, `the check run of ${head} says ${said}; expected ${conclusion}`];
}

function problemsOfReviews({ reviews }: RecordedPull, expected: Expectation, login: string): readonly string[] {
  const own = reviews.filter(({ author }) => author === login);
  const [review] = own;
  if (own.length > 1) return [`it has ${own.length} reviews`];
  if (!review) return expected.needsReview ? ['it has no review'] : [];
  return problemsOfBody(review.body, expected).map((problem) => `the review is wrong: ${problem}`);
}
