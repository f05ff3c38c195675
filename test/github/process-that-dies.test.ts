import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './app-process.js';
import { completedRun, NARROWED, openPull, runsOf, StandInApp } from './stand-in-app.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';

const TREES = 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}';
const MOST_ATTEMPTS = 5;

let app: StandInApp;
let people: RepositoryPeople;

beforeAll(async () => {
  app = await StandInApp.start();
  people = await app.newRepository();
});

afterAll(() => app.stop());

const trees = (): number => app.github.count(TREES);

/** Waits until the App has begun so many look-rounds more. */
async function rounds(more: number): Promise<void> {
  const begun = (): number => app.github.count('GET /app/installations');
  const goal = begun() + more;
  await until(() => begun() >= goal);
}

it('a pull request over which process after process dies is given up, with the reason, until somebody asks again', async () => {
  app.github.faults.plan(TREES, { kind: 'slow-body', milliseconds: 600_000 });
  const pull = await openPull(people, 'deadly', NARROWED);
  const group = await people.createMergeGroup([pull]);
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const before = trees();
    // Both sides of the pull request, and of the group.
    await until(() => trees() === before + 4);
    expect(runsOf(people, pull.head)).toMatchObject([{ status: 'in_progress' }]);
    await app.kill();
    await app.restart({ RECONCILE_SECONDS: '1' });
  }
  const asked = trees();
  for (const head of [pull.head, group?.headSha ?? '']) {
    const run = await completedRun(people, head);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary?.split('\n')[0]).toContain(`has ended ${MOST_ATTEMPTS} times in a row`);
    expect(run.output.summary).toContain('not tried again by itself');
  }
  await rounds(3);
  expect(trees()).toBe(asked);

  app.github.faults.clear();
  const [run] = runsOf(people, pull.head);
  if (run) people.rerequestCheckRun(run);
  await until(() => run?.status === 'completed' && run.output.title?.startsWith('Fails') === true);
  await rounds(2);
  expect(app.github.violations).toEqual([]);
}, 300_000);
