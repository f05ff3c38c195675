import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deployment, sidecar } from '../reachability/change-mesh.js';
import { commitAll, temporaryFolder, temporaryRepository, writeFiles } from '../source/temporary-folder.js';
import { runCommand, type Answer } from './run-command.js';

const RECORDED = readFileSync(join(import.meta.dirname, 'fixtures/mesh-snapshot.yaml'), 'utf8');
const DAY = 24 * 60 * 60 * 1000;

/** The recorded cluster, as it was some days ago. */
function snapshot(days = 3): string {
  return RECORDED.replace(/^takenAt: .*$/m, `takenAt: "${new Date(Date.now() - days * DAY - 1000).toISOString()}"`);
}

const API = deployment('shop/api', ['http://card.pay:8080']);
const NARROW = sidecar('shop/default', ['./*', 'istio-system/*']);
const AGE = /The snapshot of the cluster was taken 3 days ago \(/;

function run(workingDirectory: string, ...args: readonly string[]): Promise<Answer> {
  return runCommand(args, { workingDirectory });
}

/** What is wrapped for a terminal or escaped for Markdown, in one plain line. */
function unwrapped(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\\u200b]/g, '');
}

describe('--snapshot', () => {
  it('answers for what only the cluster has, and tells its age in every form of reach', async () => {
    const folder = temporaryFolder({ 'k8s/api.yaml': API, 'mesh.yaml': snapshot() });
    const alone = await run(folder, 'reach', 'k8s', '--format', 'json');
    expect(alone.out).not.toContain('card.pay.svc.cluster.local');
    const { out } = await run(folder, 'reach', 'k8s', '--snapshot', 'mesh.yaml', '--format', 'json');
    const { groups, diagnostics } = JSON.parse(out) as {
      groups: { workloads: { name: string }[]; edges: { host: string; port: number; verdict: string }[] }[];
      diagnostics: object[];
    };
    const edges = groups.find(({ workloads }) => workloads.some(({ name }) => name === 'api'))?.edges;
    expect(edges).toContainEqual(
      expect.objectContaining({ host: 'card.pay.svc.cluster.local', port: 8080, verdict: 'meshed' }),
    );
    expect(diagnostics).toContainEqual(
      expect.objectContaining({ code: 'snapshot-age', severity: 'info', path: 'mesh.yaml', line: null }),
    );
    for (const format of ['text', 'markdown']) {
      const answer = await run(folder, 'reach', 'k8s', '--snapshot', 'mesh.yaml', '--format', format);
      expect(unwrapped(answer.out)).toMatch(AGE);
    }
  });

  it('tells its age in every form of diff, and shows the lines of the snapshot by its name', async () => {
    const folder = temporaryFolder({
      'a/api.yaml': API,
      'b/api.yaml': API,
      'b/sidecar.yaml': NARROW,
      'mesh.yaml': snapshot(),
    });
    for (const format of ['text', 'markdown', 'json']) {
      const { exitCode, out } = await run(folder, 'diff', 'a', 'b', '--snapshot', 'mesh.yaml', '--format', format);
      expect(exitCode).toBe(1);
      expect(unwrapped(out)).toMatch(AGE);
      expect(out).toContain('card.pay.svc.cluster.local');
    }
    const { out } = await run(folder, 'diff', 'a', 'b', '--snapshot', 'mesh.yaml');
    expect(out).toMatch(/envoy-filter mesh\.yaml:\d+/);
    expect(out).toContain('b/sidecar.yaml');
  });

  it('is said beside the answers of endpoints and explain, which find what only the snapshot has', async () => {
    const folder = temporaryFolder({ 'k8s/api.yaml': API, 'mesh.yaml': snapshot() });
    const table = await run(folder, 'endpoints', 'k8s', '--workload', 'shop/api', '--snapshot', 'mesh.yaml');
    expect(table.out).toContain('10.244.1.8:8080');
    expect(table.err).toMatch(/^note: The snapshot of the cluster was taken 3 days ago/);
    const args = ['--from', 'shop/api', '--to', 'card.pay:8080', '--snapshot', 'mesh.yaml'];
    const explained = await run(folder, 'explain', 'k8s', ...args);
    expect(explained.out).toMatch(/^ +mesh\.yaml:\d+$/m);
    expect(explained.out).toMatch(/card\.pay\.svc\.cluster\.local:8080\/http is meshed/);
    expect(explained.err).toMatch(/^note: The snapshot/);
  });

  it.each([
    ['is not there', null, /^error: the snapshot mesh\.yaml cannot be read \(ENOENT\)\n$/],
    ['is no snapshot', API, /^error: the snapshot mesh\.yaml does not begin as a snapshot does/],
    ['was cut off', RECORDED.slice(0, -400), /^error: the snapshot mesh\.yaml (?:cannot be read|holds)/],
  ])('that %s is wrong usage, whatever is asked', async (_, content, message) => {
    const folder = temporaryFolder({ 'k8s/api.yaml': API, ...(content === null ? {} : { 'mesh.yaml': content }) });
    const commands = [
      ['reach', 'k8s'],
      ['diff', 'k8s', 'k8s'],
      ['endpoints', 'k8s', '--workload', 'shop/api'],
      ['explain', 'k8s', '--from', 'shop/api', '--to', 'a:80'],
    ];
    for (const command of commands) {
      const { exitCode, out, err } = await run(folder, ...command, '--snapshot', 'mesh.yaml');
      expect([exitCode, out]).toEqual([64, '']);
      expect(err).toMatch(message);
    }
  });
});

describe('a snapshot in the configuration', () => {
  const CONFIG = 'snapshot: mesh/snapshot.yaml\nsnapshotMaxAge: 30d\n';

  it('lies in the repository, and is no manifest of it', async () => {
    const folder = temporaryRepository({ 'api.yaml': API, 'config.yml': CONFIG, 'mesh/snapshot.yaml': snapshot() });
    const nothing = await run(folder, 'diff', 'main', '--config', 'config.yml', '--format', 'json');
    expect(nothing.exitCode).toBe(0);
    const { coverage } = JSON.parse(nothing.out) as { coverage: { filesRead: number; filesSkipped: number } };
    expect(coverage).toMatchObject({ filesRead: 1, filesSkipped: 1 });
    // What a change does to the snapshot is no change of the mesh.
    writeFiles(folder, { 'mesh/snapshot.yaml': snapshot(1).replace('shop/default', 'shop/other') });
    const { exitCode, out } = await run(folder, 'diff', 'main', '--config', 'config.yml', '--format', 'json');
    expect([exitCode, (JSON.parse(out) as { changes: unknown[] }).changes]).toEqual([0, []]);
    // Read as one folder, or from somewhere else, it is no manifest either.
    const reach = await run(folder, 'reach', '.', '--config', 'config.yml', '--format', 'json');
    expect(reach.out).not.toContain('duplicate-object');
    const whole = await run(folder, 'reach', 'mesh', '--snapshot', 'mesh/snapshot.yaml', '--format', 'json');
    expect(whole.out).not.toContain('duplicate-object');
    expect(whole.out).toContain('snapshot-age');
    const elsewhere = await runCommand(['diff', 'main', '--config', join(folder, 'config.yml'), '--repo', folder], {
      workingDirectory: temporaryFolder(),
    });
    expect(elsewhere.exitCode).toBe(0);
  });

  it('gates a change of what is in the repository', async () => {
    const folder = temporaryRepository({ 'api.yaml': API, 'config.yml': CONFIG, 'mesh/snapshot.yaml': snapshot() });
    writeFiles(folder, { 'sidecar.yaml': NARROW });
    commitAll(folder, 'second');
    const narrowed = ['--path', 'api.yaml', '--path', 'sidecar.yaml'];
    expect((await run(folder, 'diff', 'main~1', 'main', ...narrowed)).exitCode).toBe(0);
    const { exitCode, out } = await run(folder, 'diff', 'main~1', 'main', '--config', 'config.yml');
    expect(exitCode).toBe(1);
    expect(unwrapped(out)).toMatch(AGE);
  });

  it('that is older than it may be leaves every change undetermined, in every form', async () => {
    const folder = temporaryRepository({ 'api.yaml': API, 'config.yml': CONFIG, 'mesh/snapshot.yaml': snapshot(31) });
    for (const format of ['text', 'markdown', 'json']) {
      const { exitCode, out } = await run(folder, 'diff', 'main', '--config', 'config.yml', '--format', format);
      expect(exitCode).toBe(2);
      expect(unwrapped(out)).toMatch(/was taken 31 days ago \([^)]*\), which is more than 30 days\./);
    }
    const reach = await run(folder, 'reach', '.', '--config', 'config.yml', '--format', 'json');
    expect(reach.out).toContain('"code": "snapshot-too-old"');
  });
});
