import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from './app-process.js';
import { fullNameOf } from './stand-in/store.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import { completedRun, NARROWED, openPull, StandInApp } from './stand-in-app.js';

interface Line {
  readonly msg: string;
  readonly delivery?: string;
  readonly repository?: string;
  readonly pull?: number;
  readonly sha?: string;
}

/** What only jobs do, as Octokit writes it. */
const REQUEST_OF_A_JOB =
  /GitHub request: (?:POST|PATCH|PUT) .*\/(?:check-runs|reviews)|\/(?:files|reviews|git\/(?:trees|blobs|commits)\/\w+) - \d/;
const WORDS_OF_A_JOB = /^(?:The check run is|The review is|The job has|No answer|Waits for its turn)/;

let app: StandInApp;
let first: RepositoryPeople;
let second: RepositoryPeople;

beforeAll(async () => {
  app = await StandInApp.start({ LOG_LEVEL: 'trace' });
});

beforeEach(async () => {
  first = await app.newRepository();
  second = await app.newRepository();
});

afterAll(() => app.stop());

function readLines(): readonly Line[] {
  return app.process.log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

const ended = (count: number) => () => (app.process.log.match(/The job has ended/g) ?? []).length >= count;

describe('the lines about a job', () => {
  it('say which delivery, repository, pull request and commit, also those of Octokit and of jobs side by side', async () => {
    app.github.faults.plan(/\/git\/trees\//, { kind: 'status', status: 502 }, 2);
    app.github.faults.plan(/POST .*\/reviews/, { kind: 'secondary-limit', status: 403, seconds: 1 }, 1);
    const opened = await Promise.all(
      [first, second, first, second].map(async (people, index) => {
        const pull = await openPull(people, `narrow-${index}`, { ...NARROWED, 'README.md': `${index}\n` });
        return { repository: fullNameOf(people.store), pull };
      }),
    );
    const pullOf = ({ repository, pull }: Line): string | undefined =>
      opened.find((each) => each.repository === repository && each.pull.number === pull)?.pull.head;
    await until(ended(4));

    const lines = readLines().filter(({ msg }) => REQUEST_OF_A_JOB.test(msg) || WORDS_OF_A_JOB.test(msg));
    expect(lines.length).toBeGreaterThan(4 * 8);
    const deliveries = app.github.deliveries.log;
    for (const line of lines) {
      expect(line.sha, line.msg).toBeDefined();
      expect(line.sha, line.msg).toBe(pullOf(line));
      const delivery = deliveries.find(({ id }) => id === line.delivery);
      expect(delivery?.event, line.msg).toBe('pull_request');
      expect(delivery?.body, line.msg).toContain(line.sha);
      const asked = /\/repos\/([^/]+\/[^/]+)\//.exec(line.msg)?.[1];
      if (asked !== undefined) expect(line.repository, line.msg).toBe(asked);
    }
  });

  it('say what a push, a comment, a re-run, a merge group and a look-round asked for', async () => {
    const pull = await openPull(first, 'narrow', NARROWED);
    const run = await completedRun(first, pull.head);
    await first.push('main', { 'mesh/added.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: added}\n' });
    await until(ended(2));
    first.comment(pull, 'someone', '/egress-scope recheck');
    await until(ended(3));
    first.rerequestCheckRun(run);
    await until(ended(4));
    app.github.announceInstallation(first.store.installation);
    await until(() => app.process.log.includes('Looked round'));
    const group = await first.createMergeGroup([pull]);
    await until(ended(5));

    const repository = fullNameOf(first.store);
    const eventOf = ({ delivery }: Line): string =>
      app.github.deliveries.log.find(({ id }) => id === delivery)?.event ?? String(delivery);
    const lines = readLines();
    const about = lines.filter(({ msg }) => WORDS_OF_A_JOB.test(msg));
    expect(new Set(about.map(eventOf))).toEqual(
      new Set(['pull_request', 'push', 'issue_comment', 'check_run', 'merge_group']),
    );
    for (const line of about) {
      const what = eventOf(line) === 'merge_group' ? { sha: group?.headSha } : { pull: pull.number, sha: pull.head };
      expect(line).toMatchObject({ repository, ...what });
    }
    // Whatever is asked about a repository says for whom.
    const asking = lines.filter(({ msg }) => msg.includes(`/repos/${repository}/`));
    expect(asking.filter((line) => line.repository !== repository || line.delivery === undefined)).toEqual([]);
    expect(lines.filter(({ delivery }) => delivery === 'look-round').length).toBeGreaterThan(0);
  });

  it('hold no token, secret, key, payload or comment at level trace', async () => {
    app.github.faults.plan(/\/git\/blobs\//, { kind: 'status', status: 500 }, 1);
    app.github.faults.plan(/POST .*\/check-runs/, { kind: 'cut', when: 'after' }, 1);
    const pull = await openPull(first, 'narrow', NARROWED);
    const run = await completedRun(first, pull.head);
    first.comment(pull, 'someone', '/egress-scope accept for-a-private-reason');
    first.rerequestCheckRun(run);
    await until(ended(2));
    const { webhookSecret, privateKey } = app.github.world.app;
    const tokens = [...app.github.world.tokens.keys()];
    expect(tokens.length).toBeGreaterThan(0);
    const signatures = app.github.deliveries.log.map(({ body }) => body.slice(0, 200));
    const key = privateKey.split('\n').slice(1, -2);
    const words = [
      'ghs_',
      'Bearer',
      'eyJ',
      'sha256=',
      'updated_at',
      'my-shell',
      'for-a-private-reason',
      'kind: Sidecar',
    ];
    for (const secret of [...tokens, webhookSecret, ...key, ...signatures, ...words]) {
      expect(app.process.log).not.toContain(secret);
      expect(app.process.log).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
  });
});
