import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from './app-process.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import { BEFORE, completedRun, NARROWED, openPull, runsOf, SIDECAR_PATH, StandInApp } from './stand-in-app.js';

let app: StandInApp;
let people: RepositoryPeople;

beforeAll(async () => {
  app = await StandInApp.start();
});

beforeEach(async () => {
  people = await app.newRepository();
});

afterAll(() => app.stop());

const taken = (what: string) => () => app.process.log.includes(`Took ${what}`);

describe('what makes the App judge', () => {
  it('a pull request, and its turn into a draft, which finds the answer there', async () => {
    const pull = await openPull(people, 'narrow', NARROWED);
    const run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('failure');
    await people.setDraft(pull, true);
    await until(taken('pull_request.converted_to_draft'));
    await until(() => app.process.log.includes('judged before'));
    expect(run.history).toEqual(['queued', 'in_progress', 'completed'].slice(-run.history.length));
    expect(app.github.violations).toEqual([]);
  });

  it('a typical small pull request, in few requests', async () => {
    const pull = await openPull(people, 'narrow', NARROWED);
    await completedRun(people, pull.head);
    const asked = app.github.requests
      .map(({ operation }) => operation.replace('/repos/{owner}/{repo}/', ''))
      .filter((operation) => !operation.includes('contents') && !operation.includes('access_tokens'));
    const blobs = asked.filter((operation) => operation.includes('git/blobs')).length;
    expect(asked.filter((operation) => !operation.includes('git/blobs')).sort()).toEqual(
      [
        'GET commits/{ref}/check-runs',
        'GET pulls/{pull_number}/files',
        'POST check-runs',
        'GET pulls/{pull_number}',
        'GET git/commits/{commit_sha}',
        'GET git/trees/{tree_sha}',
        'GET git/trees/{tree_sha}',
        'GET pulls/{pull_number}/reviews',
        'POST pulls/{pull_number}/reviews',
        'PATCH check-runs/{check_run_id}',
      ].sort(),
    );
    // Every manifest once; what both sides share is read once, and later pull requests find it in the cache.
    expect(blobs).toBeLessThanOrEqual(Object.keys(BEFORE).length + 1);
  });

  it('a merge group, of two pull requests that are harmless alone', async () => {
    const client = `apiVersion: apps/v1
kind: Deployment
metadata: {name: caller, namespace: default}
spec:
  selector: {matchLabels: {app: caller}}
  template:
    metadata: {labels: {app: caller}}
    spec:
      containers: [{name: a, image: a, env: [{name: REVIEWS, value: "http://reviews.bookinfo:9080"}]}]
`;
    const narrow = `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: caller, namespace: default}
spec:
  workloadSelector: {labels: {app: caller}}
  egress: [{hosts: ["./*"]}]
`;
    const caller = await openPull(people, 'caller', { 'mesh/default/caller.yaml': client });
    const sidecar = await openPull(people, 'sidecar', { 'mesh/default/caller-sidecar.yaml': narrow });
    expect((await completedRun(people, caller.head)).conclusion).not.toBe('failure');
    expect((await completedRun(people, sidecar.head)).conclusion).not.toBe('failure');
    const group = await people.createMergeGroup([caller, sidecar]);
    if (!group) throw new Error('no group');
    const run = await completedRun(people, group.headSha);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('caller');
    expect(run.output.summary).toContain(`/blob/${group.headSha}/`);
    expect([...caller.reviews, ...sidecar.reviews]).toEqual([]);
    expect(app.github.violations).toEqual([]);
  });

  it('a check run or a suite that is asked for anew, also of a fork', async () => {
    const head = await people.commitInFork(NARROWED);
    const pull = await people.openPullRequest({ head, fork: 'somebody/mesh' });
    const run = await completedRun(people, head);
    people.rerequestCheckRun(run);
    await completedRun(people, head, 2);
    people.rerequestCheckSuite(head);
    await completedRun(people, head, 3);
    expect(run.conclusion).toBe('failure');
    expect(pull.reviews).toHaveLength(1);
    expect(app.github.violations).toEqual([]);
  });

  it('a push to the base that changes the answer, and no push that cannot', async () => {
    const pull = await openPull(people, 'narrow', NARROWED);
    const run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('failure');
    await people.push('main', { 'README.md': 'words\n' });
    await people.push('main', { [SIDECAR_PATH]: NARROWED[SIDECAR_PATH] });
    await completedRun(people, pull.head, 2);
    expect(run.conclusion).toBe('success');
    expect(run.history.filter((status) => status === 'completed')).toHaveLength(2);
    expect(app.github.violations).toEqual([]);
  });

  it.each(['charts/web/templates/_names.tpl', 'overlays/prod/settings.env', 'CODEOWNERS'])(
    'a push of what an answer may be made of: %s',
    async (path) => {
      const pull = await openPull(people, 'narrow', NARROWED);
      await completedRun(people, pull.head);
      await people.push('main', { [path]: '# nothing yet\n' });
      expect((await completedRun(people, pull.head, 2)).conclusion).toBe('failure');
    },
  );

  it('a push that changes the configuration', async () => {
    const pull = await openPull(people, 'narrow', NARROWED);
    const run = await completedRun(people, pull.head);
    await people.push('main', { '.github/egress-scope.yml': 'severities:\n  outside: {unknown: notice}\n' });
    await completedRun(people, pull.head, 2);
    expect(run.conclusion).toBe('success');
  });

  it('another base', async () => {
    await people.push('release', { 'README.md': 'release\n' });
    const pull = await openPull(people, 'narrow', NARROWED);
    const run = await completedRun(people, pull.head);
    await people.changeBase(pull, 'release');
    await until(() => /release [0-9a-f]{40}/.test(run.externalId ?? '') && run.status === 'completed');
    await completedRun(people, pull.head, 2);
    expect(run.externalId).toMatch(/^\d+ release [0-9a-f]{40} [0-9a-f]{40} config defaults$/);
  });

  it('the end of a pull request, for another with the same head', async () => {
    await people.push('narrowed', NARROWED);
    const strict = await openPull(people, 'change', { ...NARROWED, 'README.md': 'x\n' });
    const run = await completedRun(people, strict.head);
    await people.openPullRequest({ head: 'change', base: 'narrowed' });
    await completedRun(people, strict.head, 2);
    expect(run.conclusion).toBe('failure');
    await people.close(strict);
    await completedRun(people, strict.head, 3);
    expect(run.conclusion).toBe('success');
    expect(app.github.violations).toEqual([]);
  });

  it('a commit that is the head of two pull requests counts by the worse answer', async () => {
    await people.push('narrowed', NARROWED);
    const strict = await openPull(people, 'change', { ...NARROWED, 'README.md': 'x\n' });
    const run = await completedRun(people, strict.head);
    expect(run.conclusion).toBe('failure');
    const harmless = await people.openPullRequest({ head: 'change', base: 'narrowed' });
    await completedRun(people, harmless.head, 2);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain(`${harmless.number}`);
    expect(runsOf(people, strict.head)).toHaveLength(1);
    expect(app.github.violations).toEqual([]);
  });
});
