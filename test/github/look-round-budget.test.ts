import { afterEach, beforeEach, expect, it } from 'vitest';
import { Reconciler } from '../../src/github/reconciler.js';
import { until } from './app-process.js';
import { makeAppParts, type AppParts } from './app-parts.js';
import { BEFORE, NARROWED, openPull, runsOf } from './stand-in-app.js';
import { GitHubStandIn } from './stand-in/github-stand-in.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';

let github: GitHubStandIn;
let parts: AppParts;
let teams: RepositoryPeople[];

/** An installation's requests in an hour. */
const LIMIT = 400;

beforeEach(async () => {
  github = await GitHubStandIn.start({ limits: { requestsPerHour: LIMIT } });
  parts = await makeAppParts(github);
  teams = [];
  for (const name of ['a', 'b', 'c']) teams.push(await github.createRepository({ name, files: BEFORE }));
});

afterEach(async () => {
  await parts.close();
  await github.close();
});

/** The repositories that a look-round lists the open pull requests of. */
async function lookRound(reconciler: Reconciler): Promise<readonly string[]> {
  const before = github.requests.length;
  reconciler.lookRoundSoon(teams[0]?.store.installation.id ?? 0);
  await reconciler.idle();
  const asked = github.requests.slice(before).map(({ path }) => path);
  return [...new Set(asked.flatMap((path) => /^\/repos\/acme\/(\w+)\/pulls$/.exec(path)?.[1] ?? []))];
}

it('a look-round that has spent its budget is continued by the next one, and the last is followed by the first', async () => {
  const pulls = [];
  for (const people of teams) pulls.push(await openPull(people, 'narrow', NARROWED));
  const reconciler = new Reconciler({ ...parts, intervalMs: 0, budget: 3 });
  const looked = [];
  for (let round = 0; round < 4; round++) looked.push(await lookRound(reconciler));
  expect(looked).toEqual([['a'], ['b'], ['c'], ['a']]);
  await parts.close();
  for (const [index, people] of teams.entries()) {
    expect(runsOf(people, pulls[index]?.head ?? '')).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
  }
});

it('a look-round within its budget goes over everything', async () => {
  const reconciler = new Reconciler({ ...parts, intervalMs: 0 });
  expect(await lookRound(reconciler)).toEqual(['a', 'b', 'c']);
  expect(await lookRound(reconciler)).toEqual(['a', 'b', 'c']);
});

it('a look-round takes a repository without a commit for one that has nothing to judge', async () => {
  await teams[0]?.store.git.deleteRef('refs/heads/main');
  const reconciler = new Reconciler({ ...parts, intervalMs: 0 });
  expect(await lookRound(reconciler)).toEqual(['a', 'b', 'c']);
  const { text } = await parts.metrics.render();
  expect(text).toContain('egress_scope_look_rounds_total{outcome="complete"} 1');
});

it('a look-round asks for one thing a base, once it knows the configuration, and sees when that changes', async () => {
  for (const people of teams) await openPull(people, 'words', { 'README.md': 'words\n' });
  const reconciler = new Reconciler({ ...parts, intervalMs: 0 });
  await lookRound(reconciler);
  for (const { store } of teams) await until(() => store.checkRuns.some(({ status }) => status === 'completed'));
  await lookRound(reconciler);
  github.forget();
  await lookRound(reconciler);
  const asked = (): readonly string[] =>
    github.requests.map(({ operation }) => operation.replace('/repos/{owner}/{repo}/', ''));
  const ofEach = ['GET pulls', 'GET git/matching-refs/{ref}', 'GET git/matching-refs/{ref}'];
  expect(asked()).toEqual(['GET /installation/repositories', ...teams.flatMap(() => ofEach)]);
  await teams[1]?.push('main', { '.github/egress-scope.yml': 'failon: warning\n' });
  await lookRound(reconciler);
  const [run] = teams[1]?.store.checkRuns ?? [];
  await until(() => run?.conclusion === 'failure');
  expect(run?.output.title).toContain('configuration is invalid');
});

it('look-rounds leave a quarter of the rate limit to deliveries', async () => {
  const reconciler = new Reconciler({ ...parts, intervalMs: 0 });
  let looked = await lookRound(reconciler);
  for (let round = 0; looked.length > 0 && round < LIMIT; round++) looked = await lookRound(reconciler);
  expect(github.requests.length).toBeGreaterThan(LIMIT / 2);
  expect(github.requests.length).toBeLessThan((LIMIT * 3) / 4 + 10);
  expect(github.rates.breaches).toEqual([]);
});
