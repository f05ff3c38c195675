import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Terminal } from '../../src/cli/terminal.js';
import { commitAll, git, temporaryFolder, temporaryRepository, writeFiles } from '../source/temporary-folder.js';
import { runCommand, type Answer } from './run-command.js';

const MESH = `apiVersion: v1
kind: Namespace
metadata: {name: a, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: b, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: b}
spec: {clusterIP: 10.96.0.9, selector: {app: api}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: b, labels: {app: api}}
spec: {containers: [{name: app, image: example.com/api:1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: shell, namespace: a}
spec: {containers: [{name: app, image: example.com/shell:1}]}
`;
const SIDECAR = `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: a}
spec: {egress: [{hosts: ['./*']}]}
`;

function run(folder: string, args: readonly string[], over: Partial<Terminal> = {}): Promise<Answer> {
  return runCommand(args, { workingDirectory: folder, ...over });
}

/** On branch `topic`, which adds a Sidecar to what `main` has. */
function topicRepository(): string {
  const repository = temporaryRepository({ 'k8s/mesh.yaml': MESH });
  git(repository, 'switch', '--quiet', '-c', 'topic');
  writeFiles(repository, { 'k8s/sidecar.yaml': SIDECAR });
  commitAll(repository, 'narrow');
  return repository;
}

describe('diff of a repository', () => {
  it('compares the working tree with where the branch left main', async () => {
    const repository = topicRepository();
    const { exitCode, out, err } = await run(repository, ['diff']);
    expect(out).toContain('Fails: a/Pod/shell would call 1 destination past the mesh, without mutual TLS.');
    expect(out).toContain('because of k8s/sidecar.yaml:');
    expect([exitCode, err]).toEqual([1, '']);
  });

  it('compares a revision with the working tree, and two revisions', async () => {
    const repository = topicRepository();
    expect((await run(repository, ['diff', 'main'])).exitCode).toBe(1);
    expect((await run(repository, ['diff', 'HEAD'])).exitCode).toBe(0);
    const { exitCode, out } = await run(repository, ['diff', 'main', 'topic']);
    expect(exitCode).toBe(1);
    expect(out).toContain('because of topic:k8s/sidecar.yaml:');
    expect((await run(repository, ['diff', 'topic', 'main'])).exitCode).toBe(0);
    expect((await run(temporaryFolder(), ['diff', 'main', 'topic', '--repo', repository])).exitCode).toBe(1);
  });

  it('takes part of a revision', async () => {
    const repository = topicRepository();
    writeFiles(repository, { 'other/broken.yaml': 'apiVersion: v1\nkind: Service\nspec: [\n' });
    expect((await run(repository, ['diff', 'HEAD'])).exitCode).toBe(2);
    expect((await run(repository, ['diff', 'HEAD', '--path', 'k8s/**'])).exitCode).toBe(0);
    const nothing = await run(repository, ['diff', 'main', '--path', 'k8ss/**']);
    expect(nothing).toMatchObject({ exitCode: 64, out: '' });
    expect(nothing.err).toContain('No file of revision main or the working tree fits --path k8ss/**.');
  });

  it('is undetermined by content it cannot read, unless that is as it was', async () => {
    const repository = topicRepository();
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:';
    writeFiles(repository, { 'k8s/large.yaml': `${pointer}1\n` });
    expect((await run(repository, ['diff', 'HEAD'])).exitCode).toBe(2);
    commitAll(repository, 'large');
    expect((await run(repository, ['diff', 'HEAD'])).exitCode).toBe(0);
    writeFiles(repository, { 'k8s/large.yaml': `${pointer}2\n` });
    expect((await run(repository, ['diff', 'HEAD'])).exitCode).toBe(2);
  });

  it('prefers a path to a revision of the same name, unless told otherwise', async () => {
    const repository = topicRepository();
    writeFiles(repository, { 'main/empty.yaml': '' });
    const byPath = await run(repository, ['diff', 'main', 'rev:topic']);
    expect(byPath.err).toContain('note: comparing folder main with revision topic');
    const byRevision = await run(repository, ['diff', 'rev:main', 'rev:topic']);
    expect([byRevision.exitCode, byRevision.err]).toEqual([1, '']);
  });

  it('needs something to compare with', async () => {
    const outside = await run(temporaryFolder(), ['diff']);
    expect([outside.exitCode, outside.out]).toEqual([64, '']);
    expect(outside.err).toContain('is not in a git repository');
    const unknown = await run(topicRepository(), ['diff', 'mian']);
    expect(unknown.exitCode).toBe(64);
    expect(unknown.err).toBe('error: mian is neither a file or folder nor a git revision\n');
  });
});

describe('folders and files', () => {
  it('are read as one tree, with their names before the paths', async () => {
    const folder = temporaryFolder({ 'a/mesh.yaml': MESH, 'b/bad.yaml': `${SIDECAR}  x: [\n` });
    const { exitCode, out } = await run(folder, ['reach', 'a', './b/', 'a/mesh.yaml', '--format', 'json']);
    const { groups, diagnostics } = JSON.parse(out) as {
      groups: { workloads: unknown[] }[];
      diagnostics: { path: string; code: string }[];
    };
    expect(exitCode).toBe(0);
    expect(groups.flatMap((group) => group.workloads)).toHaveLength(2);
    expect(diagnostics.map(({ path, code }) => [path, code])).toEqual([['b/bad.yaml', 'yaml-syntax']]);
  });

  it('may come from standard input', async () => {
    const readInput = () => Promise.resolve(Buffer.from(MESH));
    const { exitCode, out } = await run(temporaryFolder(), ['reach', '-'], { readInput });
    expect(exitCode).toBe(0);
    expect(out).toContain('a/Pod/shell\n');
  });

  it('show where they lie', async () => {
    const folder = temporaryFolder({
      'before/mesh.yaml': MESH,
      'after/mesh.yaml': MESH,
      'after/x/sidecar.yaml': SIDECAR,
    });
    expect((await run(folder, ['diff', 'before', 'after'])).out).toContain(
      `because of ${join('after/x/sidecar.yaml')}:`,
    );
    expect((await run(folder, ['diff', 'before', join(folder, 'after')])).out).toContain(
      `because of ${folder}/after/x/sidecar.yaml:`,
    );
    const file = temporaryFolder({ 'b.yaml': MESH, 'a.yaml': `${MESH}---\n${SIDECAR}` });
    expect((await run(file, ['diff', 'b.yaml', 'a.yaml'])).out).toContain('because of a.yaml:');
  });
});

describe('settings', () => {
  const folder = () =>
    temporaryFolder({
      'before/mesh.yaml': MESH,
      'after/mesh.yaml': MESH,
      'after/sidecar.yaml': SIDECAR,
      'gate.yml': 'severities: {outside: {unknown: warning}}\n',
      'strict.yml': 'severities: {outside: {unknown: warning}}\nfailOn: warning\n',
      'wrong.yml': 'failOn: failure\nfailsOn: warning\nistioVersion: x\n',
    });

  it('come from the file, and options win', async () => {
    const cwd = folder();
    expect((await run(cwd, ['diff', 'before', 'after', '--config', 'gate.yml'])).exitCode).toBe(0);
    expect((await run(cwd, ['diff', 'before', 'after', '--config', 'gate.yml', '--fail-on', 'warning'])).exitCode).toBe(
      1,
    );
    expect((await run(cwd, ['diff', 'before', 'after', '--config', 'strict.yml'])).exitCode).toBe(1);
    expect(
      (await run(cwd, ['diff', 'before', 'after', '--config', 'strict.yml', '--fail-on', 'failure'])).exitCode,
    ).toBe(0);
  });

  it('are refused where they are wrong, with every line', async () => {
    const { exitCode, err } = await run(folder(), ['diff', 'before', 'after', '--config', 'wrong.yml']);
    expect(exitCode).toBe(64);
    expect(err).toContain('wrong.yml:2: Unknown key "failsOn"');
    expect(err).toContain('wrong.yml:3: istioVersion must be');
    expect((await run(folder(), ['diff', 'before', 'after', '--config', 'none.yml'])).err).toContain(
      'cannot be read (ENOENT)',
    );
  });

  it('ask about destinations outside the mesh', async () => {
    const { out } = await run(folder(), [
      'reach',
      'before',
      '--probe',
      'api.example.com:443/tls',
      '--probe',
      'x.y:1/tcp',
      '--format',
      'json',
    ]);
    expect(out).toContain('"host": "api.example.com"');
    expect(out).toContain('"host": "x.y"');
  });
});

describe('wrong usage', () => {
  it.each([
    [['diff', '--fromat', 'json'], "unknown option '--fromat'\n(Did you mean --format?)"],
    [['dif'], "unknown command 'dif'\n(Did you mean diff?)"],
    [['reach'], "missing required argument 'PATH'"],
    [['diff', 'a', 'b', 'c'], 'too many arguments'],
    [['reach', 'x', '--format', 'xml'], 'Allowed choices are text, json, markdown, html.'],
    [['reach', 'x', '--probe', 'a.b:1'], 'Expected HOST:PORT/PROTOCOL'],
    [['reach', 'nowhere'], 'nowhere is neither a file or folder nor a git revision'],
    [['reach', '.', '--istio-version', 'new'], 'is not a version such as 1.30'],
    [['reach', '.', '--cluster-domain', '-x'], 'is not a DNS domain'],
    [['endpoints', '.'], "required option '--workload <W>' not specified"],
    [['explain', '.', '--from', 'a/b', '--to', 'x'], 'Expected HOST:PORT'],
    [['pr', 'octo'], 'Expected OWNER/REPO#NUMBER'],
    [['pr', 'octo-org/x#1'], 'GITHUB_TOKEN is not set'],
    [['serve'], 'WEBHOOK_SECRET is not set'],
  ])('%j ends with 64 and says why on standard error', async (args, message) => {
    const { exitCode, out, err } = await run(temporaryFolder(), args);
    expect(err).toContain(message);
    expect([exitCode, out]).toEqual([64, '']);
  });

  it('without a command shows the help, on standard error', async () => {
    const { exitCode, out, err } = await run(temporaryFolder(), []);
    expect([exitCode, out]).toEqual([64, '']);
    expect(err).toContain('Usage: egress-scope');
  });
});

describe('colour', () => {
  const folder = () =>
    temporaryFolder({ 'before/mesh.yaml': MESH, 'after/mesh.yaml': MESH, 'after/sidecar.yaml': SIDECAR });
  const onTerminal = { outIsTerminal: true, errIsTerminal: true, columns: 100 };

  it('appears on a terminal only, and not against NO_COLOR', async () => {
    const args = ['diff', 'before', 'after'];
    expect((await run(folder(), args)).out).not.toContain('\u001b');
    expect((await run(folder(), args, onTerminal)).out).toContain('\u001b[31m');
    expect((await run(folder(), args, { ...onTerminal, environment: { NO_COLOR: '1' } })).out).not.toContain('\u001b');
    expect((await run(folder(), args, { ...onTerminal, environment: { TERM: 'dumb' } })).out).not.toContain('\u001b');
  });

  it('comes with progress, which wipes itself out', async () => {
    const { err } = await run(folder(), ['reach', 'before'], onTerminal);
    expect(err).toBe('reading before …\r\u001b[Krendering folder before …\r\u001b[K');
  });
});
