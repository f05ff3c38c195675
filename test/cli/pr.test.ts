import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BEFORE } from '../github/example-trees.js';
import type { Files } from '../github/stand-in/git-store.js';
import { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import type { RepositoryPeople } from '../github/stand-in/repository-people.js';
import { NARROWED, openPull } from '../github/stand-in-app.js';
import { runCommand, type Answer } from './run-command.js';

const CONFIGURATION = '.github/egress-scope.yml';
const LENIENT = 'severities:\n  outside: {unknown: warning, potential: none}\n';
const CONTENTS = 'GET /repos/{owner}/{repo}/contents/{path}';

let github: GitHubStandIn;
let people: RepositoryPeople;

beforeAll(async () => {
  github = await GitHubStandIn.start();
});

beforeEach(async () => {
  github.forget();
  people = await github.createRepository({ files: BEFORE });
});

afterAll(() => github.close());

function run(number: number, ...options: readonly string[]): Promise<Answer> {
  return runCommand(['pr', `${people.fullName}#${number}`, ...options], {
    environment: { GITHUB_TOKEN: github.userToken('someone'), GITHUB_API_URL: github.world.apiUrl },
    workingDirectory: '/',
  });
}

describe('egress-scope pr', () => {
  it('prints what the pull request does, and writes nothing', async () => {
    await openPull(people, 'narrow', NARROWED);
    const { exitCode, out, err } = await run(1);
    expect(out).toContain('Fails: default/Pod/my-shell would call 6 destinations past the mesh, without\nmutual TLS.');
    expect(out).toContain('because of mesh/default/sidecar.yaml:');
    expect([exitCode, err]).toEqual([1, '']);
    expect(github.requests.length).toBeGreaterThan(0);
    expect(github.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(github.violations).toEqual([]);
  });

  it('is undetermined, in GitHub’s name, where GitHub refuses', async () => {
    const { exitCode, out } = await run(404);
    expect(out).toContain('Undetermined: GitHub refused a request');
    expect(exitCode).toBe(2);
  });

  it('ends with 64 where the API is to be at something that is no address', async () => {
    const environment = { GITHUB_TOKEN: 'any', GITHUB_API_URL: 'git.example.com' };
    const { exitCode, err } = await runCommand(['pr', 'a/b#1'], { environment, workingDirectory: '/' });
    expect(err).toContain('GITHUB_API_URL is not set to an address');
    expect(exitCode).toBe(64);
  });

  it('links the lines in Markdown', async () => {
    await openPull(people, 'narrow', NARROWED);
    expect((await run(1, '--format', 'markdown')).out).toMatch(
      /\[`mesh\/default\/sidecar\.yaml:\d+`\]\(\S+\/mesh\/default\/sidecar\.yaml#L\d+\)/,
    );
  });

  it('posts the review when told to', async () => {
    const pull = await openPull(people, 'narrow', NARROWED);
    const { exitCode, err } = await run(1, '--post');
    expect([exitCode, err]).toEqual([1, 'review: created\n']);
    expect(pull.reviews).toHaveLength(1);
    expect(github.violations).toEqual([]);
  });

  it('passes a pull request without manifests, with a document that says so', async () => {
    await openPull(people, 'words', { 'README.md': 'x' });
    const { exitCode, out } = await run(1, '--format', 'json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ schema: 'egress-scope/diff/v1', verdict: 'pass', changes: [] });
  });

  it('is undetermined where GitHub refuses', async () => {
    const { exitCode, out, err } = await run(77, '--format', 'json');
    expect(exitCode).toBe(2);
    expect(err).toContain('404');
    expect(JSON.parse(out)).toMatchObject({ verdict: 'undetermined' });
  });
});

describe('egress-scope pr, by the configuration of the repository', () => {
  async function repositoryWith(files: Files, owner = 'acme'): Promise<void> {
    people = await github.createRepository({ owner, files: { ...BEFORE, ...files } });
  }

  it('judges by the base branch’s file, above which options win', async () => {
    await repositoryWith({ [CONFIGURATION]: LENIENT });
    await openPull(people, 'narrow', NARROWED);
    expect((await run(1)).exitCode).toBe(0);
    expect((await run(1, '--fail-on', 'warning')).exitCode).toBe(1);
    expect(github.violations).toEqual([]);
  });

  it('judges by the organisation’s file where the repository has none', async () => {
    await github.createRepository({ owner: 'careless', name: '.github', files: { [CONFIGURATION]: LENIENT } });
    await repositoryWith({}, 'careless');
    await openPull(people, 'narrow', NARROWED);
    expect((await run(1)).exitCode).toBe(0);
  });

  it('reads none but the file that --config names', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'egress-scope-'));
    const file = path.join(folder, 'lenient.yml');
    writeFileSync(file, LENIENT);
    await repositoryWith({ [CONFIGURATION]: 'nonsense: true\n' });
    await openPull(people, 'narrow', { ...NARROWED, [CONFIGURATION]: 'more: nonsense\n' });
    const { exitCode, err } = await run(1, '--config', file);
    rmSync(folder, { recursive: true });
    expect([exitCode, err]).toEqual([0, '']);
    expect(github.count(CONTENTS)).toBe(0);
  });

  it.each([
    ['invalid', 'failOn: failure\n\nignores: all\n', 'line 3: ignores must be a list of paths'],
    ['not text', Uint8Array.of(0xff), 'is not text in UTF-8'],
  ])('is undetermined by a file that is %s, whatever the change', async (_name, content, reason) => {
    await repositoryWith({ [CONFIGURATION]: content });
    await openPull(people, 'words', { 'README.md': 'x' });
    const { exitCode, err } = await run(1);
    expect(exitCode).toBe(2);
    expect(err).toContain(reason);
  });

  it('is undetermined where the file may not be read', async () => {
    github.faults.plan(CONTENTS, { kind: 'status', status: 403 });
    await openPull(people, 'words', { 'README.md': 'x' });
    const { exitCode, err } = await run(1);
    expect(exitCode).toBe(2);
    expect(err).toContain('cannot be read');
  });

  it('says what an edit would change, and goes by what holds before the merge', async () => {
    await openPull(people, 'narrow', { ...NARROWED, [CONFIGURATION]: LENIENT });
    const { exitCode, err } = await run(1);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^note: This pull request edits the configuration.*the verdict would be pass .*, not fail/);
    const failing = await run(1, '--fail-on', 'warning');
    expect(failing.err).toMatch(/the verdict would be fail .*, not fail/);
  });

  it.each([
    ['a harmless change', { 'mesh/x.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n' }],
    ['no manifest', {}],
  ])('fails an edit that makes the configuration invalid, with %s', async (_name, changes) => {
    await openPull(people, 'edit', { ...changes, [CONFIGURATION]: 'failon: warning\n' });
    const { exitCode, out, err } = await run(1, '--format', 'json');
    expect(exitCode).toBe(1);
    expect(err).toContain('note: The edited configuration is invalid');
    expect(err).toContain('line 1: Unknown key');
    expect(JSON.parse(out)).toMatchObject({ verdict: 'fail' });
    expect((await run(1)).out).toContain('Fails: the edited configuration is invalid');
  });

  it('lets waivers of the base hold until their day', async () => {
    const waiver = (expires: string): string =>
      `waivers: [{scope: {workload: default/*, host: "*"}, reason: known, owner: team, expires: ${expires}}]\n`;
    await repositoryWith({ [CONFIGURATION]: waiver('2099-12-31') });
    await openPull(people, 'narrow', NARROWED);
    expect((await run(1)).exitCode).toBe(0);
    await people.push('main', { [CONFIGURATION]: waiver('2001-01-01') });
    expect((await run(1)).exitCode).toBe(1);
  });
});
