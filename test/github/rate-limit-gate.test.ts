import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchFromGitHub } from '../../src/github/github-client.js';
import { RateLimitGate, type GatedInit, type Limit } from '../../src/github/rate-limit-gate.js';
import { GitHubStandIn } from './stand-in/github-stand-in.js';

const METADATA = 'GET /repos/{owner}/{repo}';
let github: GitHubStandIn;
let now: number;
let gate: RateLimitGate;

beforeEach(async () => {
  github = await GitHubStandIn.start();
  const { store } = await github.createRepository({ owner: 'acme', name: 'mesh' });
  github.world.tokens.set('ghs_test', { installation: store.installation, expiresAt: Infinity });
  now = Date.now();
  gate = new RateLimitGate(fetchFromGitHub, () => now);
});

afterEach(() => github.close());

async function ask(): Promise<readonly [status: number, isAsked: boolean]> {
  const before = github.requests.length;
  const headers = { authorization: 'token ghs_test', 'user-agent': 'a test' };
  const response = await gate.fetch(`${github.world.apiUrl}/repos/acme/mesh`, { headers });
  return [response.status, github.requests.length > before];
}

describe('the gate before an installation’s requests', () => {
  it('is open as long as GitHub asks for nothing', async () => {
    expect([await ask(), await ask()]).toEqual([
      [200, true],
      [200, true],
    ]);
  });

  it.each([
    ['secondary-limit', 403, 'secondary rate limit'],
    ['primary-limit', 429, 'API rate limit exceeded'],
  ] as const)('answers in GitHub’s place through a long wait: %s', async (kind, status, words) => {
    github.faults.plan(METADATA, { kind, status, seconds: 1000 }, 1);
    expect(await ask()).toEqual([status, true]);
    now += 500_000;
    expect(await ask()).toEqual([403, false]);
    const refusal = await gate.fetch(`${github.world.apiUrl}/repos/acme/mesh`);
    expect(await refusal.text()).toContain(words);
    expect(Number(refusal.headers.get('retry-after'))).toBeCloseTo(500, -1);
    now += 510_000;
    expect((await ask())[1]).toBe(true);
  });

  it('sits a short wait out', async () => {
    github.faults.plan(METADATA, { kind: 'secondary-limit', status: 429, seconds: 1 }, 1);
    gate = new RateLimitGate(fetchFromGitHub);
    expect(await ask()).toEqual([429, true]);
    expect(await ask()).toEqual([200, true]);
    expect(github.rates).toMatchObject({ impatient: 0, unaware: 0 });
  });

  it('is closed by a wait that comes while what is to be done before a request is done', async () => {
    let asked = 0;
    const beforeSend = (): Promise<void> => {
      if (asked === 0) gate.keep({ until: now + 600_000, body: '{"message": "Wait."}' });
      asked += 1;
      return Promise.resolve();
    };
    const init: GatedInit = { beforeSend };
    expect((await gate.fetch(`${github.world.apiUrl}/repos/acme/mesh`, init)).status).toBe(403);
    expect([asked, github.requests.length]).toEqual([1, 0]);
  });

  it('is closed by a wait that GitHub asked another process for, and tells others of its own', async () => {
    const told: Limit[] = [];
    gate = new RateLimitGate(
      fetchFromGitHub,
      () => now,
      (limit) => told.push(limit),
    );
    gate.keep({ until: now + 600_000, body: '{"message": "Wait."}' });
    expect(await ask()).toEqual([403, false]);
    now += 600_000;
    expect(await ask()).toEqual([200, true]);
    github.faults.plan(METADATA, { kind: 'secondary-limit', status: 429, seconds: 300 }, 1);
    expect(await ask()).toEqual([429, true]);
    expect(told).toMatchObject([{ until: now + 300_000 }]);
  });
});
