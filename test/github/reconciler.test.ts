import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from './app-process.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import { BEFORE, completedRun, NARROWED, openPull, SIDECAR_PATH, StandInApp } from './stand-in-app.js';

let app: StandInApp;
let people: RepositoryPeople;

beforeEach(async () => {
  app = await StandInApp.start();
  people = await app.github.createRepository({ files: BEFORE });
  await app.github.deliveries.settled();
});

afterEach(() => app.stop());

/** Lets no delivery through from now on. */
function deaf(): void {
  app.github.deliveries.target = null;
}

describe('the look-rounds', () => {
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
    people.store.pulls.clear();
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

  it('see a base that moved without a word, and try again what could not be answered', async () => {
    await app.process.stop();
    await app.restart({ RECONCILE_SECONDS: '2' });
    const pull = await openPull(people, 'narrow', NARROWED);
    const run = await completedRun(people, pull.head);
    deaf();
    await people.push('main', { [SIDECAR_PATH]: NARROWED[SIDECAR_PATH] });
    await completedRun(people, pull.head, 2);
    expect(run.conclusion).toBe('success');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const before = app.github.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const asked = app.github.requests.slice(before).map(({ method, operation }) => `${method} ${operation}`);
    expect(asked.filter((line) => !line.startsWith('GET'))).toEqual([]);
    expect(asked.filter((line) => line.includes('/check-runs'))).toEqual([]);
  });

  it('are asked for by an installation', async () => {
    deaf();
    const pull = await openPull(people, 'narrow', NARROWED);
    app.github.sendWebhooksTo(await app.process.url());
    app.github.announceInstallation(people.store.installation);
    expect((await completedRun(people, pull.head)).conclusion).toBe('failure');
  });
});
