import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand, type Answer } from './run-command.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-check-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function run(...args: string[]): Promise<Answer> {
  return runCommand(args, { workingDirectory: folder });
}

describe('egress-scope config check', () => {
  it('takes the file at its usual place', async () => {
    write('.github/egress-scope.yml', 'failOn: warning\n');
    expect(await run('config', 'check')).toEqual({ exitCode: 0, out: '.github/egress-scope.yml is right.\n', err: '' });
  });

  it('names every line that is wrong, and what was meant', async () => {
    write('c.yml', 'failOn: warnings\npost: review\nmesh: []\n');
    const { exitCode, out } = await run('config', 'check', 'c.yml');
    expect(exitCode).toBe(1);
    expect(out.split('\n')).toEqual([
      'c.yml:1: failOn must be one of failure, warning; did you mean "warning"?',
      'c.yml:3: Unknown key "mesh"; did you mean "meshes"?',
      '',
    ]);
  });

  it('tells of waivers that hold no longer', async () => {
    write('c.yml', 'waivers: [{scope: {workload: a/b, host: c}, reason: x, owner: me, expires: 2001-01-01}]\n');
    const { exitCode, out } = await run('config', 'check', 'c.yml');
    expect(exitCode).toBe(0);
    expect(out).toContain('note: the waiver of a/b to c (me) expired on 2001-01-01');
  });

  it('asks for a file that is there', async () => {
    expect(await run('config', 'check')).toMatchObject({ exitCode: 64, out: '' });
  });
});

describe('what a configuration leaves of the manifests', () => {
  const pod = (name: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: a, image: a}]}\n`;
  it('is what reach sees, in the namespace it gives', async () => {
    write('k8s/prod/a.yaml', pod('a'));
    write('k8s/prod/old/b.yaml', pod('b'));
    write('k8s/dev/c.yaml', pod('c'));
    write('c.yml', 'meshes: [{name: prod, paths: [prod], defaultNamespace: shop}]\nignores: [prod/old]\n');
    const { out } = await run('reach', 'k8s', '--config', 'c.yml', '--format', 'json');
    const { groups } = JSON.parse(out) as { groups: { workloads: unknown[] }[] };
    expect(groups.flatMap(({ workloads }) => workloads)).toEqual([{ namespace: 'shop', kind: 'Pod', name: 'a' }]);
  });
});
