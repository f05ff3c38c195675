import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerCheckSuiteEvents } from '../../src/github/check-suite-events.js';
import { registerPullRequestEvents } from '../../src/github/pull-request-events.js';
import { makeAppParts, type AppParts } from './app-parts.js';
import { BEFORE, completedRun, NARROWED, openPull } from './stand-in-app.js';
import { GitHubStandIn } from './stand-in/github-stand-in.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredPull } from './stand-in/store.js';

const PATIENCE_MS = 300;
/** Nobody listens there; what is announced is handed over by the tests. */
const NOBODY = 'http://127.0.0.1:9';

let github: GitHubStandIn;
let parts: AppParts;
let people: RepositoryPeople;
let pull: StoredPull;

beforeEach(async () => {
  github = await GitHubStandIn.start();
  parts = await makeAppParts(github);
  registerCheckSuiteEvents(parts.probot, parts.work, parts.log, PATIENCE_MS);
  registerPullRequestEvents(parts.probot, parts.work, parts.log);
  people = await github.createRepository({ files: BEFORE });
  github.deliveries.target = NOBODY;
  pull = await openPull(people, 'narrow', NARROWED);
  people.rerequestCheckSuite(pull.head);
});

afterEach(async () => {
  await parts.close();
  await github.close();
});

/** Hands over what GitHub announced last of an event, whatever its action was, as this action. */
async function deliver(name: 'check_suite' | 'pull_request', action: string): Promise<void> {
  const { body } = github.deliveries.log.findLast(({ event }) => event === name)!;
  const payload = { ...(JSON.parse(body) as object), action };
  await parts.probot.receive({ id: randomUUID(), name, payload } as Parameters<AppParts['probot']['receive']>[0]);
}

describe('a suite that GitHub asks for after a push', () => {
  it('is judged late where no other delivery came', async () => {
    await deliver('check_suite', 'requested');
    expect(github.requests).toEqual([]);
    const run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('failure');
    expect(pull.reviews).toHaveLength(1);
  });

  it('is left to the delivery that came in time', async () => {
    await deliver('check_suite', 'requested');
    await deliver('pull_request', 'opened');
    await completedRun(people, pull.head);
    await wait(2 * PATIENCE_MS);
    expect(github.count('GET /repos/{owner}/{repo}/commits/{ref}/check-runs')).toBe(1);
  });
});
