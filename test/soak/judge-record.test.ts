import { execFileSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import type { RepositoryPeople } from '../github/stand-in/repository-people.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';
import type { StoredPull } from '../github/stand-in/store.js';
import { fingerprintOfPair } from '../../src/policy/fingerprint.js';
import { diffByCommandLine } from './command-line.js';
import { judgeRecord } from './judge-record.js';
import { makeChange, meshFiles } from './mesh-changes.js';
import { recordSoak, type RecordedPull, type RecordedRepository, type SoakRecord } from './soak-record.js';

const MAIN = path.join(import.meta.dirname, '../../dist/bin/egress-scope.js');
let github: GitHubStandIn;
let people: RepositoryPeople;
let failing: StoredPull;
let body: string;

beforeAll(async () => {
  github = await GitHubStandIn.start();
  people = await github.createRepository({ files: meshFiles(), permissions: { writer: 'write', reader: 'read' } });
  await people.push('failing', makeChange('fail', 'one', new SeededRandom(1)));
  await people.push('failing-too', makeChange('fail', 'one', new SeededRandom(1)));
  failing = await people.openPullRequest({ head: 'failing' });
  const { folder } = people.store.git;
  const args = [MAIN, 'diff', `rev:${people.branch('main')}`, `rev:${failing.head}`, '--repo', folder];
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

function checkRun(
  conclusion: string | null,
  headSha = failing.head,
  text: string | null = null,
): RecordedRepository['checkRuns'][number] {
  const status = conclusion === null ? 'in_progress' : 'completed';
  return { name: 'egress-scope', headSha, status, conclusion, title: null, text };
}

/** A check run that passes since somebody accepted all that fails, or some of it. */
async function acceptedRun(
  by: string,
  most = Infinity,
  { head } = failing,
): Promise<RecordedRepository['checkRuns'][number]> {
  const { changes } = await diffByCommandLine(people.store.git.folder, people.branch('main'), head);
  const findings = changes.flatMap((change) =>
    change.workloads.flatMap((workload) =>
      change.destinations.map((destination) => fingerprintOfPair(change, workload, destination)),
    ),
  );
  const acceptances = [
    { by, at: '2026-01-01T00:00:00Z', reason: null, bases: ['main'], findings: findings.slice(0, most) },
  ];
  const text = `<!-- egress-scope record ${JSON.stringify({ acceptances })} -->\n`;
  return checkRun('success', head, text);
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

  it('lets an accepted failure pass: by whom may accept, at that head, and no more than was accepted', async () => {
    const accepts = [{ login: 'writer', headSha: failing.head }];
    const reviews = [{ author: record().botLogin, body: '<!-- a marker -->\n**Passes.** All of it was accepted.' }];
    const passed = { checkRuns: [await acceptedRun('writer')] };
    const { problems, counts } = await judgeRecord(record({ accepts, reviews }, passed));
    expect(problems).toEqual([]);
    expect(counts.get('  of which accepted')).toBe(1);
    expect(await problemsOf(record({ reviews }, passed))).toEqual([expect.stringContaining('did not accept')]);
    const byReader = { checkRuns: [await acceptedRun('reader')] };
    const tried = [{ login: 'reader', headSha: failing.head }];
    expect(await problemsOf(record({ accepts: tried, reviews }, byReader))).toEqual([
      expect.stringContaining('reader may not accept'),
    ]);
    const part = { checkRuns: [await acceptedRun('writer', 0)] };
    expect(await problemsOf(record({ accepts }, part))).toEqual([expect.stringContaining('says success')]);
    expect(await problemsOf(record({ accepts }, { checkRuns: [checkRun('success')] }))).toHaveLength(1);
  });

  it('knows what is still undetermined when all that fails is accepted', async () => {
    const broken = { 'mesh/broken.yaml': 'kind: Service\nmetadata: [\n' };
    await people.push('broken', { ...makeChange('fail', 'one', new SeededRandom(1)), ...broken });
    const pull = await people.openPullRequest({ head: 'broken' });
    const [recorded] = recordSoak(github).repositories[0]?.pulls.slice(-1) ?? [];
    await people.close(pull);
    const passed = await acceptedRun('writer', Infinity, pull);
    const reviews = [{ author: record().botLogin, body: '<!-- a marker -->\n**Undetermined: a file.**' }];
    const accepts = [{ login: 'writer', headSha: pull.head }];
    const open = { ...recorded, reviews, accepts };
    expect(await problemsOf(record(open, { checkRuns: [{ ...passed, conclusion: 'failure' }] }))).toEqual([]);
    expect(await problemsOf(record(open, { checkRuns: [passed] }))).toEqual([
      expect.stringContaining('expected failure'),
    ]);
  });

  it('demands that the check run of a former head is not left open, unless it is a fork’s', async () => {
    const heads = ['a'.repeat(40), failing.head];
    const checkRuns = [checkRun('failure'), checkRun(null, 'a'.repeat(40))];
    expect(await problemsOf(record({ heads }, { checkRuns }))).toEqual([expect.stringContaining('no head any more')]);
    expect(await problemsOf(record({ heads, isFromFork: true }, { checkRuns }))).toEqual([]);
  });

  it('lets the worst answer count for a commit that is the head of several', async () => {
    const [repository] = record().repositories;
    const harmless = await people.openPullRequest({ head: 'failing', base: 'failing-too' });
    const both = recordSoak(github).repositories[0]?.pulls.slice(-1) ?? [];
    await people.close(harmless);
    const pulls = [...(repository?.pulls ?? []), ...both];
    const judged = { ...record(), repositories: [{ ...repository!, pulls }] };
    expect(await problemsOf(judged)).toEqual([]);
    const soft = { ...judged, repositories: [{ ...repository!, pulls, checkRuns: [checkRun('success')] }] };
    expect(await problemsOf(soft)).toEqual([expect.stringContaining('expected failure')]);
  });

  it('does not let a wrong request pass', async () => {
    expect(await problemsOf({ ...record(), violations: ['too much'] })).toEqual(['a request was wrong: too much']);
    expect(await problemsOf({ ...record(), impatientRequests: 2 })).toEqual(['2 requests ignored a wait']);
  });
});
