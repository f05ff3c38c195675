import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../cli/run-command.js';
import type { Changes, Files } from './stand-in/git-store.js';
import type { NewRepository } from './stand-in/github-stand-in.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredCheckRun, StoredPull } from './stand-in/store.js';
import { BEFORE, completedRun, NARROWED, openPull, SIDECAR_PATH, StandInApp } from './stand-in-app.js';

const PATH = '.github/egress-scope.yml';
const LENIENT = 'severities:\n  outside: {unknown: notice, potential: none}\n';
const CONTENTS = 'GET /repos/{owner}/{repo}/contents/{path}';

let app: StandInApp;
let people: RepositoryPeople;
let pull: StoredPull;

beforeAll(async () => {
  app = await StandInApp.start();
});

/** The command line answers alike, of the pull request that a test ended with. */
afterEach(async () => {
  const environment = { GITHUB_TOKEN: app.github.userToken('someone'), GITHUB_API_URL: app.github.world.apiUrl };
  const command = ['pr', `${people.fullName}#${pull.number}`, '--format', 'markdown'];
  const { exitCode, out } = await runCommand(command, { environment, workingDirectory: '/' });
  const run = await completedRun(people, pull.head);
  expect(exitCode > 0).toBe(run.conclusion === 'failure');
  for (const { body } of pull.reviews) expect(body).toContain(out.trim());
});

afterAll(() => app.stop());

/** Judges a pull request in a repository of its own, and gives the finished check run. */
async function judge(changes: Changes, base: Files = {}, more: NewRepository = {}): Promise<StoredCheckRun> {
  people = await app.newRepository({ files: { ...BEFORE, ...base }, ...more });
  return judgeThere(changes);
}

async function judgeThere(changes: Changes): Promise<StoredCheckRun> {
  pull = await openPull(people, 'change', changes);
  const run = await completedRun(people, pull.head);
  expect(app.github.violations).toEqual([]);
  return run;
}

const firstLine = (run: StoredCheckRun): string => run.output.summary?.split('\n')[0] ?? '';

describe('the configuration of a repository', () => {
  it('is taken from the base branch', async () => {
    const run = await judge(NARROWED, { [PATH]: LENIENT });
    expect(run.conclusion).toBe('success');
    const asked = app.github.requests.filter(({ operation }) => operation === CONTENTS);
    expect(asked.map(({ path }) => path)).toEqual([`/repos/${people.fullName}/contents/${PATH}`]);
  });

  it('is taken from the organisation where the repository has none, and else the defaults hold', async () => {
    await app.newRepository({ owner: 'careless', name: '.github', files: { [PATH]: LENIENT } });
    expect((await judge(NARROWED, {}, { owner: 'careless' })).conclusion).toBe('success');
    expect((await judge(NARROWED, {}, { owner: 'careful' })).conclusion).toBe('failure');
  });

  it('is not taken from the head; the difference is told in one line', async () => {
    const run = await judge({ ...NARROWED, [PATH]: LENIENT });
    expect(run.conclusion).toBe('failure');
    const line = run.output.summary?.split('\n').find((each) => each.includes('edits the configuration')) ?? '';
    expect(line).toContain('not in force before the merge');
    expect(line).toMatch(/the verdict would be pass .*not fail/);
  });

  it('says so where an edit makes no difference', async () => {
    const run = await judge({ [PATH]: 'failOn: warning\n' });
    expect(run.conclusion).toBe('success');
    expect(run.output.summary).toContain('would be the same');
  });

  it('fails the pull request that would make it invalid, with the line', async () => {
    const run = await judge({ [PATH]: 'post: review\nfailon: warning\n' });
    expect(run.conclusion).toBe('failure');
    expect(firstLine(run)).toContain('The edited configuration is invalid');
    expect(firstLine(run)).toContain('line 2: Unknown key');
    expect(firstLine(run)).toContain('failOn');
  });

  it('lets nothing pass while it is invalid, not even a change of no weight', async () => {
    const run = await judge({ 'README.md': 'x' }, { [PATH]: 'failOn: failure\n\nignores: all\n' });
    expect(run.conclusion).toBe('failure');
    expect(firstLine(run)).toContain('The configuration is invalid');
    expect(firstLine(run)).toContain('line 3: ignores must be a list of paths');
  });

  it('lets nothing pass while it is unreadable', async () => {
    people = await app.newRepository();
    app.github.faults.plan(CONTENTS, { kind: 'status', status: 403 });
    const run = await judgeThere({ 'README.md': 'x' });
    expect(run.conclusion).toBe('failure');
    expect(firstLine(run)).toContain('cannot be read');
    expect(firstLine(run)).toContain('403');
  });

  it('leaves ignored paths unread', async () => {
    const run = await judge(NARROWED, { [PATH]: 'ignores: ["mesh/default"]\n' });
    expect(run.output.title).toBe('Not applicable');
    expect(app.github.count(/^GET .*\/git\/blobs/)).toBe(0);
  });

  it('keeps to the check run where it asks for that', async () => {
    const run = await judge(NARROWED, { [PATH]: 'post: check-only\n' });
    expect(run.conclusion).toBe('failure');
    expect(pull.reviews).toEqual([]);
  });
});

describe('the mesh of a repository', () => {
  const meshOf = (setting: string): string => `meshes: [{name: production, ${setting}}]\n`;

  it('has its Sidecar for everybody in the root namespace that is named', async () => {
    const sidecar = (namespace: string): string =>
      `apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: all, namespace: ${namespace}}\n` +
      'spec:\n  egress: [{hosts: ["./*"]}]\n';
    const narrowAll = { 'mesh/all.yaml': sidecar('mesh-root') };
    const withoutName = await judge(narrowAll);
    expect(withoutName.output.summary).not.toContain('my-shell');
    const run = await judge(narrowAll, { [PATH]: meshOf('rootNamespace: mesh-root') });
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('my-shell');
  });

  it('keeps objects that name no namespace where it says', async () => {
    const bare = NARROWED[SIDECAR_PATH].replace(/^ *namespace: .*\n/m, '');
    expect(bare).not.toBe(NARROWED[SIDECAR_PATH]);
    const usual = await judge({ [SIDECAR_PATH]: bare });
    expect(usual.output.summary).toContain('my-shell');
    const run = await judge({ [SIDECAR_PATH]: bare }, { [PATH]: meshOf('defaultNamespace: bookinfo') });
    expect(run.output.summary).not.toContain('my-shell');
    expect(run.output.summary).toContain('bookinfo/Deployment/productpage');
  });

  it('is made of its own paths alone', async () => {
    const base = { [PATH]: meshOf('paths: [mesh]') };
    const outside = await judge({ 'other/sidecar.yaml': NARROWED[SIDECAR_PATH] }, base);
    expect(outside.output.title).toBe('Not applicable');
    expect(app.github.count(/^GET .*\/git\/blobs/)).toBe(0);
    expect((await judge(NARROWED, base)).conclusion).toBe('failure');
  });
});
