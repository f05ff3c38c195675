import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand, type Answer } from './run-command.js';

const CLUSTER = join(import.meta.dirname, 'fixtures/cluster');
const KUBECTL_BIN = join(import.meta.dirname, 'kubectl-stand-in.sh');
const FOLDER = mkdtempSync(join(tmpdir(), 'egress-scope-drift-'));

afterAll(() => rmSync(FOLDER, { recursive: true }));

interface List {
  items: { metadata: { namespace?: string; name: string }; spec: Record<string, unknown> }[];
}

/** A copy of the recorded cluster, with some of its objects edited by hand. */
function cluster(name: string, file: string, edit: (list: List) => void): string {
  const folder = join(FOLDER, name);
  cpSync(CLUSTER, folder, { recursive: true });
  const path = join(folder, file);
  const list = JSON.parse(readFileSync(path, 'utf8')) as List;
  edit(list);
  writeFileSync(path, JSON.stringify(list));
  return folder;
}

function run(...args: readonly string[]): Promise<Answer> {
  return runCommand(args, { workingDirectory: FOLDER, environment: { KUBECTL_BIN } });
}

/** The manifests that the recorded cluster came from. */
async function manifests(): Promise<string> {
  const { out } = await run('snapshot', '--kubeconfig', CLUSTER, '--include-env');
  const [, ...documents] = out.split('\n---\n');
  const path = join(FOLDER, 'mesh.yaml');
  writeFileSync(path, documents.join('\n---\n').replaceAll(/\n {2}creationTimestamp: .*/g, ''));
  return path;
}

describe('egress-scope drift', () => {
  it('finds nothing in a cluster that is as the manifests say', async () => {
    const { out, exitCode } = await run('drift', await manifests(), '--live', '--kubeconfig', CLUSTER);
    expect(out).toMatch(/^Passes/);
    expect(out).not.toMatch(/differs-in-cluster|not-in-cluster|not-in-manifests/);
    expect(exitCode).toBe(0);
  });

  it('finds what somebody has edited by hand, and what that does', async () => {
    const edited = cluster('edited', 'sidecars.networking.istio.io.json', ({ items }) => {
      items[0]!.spec['egress'] = [{ hosts: ['./*'] }];
    });
    const { out, exitCode } = await run(
      'drift',
      await manifests(),
      '--live',
      '--kubeconfig',
      edited,
      '--format',
      'json',
    );
    const answer = JSON.parse(out) as {
      changes: { after: string; causes: { kind: string; path: string; side: string }[] }[];
      diagnostics: { code: string; path: string; message: string }[];
    };
    expect(answer.changes.length).toBeGreaterThan(0);
    for (const { causes } of answer.changes) expect(causes[0]).toMatchObject({ kind: 'Sidecar', path: 'cluster' });
    const drifted = answer.diagnostics.filter(({ code }) => code === 'differs-in-cluster');
    expect(drifted.map(({ path }) => path)).toEqual(['mesh.yaml']);
    expect(drifted[0]!.message).toMatch(/^In the cluster, of Sidecar .*spec\.egress/);
    expect(exitCode).toBe(1);
  });

  it('finds what was removed from the cluster, by a snapshot as well', async () => {
    const removed = cluster('removed', 'sidecars.networking.istio.io.json', (list) => {
      list.items = [];
    });
    await run('snapshot', '--kubeconfig', removed, '--include-env', '--output', 'snapshot.yaml');
    const { out } = await run('drift', await manifests(), '--snapshot', 'snapshot.yaml');
    expect(out).toMatch(/not-in-cluster .*mesh.yaml:\d+/);
    expect(out).toMatch(/Sidecar \S+ is in the manifests, and not in the cluster\./);
  });

  it('says what is wanting', async () => {
    const path = await manifests();
    expect(await run('drift', path)).toMatchObject({
      err: 'error: name what the cluster has with --snapshot FILE, or ask it with --live\n',
      exitCode: 64,
    });
    expect(await run('drift', path, '--live', '--snapshot', 'snapshot.yaml')).toMatchObject({
      err: 'error: --live and --snapshot exclude each other\n',
      exitCode: 64,
    });
    const { err, exitCode } = await run('drift', path, '--live', '--kubeconfig', CLUSTER, '--context', 'nowhere');
    expect(err).toContain('nowhere');
    expect(exitCode).toBeGreaterThan(1);
  });
});
