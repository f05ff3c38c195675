import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredPull } from './stand-in/store.js';
import { BEFORE, completedRun, NARROWED, openPull, StandInApp } from './stand-in-app.js';

let app: StandInApp;
let people: RepositoryPeople;

beforeEach(async () => {
  app = await StandInApp.start();
  people = await app.github.createRepository({ files: BEFORE });
  await app.github.deliveries.settled();
});

afterEach(() => app.stop());

/** GitHub takes no token any more that it gave so far. */
function revokeTokens(): void {
  for (const token of app.github.world.tokens.values()) token.expiresAt = 0;
}

const countTokens = (): number => app.github.count('POST /app/installations/{installation_id}/access_tokens');

describe('the App’s client of GitHub', () => {
  it('gets another token when GitHub no longer takes the one it has', async () => {
    const first = await openPull(people, 'first', NARROWED);
    await completedRun(people, first.head);
    const before = countTokens();
    revokeTokens();
    const second = await openPull(people, 'second', NARROWED);
    expect((await completedRun(people, second.head)).conclusion).toBe('failure');
    expect(countTokens()).toBe(before + 1);
  });

  it('gets another token in the middle of a job', async () => {
    app.github.faults.plan('POST /repos/{owner}/{repo}/check-runs', { kind: 'expired-token' }, 1);
    const pull = await openPull(people, 'narrow', NARROWED);
    const run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('my-shell');
    expect(pull.reviews).toHaveLength(1);
  });

  it('lets nobody of an installation ask while GitHub asks to wait', async () => {
    const pulls: StoredPull[] = [];
    app.github.faults.plan(
      'POST /repos/{owner}/{repo}/check-runs',
      { kind: 'secondary-limit', status: 403, seconds: 3 },
      1,
    );
    for (const name of ['a', 'b', 'c', 'd']) pulls.push(await openPull(people, name, NARROWED));
    for (const { head } of pulls) expect((await completedRun(people, head)).conclusion).toBe('failure');
    expect(app.github.faults.counts.get('secondary-limit 403')).toBe(1);
    expect(app.github.rates.impatient).toBe(0);
  });
});
