import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveSides } from '../../src/github/pull-request-sides.js';
import { gitHub, restClient, ROOT, TARGET } from './rest-client.js';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});

interface Look {
  readonly head?: string;
  readonly mergeable?: boolean | null;
  readonly merge?: string | null;
  readonly state?: string;
}

function shows({ head = 'head', mergeable = true, merge = 'merge', state = 'open' }: Look): void {
  const base = { ref: 'release/1', repo: { html_url: 'https://github.com/acme/mesh' } };
  // The head's repository is gone, as that of a deleted fork is.
  const pull = { head: { sha: head, repo: null }, base, state, mergeable, merge_commit_sha: merge };
  gitHub().get(`${ROOT}/pulls/5`).reply(200, pull);
}

function commit(sha: string, ...parents: readonly string[]): void {
  gitHub()
    .get(`${ROOT}/git/commits/${sha}`)
    .reply(200, { sha, parents: parents.map((parent) => ({ sha: parent })) });
}

const sides = (delays: readonly number[] = [1, 1]): ReturnType<typeof resolveSides> =>
  resolveSides(restClient(), TARGET, 'head', { delays });

describe('resolveSides', () => {
  it('takes GitHub’s merge commit and its first parent', async () => {
    shows({});
    commit('merge', 'base', 'head');
    expect(await sides()).toEqual({ kind: 'merge-commit', headSha: 'head', before: 'base', after: 'merge' });
  });

  it('waits while GitHub has no merge commit, or an old one', async () => {
    shows({ mergeable: null, merge: 'old' });
    shows({ merge: 'old' });
    commit('old', 'base', 'older head');
    shows({ merge: 'merge' });
    commit('merge', 'base', 'head');
    expect(await sides()).toMatchObject({ after: 'merge' });
  });

  it('names what to merge itself when GitHub stays undecided', async () => {
    shows({ mergeable: null });
    shows({ mergeable: null });
    gitHub()
      .get(`${ROOT}/compare/release%2F1...head?per_page=1`)
      .reply(200, { base_commit: { sha: 'tip' }, merge_base_commit: { sha: 'fork' } });
    expect(await sides([1])).toEqual({ kind: 'merge-here', headSha: 'head', before: 'tip', ancestor: 'fork' });
  });

  it('cannot judge a conflict', async () => {
    shows({ mergeable: false });
    await expect(sides()).rejects.toMatchObject({ name: 'CannotJudge', message: /conflicts with release\/1/ });
  });

  it('gives up for a head that is no longer the pull request’s', async () => {
    shows({ head: 'newer00000' });
    shows({ head: 'newer00000' });
    await expect(sides([1])).rejects.toMatchObject({ name: 'Superseded', message: /newer00/ });
  });

  it('gives up for a pull request that was closed', async () => {
    shows({ state: 'closed' });
    await expect(sides()).rejects.toMatchObject({ name: 'Superseded' });
  });

  it('stops waiting when it is told to', async () => {
    shows({ mergeable: null });
    const stop = new AbortController();
    const waiting = resolveSides(restClient(), TARGET, 'head', { delays: [60_000], signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
