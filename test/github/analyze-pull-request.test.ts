import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runPullRequest, type PullRequestResult } from '../../src/github/analyze-pull-request.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import { AFTER, BEFORE } from './example-trees.js';
import { FakeGitHub } from './fake-github.js';

let github: FakeGitHub;
let main: string;

beforeEach(async () => {
  github = new FakeGitHub();
  await github.listen();
  main = github.git.commit(BEFORE);
  github.branches.set('main', main);
});

afterEach(() => github.close());

function run(number: number, post = false, token = 'ghs_test'): Promise<PullRequestResult> {
  const target = { owner: github.owner, repo: github.repo, number };
  const apiUrl = `http://${github.host}/api/v3/`;
  return runPullRequest(target, { post, token, apiUrl, mesh: {}, policy: DEFAULT_POLICY });
}

describe('runPullRequest', () => {
  it('analyses a pull request and writes nothing', async () => {
    const pull = github.openPull(1, github.git.commit(AFTER, [main]));
    const result = await run(1);
    expect(result).toMatchObject({ kind: 'analyzed', headSha: pull.head, review: null, analysis: { verdict: 'fail' } });
    expect(github.requests.every(({ method }) => method === 'GET')).toBe(true);
    expect(github.violations).toEqual([]);
  });

  it('posts one review, however often it is asked to', async () => {
    github.openPull(1, github.git.commit(AFTER, [main]));
    expect(await run(1, true)).toMatchObject({ review: 'created' });
    expect(await run(1, true)).toMatchObject({ review: 'unchanged' });
    expect(github.reviews).toHaveLength(1);
    expect(github.checkRuns).toEqual([]);
    expect(github.violations).toEqual([]);
  });

  it('has nothing to analyse where no manifest is touched', async () => {
    github.openPull(1, github.git.commit({ ...BEFORE, 'README.md': 'x' }, [main]));
    expect(await run(1)).toMatchObject({ kind: 'not-applicable' });
    expect(github.requests).toHaveLength(2);
  });

  it('leaves a conflict undetermined', async () => {
    github.openPull(1, github.git.commit(AFTER, [main])).isConflicting = true;
    expect(await run(1)).toMatchObject({
      kind: 'undetermined',
      reason: expect.stringContaining('conflicts') as string,
    });
  });

  it('names files that conflict when it merges itself', async () => {
    const file = 'mesh/namespaces.yaml';
    github.openPull(1, github.git.commit({ ...BEFORE, [file]: 'a: 1\n' }, [main])).looksUntilMerged = 99;
    github.branches.set('main', github.git.commit({ ...BEFORE, [file]: 'a: 2\n' }, [main]));
    expect(await run(1)).toMatchObject({ kind: 'undetermined', reason: expect.stringContaining(file) as string });
  });

  it.each([
    ['a pull request that does not exist', 77, 'ghs_test', '404'],
    ['a token that GitHub does not take', 1, 'wrong', '401'],
  ])('gives the reason for %s', async (_name, number, token, status) => {
    github.openPull(1, github.git.commit(AFTER, [main]));
    const result = await run(number, false, token);
    expect(result).toMatchObject({ kind: 'undetermined', reason: expect.stringContaining(status) as string });
    expect(JSON.stringify(result)).not.toContain(token);
  });
});
