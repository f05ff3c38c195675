import { execFileSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import type { RepositoryPeople } from '../github/stand-in/repository-people.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';
import type { StoredPull } from '../github/stand-in/store.js';
import { judgeRecord } from './judge-record.js';
import { makeChange, meshFiles } from './mesh-changes.js';
import { recordSoak, type RecordedPull, type RecordedRepository, type SoakRecord } from './soak-record.js';

const MAIN = path.join(import.meta.dirname, '../../dist/cli/main.js');
let github: GitHubStandIn;
let people: RepositoryPeople;
let failing: StoredPull;
let body: string;

beforeAll(async () => {
  github = await GitHubStandIn.start();
  people = await github.createRepository({ files: meshFiles(), permissions: { writer: 'write', reader: 'read' } });
  await people.push('failing', makeChange('fail', 'one', new SeededRandom(1)));
  failing = await people.openPullRequest({ head: 'failing' });
  const clone = path.join(people.store.git.folder, '../clone');
  execFileSync('git', ['clone', '--quiet', people.store.git.folder, clone]);
  const args = [MAIN, 'diff', `rev:${people.branch('main')}`, `rev:${failing.head}`, '--repo', clone];
  body = `<!-- a marker -->\n${outputOf([...args, '--format', 'markdown'])}`;
});

afterAll(() => github.close());

function outputOf(args: readonly string[]): string {
  try {
    return execFileSync(process.execPath, args, { encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** A record in which all is right, and what a test changes in it. */
function record(pull: Partial<RecordedPull> = {}, repository: Partial<RecordedRepository> = {}): SoakRecord {
  const recorded = recordSoak(github);
  const [first] = recorded.repositories;
  if (!first?.pulls[0]) throw new Error('There is no pull request.');
  const right = { ...first.pulls[0], reviews: [{ author: recorded.botLogin, body }] };
  const checkRuns = [checkRun('failure')];
  return { ...recorded, repositories: [{ ...first, checkRuns, ...repository, pulls: [{ ...right, ...pull }] }] };
}

function checkRun(conclusion: string | null, headSha = failing.head): RecordedRepository['checkRuns'][number] {
  const status = conclusion === null ? 'in_progress' : 'completed';
  return { name: 'egress-scope', headSha, status, conclusion, title: null, summary: null };
}

async function problemsOf(wrong: SoakRecord): Promise<readonly string[]> {
  return (await judgeRecord(wrong)).problems;
}

describe('the soak’s judge', () => {
  it('finds nothing wrong where all is right', async () => {
    const { problems, counts } = await judgeRecord(record());
    expect(problems).toEqual([]);
    expect(counts.get('open pull requests judged')).toBe(1);
  });

  it('knows when one check run is missing, open, doubled, or says something else', async () => {
    expect(await problemsOf(record({}, { checkRuns: [] }))).toEqual([expect.stringContaining('no check run')]);
    expect(await problemsOf(record({}, { checkRuns: [checkRun(null)] }))).toEqual([
      expect.stringContaining('in_progress'),
    ]);
    const twice = [checkRun('failure'), checkRun('failure')];
    expect(await problemsOf(record({}, { checkRuns: twice }))).toEqual([expect.stringContaining('2 check runs')]);
    const wrong = [checkRun('success')];
    expect(await problemsOf(record({}, { checkRuns: wrong }))).toEqual([expect.stringContaining('expected failure')]);
  });

  it('knows when the review is missing, doubled, of another state, or of somebody else', async () => {
    const [review] = record().repositories[0]?.pulls[0]?.reviews ?? [];
    if (!review) throw new Error('There is no review.');
    expect(await problemsOf(record({ reviews: [] }))).toEqual([expect.stringContaining('no review')]);
    expect(await problemsOf(record({ reviews: [{ ...review, author: 'x' }] }))).toHaveLength(1);
    expect(await problemsOf(record({ reviews: [review, review] }))).toEqual([expect.stringContaining('2 reviews')]);
    const resolved = { ...review, body: '<!-- a marker -->\n**Resolved.** Nothing is left.' };
    expect((await problemsOf(record({ reviews: [resolved] }))).length).toBeGreaterThan(0);
    const other = { ...review, body: body.replaceAll(':8080', ':9090') };
    expect(await problemsOf(record({ reviews: [other] }))).toEqual([expect.stringContaining('no row says')]);
  });

  it('lets an accepted failure pass by whom may accept, and for its head alone', async () => {
    const passed = { checkRuns: [checkRun('success')] };
    const accepted = { login: 'writer', headSha: failing.head };
    expect(await problemsOf(record({ accepts: [accepted] }, passed))).toEqual([]);
    expect(await problemsOf(record({ accepts: [{ ...accepted, login: 'reader' }] }, passed))).toHaveLength(1);
    expect(await problemsOf(record({ accepts: [{ ...accepted, headSha: 'older' }] }, passed))).toHaveLength(1);
    const { counts } = await judgeRecord(record({ accepts: [accepted] }, passed));
    expect(counts.get('  of which in force')).toBe(1);
  });

  it('does not let a wrong request pass', async () => {
    expect(await problemsOf({ ...record(), violations: ['too much'] })).toEqual(['a request was wrong: too much']);
  });
});
