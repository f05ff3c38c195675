import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from './app-process.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import { fullNameOf } from './stand-in/store.js';
import { completedRun, NARROWED, openPull, runsOf, StandInApp } from './stand-in-app.js';

const TREES = 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}';
/** With one thread. */
const JOBS_AT_A_TIME = 16;
const UNFINISHED = 'Not finished in time; the next look-round goes on with it.';

let app: StandInApp;
let people: RepositoryPeople;
let url: string;

async function start(drainSeconds: number): Promise<void> {
  app = await StandInApp.start({ DRAIN_SECONDS: String(drainSeconds) });
  url = await app.process.url();
  people = await app.newRepository();
}

afterEach(() => app.stop());

async function statusOf(path: string): Promise<number> {
  return (await fetch(`${url}${path}`)).status;
}

function unfinishedLines(): readonly object[] {
  const lines = app.process.log.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as { readonly msg: string }).filter(({ msg }) => msg === UNFINISHED);
}

/** A process that takes over, with a GitHub that is well again. */
async function startAgain(): Promise<void> {
  app.github.faults.clear();
  await app.restart({ RECONCILE_SECONDS: '3600' });
}

describe('SIGTERM, while GitHub answers slowly', () => {
  describe('with enough time', () => {
    beforeEach(() => start(20));

    it('lets a job come to its answer, and takes no more deliveries meanwhile', async () => {
      app.github.faults.plan(TREES, { kind: 'slow-body', milliseconds: 2000 });
      const pull = await openPull(people, 'narrow', NARROWED);
      await until(() => app.github.count(TREES) > 0);
      const stopped = app.process.stop();
      await until(() => app.process.log.includes('"Stopping."'));
      expect(await statusOf('/readyz')).toBe(503);
      expect(await statusOf('/healthz')).toBe(200);
      const late = await openPull(people, 'late', NARROWED);
      await app.github.deliveries.settled();
      expect(app.github.deliveries.log.findLast(({ event }) => event === 'pull_request')?.answer).toBe(503);
      expect(await stopped).toBe(0);
      expect(runsOf(people, pull.head)).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
      expect(pull.reviews).toHaveLength(1);
      expect(unfinishedLines()).toEqual([]);

      await startAgain();
      expect((await completedRun(people, late.head)).conclusion).toBe('failure');
    });
  });

  describe('with too little time', () => {
    beforeEach(() => start(1));

    it('leaves jobs that wait, for their turn or for GitHub, to the look-round of the next process', async () => {
      app.github.faults.plan(TREES, { kind: 'slow-body', milliseconds: 30_000 });
      const pulls = [];
      for (let index = 0; index <= JOBS_AT_A_TIME; index += 1) {
        pulls.push(await openPull(people, `change-${index}`, { ...NARROWED, 'README.md': `${index}` }));
      }
      const { checkRuns } = people.store;
      await until(() => checkRuns.filter(({ status }) => status === 'in_progress').length === JOBS_AT_A_TIME);
      await app.github.deliveries.settled();
      const before = Date.now();
      expect(await app.process.stop()).toBe(0);
      expect(Date.now() - before).toBeLessThan(15_000);
      expect(checkRuns).toHaveLength(JOBS_AT_A_TIME);
      expect(new Set(checkRuns.map(({ conclusion }) => conclusion))).toEqual(new Set(['cancelled']));
      const repository = fullNameOf(people.store);
      const expected = pulls.map(({ number, head }) => ({
        repository,
        pull: number,
        sha: head,
        delivery: app.github.deliveries.log.find(({ event, body }) => event === 'pull_request' && body.includes(head))
          ?.id,
      }));
      expect(unfinishedLines()).toMatchObject(expected);

      await startAgain();
      for (const pull of pulls) {
        await until(() => runsOf(people, pull.head).some(({ conclusion }) => conclusion === 'failure'));
        expect(runsOf(people, pull.head)).toHaveLength(1);
        expect(pull.reviews).toHaveLength(1);
      }
      expect(app.github.violations).toEqual([]);
    });

    it('ends the check run of a job that can be stopped, and the next process takes it back', async () => {
      app.github.world.looksUntilMerged = () => Infinity;
      const pull = await openPull(people, 'narrow', NARROWED);
      await until(() => runsOf(people, pull.head).length === 1);
      expect(await app.process.stop()).toBe(0);
      expect(runsOf(people, pull.head)).toMatchObject([{ status: 'completed', conclusion: 'cancelled' }]);
      expect(unfinishedLines()).toHaveLength(1);

      pull.looksUntilMerged = 0;
      app.github.world.looksUntilMerged = () => 0;
      await startAgain();
      expect((await completedRun(people, pull.head, 2)).conclusion).toBe('failure');
      expect(pull.reviews).toHaveLength(1);
    });
  });
});
