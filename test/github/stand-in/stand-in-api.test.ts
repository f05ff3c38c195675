import { createSign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GitHubStandIn } from './github-stand-in.js';
import type { RepositoryPeople } from './repository-people.js';

let github: GitHubStandIn;
let repository: RepositoryPeople;
let token: string;

beforeAll(async () => {
  github = await GitHubStandIn.start({
    limits: { treeEntries: 40, pullFiles: 30, patchBytes: 2000, checkRunsOfName: 3 },
  });
  repository = await github.createRepository({
    name: 'mesh',
    files: { 'a.yaml': 'one\ntwo\nthree\n', 'd/b.yaml': 'b\n', link: { symlink: 'a.yaml' } },
    permissions: { reader: 'read', keeper: 'maintain' },
  });
  token = await newToken();
});

afterAll(() => github.close());
afterEach(() => github.faults.clear());

function appToken(): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { id, privateKey } = github.world.app;
  const text = `${encode({ alg: 'RS256' })}.${encode({ iss: id, iat: now - 10, exp: now + 300 })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
}

async function call(method: string, path: string, body?: object, authorization = `token ${token}`): Promise<Response> {
  return fetch(`${github.world.apiUrl}${path}`, {
    method,
    headers: { authorization, 'x-github-api-version': '2022-11-28', 'user-agent': 'a test' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

async function json<T = Record<string, unknown>>(method: string, path: string, body?: object): Promise<T> {
  const response = await call(method, `/repos/acme/mesh${path}`, body);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function newToken(): Promise<string> {
  const installation = repository.store.installation.id;
  const response = await call(
    'POST',
    `/app/installations/${installation}/access_tokens`,
    undefined,
    `Bearer ${appToken()}`,
  );
  return ((await response.json()) as { token: string }).token;
}

/** What a call has the stand-in say about it; forgotten afterwards. */
async function violationsOf(act: () => Promise<unknown>): Promise<readonly string[]> {
  const before = github.violations.length;
  await act();
  return github.violations.slice(before);
}

describe('the stand-in’s git', () => {
  it('lists trees, whole or cut short, and folders of their own', async () => {
    const main = repository.branch('main');
    const tree = await json<{ truncated: boolean; tree: { path: string; mode: string }[] }>(
      'GET',
      `/git/trees/${main}?recursive=1`,
    );
    expect(tree.truncated).toBe(false);
    expect(tree.tree.map(({ path, mode }) => [path, mode])).toEqual([
      ['a.yaml', '100644'],
      ['d', '040000'],
      ['d/b.yaml', '100644'],
      ['link', '120000'],
    ]);
    const many = Object.fromEntries(Array.from({ length: 45 }, (_, index) => [`many/${index}.txt`, 'x']));
    const sha = await repository.push('many', many);
    expect(await json('GET', `/git/trees/${sha}?recursive=1`)).toMatchObject({ truncated: true });
    expect(await json('GET', `/git/trees/${sha}`)).toMatchObject({ truncated: false });
  });

  it('compares, finds merge bases, and lists refs and contents', async () => {
    const main = repository.branch('main');
    const sha = await repository.push('compared', { 'c.yaml': 'c\n' });
    expect(await json('GET', `/compare/main...${sha}`)).toMatchObject({
      status: 'ahead',
      ahead_by: 1,
      merge_base_commit: { sha: main },
      files: [{ filename: 'c.yaml', status: 'added', patch: '@@ -0,0 +1 @@\n+c' }],
    });
    expect(await json('GET', `/git/matching-refs/heads%2Fcompa`)).toMatchObject([{ ref: 'refs/heads/compared' }]);
    expect(await json('GET', `/git/commits/${sha}`)).toMatchObject({ parents: [{ sha: main }] });
    const file = await json<{ content: string; sha: string }>('GET', '/contents/d%2Fb.yaml?ref=main');
    expect(Buffer.from(file.content, 'base64').toString()).toBe('b\n');
    expect(await json('GET', `/git/blobs/${file.sha}`)).toMatchObject({ encoding: 'base64', size: 2 });
    expect((await call('GET', '/repos/acme/mesh/contents/.github%2Fnone.yml')).status).toBe(404);
  });

  it('hands out an archive by a link that expires', async () => {
    const answer = await fetch(`${github.world.apiUrl}/repos/acme/mesh/tarball/main`, {
      headers: { authorization: `token ${token}`, 'x-github-api-version': '2022-11-28', 'user-agent': 'a test' },
      redirect: 'manual',
    });
    expect(answer.status).toBe(302);
    const link = answer.headers.get('location') ?? '';
    expect((await fetch(link)).headers.get('content-type')).toBe('application/x-gzip');
    expect((await fetch(link.replace(/token=\d+/, 'token=1'))).status).toBe(404);
  });
});

describe('the stand-in’s pull requests', () => {
  it('makes the test merge commit when it has been looked at often enough, with git’s own merge', async () => {
    await repository.push('feature', { 'a.yaml': 'one\nTWO\nthree\n' });
    const pull = await repository.openPullRequest({ head: 'feature' });
    pull.looksUntilMerged = 1;
    expect(await json('GET', `/pulls/${pull.number}`)).toMatchObject({ mergeable: null, merge_commit_sha: null });
    const seen = await json<{ mergeable: boolean; merge_commit_sha: string }>('GET', `/pulls/${pull.number}`);
    expect(seen.mergeable).toBe(true);
    expect(await json('GET', `/git/commits/${seen.merge_commit_sha}`)).toMatchObject({
      parents: [{ sha: repository.branch('main') }, { sha: pull.head }],
    });
    expect(repository.store.git.ref(`refs/pull/${pull.number}/merge`)).toBe(seen.merge_commit_sha);
    await repository.push('main', { 'a.yaml': 'one\nother\nthree\n' });
    expect(await json('GET', `/pulls/${pull.number}`)).toMatchObject({ mergeable: false });
  });

  it('lists files with patches, without large ones, and no more than the limit', async () => {
    const files = Object.fromEntries(Array.from({ length: 34 }, (_, index) => [`f/${index + 10}.txt`, 'x\n']));
    await repository.push('wide', { ...files, 'f/00.txt': 'long line\n'.repeat(400) });
    const pull = await repository.openPullRequest({ head: 'wide' });
    const listed = await json<{ filename: string; patch?: string }[]>(
      'GET',
      `/pulls/${pull.number}/files?per_page=100`,
    );
    expect(listed).toHaveLength(30);
    expect(listed[0]).toMatchObject({ filename: 'f/00.txt', additions: 400 });
    expect(listed[0]).not.toHaveProperty('patch');
    expect(listed[1]).toHaveProperty('patch', '@@ -0,0 +1 @@\n+x');
    const pages = await call('GET', `/repos/acme/mesh/pulls/${pull.number}/files?per_page=20`);
    expect(pages.headers.get('link')).toContain('page=2>; rel="next"');
  });

  it('refuses a whole review for a comment outside the diff, and bodies that are too long', async () => {
    const text = Array.from({ length: 20 }, (_, index) => `line ${index}\n`).join('');
    await repository.push('main', { 'long.yaml': text });
    await repository.push('reviewed', { 'long.yaml': text.replace('line 9\n', 'LINE 9\n') });
    const pull = await repository.openPullRequest({ head: 'reviewed' });
    const review = (line: number, body = 'text'): Promise<Response> =>
      call('POST', `/repos/acme/mesh/pulls/${pull.number}/reviews`, {
        event: 'COMMENT',
        body,
        comments: [{ path: 'long.yaml', line, side: 'RIGHT', body: 'here' }],
      });
    const refused = await review(2);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('line must be part of the diff');
    expect((await review(10, 'x'.repeat(65_537))).status).toBe(422);
    expect((await review(10)).status).toBe(200);
    expect(pull.reviews).toMatchObject([
      { author: 'egress-scope-test[bot]', state: 'COMMENTED', comments: [{ line: 10 }] },
    ]);
  });

  it('shows a private repository to nobody else', async () => {
    const authorization = `token ${github.userToken('stranger')}`;
    expect((await call('GET', '/repos/acme/mesh', undefined, authorization)).status).toBe(404);
    expect(await json('GET', '/collaborators/keeper/permission')).toMatchObject({
      permission: 'write',
      role_name: 'maintain',
    });
    expect(await json('GET', '/collaborators/reader/permission')).toMatchObject({ permission: 'read' });
    expect(await json('GET', '/collaborators/stranger/permission')).toMatchObject({ permission: 'none' });
  });
});

describe('the stand-in’s check runs', () => {
  it('keeps what GitHub keeps: appended annotations, the latest of a name, no more than the limit', async () => {
    const head_sha = repository.branch('main');
    const annotation = { path: 'a.yaml', start_line: 1, end_line: 1, annotation_level: 'notice', message: 'm' };
    const output = { title: 't', summary: 's', annotations: [annotation] };
    const { id } = await json<{ id: number }>('POST', '/check-runs', {
      name: 'n',
      head_sha,
      status: 'in_progress',
      output,
    });
    await json('PATCH', `/check-runs/${id}`, { status: 'completed', conclusion: 'neutral', output });
    expect(await json('GET', `/check-runs/${id}`)).toMatchObject({
      conclusion: 'neutral',
      output: { annotations_count: 2 },
    });
    const [last] = await Promise.all(
      [1, 2, 3].map(() => json<{ id: number }>('POST', '/check-runs', { name: 'n', head_sha })),
    );
    expect(last?.id).toBeGreaterThan(id);
    const runs = (filter: string): Promise<{ total_count: number }> =>
      json('GET', `/commits/${head_sha}/check-runs?filter=${filter}`);
    expect(await runs('latest')).toMatchObject({ total_count: 1 });
    expect(await runs('all')).toMatchObject({ total_count: 3 });
  });

  it('holds requests against GitHub’s description', async () => {
    const head_sha = repository.branch('main');
    const output = { title: 't', summary: 's', annotations: [] };
    const annotation = { path: 'a', start_line: 1, end_line: 1, annotation_level: 'notice', message: 'm' };
    const action = { label: 'l', description: 'd', identifier: 'i' };
    for (const wrong of [
      { output: { ...output, annotations: Array.from({ length: 51 }, () => annotation) } },
      { output: { ...output, summary: 'x'.repeat(65_536) } },
      { actions: [action, action, action, action] },
      { actions: [{ ...action, label: 'x'.repeat(21) }] },
      { conclusion: 'fine' },
    ]) {
      const violations = await violationsOf(async () => {
        expect((await call('POST', '/repos/acme/mesh/check-runs', { name: 'n', head_sha, ...wrong })).status).toBe(422);
      });
      expect(violations.length).toBeGreaterThan(0);
    }
    expect(await violationsOf(() => call('GET', '/repos/acme/mesh/pulls?colour=red'))).toHaveLength(1);
    expect(await violationsOf(() => call('GET', '/repos/acme/mesh/labels'))).toHaveLength(1);
    expect(
      await violationsOf(() =>
        call('POST', '/repos/acme/mesh/check-runs', { name: 'n', head_sha, status: 'completed' }),
      ),
    ).toEqual([]);
  });

  it('lets only the App write them, within its permissions', async () => {
    const head_sha = repository.branch('main');
    const person = `token ${github.userToken('someone')}`;
    expect((await call('POST', '/repos/acme/mesh/check-runs', { name: 'n', head_sha }, person)).status).toBe(403);
    const violations = await violationsOf(async () => {
      expect((await call('GET', '/orgs/acme/teams/core/members')).status).toBe(403);
    });
    expect(violations[0]).toContain('no permission');
  });
});

describe('the stand-in’s credentials', () => {
  it('takes signed tokens of the App, and installation tokens until they expire', async () => {
    expect((await call('GET', '/app', undefined, `Bearer ${appToken()}`)).status).toBe(200);
    expect((await call('GET', '/app', undefined, `Bearer ${appToken().slice(0, -6)}AAAAAA`)).status).toBe(401);
    expect((await call('GET', '/app')).status).toBe(401);
    const other = await newToken();
    const stored = github.world.tokens.get(other);
    if (stored) stored.expiresAt = Date.now() - 1;
    expect((await call('GET', '/installation/repositories', undefined, `token ${other}`)).status).toBe(401);
    const mine = await call('GET', '/installation/repositories');
    expect(await mine.json()).toMatchObject({ total_count: 1, repositories: [{ full_name: 'acme/mesh' }] });
    expect(mine.headers.get('x-ratelimit-limit')).toBe('5000');
  });

  it('answers in GitHub’s own shape throughout', () => {
    expect(github.ownProblems).toEqual([]);
  });
});
