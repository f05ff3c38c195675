import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { registerPullRequestEvents } from '../../src/github/pull-request-events.js';
import { until } from './app-process.js';
import { makeAppParts, type AppParts } from './app-parts.js';
import { BEFORE, completedRun, NARROWED, openPull, runsOf } from './stand-in-app.js';
import { GitHubStandIn } from './stand-in/github-stand-in.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';

/** Nobody listens there; what is announced is handed over by the tests. */
const NOBODY = 'http://127.0.0.1:9';

let github: GitHubStandIn;
let parts: AppParts;
let people: RepositoryPeople;

beforeEach(async () => {
  github = await GitHubStandIn.start();
  parts = await makeAppParts(github);
  registerPullRequestEvents(parts.probot, parts.work, parts.log);
  people = await github.createRepository({ files: BEFORE });
  github.deliveries.target = NOBODY;
});

afterEach(async () => {
  await parts.close();
  await github.close();
});

/** Hands over what GitHub announced of a head, as if it had all happened within one second. */
async function deliver(headSha: string): Promise<void> {
  const payloads = github.deliveries.log
    .filter(({ event }) => event === 'pull_request')
    .map(({ body }) => JSON.parse(body) as { pull_request: { updated_at: string; head: { sha: string } } });
  const payload = payloads.find(({ pull_request: { head } }) => head.sha === headSha)!;
  payload.pull_request.updated_at = '2026-01-01T00:00:00Z';
  const delivery = { id: randomUUID(), name: 'pull_request', payload };
  await parts.probot.receive(delivery as unknown as Parameters<AppParts['probot']['receive']>[0]);
}

it('the present head is judged, although the delivery of one before comes later, from the same second', async () => {
  const pull = await openPull(people, 'change', NARROWED);
  const former = pull.head;
  await people.push('change', { 'mesh/note.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: n}\n' });
  await deliver(pull.head);
  await until(() => runsOf(people, pull.head).some(({ status }) => status === 'in_progress'));
  await deliver(former);
  const run = await completedRun(people, pull.head);
  await until(() => run.conclusion === 'failure');
  expect(runsOf(people, former).filter(({ conclusion }) => conclusion !== 'cancelled')).toEqual([]);
  expect(pull.reviews).toHaveLength(1);
});

it('the present head is judged, although only the delivery of one before comes', async () => {
  const pull = await openPull(people, 'change', NARROWED);
  const former = pull.head;
  await people.push('change', { 'mesh/note.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: n}\n' });
  await deliver(former);
  await until(() => runsOf(people, pull.head).length > 0);
  expect((await completedRun(people, pull.head)).conclusion).toBe('failure');
});
