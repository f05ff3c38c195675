import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from './app-process.js';
import type { NewRepository } from './stand-in/github-stand-in.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredCheckRun, StoredPull } from './stand-in/store.js';
import { DEFAULT_PERMISSIONS } from './stand-in/world.js';
import { BEFORE, completedRun, NARROWED, openPull, runsOf, StandInApp } from './stand-in-app.js';

const CONFIGURATION = '.github/egress-scope.yml';
/** A workload that needs what the Sidecar leaves out. */
const POD = `apiVersion: apps/v1
kind: Deployment
metadata: {name: late, namespace: default}
spec:
  selector: {matchLabels: {app: late}}
  template:
    metadata: {labels: {app: late}}
    spec: {containers: [{name: a, image: a, env: [{name: A, value: "http://reviews.bookinfo:9080"}]}]}
`;

let app: StandInApp;
let people: RepositoryPeople;
let pull: StoredPull;
let run: StoredCheckRun;

beforeAll(async () => {
  app = await StandInApp.start({}, { permissions: { ...DEFAULT_PERMISSIONS, members: 'read' } });
});

afterAll(() => app.stop());

/** A repository with a failing pull request, and time to look at the findings. */
async function failing(files: Readonly<Record<string, string>> = {}, more: NewRepository = {}): Promise<void> {
  people = await app.newRepository({
    files: { ...BEFORE, ...files },
    permissions: { writer: 'write', keeper: 'maintain', reader: 'read' },
    ...more,
  });
  pull = await openPull(people, 'narrow', NARROWED);
  run = await completedRun(people, pull.head);
  expect(run.conclusion).toBe('failure');
  await new Promise((resolve) => setTimeout(resolve, 1100));
}

const answers = (): readonly string[] =>
  pull.comments.filter(({ author }) => author.endsWith('[bot]')).map(({ body }) => body);

async function refusal(): Promise<string> {
  await until(() => answers().length > 0);
  expect(run.conclusion).toBe('failure');
  return answers().at(-1) ?? '';
}

describe('accepting the findings of a head', () => {
  beforeEach(() => failing());

  it('lets it pass, with who, when and why, and ends with the head', async () => {
    people.comment(pull, 'writer', '/egress-scope accept planned for <b>Tuesday</b>\nthanks');
    await completedRun(people, pull.head, 2);
    expect(run.conclusion).toBe('success');
    expect(run.output.title).toContain('accepted');
    expect(run.output.text).toMatch(/writer accepted \d+ findings at 20\d\d-.*: planned for/);
    expect(run.output.text).not.toContain('<b>');
    expect(run.actions).toEqual([]);
    await people.push('narrow', { 'README.md': 'more\n' });
    expect((await completedRun(people, pull.head)).conclusion).toBe('failure');
    expect(app.github.violations).toEqual([]);
  });

  it('by the button, without a reason, as long as the findings are those that it names', async () => {
    const [button] = run.actions;
    expect(button?.identifier.length).toBeLessThanOrEqual(20);
    people.clickAction(run, button?.identifier ?? '', 'writer');
    await completedRun(people, pull.head, 2);
    expect(run.conclusion).toBe('success');
    expect(run.output.text).toContain('no reason given');
    people.clickAction({ ...run, actions: button ? [button] : [] }, button?.identifier ?? '', 'writer');
    await until(() => answers().length > 0);
    expect(answers()[0]).toContain('no findings to accept');
    expect(app.github.violations).toEqual([]);
  });

  it('is kept by GitHub when the process is killed, and by a base that moves', async () => {
    people.comment(pull, 'writer', '/egress-scope accept fine');
    await completedRun(people, pull.head, 2);
    await app.kill();
    await app.restart();
    people.rerequestCheckRun(run);
    await completedRun(people, pull.head, 3);
    expect(run.conclusion).toBe('success');
    await people.push('main', { 'mesh/x.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n' });
    await completedRun(people, pull.head, 4);
    expect(run.conclusion).toBe('success');
  });

  it('does not cover a finding that is new at the same head', async () => {
    people.comment(pull, 'writer', '/egress-scope accept fine');
    await completedRun(people, pull.head, 2);
    await people.push('main', { 'mesh/default/late.yaml': POD });
    await completedRun(people, pull.head, 3);
    expect(run.conclusion).toBe('failure');
    expect(run.output.title).toContain('late');
    expect(run.output.title).not.toContain('my-shell');
  });

  it.each(['merge', 'squash'] as const)('counts in a merge group, for the same findings, by %s', async (method) => {
    people.comment(pull, 'writer', '/egress-scope accept fine');
    await completedRun(people, pull.head, 2);
    const alone = await people.createMergeGroup([pull], method);
    const run = await completedRun(people, alone?.headSha ?? '');
    expect(run.conclusion).toBe('success');
    expect(run.output.summary).toContain('accepted by writer');
    const late = await openPull(people, 'late', { 'mesh/default/late.yaml': POD });
    await completedRun(people, late.head);
    const together = await people.createMergeGroup([late, pull], method);
    const other = await completedRun(people, together?.headSha ?? '');
    expect(other.conclusion).toBe('failure');
    expect(other.output.title).toContain('late');
    expect(other.output.title).not.toContain('my-shell');
    expect(app.github.violations).toEqual([]);
  });

  it('is refused to somebody who may only read', async () => {
    people.comment(pull, 'reader', '/egress-scope accept please');
    expect(await refusal()).toContain('takes the permission write');
    expect(app.github.violations).toEqual([]);
  });

  it('is refused for words that were edited', async () => {
    const comment = people.comment(pull, 'reader', 'What do you think?');
    people.editComment(pull, comment, '/egress-scope accept fine', 'writer');
    expect(await refusal()).toContain('edited');
  });

  it('is refused by a button of an older head, or of other findings', async () => {
    people.clickAction(
      { ...run, actions: [{ label: '', description: '', identifier: 'accept:0000000000000' }] },
      'accept:0000000000000',
      'writer',
    );
    expect(await refusal()).toContain('findings have changed');
  });

  it('is refused for findings that were published after the words', async () => {
    const old = pull.head;
    await people.push('narrow', { 'README.md': 'more\n' });
    const now = await completedRun(people, pull.head);
    const comment = people.comment(pull, 'writer', 'x');
    pull.comments.splice(pull.comments.indexOf(comment), 1, {
      ...comment,
      createdAt: 0,
      updatedAt: 0,
      body: '/egress-scope accept y',
    });
    const late = pull.comments.find(({ body }) => body.startsWith('/egress-scope'));
    if (!late) throw new Error('no comment');
    const { announceComment } = await import('./stand-in/webhooks.js');
    announceComment(app.github.world, people.store, pull, late, { action: 'created', sender: 'writer' });
    await until(() => answers().length > 0);
    expect(answers()[0]).toContain('published after the comment');
    expect(now.conclusion).toBe('failure');
    expect(runsOf(people, old)[0]?.conclusion).toBe('failure');
  });
});

describe('who may accept, by the configuration', () => {
  it('may need a higher permission, and a reason, which leaves out the button', async () => {
    await failing({ [CONFIGURATION]: 'accept: {permission: maintain, requireReason: true}\n' });
    expect(run.actions).toEqual([]);
    people.comment(pull, 'writer', '/egress-scope accept because');
    expect(await refusal()).toContain('takes the permission maintain');
    people.comment(pull, 'keeper', '/egress-scope accept');
    await until(() => answers().length === 2);
    expect(answers()[1]).toContain('A reason is demanded');
    people.comment(pull, 'keeper', '/egress-scope accept because');
    await completedRun(people, pull.head, 2);
    expect(run.conclusion).toBe('success');
  });

  it('may need to own what is changed', async () => {
    app.github.world.teams.set('acme/mesh', new Set(['keeper']));
    const owners = '* @someone\nmesh/ @acme/mesh # all\n';
    await failing({ [CONFIGURATION]: 'accept: {codeowners: true}\n', CODEOWNERS: owners }, { owner: 'acme' });
    people.comment(pull, 'writer', '/egress-scope accept because');
    expect(await refusal()).toContain('code owners');
    people.comment(pull, 'keeper', '/egress-scope accept because');
    await completedRun(people, pull.head, 2);
    expect(run.conclusion).toBe('success');
  });
});

describe('waivers', () => {
  const waiver = (expires: string) =>
    `waivers: [{scope: {workload: default/*, host: "*"}, reason: known, owner: shell-team, expires: ${expires}}]\n`;

  it('of the base let findings pass, listed', async () => {
    people = await app.newRepository({ files: { ...BEFORE, [CONFIGURATION]: waiver('2099-12-31') } });
    pull = await openPull(people, 'narrow', NARROWED);
    run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('success');
    expect(run.output.summary).toContain('waived until 2099-12-31 by shell-team, known');
  });

  it('that expired gate, and are listed', async () => {
    await failing({ [CONFIGURATION]: waiver('2001-01-01') });
    expect(run.output.summary).toContain('expired on 2001-01-01');
  });

  it('of the head do not hold', async () => {
    await failing();
    await people.push('narrow', { [CONFIGURATION]: waiver('2099-12-31') });
    expect((await completedRun(people, pull.head)).conclusion).toBe('failure');
  });
});

describe('other commands', () => {
  it('explain a call, once, and judge anew', async () => {
    await failing();
    const comment = people.comment(pull, 'reader', '/egress-scope explain default/my-shell reviews.bookinfo:9080');
    await until(() => answers().length > 0);
    expect(answers()[0]).toContain('my-shell');
    expect(answers()[0]).toMatch(/1\. \*\*/);
    const { announceComment } = await import('./stand-in/webhooks.js');
    announceComment(app.github.world, people.store, pull, comment, { action: 'created', sender: 'reader' });
    people.comment(pull, 'reader', '/egress-scope explain default/nobody reviews.bookinfo:9080');
    await until(() => answers().length > 1);
    expect(answers()[1]).toContain('There is no workload');
    people.comment(pull, 'reader', '/egress-scope recheck');
    await completedRun(people, pull.head, 2);
    expect(answers()).toHaveLength(2);
    expect(app.github.violations).toEqual([]);
  });
});
