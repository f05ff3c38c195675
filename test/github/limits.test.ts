import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from './app-process.js';
import type { Changes } from './stand-in/git-store.js';
import { Refusal } from './stand-in/api-request.js';
import type { Fault } from './stand-in/faults.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredCheckRun, StoredPull } from './stand-in/store.js';
import { BEFORE, completedRun, NARROWED, openPull, runsOf, SIDECAR_PATH, StandInApp } from './stand-in-app.js';

const REPOSITORY = '/repos/{owner}/{repo}';
const REVIEWS = `POST ${REPOSITORY}/pulls/{pull_number}/reviews`;
const STARTS = `POST ${REPOSITORY}/check-runs`;
const UPDATES = `PATCH ${REPOSITORY}/check-runs/{check_run_id}`;
const TREES = `GET ${REPOSITORY}/git/trees/{tree_sha}`;

/** Octokit tries again after 1, 4 and 9 seconds, and the App gives GitHub a minute for an answer: a twentieth of it does. */
const HURRYING = `const { setTimeout: wait } = globalThis;
globalThis.setTimeout = (act, milliseconds, ...more) => wait(act, milliseconds / 20, ...more);
const { timeout } = AbortSignal;
AbortSignal.timeout = (milliseconds) => timeout.call(AbortSignal, Math.ceil(milliseconds / 20));`;
const HURRIED = `--import data:text/javascript;base64,${Buffer.from(HURRYING).toString('base64')}`;
const REQUEST_TIMEOUT_MS = 60_000 / 20;

const HARMLESS = { 'mesh/default/note.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\n' };

interface Judged {
  readonly pull: StoredPull;
  readonly run: StoredCheckRun;
}

let app: StandInApp;
let people: RepositoryPeople;

beforeAll(async () => {
  app = await StandInApp.start({ NODE_OPTIONS: HURRIED });
});

beforeEach(async () => {
  app.github.world.looksUntilMerged = () => 0;
  people = await app.newRepository();
});

afterAll(async () => {
  const { violations, ownProblems } = app.github;
  await app.stop();
  expect(violations).toEqual([]);
  expect(ownProblems).toEqual([]);
});

const statusesOf = (operation: string): readonly number[] =>
  app.github.requests.filter((request) => request.operation === operation).map(({ status }) => status);

/** The jobs of the test's own repository; those of others may end meanwhile. */
const jobsEnded = (): number =>
  app.process.log.split('\n').filter((line) => line.includes('The job has ended') && line.includes(people.fullName))
    .length;

/** A pull request whose job has begun, and waits for GitHub to make the merge commit. */
async function openUnmerged(changes = NARROWED): Promise<StoredPull> {
  app.github.world.looksUntilMerged = () => Infinity;
  const pull = await openPull(people, 'change', changes);
  await until(() => runsOf(people, pull.head).some(({ status }) => status === 'in_progress'));
  app.github.world.looksUntilMerged = () => 0;
  return pull;
}

describe('what GitHub leaves out of a diff', () => {
  const sidecar = NARROWED[SIDECAR_PATH];

  it('the patch of a large file: its findings stand in the body, and the review is taken at once', async () => {
    const large = `${'# words\n'.repeat(70_000)}${sidecar}`;
    const pull = await openPull(people, 'large', { [SIDECAR_PATH]: large });
    const run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('failure');
    expect(run.annotations.map((annotation) => annotation['path'])).toContain(SIDECAR_PATH);
    expect(pull.reviews).toHaveLength(1);
    expect(pull.reviews[0]?.body).toMatch(new RegExp(`${SIDECAR_PATH}#L700\\d\\d`));
    expect(pull.reviews[0]?.comments).toEqual([]);
    expect(statusesOf(REVIEWS)).toEqual([200]);
  });

  it('the patches beyond 20,000 lines in all, likewise', async () => {
    const words = 'words\n'.repeat(7000);
    const before = { 'a.txt': words, 'b.txt': words, 'c.txt': words };
    const pull = await openPull(people, 'long', { ...before, ...NARROWED });
    expect((await completedRun(people, pull.head)).conclusion).toBe('failure');
    expect(pull.reviews[0]?.body).toContain(`${SIDECAR_PATH}#L`);
    expect(pull.reviews[0]?.comments).toEqual([]);
    expect(statusesOf(REVIEWS)).toEqual([200]);
  });

  it('the lines between the hunks, likewise', async () => {
    // A line at the top decides whether the file counts; what it does is caused by lines that the diff does not show.
    const file = (kind: string): string =>
      `kind: ${kind}\n${'# words\n'.repeat(30)}${sidecar.replace('kind: Sidecar\n', '')}`;
    people = await app.newRepository({ files: { ...BEFORE, [SIDECAR_PATH]: file('Sidecars') } });
    const pull = await openPull(people, 'far', { [SIDECAR_PATH]: file('Sidecar') });
    const run = await completedRun(people, pull.head);
    const line = Number(run.annotations[0]?.['start_line']);
    expect(run.conclusion).toBe('failure');
    expect(line).toBeGreaterThan(30);
    expect(pull.reviews[0]?.body).toContain(`${SIDECAR_PATH}#L${line}`);
    expect(pull.reviews[0]?.comments).toEqual([]);
    expect(statusesOf(REVIEWS)).toEqual([200]);
  });
});

describe('what GitHub limits in a request', () => {
  it('takes 71 annotations in two requests', async () => {
    const refused = Array.from({ length: 70 }, (_unused, index) => {
      const name = `sidecar-${String(index)}`;
      return `apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: ${name}, namespace: default}\nspec: {egress: [{hosts: [nowhere]}]}\n`;
    });
    const pull = await openPull(people, 'many', { ...NARROWED, 'mesh/refused.yaml': refused.join('---\n') });
    const run = await completedRun(people, pull.head);
    await until(() => jobsEnded() === 1);
    expect(run.conclusion).toBe('failure');
    expect(run.annotations).toHaveLength(71);
    expect(new Set(run.annotations.map((each) => JSON.stringify(each))).size).toBe(71);
    expect([...statusesOf(REVIEWS), ...statusesOf(UPDATES)]).toEqual([200, 200, 200]);
  });
});

describe('a head that goes away', () => {
  it('by a force push while its job runs: its run ends cancelled, and the new head is judged', async () => {
    const pull = await openUnmerged();
    const old = pull.head;
    await people.forcePush('change', await people.commitInFork(HARMLESS));
    expect((await completedRun(people, pull.head)).conclusion).toBe('success');
    expect((await completedRun(people, old)).conclusion).toBe('cancelled');
    expect(pull.reviews).toEqual([]);
  });

  it('by a force push back to a head that was judged before: the answer for it stands', async () => {
    const pull = await openPull(people, 'change', NARROWED);
    const first = await completedRun(people, pull.head);
    const judged = pull.head;
    await people.push('change', HARMLESS);
    await completedRun(people, pull.head);
    await people.forcePush('change', judged);
    await until(() => jobsEnded() === 3);
    expect(runsOf(people, judged)).toEqual([first]);
    expect(first).toMatchObject({ status: 'completed', conclusion: 'failure' });
  });

  it('by a force push whose deliveries do not arrive: its run ends cancelled all the same', async () => {
    const pull = await openUnmerged();
    const { target } = app.github.deliveries;
    app.github.deliveries.target = null;
    const old = pull.head;
    await people.forcePush('change', await people.commitInFork(HARMLESS));
    expect((await completedRun(people, old)).conclusion).toBe('cancelled');
    app.github.deliveries.target = target;
  });

  it('with its branch, which closes the pull request, while its job runs', async () => {
    const pull = await openUnmerged();
    await people.deleteBranch('change');
    const run = await completedRun(people, pull.head);
    expect(run).toMatchObject({ conclusion: 'cancelled', history: ['in_progress', 'completed'] });
    expect(pull.reviews).toEqual([]);
  });

  it('with its branch, before its job begins', async () => {
    await people.push('change', NARROWED);
    const { target } = app.github.deliveries;
    app.github.deliveries.target = 'http://127.0.0.1:9/';
    const pull = await people.openPullRequest({ head: 'change' });
    const opened = app.github.deliveries.log.findLast(({ action }) => action === 'opened');
    await people.deleteBranch('change');
    await app.github.deliveries.settled();
    app.github.deliveries.target = target;
    app.github.deliveries.redeliver(opened?.number ?? 0);
    await until(() => jobsEnded() === 1);
    expect(runsOf(people, pull.head).map(({ conclusion }) => conclusion)).toEqual(['cancelled']);
  });

  it('into a conflict, when the base moves after the answer', async () => {
    const pull = await openPull(people, 'change', { 'mesh/namespaces.yaml': null, ...HARMLESS });
    const run = await completedRun(people, pull.head);
    await people.push('main', {
      'mesh/namespaces.yaml': `${BEFORE['mesh/namespaces.yaml' as keyof typeof BEFORE]}---\n`,
    });
    await completedRun(people, pull.head, 2);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary?.split('\n')[0]).toContain('conflicts with main');
  });
});

describe('a fork', () => {
  it.each([true, false])('that nobody but its owner may read is never asked (base private: %s)', async (isPrivate) => {
    people = await app.newRepository({ files: BEFORE, isPrivate });
    const pull = await people.openPullRequest({ head: await people.commitInFork(NARROWED), fork: 'somebody/mesh' });
    const run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('failure');
    expect(pull.reviews[0]?.body).toContain(`/${people.fullName}/blob/${pull.head}/${SIDECAR_PATH}`);
    const asked = app.github.requests.map(({ path }) => path).filter((path) => path.startsWith('/repos/'));
    expect(asked.filter((path) => !path.startsWith(`/repos/${people.store.owner}/`))).toEqual([]);
  });
});

/** The operations of a typical job, and how many failures in a row are tried: of those that the check run is created and
 * ended with, as many as make the job give up; more would leave it no way to end the check run. */
const OPERATIONS: readonly (readonly [operation: string, attempts: number])[] = [
  [`GET ${REPOSITORY}/commits/{ref}/check-runs`, Infinity],
  [`GET ${REPOSITORY}/pulls/{pull_number}/files`, Infinity],
  [`GET ${REPOSITORY}/contents/{path}`, Infinity],
  // What is created is looked for before it is created again.
  [STARTS, 2],
  [`GET ${REPOSITORY}/pulls/{pull_number}`, Infinity],
  [`GET ${REPOSITORY}/git/commits/{commit_sha}`, Infinity],
  [TREES, Infinity],
  [`GET ${REPOSITORY}/git/blobs/{file_sha}`, Infinity],
  [`GET ${REPOSITORY}/pulls/{pull_number}/reviews`, Infinity],
  [REVIEWS, Infinity],
  [UPDATES, 4],
];

let changes = 0;

/** A change with findings, of which the App's cache knows nothing. */
const freshChange = (): Changes => ({ [SIDECAR_PATH]: `${NARROWED[SIDECAR_PATH]}# ${String((changes += 1))}\n` });

const faultsMet = (): number => app.github.requests.filter(({ fault }) => fault !== null).length;

/** Judges a pull request while GitHub fails. */
async function judgedUnder(operation: string, fault: Fault, times?: number, more: Changes = {}): Promise<Judged> {
  app.github.faults.plan(operation, fault, times);
  const pull = await openPull(people, 'change', { ...freshChange(), ...more });
  const run = await completedRun(people, pull.head);
  await until(() => jobsEnded() === 1);
  expect(faultsMet()).toBeGreaterThan(0);
  return { pull, run };
}

function isAnsweredInFull({ pull, run }: Judged): void {
  expect(run.conclusion).toBe('failure');
  expect(run.output.summary).toContain('my-shell');
  expect(run.output.summary).not.toContain('could not be published');
  expect(pull.reviews).toHaveLength(1);
  // One on the line that causes it, one with the lines that mend it.
  expect(pull.reviews[0]?.comments).toHaveLength(2);
}

describe('a request that fails', () => {
  const once: readonly Fault[] = [
    { kind: 'lost-answer' },
    { kind: 'cut', when: 'before' },
    { kind: 'cut', when: 'within' },
  ];

  it.each(OPERATIONS)('once, in each way, changes nothing: %s', async (operation) => {
    for (const fault of once) {
      people = await app.newRepository();
      isAnsweredInFull(await judgedUnder(operation, fault, 1));
    }
  });

  it.each([TREES, STARTS, REVIEWS, UPDATES])('for want of an answer, once, changes nothing: %s', async (operation) => {
    isAnsweredInFull(await judgedUnder(operation, { kind: 'slow-body', milliseconds: 2 * REQUEST_TIMEOUT_MS }, 1));
  });

  it('for want of a token that is still good, at the very end, changes nothing', async () => {
    isAnsweredInFull(await judgedUnder(UPDATES, { kind: 'expired-token' }, 1));
  });

  it.each([403, 429] as const)(
    'because of too many requests, with %d, is sent again after the wait',
    async (status) => {
      isAnsweredInFull(await judgedUnder(UPDATES, { kind: 'secondary-limit', status, seconds: 2 }, 1));
      expect(app.github.rates.impatient).toBe(0);
    },
  );

  it.each(OPERATIONS)('until the App gives up does not keep the check run open: %s', async (operation, attempts) => {
    const { run } = await judgedUnder(operation, { kind: 'status', status: 503 }, attempts);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toMatch(/status 503|cannot be read/);
  });

  it('for want of an answer until the App gives up does not keep the check run open', async () => {
    const { run } = await judgedUnder(TREES, { kind: 'slow-body', milliseconds: 2 * REQUEST_TIMEOUT_MS });
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary?.split('\n')[0]).toMatch(/GitHub did not answer a request .*\/git\/trees\//);
  });

  it.each<Fault>([
    { kind: 'status', status: 503 },
    { kind: 'cut', when: 'within' },
    { kind: 'slow-body', milliseconds: 2 * REQUEST_TIMEOUT_MS },
  ])('for an archive does not keep the check run open: %j', async (fault) => {
    const many = Array.from({ length: 70 }, (_unused, index): readonly [string, string] => [
      `mesh/many/${String(index)}.yaml`,
      `apiVersion: v1\nkind: Namespace\nmetadata: {name: n-${String(index)}-${fault.kind}}\n`,
    ]);
    const { run } = await judgedUnder('GET archive', fault, undefined, Object.fromEntries(many));
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary?.split('\n')[0]).toMatch(/status 503|archive (?:broke off|took too long)/);
  });
});

describe('a refusal', () => {
  it('of a review’s comments leaves its body', async () => {
    const { pull, run } = await judgedUnder(REVIEWS, { kind: 'status', status: 422 }, 1);
    expect(run.output.summary).not.toContain('could not be published');
    expect(pull.reviews.map(({ comments }) => comments)).toEqual([[]]);
    expect(pull.reviews[0]?.body).toContain('my-shell');
  });

  it('of the review leaves the conclusion, which says so', async () => {
    const { pull, run } = await judgedUnder(REVIEWS, { kind: 'status', status: 422 });
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('my-shell');
    expect(run.output.summary).toMatch(/The review could not be published\..*status 422/);
    expect(pull.reviews).toEqual([]);
  });

  it('of annotations leaves the conclusion', async () => {
    const { pull, run } = await judgedUnder(UPDATES, { kind: 'status', status: 422 }, 1);
    isAnsweredInFull({ pull, run });
    expect(run.annotations).toEqual([]);
  });

  it.each([403, 404, 422])('of the conclusion, with %d, ends the check run as a failure', async (status) => {
    const { run } = await judgedUnder(UPDATES, { kind: 'status', status }, status === 422 ? 2 : 1);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary?.split('\n')[0]).toContain(`status ${String(status)}`);
  });

  it('of everything that would end the check run is made good by the next look-round', async () => {
    app.github.faults.plan(UPDATES, { kind: 'status', status: 503 }, 8);
    const pull = await openPull(people, 'change', freshChange());
    await until(() => jobsEnded() === 1);
    expect(runsOf(people, pull.head).map(({ status }) => status)).toEqual(['in_progress']);
    app.github.announceInstallation(people.store.installation);
    isAnsweredInFull({ pull, run: await completedRun(people, pull.head) });
  });

  it('of everything that would end the check run of a head that was answered before, too', async () => {
    const pull = await openPull(people, 'change', freshChange());
    const run = await completedRun(people, pull.head);
    await until(() => jobsEnded() === 1);
    app.github.faults.plan(REVIEWS.replace('POST', 'GET'), { kind: 'slow-body', milliseconds: 2000 }, 1);
    people.rerequestCheckRun(run);
    await until(() => run.status === 'in_progress');
    app.github.faults.plan(UPDATES, { kind: 'status', status: 503 }, 8);
    await until(() => jobsEnded() === 2);
    expect(run.status).toBe('in_progress');
    app.github.announceInstallation(people.store.installation);
    await until(() => run.status === 'completed');
    isAnsweredInFull({ pull, run });
  });

  it('for ten minutes is not sat out; the check run is ended by the next look-round that may ask', async () => {
    app.github.faults.plan(REVIEWS, { kind: 'secondary-limit', status: 403, seconds: 600 }, 1);
    const pull = await openPull(people, 'change', freshChange());
    await until(() => jobsEnded() === 1);
    expect(app.github.rates.impatient).toBe(0);
    expect(runsOf(people, pull.head).map(({ status }) => status)).toEqual(['in_progress']);
    await app.kill();
    app.github.rates.block(`installation ${String(people.store.installation.id)}`, 0, () => new Refusal(403, ''));
    await app.restart({ RECONCILE_SECONDS: '3600' });
    isAnsweredInFull({ pull, run: await completedRun(people, pull.head) });
  });
});
