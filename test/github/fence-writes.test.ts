import type { ProbotOctokit } from 'probot';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LeaseLost } from '../../src/github/exclusive.js';
import { fenceWrites } from '../../src/github/fence-writes.js';
import { makeAppParts, type AppParts } from './app-parts.js';
import { GitHubStandIn } from './stand-in/github-stand-in.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';

const CREATE = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
let github: GitHubStandIn;
let parts: AppParts;
let people: RepositoryPeople;

beforeEach(async () => {
  github = await GitHubStandIn.start();
  parts = await makeAppParts(github);
  people = await github.createRepository({ files: { 'README.md': 'a\n' } });
});

afterEach(async () => {
  await parts.close();
  await github.close();
});

it.each([
  { name: 'while it waited', timesHeld: 2, sent: 1 },
  { name: 'while it was made', timesHeld: 1, sent: 0 },
  { name: 'before', timesHeld: 0, sent: 0 },
])('nothing is written by whoever lost the turn $name', async ({ timesHeld, sent }) => {
  await people.push('change', { 'README.md': 'b\n' }, 'main');
  const { number } = await people.openPullRequest({ head: 'change', base: 'main' });
  const { owner, name: repo, installation } = people.store;
  const client = (await parts.clientOf(installation.id)) as ProbotOctokit;
  // Gets a token.
  await client.rest.pulls.get({ owner, repo, pull_number: number });
  let asked = 0;
  fenceWrites(client, {
    assertHeld: () => ((asked += 1) > timesHeld ? Promise.reject(new LeaseLost()) : Promise.resolve()),
    lost: new AbortController().signal,
  });
  github.faults.plan(CREATE, { kind: 'secondary-limit', status: 403, seconds: 1 }, 1);
  const comment = { owner, repo, issue_number: number, body: 'hello' };
  await expect(client.rest.issues.createComment(comment)).rejects.toThrow(LeaseLost);
  expect(github.count(CREATE)).toBe(sent);
  expect(asked).toBe(timesHeld + 1);
});
