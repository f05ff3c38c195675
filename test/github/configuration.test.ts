import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppProcess, sendPullRequest, until } from './app-process.js';
import { AFTER, BEFORE, SIDECAR_PATH } from './example-trees.js';
import { FakeGitHub, type FakeCheckRun } from './fake-github.js';

const PATH = '.github/egress-scope.yml';
const LENIENT = 'severities:\n  outside: {unknown: notice, potential: none}\n';

let github: FakeGitHub;
let app: AppProcess;
let url: string;
let branches = 0;

beforeAll(async () => {
  github = new FakeGitHub();
  await github.listen();
  app = AppProcess.against(github);
  url = await app.url();
});

beforeEach(() => github.reset());

afterAll(async () => {
  await app.stop();
  await github.close();
});

type Files = Readonly<Record<string, string>>;

/** Judges a pull request against a base branch of its own, and gives the finished check run. */
async function judge(base: Files, head: Files): Promise<FakeCheckRun> {
  const branch = `base-${++branches}`;
  const main = github.git.commit(base);
  github.branches.set(branch, main);
  const pull = github.openPull(branches, github.git.commit(head, [main]), branch);
  await sendPullRequest(url, github, pull, 'opened');
  await until(() => github.checkRuns.some(({ status }) => status === 'completed'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(github.violations).toEqual([]);
  const [run] = github.checkRuns;
  if (!run) throw new Error('no check run');
  return run;
}

const firstLine = (run: FakeCheckRun): string => run.output.summary?.split('\n')[0] ?? '';

describe('the configuration of a repository', () => {
  it('is taken from the base branch', async () => {
    const run = await judge({ ...BEFORE, [PATH]: LENIENT }, { ...AFTER, [PATH]: LENIENT });
    expect(run.conclusion).toBe('success');
    const asked = github.requests.filter(({ path }) => path.includes('/contents/'));
    expect(asked.map(({ path }) => path)).toEqual([`/repos/acme/mesh/contents/${PATH}`]);
  });

  it('is taken from the organisation where the repository has none, and else the defaults hold', async () => {
    github.ownersFiles[PATH] = LENIENT;
    expect((await judge(BEFORE, AFTER)).conclusion).toBe('success');
    github.reset();
    expect((await judge(BEFORE, AFTER)).conclusion).toBe('failure');
  });

  it('is not taken from the head; the difference is told in one line', async () => {
    const run = await judge(BEFORE, { ...AFTER, [PATH]: LENIENT });
    expect(run.conclusion).toBe('failure');
    const line = run.output.summary?.split('\n').find((each) => each.includes('edits the configuration')) ?? '';
    expect(line).toContain('not in force before the merge');
    expect(line).toMatch(/the verdict would be pass .*not fail/);
  });

  it('says so where an edit makes no difference', async () => {
    const run = await judge(BEFORE, { ...BEFORE, [PATH]: 'failOn: warning\n' });
    expect(run.conclusion).toBe('success');
    expect(run.output.summary).toContain('would be the same');
  });

  it('fails the pull request that would make it invalid, with the line', async () => {
    const run = await judge(BEFORE, { ...BEFORE, [PATH]: 'post: review\nfailon: warning\n' });
    expect(run.conclusion).toBe('failure');
    expect(firstLine(run)).toContain('The edited configuration is invalid');
    expect(firstLine(run)).toContain('line 2: Unknown key');
    expect(firstLine(run)).toContain('failOn');
  });

  it('lets nothing pass while it is invalid, not even a change of no weight', async () => {
    const base = { ...BEFORE, [PATH]: 'failOn: failure\n\nignores: all\n' };
    const run = await judge(base, { ...base, 'README.md': 'x' });
    expect(run.conclusion).toBe('failure');
    expect(firstLine(run)).toContain('The configuration is invalid');
    expect(firstLine(run)).toContain('line 3: ignores must be a list of paths');
  });

  it('lets nothing pass while it is unreadable', async () => {
    github.failWith = (_method, path) => (path.includes('/repos/acme/mesh/contents/') ? 403 : null);
    const run = await judge(BEFORE, { ...BEFORE, 'README.md': 'x' });
    expect(run.conclusion).toBe('failure');
    expect(firstLine(run)).toContain('cannot be read');
    expect(firstLine(run)).toContain('403');
  });

  it('leaves ignored paths unread', async () => {
    const base = { ...BEFORE, [PATH]: 'ignores: ["mesh/default"]\n' };
    const run = await judge(base, { ...base, [SIDECAR_PATH]: AFTER[SIDECAR_PATH as keyof typeof AFTER] });
    expect(run.output.title).toBe('Not applicable');
    expect(github.count('GET', /\/git\//)).toBe(0);
  });

  it('keeps to the check run where it asks for that', async () => {
    const base = { ...BEFORE, [PATH]: 'post: check-only\n' };
    const run = await judge(base, { ...AFTER, [PATH]: 'post: check-only\n' });
    expect(run.conclusion).toBe('failure');
    expect(github.reviews).toEqual([]);
  });
});
