import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../cli/run-command.js';
import { deployment, sidecar } from '../reachability/change-mesh.js';
import { temporaryFolder } from '../source/temporary-folder.js';
import type { Changes, Files } from './stand-in/git-store.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredCheckRun, StoredPull } from './stand-in/store.js';
import { completedRun, openPull, StandInApp } from './stand-in-app.js';

const CONFIGURATION = '.github/egress-scope.yml';
const PATH = 'mesh/snapshot.yaml';
const CONFIGURED = 'snapshot: mesh/snapshot.yaml\nsnapshotMaxAge: 30d\n';
const RECORDED = readFileSync(join(import.meta.dirname, '../cli/fixtures/mesh-snapshot.yaml'), 'utf8');
const DAY = 24 * 60 * 60 * 1000;

const API = { 'k8s/api.yaml': deployment('shop/api', ['http://card.pay:8080']) };
/** Cuts everybody in the namespace off from what only the cluster has: card.pay. */
const NARROWED = { 'k8s/sidecar.yaml': sidecar('shop/default', ['./*']) };

let app: StandInApp;
let people: RepositoryPeople;
let pull: StoredPull;

/** The recorded cluster, as it was some days ago. */
function snapshot(days = 3): string {
  return RECORDED.replace(/^takenAt: .*$/m, `takenAt: "${new Date(Date.now() - days * DAY - 1000).toISOString()}"`);
}

/** The recorded cluster, had somebody made it answer that everything is allowed. */
function forged(): string {
  return snapshot(1).replace('mode: REGISTRY_ONLY', 'mode: ALLOW_ANY').replaceAll('istio-injection: enabled', 'a: b');
}

async function judge(changes: Changes, base: Files): Promise<StoredCheckRun> {
  people = await app.newRepository({ files: { ...API, ...base }, permissions: { someone: 'write' } });
  pull = await openPull(people, 'change', changes);
  const run = await completedRun(people, pull.head);
  expect(app.github.violations).toEqual([]);
  return run;
}

function plain(text: string | null | undefined): string {
  return (text ?? '').replace(/[\\\u200b]/g, '');
}

beforeAll(async () => {
  app = await StandInApp.start();
});

/** The command line answers alike, of the pull request that a test ended with. */
afterEach(async () => {
  const environment = { GITHUB_TOKEN: app.github.userToken('someone'), GITHUB_API_URL: app.github.world.apiUrl };
  const command = ['pr', `${people.fullName}#${pull.number}`];
  const { exitCode } = await runCommand(command, { environment, workingDirectory: '/' });
  const run = await completedRun(people, pull.head);
  expect(exitCode > 0).toBe(run.conclusion === 'failure');
});

afterAll(() => app.stop());

describe('a snapshot of the cluster in the repository', () => {
  it('gates what a change does to calls of what only the cluster has, and tells its age', async () => {
    expect((await judge(NARROWED, {})).conclusion).not.toBe('failure');
    const run = await judge(NARROWED, { [CONFIGURATION]: CONFIGURED, [PATH]: snapshot() });
    expect(run.conclusion).toBe('failure');
    const [review] = pull.reviews;
    expect(plain(review?.body)).toContain('card.pay.svc.cluster.local:8080');
    expect(plain(review?.body)).toContain('The snapshot of the cluster was taken 3 days ago');
    expect(plain(run.output.summary)).toContain('The snapshot of the cluster was taken 3 days ago');
  });

  it('is the base’s: a change cannot choose the cluster that it is judged by', async () => {
    const base = { [CONFIGURATION]: CONFIGURED, [PATH]: snapshot() };
    const run = await judge({ ...NARROWED, [PATH]: forged() }, base);
    expect(run.conclusion).toBe('failure');
    expect(plain(pull.reviews[0]?.body)).toContain('taken 3 days ago');
    expect(plain(run.output.summary)).toMatch(
      /This pull request edits the snapshot of the cluster\. The edit is valid, and not in force before the merge; with it, the verdict would be pass/,
    );
  });

  it('may be taken afresh, also where it had become too old', async () => {
    const run = await judge({ [PATH]: snapshot(0) }, { [CONFIGURATION]: CONFIGURED, [PATH]: snapshot(40) });
    expect(run.conclusion).toBe('success');
    expect(plain(run.output.summary)).toContain('edits the snapshot of the cluster');
    expect(pull.reviews).toEqual([]);
  });

  it('that is too old lets nothing pass', async () => {
    const harmless = { 'k8s/more.yaml': deployment('shop/more') };
    const run = await judge(harmless, { [CONFIGURATION]: CONFIGURED, [PATH]: snapshot(40) });
    expect(run.conclusion).toBe('failure');
    expect(plain(run.output.summary)).toMatch(/was taken 40 days ago \([^)]*\), which is more than 30 days/);
  });

  it.each([
    ['is not there', {}, /The snapshot mesh\/snapshot\.yaml that the configuration names is not in [0-9a-f]{7}\./],
    [
      'was cut off',
      { [PATH]: RECORDED.slice(0, -400) },
      /The snapshot mesh\/snapshot\.yaml (?:cannot be read at|holds)/,
    ],
    [
      'is no snapshot',
      { [PATH]: API['k8s/api.yaml'] },
      /The snapshot mesh\/snapshot\.yaml does not begin as a snapshot/,
    ],
  ])('that %s lets nothing pass', async (_, files, reason) => {
    const run = await judge(NARROWED, { [CONFIGURATION]: CONFIGURED, ...files });
    expect(run.conclusion).toBe('failure');
    expect(plain(run.output.summary)).toMatch(reason);
  });

  it.each([
    [
      'breaks it',
      { [PATH]: 'a: 1\n' },
      /^\*\*With this edit of the snapshot of the cluster, nothing could be judged: /,
    ],
    ['removes it', { [PATH]: null }, /nothing could be judged: The snapshot mesh\/snapshot\.yaml that the config/],
    [
      'names another that is not there',
      { [CONFIGURATION]: 'snapshot: other.yaml\n' },
      /^\*\*With this edit of the configuration, nothing could be judged: The snapshot other\.yaml that/,
    ],
  ])('fails the pull request that %s', async (_, changes, reason) => {
    const run = await judge(changes, { [CONFIGURATION]: CONFIGURED, [PATH]: snapshot() });
    expect(run.conclusion).toBe('failure');
    expect(plain(run.output.summary)).toMatch(reason);
  });

  it('may come together with the configuration that names it', async () => {
    const run = await judge({ ...NARROWED, [CONFIGURATION]: CONFIGURED, [PATH]: snapshot() }, {});
    expect(plain(run.output.summary)).toMatch(/edits the configuration\. .*; with it, the verdict would be fail/);
  });

  it('gives way to the one that the command line names, which may be no older', async () => {
    await judge(NARROWED, { [CONFIGURATION]: CONFIGURED, [PATH]: snapshot() });
    const environment = { GITHUB_TOKEN: app.github.userToken('someone'), GITHUB_API_URL: app.github.world.apiUrl };
    const workingDirectory = temporaryFolder({ 'old.yaml': snapshot(40) });
    const args = ['pr', `${people.fullName}#${pull.number}`, '--format', 'json', '--snapshot', 'old.yaml'];
    const { out } = await runCommand(args, { environment, workingDirectory });
    expect(out).toContain('"snapshot-too-old"');
    expect(out).toContain('taken 40 days ago');
    expect(out).not.toContain('taken 3 days ago');
  });

  it('answers the command explain, too', async () => {
    await judge(NARROWED, { [CONFIGURATION]: CONFIGURED, [PATH]: snapshot() });
    people.comment(pull, 'someone', '/egress-scope explain shop/api card.pay:8080');
    const answers = (): string => pull.comments.map(({ body }) => plain(body)).join('\n');
    await expect.poll(answers, { timeout: 20_000 }).toContain('card.pay.svc.cluster.local');
  });
});
