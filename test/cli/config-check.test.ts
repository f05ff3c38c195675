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

describe('meshes that a configuration names', () => {
  const pod = (name: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: a, image: a}]}\n`;

  beforeEach(() => {
    for (const side of ['before', 'after']) {
      write(`${side}/lists/north/web.yaml`, pod('web'));
      write(`${side}/lists/south/web.yaml`, pod('web'));
      write(`${side}/kits/kustomization.yaml`, 'resources: [kit.yaml]\n');
      write(`${side}/kits/kit.yaml`, pod('kit'));
      write(`${side}/other/more.yaml`, pod('more'));
    }
    write('c.yml', 'meshes:\n  - {name: "*", paths: ["lists/*"], roots: [{path: kits, namespace: kit}]}\n');
  });

  it('are what discover shows, with who says so', async () => {
    const { out, exitCode } = await run('discover', 'before', '--config', 'c.yml', '--format', 'json', '--render');
    expect(exitCode).toBe(0);
    const { meshes, diagnostics } = JSON.parse(out) as { meshes: object[]; diagnostics: object[] };
    const mesh = (name: string): object => ({
      name,
      roots: [
        { path: 'kits', kind: 'kustomize', namespace: 'kit', reason: 'by the configuration' },
        {
          path: `lists/${name}`,
          kind: 'plain',
          namespace: null,
          reason: 'manifests as they are; in this mesh by the configuration',
        },
      ],
      resources: 2,
      objects: [
        { kind: 'Pod', namespace: 'default', name: 'web', path: `lists/${name}/web.yaml`, line: 1 },
        { kind: 'Pod', namespace: 'kit', name: 'kit', path: 'kits/kit.yaml', line: 1 },
      ],
    });
    expect(meshes).toEqual([mesh('north'), mesh('south')]);
    expect(diagnostics).toEqual([]);
  });

  it('are asked for by name, and judged each by itself', async () => {
    const reach = await run('reach', 'before', '--config', 'c.yml', '--mesh', 'south', '--format', 'json');
    const { groups } = JSON.parse(reach.out) as { groups: { mesh: string }[] };
    expect([...new Set(groups.map(({ mesh }) => mesh))]).toEqual(['south']);
    const unknown = await run('reach', 'before', '--config', 'c.yml', '--mesh', 'east');
    expect(unknown.exitCode).toBe(64);
    expect(unknown.err).toContain('there is north, south');
  });

  it('are told of where a path fits nothing, and undetermined where a change empties it', async () => {
    write('c.yml', 'meshes: [{name: a, paths: [lists/north]}, {name: b, paths: [lists/south, nowhere]}]\n');
    const same = await run('diff', 'before', 'after', '--config', 'c.yml');
    expect(same.exitCode).toBe(0);
    expect(same.out).toContain('nowhere, which the configuration gives the mesh b');
    rmSync(join(folder, 'after/lists/south'), { recursive: true });
    const gone = await run('diff', 'before', 'after', '--config', 'c.yml');
    expect(gone.exitCode).toBe(2);
    expect(gone.out).toContain('b: lists/south, which the configuration names, is no longer there.');
  });

  it('may have a chart look up what is not there', async () => {
    write('before/chart/Chart.yaml', 'apiVersion: v2\nname: c\nversion: 1.0.0\n');
    write('before/chart/templates/a.yaml', `{{- $found := lookup "v1" "Pod" "a" "b" }}\n${pod('looked')}`);
    const asked = async (configuration: string): Promise<string> => {
      write('c.yml', configuration);
      return (await run('discover', 'before', '--config', 'c.yml', '--render')).out;
    };
    expect(await asked('')).toContain('rendering-refused');
    expect(await asked('allow: {lookups: [char]}\n')).toContain('rendering-refused');
    const allowed = await asked('allow: {lookups: [chart]}\n');
    expect(allowed).not.toContain('rendering-refused');
    expect(allowed).toContain('looked');
  });
});
