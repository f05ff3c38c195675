import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from './app-process.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import { completedRun, NARROWED, openPull, runsOf, SIDECAR_PATH, StandInApp } from './stand-in-app.js';

let app: StandInApp;
let people: RepositoryPeople;

beforeAll(async () => {
  app = await StandInApp.start();
});

beforeEach(async () => {
  app.github.sendWebhooksTo(await app.process.url());
  people = await app.newRepository();
});

afterAll(() => app.stop());

/** Lets no delivery through from now on. */
function deaf(): void {
  app.github.deliveries.target = null;
}

/** Waits until the App has begun so many look-rounds more. */
async function rounds(more: number): Promise<void> {
  const begun = (): number => app.github.count('GET /app/installations');
  const goal = begun() + more;
  await until(() => begun() >= goal);
}

describe('the look-rounds', () => {
  it('are asked for by an installation', async () => {
    deaf();
    const pull = await openPull(people, 'narrow', NARROWED);
    app.github.sendWebhooksTo(await app.process.url());
    app.github.announceInstallation(people.store.installation);
    expect((await completedRun(people, pull.head)).conclusion).toBe('failure');
  });

  it('answer pull requests and merge groups of which no delivery came', async () => {
    deaf();
    const pull = await openPull(people, 'narrow', NARROWED);
    const group = await people.createMergeGroup([pull]);
    await app.kill();
    await app.restart({ RECONCILE_SECONDS: '3600' });
    expect((await completedRun(people, pull.head)).conclusion).toBe('failure');
    expect((await completedRun(people, group?.headSha ?? '')).conclusion).toBe('failure');
    expect(pull.reviews).toHaveLength(1);
    expect(app.github.violations).toEqual([]);
  });

  it('finish what a killed process left open', async () => {
    app.github.world.looksUntilMerged = () => Infinity;
    const pull = await openPull(people, 'narrow', NARROWED);
    await until(() => people.store.checkRuns.some(({ status }) => status === 'in_progress'));
    await app.kill();
    app.github.world.looksUntilMerged = () => 0;
    pull.looksUntilMerged = 0;
    await app.restart({ RECONCILE_SECONDS: '3600' });
    const run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('failure');
    expect(pull.reviews).toHaveLength(1);
  });

  it('end what a killed process left open at heads that were replaced since', async () => {
    app.github.world.looksUntilMerged = () => Infinity;
    const replaced = await openPull(people, 'replaced', NARROWED);
    const rewritten = await openPull(people, 'rewritten', NARROWED);
    const closed = await openPull(people, 'closed', NARROWED);
    const heads = [replaced.head, rewritten.head, closed.head];
    await until(() => heads.every((head) => runsOf(people, head).some(({ status }) => status === 'in_progress')));
    await app.kill();
    deaf();
    await people.push('replaced', { 'README.md': 'more\n' });
    await people.rebase(rewritten);
    await people.close(closed);
    app.github.world.looksUntilMerged = () => 0;
    for (const pull of people.store.pulls.values()) pull.looksUntilMerged = 0;
    await app.restart({ RECONCILE_SECONDS: '3600' });
    for (const head of heads) expect((await completedRun(people, head)).conclusion).toBe('cancelled');
    expect((await completedRun(people, replaced.head)).conclusion).toBe('failure');
    expect(app.github.violations).toEqual([]);
  });

  it('judge anew where an answer counts a pull request that was closed unheard', async () => {
    const strict = await openPull(people, 'change', { ...NARROWED, 'README.md': 'x\n' });
    const run = await completedRun(people, strict.head);
    await people.push('narrowed', NARROWED);
    const harmless = await people.openPullRequest({ head: 'change', base: 'narrowed' });
    await until(() => run.status === 'completed' && run.externalId?.includes(' + ') === true);
    expect(run.conclusion).toBe('failure');
    await app.kill();
    deaf();
    await people.close(strict);
    await app.restart({ RECONCILE_SECONDS: '3600' });
    await until(() => run.status === 'completed' && run.externalId?.includes(' + ') === false);
    expect(run.conclusion).toBe('success');
    expect(run.externalId).toMatch(new RegExp(`^${harmless.number} narrowed `));
  });

  it('see a base that moved without a word, and ask nothing twice', async () => {
    await app.process.stop();
    await app.restart({ RECONCILE_SECONDS: '1' });
    const pull = await openPull(people, 'narrow', NARROWED);
    const run = await completedRun(people, pull.head);
    deaf();
    await people.push('main', { [SIDECAR_PATH]: NARROWED[SIDECAR_PATH] });
    await completedRun(people, pull.head, 2);
    expect(run.conclusion).toBe('success');
    await rounds(2);
    const before = app.github.requests.length;
    await rounds(2);
    const asked = app.github.requests.slice(before).map(({ method, operation }) => `${method} ${operation}`);
    expect(asked.filter((line) => !line.startsWith('GET'))).toEqual([]);
    expect(asked.filter((line) => line.includes('/check-runs'))).toEqual([]);
  });
});
