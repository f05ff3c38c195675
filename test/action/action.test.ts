import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildAction } from '../../deploy/build-action.js';
import { ROOT } from '../document.js';
import { commitAll, git, temporaryFolder, writeFiles } from '../source/temporary-folder.js';
import { runAction, type ActionAnswer, type ActionRun } from './action-process.js';

const EXAMPLE = join(ROOT, 'examples/bookinfo');
const CAUSE = { file: 'k8s/default/sidecar.yaml', line: '11', endLine: '11' };

let bundle: string;
beforeAll(async () => {
  bundle = await buildAction();
});

/** A repository whose branch `topic` adds the example's Sidecar, and whose branch `merged` is GitHub's merge of both. */
interface Pull {
  readonly folder: string;
  readonly base: string;
  readonly head: string;
  readonly merge: string;
  readonly payload: object;
}

function createPull(
  onTopic: (folder: string) => void = addSidecar,
  onMain: Readonly<Record<string, string>> = {},
): Pull {
  const folder = temporaryFolder(onMain);
  git(folder, 'init', '--quiet', '--initial-branch=main');
  cpSync(join(EXAMPLE, 'before'), join(folder, 'k8s'), { recursive: true });
  const parted = commitAll(folder, 'first');
  writeFiles(folder, { 'README.md': 'moved on\n' });
  const base = commitAll(folder, 'second');
  git(folder, 'checkout', '--quiet', '-b', 'topic', parted);
  onTopic(folder);
  const head = commitAll(folder, 'change');
  git(folder, 'checkout', '--quiet', '-b', 'merged', base);
  git(folder, 'merge', '--quiet', '--no-ff', '-m', 'merge', head);
  const merge = git(folder, 'rev-parse', 'HEAD');
  const payload = { pull_request: { number: 7, base: { sha: base }, head: { sha: head } } };
  return { folder, base, head, merge, payload };
}

function addSidecar(folder: string): void {
  cpSync(join(EXAMPLE, 'after/default/sidecar.yaml'), join(folder, 'k8s/default/sidecar.yaml'));
}

/** What actions/checkout leaves behind. */
function checkout({ folder }: Pull, ref: string, depth?: number): string {
  const workspace = temporaryFolder();
  git(workspace, 'init', '--quiet', '--initial-branch=main');
  git(workspace, 'remote', 'add', 'origin', `file://${folder}`);
  git(folder, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const history = depth === undefined ? ['+refs/heads/*:refs/remotes/origin/*'] : [`--depth=${depth}`];
  git(workspace, 'fetch', '--quiet', ...history.slice(depth === undefined ? 1 : 0), 'origin', ref);
  if (depth === undefined) git(workspace, 'fetch', '--quiet', 'origin', ...history);
  git(workspace, 'checkout', '--quiet', '--detach', ref);
  return workspace;
}

function act(run: Omit<ActionRun, 'bundle'>): ActionAnswer {
  return runAction({ bundle, ...run });
}

describe('the Action on a pull request', () => {
  let pull: Pull;
  beforeEach(() => {
    pull = createPull();
  });

  it('compares GitHub’s merge with the base, and tells at the line, in the summary, in files and by its exit code', () => {
    const workspace = checkout(pull, pull.merge, 2);
    const inputs = { format: 'json, markdown' };
    const { exitCode, log, commands, outputs, summary } = act({ workspace, inputs, event: 'pull_request', ...pull });
    expect(exitCode).toBe(1);
    expect(outputs).toEqual({
      verdict: 'fail',
      json: join(workspace, 'egress-scope-reports/egress-scope.json'),
      markdown: join(workspace, 'egress-scope-reports/egress-scope.md'),
    });
    expect(commands).toEqual([
      {
        command: 'error',
        properties: { ...CAUSE, title: 'Sidecar default/default: calls become unmeshed' },
        message: expect.stringMatching(/^Sidecar default\/default now governs this workload/) as string,
      },
    ]);
    expect(log).toContain('because of \u001b[36mk8s/default/sidecar.yaml:11');
    expect(summary).toContain(
      '**Fails: default/Pod/my-shell would call 6 destinations past the mesh, without mutual TLS.**',
    );
    expect(summary).toContain(`https://github.com/acme/manifests/blob/${pull.merge}/k8s/default/sidecar.yaml#L11`);
    const report = JSON.parse(readFileSync(outputs['json'] ?? '', 'utf8')) as { verdict: string; schema: string };
    expect(report).toMatchObject({ schema: 'egress-scope/diff/v1', verdict: 'fail' });
    expect(summary).toContain(readFileSync(outputs['markdown'] ?? '', 'utf8').trim());
    expect(summary).toContain('**How to mend it.**');
    expect(summary).toContain("+        - 'kube-system/kube-dns.kube-system.svc.cluster.local'");
  });

  it('says which depth the checkout needs', () => {
    const answer = act({ workspace: checkout(pull, pull.merge, 1), event: 'pull_request', ...pull });
    expect(answer.exitCode).toBe(64);
    expect(answer.commands.map(({ message }) => message)).toEqual([
      `the checkout does not have the commit ${pull.base.slice(0, 10)} to compare with: give actions/checkout \`fetch-depth: 2\``,
    ]);
    expect(answer.outputs).toEqual({});
    const head = act({ workspace: checkout(pull, pull.head, 1), event: 'pull_request', ...pull });
    expect(head.commands[0]?.message).toContain('`fetch-depth: 0`');
  });

  it('compares a head that is checked out with where it left its base', () => {
    const answer = act({ workspace: checkout(pull, pull.head), event: 'pull_request', ...pull });
    expect(answer.exitCode).toBe(1);
    expect(answer.commands.map(({ properties }) => properties)).toMatchObject([CAUSE]);
  });

  it('does not take the base that pull_request_target checks out for the change', () => {
    const answer = act({ workspace: checkout(pull, pull.base), event: 'pull_request_target', ...pull });
    expect(answer.exitCode).toBe(64);
    expect(answer.commands[0]?.message).toContain('`ref: refs/pull/7/merge`');
  });

  it('works in a folder of the workspace', () => {
    const workspace = temporaryFolder();
    cpSync(checkout(pull, pull.merge, 2), join(workspace, 'manifests'), { recursive: true });
    const inputs = { 'working-directory': 'manifests', format: 'json', output: 'out' };
    const answer = act({ workspace, inputs, event: 'pull_request', ...pull });
    expect(answer.commands.map(({ properties }) => properties)).toMatchObject([CAUSE]);
    expect(existsSync(join(workspace, 'manifests/out/egress-scope.json'))).toBe(true);
  });
});

describe('the Action on other events', () => {
  it('compares what a merge queue or a push moves', () => {
    const pull = createPull();
    const workspace = checkout(pull, pull.merge);
    const group = act({ workspace, event: 'merge_group', payload: { merge_group: { base_sha: pull.base } } });
    const push = act({ workspace, event: 'push', payload: { before: pull.base } });
    expect([group, push].map(({ exitCode }) => exitCode)).toEqual([1, 1]);
    expect(push.commands).toEqual(group.commands);
    const same = act({ workspace, event: 'push', payload: { before: pull.merge } });
    expect([same.exitCode, same.outputs['verdict'], same.commands]).toEqual([0, 'pass', []]);
  });

  it('asks for the sides where the event does not tell them', () => {
    const pull = createPull();
    const workspace = checkout(pull, pull.merge);
    const branch = act({ workspace, event: 'push', payload: { before: '0'.repeat(40) } });
    const schedule = act({ workspace, event: 'schedule', payload: { schedule: '0 4 * * *' } });
    expect([branch, schedule].map(({ exitCode }) => exitCode)).toEqual([64, 64]);
    expect(branch.commands[0]?.message).toContain('the push of a new branch does not tell what to compare with');
    expect(schedule.commands[0]?.message).toContain('the event schedule does not tell what to compare with');
  });

  it('takes folders and revisions as the command line does', () => {
    const pull = createPull();
    const workspace = checkout(pull, pull.merge);
    const folders = act({ workspace, inputs: { before: join(EXAMPLE, 'before'), after: join(EXAMPLE, 'after') } });
    expect(folders.exitCode).toBe(1);
    const revision = act({ workspace, inputs: { before: 'HEAD^1' } });
    expect(revision.commands.map(({ properties }) => properties)).toMatchObject([CAUSE]);
    const after = act({ workspace, inputs: { after: 'HEAD' } });
    expect([after.exitCode, after.commands[0]?.message]).toEqual([64, 'the input `after` needs the input `before`']);
  });
});

describe('the Action’s settings', () => {
  it('come from the base: a change does not decide how it is judged', () => {
    const lenient = 'severities: {outside: {unknown: notice, referenced: notice}}\n';
    const path = '.github/egress-scope.yml';
    const weakened = createPull((folder) => {
      addSidecar(folder);
      writeFiles(folder, { [path]: lenient });
    });
    const workspace = checkout(weakened, weakened.merge, 2);
    const answer = act({ workspace, event: 'pull_request', ...weakened });
    expect(answer.exitCode).toBe(1);
    expect(answer.log).toContain(`note: ${path} differs; the change is judged by the file as it was before`);
    const agreed = createPull(addSidecar, { [path]: lenient });
    expect(act({ workspace: checkout(agreed, agreed.merge, 2), event: 'pull_request', ...agreed }).exitCode).toBe(0);
    const wrong = createPull(addSidecar, { [path]: 'failOn: nothing\n' });
    const refused = act({ workspace: checkout(wrong, wrong.merge, 2), event: 'pull_request', ...wrong });
    expect(refused.exitCode).toBe(64);
    expect(refused.commands[0]?.message).toContain(`${path}:1: `);
  });

  it('let nothing pass where the snapshot that they name is not there', () => {
    const pull = createPull(addSidecar, { '.github/egress-scope.yml': 'snapshot: mesh/snapshot.yaml\n' });
    const answer = act({ workspace: checkout(pull, pull.merge, 2), event: 'pull_request', ...pull });
    expect([answer.exitCode, answer.outputs['verdict']]).toEqual([2, 'undetermined']);
    expect(answer.commands[0]?.message).toContain('the snapshot mesh/snapshot.yaml is not in');
  });

  it('can be inputs, and wrong ones are not guessed at', () => {
    const pull = createPull();
    const workspace = checkout(pull, pull.merge, 2);
    const narrow = act({ workspace, inputs: { path: 'k8s/bookinfo/**\n' }, event: 'pull_request', ...pull });
    expect([narrow.exitCode, narrow.outputs['verdict']]).toEqual([0, 'pass']);
    for (const [inputs, said] of [
      [{ 'fail-on': 'notice' }, 'the input `fail-on` is notice; it can be failure, warning'],
      [{ format: 'pdf' }, 'the input `format` is pdf; it can be '],
      [{ 'istio-version': 'newest' }, 'newest is not a version such as 1.30'],
      [{ mesh: 'prod' }, 'There is no mesh prod'],
      [{ config: 'none.yml' }, 'none.yml is not in'],
    ] as const) {
      const { exitCode, commands } = act({ workspace, inputs, event: 'pull_request', ...pull });
      expect([exitCode, commands.length, commands[0]?.message]).toEqual([64, 1, expect.stringContaining(said)]);
    }
  });
});

describe('the Action’s annotations', () => {
  it('are ten of a level, and the log counts the rest', () => {
    const pull = createPull((folder) => {
      for (let i = 0; i < 13; i++) writeFiles(folder, { [`k8s/wrong-${i}.yaml`]: sidecar(`wrong-${i}`, 'reviews') });
    });
    const answer = act({ workspace: checkout(pull, pull.merge, 2), event: 'pull_request', ...pull });
    expect(answer.exitCode).toBe(1);
    expect(answer.commands.filter(({ command }) => command === 'error')).toHaveLength(10);
    expect(answer.log).toContain('3 further failures without an annotation: GitHub shows 10 a step.');
  });

  it('and the log let no name become a command', () => {
    const name = 'a%0A,b:c=::error ::x';
    // So long a word that the next one begins a line of the log.
    const host = `default/${'x'.repeat(150)} ::error title=gotcha::owned`;
    const pull = createPull((folder) => {
      writeFiles(folder, { 'k8s/x,y:z/100%25.yaml': sidecar(name, host) });
      writeFiles(folder, {
        'k8s/broken.yaml': 'apiVersion: v1\nkind: Service\n::error::owned\n  ::warning::owned: [\n',
      });
    });
    const answer = act({ workspace: checkout(pull, pull.merge, 2), event: 'pull_request', ...pull });
    expect(answer.log).toMatch(/^ *::error title=gotcha::owned/m);
    expect(answer.commands.filter(({ message }) => message.startsWith('owned'))).toEqual([]);
    expect(answer.commands.filter(({ properties }) => properties['title'] === 'gotcha')).toEqual([]);
    expect(answer.commands.map(({ properties }) => properties['file'])).toContain('k8s/x,y:z/100%25.yaml');
    expect(answer.commands.some(({ properties }) => properties['title']?.includes(name) === true)).toBe(true);
  });
});

function sidecar(name: string, host: string): string {
  const metadata = JSON.stringify({ name, namespace: 'default' });
  const spec = JSON.stringify({ egress: [{ hosts: [host] }] });
  return `apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: ${metadata}\nspec: ${spec}\n`;
}
