import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GitHubStandIn } from './github-stand-in.js';
import type { RepositoryPeople } from './repository-people.js';
import { SeededRandom } from './seeded-random.js';

const GET_REPOSITORY = 'GET /repos/{owner}/{repo}';
let github: GitHubStandIn;
let repository: RepositoryPeople;
let token: string;

beforeEach(async () => {
  github = await GitHubStandIn.start({ limits: { requestsPerHour: 30, contentPerMinute: 2 } });
  repository = await github.createRepository({ name: 'mesh', isPrivate: false });
  token = 'ghs_of_a_test';
  github.world.tokens.set(token, { installation: repository.store.installation, expiresAt: Date.now() + 60_000 });
});

afterEach(() => github.close());

function call(path = '', body?: object): Promise<Response> {
  return fetch(`${github.world.apiUrl}/repos/acme/mesh${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `token ${token}`, 'x-github-api-version': '2022-11-28', 'user-agent': 'a test' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

describe('the stand-in, told to fail', () => {
  it.each([500, 502, 503])('answers %d as often as planned', async (status) => {
    github.faults.plan(GET_REPOSITORY, { kind: 'status', status }, 2);
    expect([(await call()).status, (await call()).status, (await call()).status]).toEqual([status, status, 200]);
    expect(github.faults.counts).toEqual(new Map([[`status ${status}`, 2]]));
  });

  it('fails one operation and no other', async () => {
    github.faults.plan('GET /repos/{owner}/{repo}/branches', { kind: 'status', status: 500 });
    expect((await call('/branches')).status).toBe(500);
    expect((await call()).status).toBe(200);
  });

  it('takes a request and loses the answer', async () => {
    github.faults.plan(/check-runs$/, { kind: 'lost-answer' }, 1);
    github.faults.plan(/check-runs$/, { kind: 'cut', when: 'after' }, 1);
    github.faults.plan(/check-runs$/, { kind: 'cut', when: 'before' }, 1);
    const body = { name: 'n', head_sha: repository.branch('main') };
    expect((await call('/check-runs', body)).status).toBe(502);
    await expect(call('/check-runs', body)).rejects.toThrow();
    expect(repository.store.checkRuns).toHaveLength(2);
    await expect(call('/check-runs', body)).rejects.toThrow();
    expect(repository.store.checkRuns).toHaveLength(2);
  });

  it('cuts an answer in its middle, and dawdles over another', async () => {
    github.faults.plan(GET_REPOSITORY, { kind: 'cut', when: 'within' }, 1);
    github.faults.plan(GET_REPOSITORY, { kind: 'slow-body', milliseconds: 200 }, 1);
    const cut = await call();
    await expect(cut.json()).rejects.toThrow();
    const started = Date.now();
    expect(await (await call()).json()).toMatchObject({ name: 'mesh' });
    expect(Date.now() - started).toBeGreaterThan(150);
  });

  it('limits everybody of the installation for as long as it says', async () => {
    const key = `installation ${repository.store.installation.id}`;
    github.faults.plan(GET_REPOSITORY, { kind: 'secondary-limit', status: 403, seconds: 1 }, 1);
    const limited = await call();
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([403, '1']);
    expect((await call('/branches')).status).toBe(403);
    expect([github.rates.unaware, github.rates.impatient]).toEqual([1, 0]);
    const told = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await call()).status).toBe(403);
    expect([github.rates.unaware, github.rates.impatient]).toEqual([1, 1]);
    // What was sent before and waited for this process did not ignore it.
    expect(() => github.rates.enter(key, 'GET', false, told)).toThrow('secondary rate limit');
    expect([github.rates.unaware, github.rates.impatient]).toEqual([2, 1]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await call()).status).toBe(200);
    expect(github.violations).toEqual([]);
    github.faults.plan(GET_REPOSITORY, { kind: 'primary-limit', status: 429, seconds: 60 }, 1);
    const primary = await call();
    expect([primary.status, primary.headers.get('x-ratelimit-remaining')]).toEqual([429, '0']);
  });

  it('makes a token worthless', async () => {
    github.faults.plan(GET_REPOSITORY, { kind: 'expired-token' }, 1);
    expect((await call()).status).toBe(401);
    expect((await call()).status).toBe(401);
  });

  it('counts a caller that exceeds GitHub’s own limits', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 31; count++) statuses.push((await call()).status);
    expect(statuses.slice(-2)).toEqual([200, 403]);
    expect(github.violations).toEqual([expect.stringContaining('more than 30 requests an hour')]);
  });

  it('counts a caller that writes too much', async () => {
    await repository.push('f', { a: 'b' });
    const pull = await repository.openPullRequest({ head: 'f' });
    const write = (): Promise<Response> => call(`/pulls/${pull.number}/reviews`, { event: 'COMMENT', body: 'text' });
    expect([(await write()).status, (await write()).status, (await write()).status]).toEqual([200, 200, 403]);
    expect(github.violations[0]).toContain('contents a minute');
  });

  it('fails the same requests for the same seed', async () => {
    const fates = async (seed: number): Promise<readonly number[]> => {
      const faults = [{ kind: 'status' as const, status: 500 }];
      github.faults.chance = { random: new SeededRandom(seed), rate: 0.4, faults };
      const statuses: number[] = [];
      for (let count = 0; count < 8; count++) statuses.push((await call()).status);
      return statuses;
    };
    const first = await fates(5);
    expect(first).toContain(500);
    expect(first).toContain(200);
    expect(await fates(5)).toEqual(first);
    expect(await fates(6)).not.toEqual(first);
  });
});
