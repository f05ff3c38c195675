import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runPullRequest, type PullRequestResult } from '../../src/github/analyze-pull-request.js';
import { AFTER, BEFORE } from './example-trees.js';
import type { Changes } from './stand-in/git-store.js';
import { GitHubStandIn } from './stand-in/github-stand-in.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredPull } from './stand-in/store.js';

let github: GitHubStandIn;
let repository: RepositoryPeople;
let token: string;

beforeAll(async () => {
  github = await GitHubStandIn.start();
});

beforeEach(async () => {
  github.forget();
  repository = await github.createRepository({ files: BEFORE });
  token = github.userToken('someone');
});

afterAll(() => github.close());

async function open(changes: Changes): Promise<StoredPull> {
  await repository.push('change', changes);
  return repository.openPullRequest({ head: 'change' });
}

function run(number: number, post = false, authorization = token): Promise<PullRequestResult> {
  const target = { owner: repository.store.owner, repo: repository.store.name, number };
  const apiUrl = `${github.world.apiUrl}/`;
  return runPullRequest(target, { post, token: authorization, apiUrl, pollDelays: [1, 1] });
}

describe('runPullRequest', () => {
  it('analyses a pull request and writes nothing', async () => {
    const pull = await open(AFTER);
    const result = await run(1);
    expect(result).toMatchObject({ kind: 'analyzed', headSha: pull.head, review: null, analysis: { verdict: 'fail' } });
    expect(github.requests.every(({ method }) => method === 'GET')).toBe(true);
    expect([github.violations, github.ownProblems]).toEqual([[], []]);
  });

  it('posts one review, however often it is asked to', async () => {
    const pull = await open(AFTER);
    expect(await run(1, true)).toMatchObject({ review: 'created' });
    expect(await run(1, true)).toMatchObject({ review: 'unchanged' });
    expect(pull.reviews).toHaveLength(1);
    expect(repository.store.checkRuns).toEqual([]);
    expect(github.violations).toEqual([]);
  });

  it('has nothing to analyse where no manifest is touched', async () => {
    await open({ 'README.md': 'x' });
    expect(await run(1)).toMatchObject({ kind: 'not-applicable' });
    expect(github.count(/git\/trees/)).toBe(0);
  });

  it('leaves a conflict undetermined', async () => {
    await open({ 'mesh/namespaces.yaml': 'a: 1\n' });
    await repository.push('main', { 'mesh/namespaces.yaml': 'a: 2\n' });
    expect(await run(1)).toMatchObject({
      kind: 'undetermined',
      reason: expect.stringContaining('conflicts') as string,
    });
  });

  it('names files that conflict when it merges itself', async () => {
    const file = 'mesh/namespaces.yaml';
    const pull = await open({ [file]: 'a: 1\n' });
    await repository.push('main', { [file]: 'a: 2\n' });
    pull.looksUntilMerged = Infinity;
    expect(await run(1)).toMatchObject({ kind: 'undetermined', reason: expect.stringContaining(file) as string });
  });

  it.each([
    ['a pull request that does not exist', 77, null, '404'],
    ['a token that GitHub does not take', 1, 'wrong', '401'],
  ])('gives the reason for %s', async (_name, number, other, status) => {
    await open(AFTER);
    const authorization = other ?? token;
    const result = await run(number, false, authorization);
    expect(result).toMatchObject({ kind: 'undetermined', reason: expect.stringContaining(status) as string });
    expect(JSON.stringify(result)).not.toContain(authorization);
  });
});
