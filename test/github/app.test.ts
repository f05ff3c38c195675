import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppProcess, sendPullRequest, until } from './app-process.js';
import { AFTER, BEFORE, SIDECAR_PATH } from './example-trees.js';
import { FakeGitHub } from './fake-github.js';

let github: FakeGitHub;
let app: AppProcess;
let url: string;
let main: string;

beforeAll(async () => {
  github = new FakeGitHub();
  await github.listen();
  app = AppProcess.against(github);
  url = await app.url();
});

beforeEach(() => {
  github.reset();
  app.log = '';
  main = github.git.commit(BEFORE);
  github.branches.set('main', main);
});

afterAll(async () => {
  await app.stop();
  await github.close();
});

function readLines(files: Readonly<Record<string, string>>, path: string): readonly string[] {
  return (files[path] ?? '').split('\n');
}

const isCompleted = (runs: number) => () =>
  github.checkRuns.length === runs && github.checkRuns.every((run) => run.status === 'completed');

describe('the App, as a process', () => {
  it('answers a signed webhook with a failed check run and one review, with lines', async () => {
    const pull = github.openPull(1, github.git.commit(AFTER, [main]));
    const started = Date.now();
    const answer = await sendPullRequest(url, github, pull, 'opened');
    expect(answer.status).toBe(202);
    expect(Date.now() - started).toBeLessThan(1000);
    await until(isCompleted(1));

    const [run] = github.checkRuns;
    expect(run).toMatchObject({
      name: 'egress-scope',
      head_sha: pull.head,
      conclusion: 'failure',
      history: ['in_progress', 'completed'],
    });
    expect(run?.output.summary).toContain('my-shell');
    expect(run?.output.summary).toContain('unmeshed');
    expect(run?.annotations.length).toBeGreaterThan(0);
    expect(new Set(run?.annotations.map((annotation) => annotation['path']))).toContain(SIDECAR_PATH);

    expect(github.reviews).toHaveLength(1);
    const [review] = github.reviews;
    expect(review).toMatchObject({ event: 'COMMENT', commit_id: pull.head });
    for (const name of ['my-shell', 'details', 'productpage', 'ratings', 'reviews', 'kube-dns', 'unmeshed']) {
      expect(review?.body).toContain(name);
    }
    expect(review?.body).toContain(`/acme/mesh/blob/${pull.head}/${SIDECAR_PATH}#L`);
    const egress = readLines(AFTER, SIDECAR_PATH).findIndex((line) => line.includes('egress:')) + 1;
    expect(egress).toBeGreaterThan(0);
    expect(review?.comments).toHaveLength(1);
    expect(review?.comments[0]).toMatchObject({ path: SIDECAR_PATH, side: 'RIGHT' });
    expect(review?.comments[0]?.line).toBeGreaterThanOrEqual(egress);
    expect(run?.annotations).toContainEqual(
      expect.objectContaining({
        path: SIDECAR_PATH,
        start_line: review?.comments[0]?.line,
        annotation_level: 'failure',
      }),
    );
    expect(github.violations).toEqual([]);
  });

  it('makes no second check run and no second review for a second delivery', async () => {
    const pull = github.openPull(1, github.git.commit(AFTER, [main]));
    await sendPullRequest(url, github, pull, 'opened');
    await until(isCompleted(1));
    await until(() => app.log.includes('The check run is completed'));
    const writes = (): number =>
      github.requests.filter(({ method, path }) => method !== 'GET' && path.includes('/repos/')).length;
    const before = writes();
    await sendPullRequest(url, github, pull, 'opened');
    await until(() => app.log.includes('judged before'));
    expect(writes()).toBe(before);
    expect(github.checkRuns).toHaveLength(1);
    expect(github.reviews).toHaveLength(1);
    expect(github.violations).toEqual([]);
  });

  it('edits the one review when a later push puts things right', async () => {
    const first = github.git.commit(AFTER, [main]);
    const pull = github.openPull(1, first);
    await sendPullRequest(url, github, pull, 'opened');
    await until(isCompleted(1));

    pull.head = github.git.commit(
      { ...BEFORE, 'mesh/default/note.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\n' },
      [first],
    );
    pull.updatedAt += 1000;
    await sendPullRequest(url, github, pull, 'synchronize');
    await until(isCompleted(2));

    expect(github.checkRuns[1]).toMatchObject({ head_sha: pull.head, conclusion: 'success' });
    expect(github.reviews).toHaveLength(1);
    expect(github.reviews[0]).toMatchObject({ edits: 1 });
    expect(github.reviews[0]?.body).toContain('Resolved');
    expect(github.violations).toEqual([]);
  });

  it('gives a pull request that touches no manifest a successful check and no review, in few requests', async () => {
    const pull = github.openPull(1, github.git.commit({ ...BEFORE, 'README.md': '# The mesh\n' }, [main]));
    await sendPullRequest(url, github, pull, 'opened');
    await until(isCompleted(1));
    await until(() => github.count('GET', /\/reviews$/) === 1);
    expect(github.checkRuns[0]).toMatchObject({
      conclusion: 'success',
      output: { title: 'Not applicable' },
      history: ['completed'],
    });
    expect(github.reviews).toEqual([]);
    const requests = github.requests.filter(({ path }) => path.startsWith('/repos/') && !path.includes('/contents/'));
    expect(requests.map(({ method, path }) => `${method} ${path.replace('/repos/acme/mesh/', '')}`)).toEqual([
      `GET commits/${pull.head}/check-runs`,
      'GET pulls/1/files',
      'POST check-runs',
      'GET pulls/1/reviews',
    ]);
    expect(github.violations).toEqual([]);
  });

  it('gives a pull request whose YAML is not for Kubernetes a successful check, without reading the rest', async () => {
    const head = github.git.commit({ ...BEFORE, '.github/workflows/ci.yaml': 'on: push\njobs: {}\n' }, [main]);
    const pull = github.openPull(1, head);
    await sendPullRequest(url, github, pull, 'opened');
    await until(isCompleted(1));
    expect(github.checkRuns[0]).toMatchObject({ conclusion: 'success', output: { title: 'Not applicable' } });
    expect(github.count('GET', /\/git\/blobs\//)).toBe(1);
  });

  it('fails the check run, with the reason first, when the pull request conflicts', async () => {
    const pull = github.openPull(1, github.git.commit(AFTER, [main]));
    pull.isConflicting = true;
    await sendPullRequest(url, github, pull, 'opened', { delivery: 'delivery-17' });
    await until(isCompleted(1));
    expect(github.checkRuns[0]?.conclusion).toBe('failure');
    const [firstLine] = github.checkRuns[0]?.output.summary?.split('\n') ?? [];
    expect(firstLine).toContain('conflicts with main');
    expect(github.checkRuns[0]?.output.summary).toContain('delivery-17');
    expect(github.reviews).toEqual([]);
  });

  it('merges file by file itself while GitHub has no merge commit', async () => {
    const pull = github.openPull(1, github.git.commit(AFTER, [main]));
    pull.looksUntilMerged = Number.POSITIVE_INFINITY;
    github.branches.set(
      'main',
      github.git.commit({ ...BEFORE, 'mesh/added.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n' }, [
        main,
      ]),
    );
    await sendPullRequest(url, github, pull, 'opened');
    await until(isCompleted(1), 40_000);
    expect(github.checkRuns[0]?.conclusion).toBe('failure');
    expect(github.reviews[0]?.body).toContain('my-shell');
    expect(github.count('GET', /\/compare\//)).toBe(1);
    expect(github.violations).toEqual([]);
  });

  it('ends the check run when GitHub refuses to hand over the trees', async () => {
    github.failWith = (_method, where) => (where.includes('/git/trees/') ? 403 : null);
    const pull = github.openPull(1, github.git.commit(AFTER, [main]));
    await sendPullRequest(url, github, pull, 'opened');
    await until(isCompleted(1));
    expect(github.checkRuns[0]?.conclusion).toBe('failure');
    expect(github.checkRuns[0]?.output.summary?.split('\n')[0]).toContain('403');
  });

  it('publishes the conclusion although the review is refused', async () => {
    github.failWith = (method, where) => (method === 'POST' && where.endsWith('/reviews') ? 403 : null);
    const pull = github.openPull(1, github.git.commit(AFTER, [main]));
    await sendPullRequest(url, github, pull, 'opened');
    await until(isCompleted(1));
    expect(github.checkRuns[0]?.conclusion).toBe('failure');
    expect(github.checkRuns[0]?.output.summary).toContain('my-shell');
    expect(github.checkRuns[0]?.output.summary).toContain('The review could not be published');
  });

  it('cancels the check run of a head that a push replaces while it is judged', async () => {
    const first = github.git.commit(AFTER, [main]);
    const pull = github.openPull(1, first);
    pull.looksUntilMerged = Number.POSITIVE_INFINITY;
    await sendPullRequest(url, github, pull, 'opened');
    await until(() => github.count('GET', /\/pulls\/1$/) > 0);
    pull.looksUntilMerged = 0;
    pull.head = github.git.commit({ ...AFTER, 'README.md': 'x' }, [first]);
    pull.updatedAt += 1000;
    await sendPullRequest(url, github, pull, 'synchronize');
    await until(isCompleted(2));
    expect(github.checkRuns.map((run) => [run.head_sha, run.conclusion])).toEqual([
      [first, 'cancelled'],
      [pull.head, 'failure'],
    ]);
    expect(github.reviews).toHaveLength(1);
    expect(github.violations).toEqual([]);
  });

  it('ignores edits of the text, and judges again when the base changes', async () => {
    const pull = github.openPull(1, github.git.commit(AFTER, [main]));
    await sendPullRequest(url, github, pull, 'edited', { changes: { title: { from: 'x' } } });
    await sendPullRequest(url, github, pull, 'edited', { changes: { base: { ref: { from: 'x' } } } });
    await until(isCompleted(1));
    expect(app.log.match(/Took pull_request/g)).toHaveLength(1);
  });

  it('writes neither payloads nor tokens to its log, at any level', async () => {
    const pull = github.openPull(1, github.git.commit(AFTER, [main]));
    await sendPullRequest(url, github, pull, 'opened');
    await until(isCompleted(1));
    await until(() => app.log.includes('The check run is completed'));
    expect(app.log).toContain('"level":"debug"');
    expect(app.log).not.toContain('ghs_test');
    expect(app.log).not.toContain('updated_at');
    expect(app.log).not.toContain('my-shell');
  });

  it('stops in good order on SIGTERM, with the running work finished', async () => {
    const another = AppProcess.against(github);
    const anotherUrl = await another.url();
    expect(await (await fetch(`${anotherUrl}/healthz`)).text()).toBe('ok\n');
    const pull = github.openPull(1, github.git.commit(AFTER, [main]));
    await sendPullRequest(anotherUrl, github, pull, 'opened');
    await until(() => github.checkRuns.length === 1);
    expect(await another.stop('SIGTERM')).toBe(0);
    expect(github.checkRuns[0]?.status).toBe('completed');
  });
});
