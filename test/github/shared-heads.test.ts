import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './app-process.js';
import { BEFORE, completedRun, NARROWED, openPull, runsOf, StandInApp } from './stand-in-app.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredCheckRun, StoredPull } from './stand-in/store.js';

let app: StandInApp;

beforeAll(async () => {
  app = await StandInApp.start({ RECONCILE_SECONDS: '3' });
});

afterAll(async () => {
  const { violations, ownProblems } = app.github;
  await app.stop();
  expect(violations).toEqual([]);
  expect(ownProblems).toEqual([]);
});

/** A repository with a branch that holds the change already, and a failing pull request into main. */
async function failing(): Promise<{ people: RepositoryPeople; pull: StoredPull; run: StoredCheckRun }> {
  const owner = `owner-${Math.random()}`.replace('.', '');
  const people = await app.github.createRepository({ owner, files: BEFORE, permissions: { writer: 'write' } });
  const pull = await openPull(people, 'change', NARROWED);
  for (const branch of ['lenient', 'lenient-too']) await people.push(branch, NARROWED);
  const run = await completedRun(people, pull.head);
  expect(run.conclusion).toBe('failure');
  return { people, pull, run };
}

const isSettled = (run: StoredCheckRun, part: string): boolean =>
  run.status === 'completed' && run.externalId?.includes(part) === true && !run.externalId.includes('unanswered');

describe('a commit that is the head of several', () => {
  it('stays failed when another pull request’s job is cut off and asked for again', async () => {
    const { people, pull, run } = await failing();
    const other = await people.openPullRequest({ head: 'change', base: 'lenient' });
    await completedRun(people, pull.head, 2);
    await people.changeBase(other, 'lenient-too');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await people.changeBase(other, 'lenient');
    await until(() => isSettled(run, `${other.number} lenient `));
    expect(run.conclusion).toBe('failure');
    expect(run.externalId).toContain(`${pull.number} main `);
  });

  it('stays failed when another pull request conflicted, and does no more', async () => {
    const { people, pull, run } = await failing();
    const [path = ''] = Object.keys(NARROWED);
    await people.push('conflicting', { [path]: '# something else\n' });
    const other = await people.openPullRequest({ head: 'change', base: 'conflicting' });
    await until(() => run.externalId?.includes(`${other.number} conflicting `) === true && run.status === 'completed');
    await people.changeBase(other, 'lenient');
    await until(() => isSettled(run, `${other.number} lenient `));
    expect(run.conclusion).toBe('failure');
    expect(run.externalId).toContain(`${pull.number} main `);
  });

  it('passes by what was accepted below one of them, and the reviews of the others say so', async () => {
    const { people, pull, run } = await failing();
    await people.push('release', { 'README.md': 'release\n' });
    const other = await people.openPullRequest({ head: 'change', base: 'release' });
    await until(() => isSettled(run, `${other.number} release `));
    expect(other.reviews.map(({ body }) => body)).toEqual([expect.stringContaining('**Fails')]);
    people.comment(pull, 'writer', '/egress-scope accept fine');
    await until(() => run.conclusion === 'success');
    for (const { reviews } of [pull, other]) {
      expect(reviews.map(({ body }) => body)).toEqual([expect.stringContaining('accepted by writer')]);
      expect(reviews[0]?.body).not.toContain('**Fails');
    }
  });

  it('is judged anew by the next look-round when what made it fail is gone without a word', async () => {
    const people = await app.github.createRepository({ owner: 'owner-silent', files: BEFORE });
    const pull = await openPull(people, 'change', {
      'mesh/added.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
    });
    const run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('success');
    await people.push('conflicting', { 'mesh/added.yaml': '# something else\n' });
    const other = await people.openPullRequest({ head: 'change', base: 'conflicting' });
    await until(() => run.conclusion === 'failure');
    app.github.deliveries.target = null;
    await people.close(other);
    app.github.sendWebhooksTo(await app.process.url());
    await until(() => run.conclusion === 'success');
    expect(run.externalId).toContain(`${pull.number} main `);
  });

  it('stays failed where it is a merge group’s, whatever a fork’s pull request does with it', async () => {
    const { people, pull } = await failing();
    const group = await people.createMergeGroup([pull]);
    if (!group) throw new Error('There is no merge group.');
    const run = await completedRun(people, group.headSha);
    expect(run.conclusion).toBe('failure');
    const fork = await people.openPullRequest({ head: group.headSha, fork: 'mallory/mesh', base: 'lenient' });
    await until(() => isSettled(run, `${fork.number} lenient `));
    expect(run.conclusion).toBe('failure');
    expect(runsOf(people, group.headSha)).toHaveLength(1);
  });
});
