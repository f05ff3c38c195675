import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../source/temporary-folder.js';
import { runCommand, type Answer } from './run-command.js';

const MESH = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: pay, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: card, namespace: pay}
spec:
  selector: {app: card}
  ports: [{name: http, port: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: card, namespace: pay, labels: {app: card}}
spec:
  containers: [{name: app, image: card}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers:
  - name: app
    image: web
    env: [{name: CARD, value: "http://card.pay:8080"}]
`;
const SIDECAR = `# What shop may know about.
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
    - hosts:
        # its own
        - "./*" # and no others
        - "pay/card.pay.svc.cluster.local"
`;
const WITHOUT = SIDECAR.replace('        - "pay/card.pay.svc.cluster.local"\n', '');

type Files = Readonly<Record<string, string | null>>;

/** A git repository with a first commit, and then other files in its working tree. */
function workingTree(before: Readonly<Record<string, string>>, after: Files): string {
  const folder = temporaryFolder(before);
  const git = (...args: readonly string[]): void => {
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'core.autocrlf=false', ...args], {
      cwd: folder,
    });
  };
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'first');
  for (const [path, text] of Object.entries(after)) {
    if (text === null) rmSync(join(folder, path));
    else writeFileSync(join(folder, path), text);
  }
  return folder;
}

function run(workingDirectory: string, ...args: readonly string[]): Promise<Answer> {
  return runCommand(args, { workingDirectory, environment: process.env });
}

async function verdictOf(folder: string): Promise<string> {
  const { out } = await run(folder, 'diff', 'HEAD', '--format', 'json');
  return (JSON.parse(out) as { verdict: string }).verdict;
}

interface FixJson {
  readonly fixes: readonly {
    readonly patches: readonly object[] | null;
    readonly whyNoPatches?: string;
    readonly opens: number;
  }[];
  readonly patch: string;
  readonly left: number;
  readonly written?: readonly string[];
  readonly verdictAfterwards?: string;
}

async function fixJson(folder: string, ...args: readonly string[]): Promise<FixJson & { readonly exitCode: number }> {
  const { out, exitCode } = await run(folder, 'fix', 'HEAD', ...args, '--format', 'json');
  return { ...(JSON.parse(out) as FixJson), exitCode };
}

describe('fix', () => {
  it('edits the working tree, so that diff finds nothing any more', async () => {
    const folder = workingTree({ 'mesh.yaml': MESH, 'shop/sidecar.yaml': SIDECAR }, { 'shop/sidecar.yaml': WITHOUT });
    expect(await verdictOf(folder)).toBe('fail');
    const { exitCode, out } = await run(folder, 'fix', 'HEAD', '--write');
    expect(out).toContain('Add the host pay/card.pay.svc.cluster.local to Sidecar shop/default.');
    expect(exitCode).toBe(0);
    expect(readFileSync(join(folder, 'shop/sidecar.yaml'), 'utf8')).toBe(SIDECAR);
    expect(await verdictOf(folder)).toBe('pass');
  });

  it('prints a patch that git applies, and leaves the files alone', async () => {
    const windows = (text: string): string => text.replaceAll('\n', '\r\n');
    const folder = workingTree(
      { 'mesh.yaml': MESH, 'shop/sidecar.yaml': windows(SIDECAR) },
      { 'shop/sidecar.yaml': windows(WITHOUT) },
    );
    const { exitCode, out } = await run(folder, 'fix', 'HEAD');
    expect(exitCode).toBe(0);
    expect(readFileSync(join(folder, 'shop/sidecar.yaml'), 'utf8')).toBe(windows(WITHOUT));
    execFileSync('git', ['apply'], { cwd: folder, input: out });
    expect(readFileSync(join(folder, 'shop/sidecar.yaml'), 'utf8')).toBe(windows(SIDECAR));
    expect(await verdictOf(folder)).toBe('pass');
  });

  it('puts a file back as it was written', async () => {
    const entry = `# Where card is\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: card, namespace: pay}\nspec: {host: card, subsets: [{name: v1, labels: {app: card}}]}\n`;
    const route = `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: card, namespace: pay}\nspec:\n  hosts: [card]\n  http: [{route: [{destination: {host: card, subset: v1}}]}]\n`;
    const folder = workingTree({ 'mesh.yaml': MESH, 'rule.yaml': entry, 'route.yaml': route }, { 'rule.yaml': null });
    const plain = await run(folder, 'fix', 'HEAD');
    expect(plain.out).toContain('new file mode 100644');
    execFileSync('git', ['apply'], { cwd: folder, input: plain.out });
    expect(readFileSync(join(folder, 'rule.yaml'), 'utf8')).toBe(entry);
    rmSync(join(folder, 'rule.yaml'));
    expect(await fixJson(folder, '--write')).toMatchObject({
      written: ['rule.yaml'],
      verdictAfterwards: 'pass',
      exitCode: 0,
    });
    expect(readFileSync(join(folder, 'rule.yaml'), 'utf8')).toBe(entry);
  });

  it('takes a file away that has nothing but what breaks', async () => {
    const rule = `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: card, namespace: pay}\nspec:\n  hosts: [card]\n  http: [{route: [{destination: {host: nowhere}}]}]\n`;
    const folder = workingTree({ 'mesh.yaml': MESH }, { 'route.yaml': rule });
    const { patch } = await fixJson(folder);
    if (patch.includes('deleted file')) execFileSync('git', ['apply'], { cwd: folder, input: patch });
    else await run(folder, 'fix', 'HEAD', '--write');
    expect(existsSync(join(folder, 'route.yaml'))).toBe(false);
    expect(await verdictOf(folder)).toBe('pass');
  });

  it('has nothing to do where nothing fails', async () => {
    const folder = workingTree({ 'mesh.yaml': MESH, 'shop/sidecar.yaml': SIDECAR }, {});
    const { exitCode, out } = await run(folder, 'fix', 'HEAD', '--write');
    expect(out).toBe('# Nothing fails or warns that could be mended.\n');
    expect(exitCode).toBe(0);
  });

  it('writes no revision', async () => {
    const folder = workingTree({ 'mesh.yaml': MESH, 'shop/sidecar.yaml': SIDECAR }, { 'shop/sidecar.yaml': WITHOUT });
    const { exitCode, err } = await run(folder, 'fix', 'HEAD', 'rev:HEAD', '--write');
    expect(err).toContain('--write edits files, and revision HEAD is none');
    expect(exitCode).toBe(64);
  });
});

describe('fix, of what is rendered', () => {
  const overlay = (rest = ''): string =>
    `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../base]\n${rest}`;
  const base = { 'base/kustomization.yaml': 'resources: [mesh.yaml, sidecar.yaml]\n', 'base/mesh.yaml': MESH };
  const after = { 'base/sidecar.yaml': WITHOUT };

  it('edits the source that is applied as it stands', async () => {
    const before = { ...base, 'base/sidecar.yaml': SIDECAR, 'prod/kustomization.yaml': overlay() };
    const folder = workingTree(before, after);
    expect(await fixJson(folder, '--write')).toMatchObject({
      written: ['base/sidecar.yaml'],
      verdictAfterwards: 'pass',
    });
    expect(readFileSync(join(folder, 'base/sidecar.yaml'), 'utf8')).toBe(SIDECAR);
  });

  it('says why it edits none where an overlay changes the object', async () => {
    const labels = overlay('labels: [{pairs: {team: shop}}]\n');
    const folder = workingTree({ ...base, 'base/sidecar.yaml': SIDECAR, 'prod/kustomization.yaml': labels }, after);
    const { fixes, patch, left, exitCode } = await fixJson(folder);
    expect(fixes).toMatchObject([{ patches: null }]);
    expect(fixes[0]?.whyNoPatches).toContain('does not stand in the file as it is applied');
    expect({ patch, exitCode }).toEqual({ patch: '', exitCode: 1 });
    expect(left).toBeGreaterThan(0);
  });

  it('edits no lines that make objects for which nothing was tried', async () => {
    const elsewhere = overlay(
      'patches: [{patch: "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, $patch: delete}"}]\n',
    );
    const before = {
      ...base,
      'base/sidecar.yaml': SIDECAR,
      'clusters/prod/kustomization.yaml': overlay().replace('../base', '../../base'),
      'clusters/dev/kustomization.yaml': elsewhere.replace('../base', '../../base'),
    };
    const folder = workingTree(before, after);
    const { fixes } = await fixJson(folder);
    expect(fixes.map(({ whyNoPatches }) => whyNoPatches)).toEqual([
      'The same lines of base/sidecar.yaml make an object of the mesh dev too, for which the edit was not tried.',
    ]);
  });
});
