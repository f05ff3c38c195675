import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewRepository } from './stand-in/github-stand-in.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredCheckRun, StoredPull } from './stand-in/store.js';
import { DEFAULT_PERMISSIONS } from './stand-in/world.js';
import { BEFORE, completedRun, NARROWED, openPull, runsOf, StandInApp } from './stand-in-app.js';

const CONFIGURATION = '.github/egress-scope.yml';
const RULE = { [CONFIGURATION]: 'owners: {mustApprove: true}\n' };
const CODEOWNERS = 'mesh/default/my-shell.yaml @acme/shells\nmesh/default/sidecar.yaml @platform\n';

let app: StandInApp;
let people: RepositoryPeople;
let pull: StoredPull;
let run: StoredCheckRun;

beforeAll(async () => {
  app = await StandInApp.start({}, { permissions: { ...DEFAULT_PERMISSIONS, members: 'read' } });
  app.github.world.teams.set('acme/shells', new Set(['shelly', 'gone']));
});

afterAll(() => app.stop());

/** A repository with a failing pull request; time passes, so that what is said comes after the findings. */
async function failing(files: Readonly<Record<string, string>>, more: NewRepository = {}): Promise<void> {
  people = await app.newRepository({
    files: { ...BEFORE, CODEOWNERS, ...files },
    permissions: { shelly: 'write', platform: 'write', gone: 'none', writer: 'write' },
    ...more,
  });
  pull = await openPull(people, 'narrow', NARROWED);
  run = await completedRun(people, pull.head);
  expect(run.conclusion).toBe('failure');
  await new Promise((resolve) => setTimeout(resolve, 1100));
}

const times = (): number => run.history.filter((status) => status === 'completed').length;
const decided = (nth: number): Promise<StoredCheckRun> => completedRun(people, pull.head, nth);

describe('where the owners of a workload must approve', () => {
  it('says whose word is missing, and passes with it', async () => {
    await failing(RULE);
    expect(run.output.summary).toContain('The change of `@platform` makes calls of `@acme/shells` worse');
    expect(run.output.summary).toContain('One of them must approve the pull request');
    expect(run.output.summary).toContain('as does an approval of the pull request');
    await people.review(pull, 'shelly', 'APPROVED');
    await decided(2);
    expect(run.conclusion).toBe('success');
    expect(run.output.summary).toMatch(/approved by shelly at 20\d\d-.*, as an owner of the workload/);
    expect(app.github.violations).toEqual([]);
  });

  it('takes the answer back when the approval is dismissed, or changes are asked for', async () => {
    await failing(RULE);
    const review = await people.review(pull, 'shelly', 'APPROVED');
    await decided(2);
    expect(run.conclusion).toBe('success');
    await people.dismiss(pull, review);
    await decided(3);
    expect(run.conclusion).toBe('failure');
    await people.review(pull, 'shelly', 'APPROVED');
    await decided(4);
    expect(run.conclusion).toBe('success');
    await people.review(pull, 'shelly', 'CHANGES_REQUESTED');
    await decided(5);
    expect(run.conclusion).toBe('failure');
    expect(app.github.violations).toEqual([]);
  });

  it.each([
    ['of somebody else', 'platform'],
    ['of an owner who may not write to the repository any more', 'gone'],
  ])('does not count the approval %s', async (_whose, login) => {
    await failing(RULE);
    await people.review(pull, login, 'APPROVED');
    await decided(2);
    expect(run.conclusion).toBe('failure');
  });

  it('does not count the approval of an older head', async () => {
    await failing(RULE);
    const older = pull.head;
    await people.push('narrow', { 'README.md': 'more\n' });
    await completedRun(people, pull.head);
    await people.review(pull, 'shelly', 'APPROVED', older);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const [now] = runsOf(people, pull.head);
    expect(now?.conclusion).toBe('failure');
  });

  it('counts an acceptance of an owner, and of nobody else', async () => {
    await failing(RULE);
    people.comment(pull, 'writer', '/egress-scope accept fine by me');
    await decided(2);
    expect(run.conclusion).toBe('failure');
    people.comment(pull, 'shelly', '/egress-scope accept fine by us');
    await decided(3);
    expect(run.conclusion).toBe('success');
    expect(run.output.summary).toContain('accepted by shelly');
    expect(app.github.violations).toEqual([]);
  });

  it('finds an approval by looking round, of which no delivery came', async () => {
    await failing(RULE);
    app.github.deliveries.target = null;
    await people.review(pull, 'shelly', 'APPROVED');
    await app.kill();
    await app.restart({ RECONCILE_SECONDS: '3600' });
    await decided(2);
    expect(run.conclusion).toBe('success');
    app.github.deliveries.target = null;
    for (const review of pull.reviews) if (review.author === 'shelly') await people.dismiss(pull, review);
    await app.kill();
    await app.restart({ RECONCILE_SECONDS: '3600' });
    await decided(3);
    expect(run.conclusion).toBe('failure');
    expect(app.github.violations).toEqual([]);
    await app.kill();
    await app.restart();
  });

  it('lets what was approved pass in a merge group, for the same findings', async () => {
    await failing(RULE);
    await people.review(pull, 'shelly', 'APPROVED');
    await decided(2);
    const group = await people.createMergeGroup([pull]);
    const ofGroup = await completedRun(people, group?.headSha ?? '');
    expect(ofGroup.conclusion).toBe('success');
    expect(ofGroup.output.summary).toContain('approved by shelly');
    expect(app.github.violations).toEqual([]);
  });

  it('goes by the base’s CODEOWNERS, whatever the pull request makes of it', async () => {
    await failing(RULE);
    await people.push('narrow', { CODEOWNERS: '* @platform\n' });
    run = await completedRun(people, pull.head);
    await people.review(pull, 'platform', 'APPROVED');
    await decided(2);
    expect(run.conclusion).toBe('failure');
  });
});

describe('where nobody asks for the owners’ word', () => {
  it('an approval changes nothing, and costs nothing', async () => {
    await failing({});
    expect(run.output.summary).toContain('The change of `@platform` makes calls of `@acme/shells` worse');
    expect(run.output.summary).not.toContain('must approve');
    app.github.forget();
    await people.review(pull, 'shelly', 'APPROVED');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(times()).toBe(1);
    expect(app.github.count('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews')).toBe(0);
  });

  it('a remark is no reason to judge anew', async () => {
    await failing(RULE);
    app.github.forget();
    await people.review(pull, 'shelly', 'COMMENTED');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(times()).toBe(1);
  });
});
