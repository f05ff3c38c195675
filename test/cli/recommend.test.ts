import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand, type Answer } from './run-command.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'egress-scope-recommend-'));
cpSync(join(import.meta.dirname, 'fixtures/shop/before'), join(FOLDER, 'shop'), { recursive: true });

afterAll(() => rmSync(FOLDER, { recursive: true }));

function run(...args: readonly string[]): Promise<Answer> {
  return runCommand(args, { workingDirectory: FOLDER, environment: {} });
}

describe('egress-scope recommend', () => {
  it('writes a patch that git applies, and that loses nothing that is named', async () => {
    const { out, exitCode } = await run('recommend', 'shop', '--workload', 'shop/cart', '--assume-complete');
    expect(exitCode).toBe(0);
    cpSync(join(FOLDER, 'shop'), join(FOLDER, 'old'), { recursive: true });
    execFileSync('git', ['apply', '--unsafe-paths', '-'], { cwd: FOLDER, input: out });
    expect(readFileSync(join(FOLDER, 'shop/cart-sidecar.yaml'), 'utf8')).toMatch(/kind: Sidecar[^]*workloadSelector:/);
    const change = await run('diff', 'old', 'shop', '--format', 'json');
    const { changes } = JSON.parse(change.out) as { changes: { need: string; after: string }[] };
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.filter(({ need }) => need === 'referenced')).toEqual([]);
    const again = await run('recommend', 'shop', '--workload', 'shop/cart', '--assume-complete');
    expect(again.out).toMatch(/^# Nothing is narrower/);
    rmSync(join(FOLDER, 'shop/cart-sidecar.yaml'));
  });

  it('gives no patch where it is not known what a workload calls', async () => {
    const path = join(FOLDER, 'silent.yaml');
    const meta = 'metadata: {name: silent, namespace: quiet, labels: {app: silent}}';
    writeFileSync(path, `apiVersion: v1\nkind: Pod\n${meta}\nspec: {containers: [{name: app, image: silent}]}\n`);
    const { out, exitCode } = await run('recommend', 'shop', 'silent.yaml', '--namespace', 'quiet');
    expect(out).toContain('Not known: the manifests do not tell all that quiet/Pod/silent calls.');
    expect(out).not.toContain('diff --git');
    expect(out).not.toContain('kind: Sidecar');
    expect(exitCode).toBe(2);
    const assumed = await run(
      'recommend',
      'shop',
      'silent.yaml',
      '--namespace',
      'quiet',
      '--assume-complete',
      '--format',
      'json',
    );
    const answer = JSON.parse(assumed.out) as { sidecar: { manifest: { spec: unknown } }; patch: string };
    expect(answer.sidecar.manifest.spec).toEqual({ egress: [{ hosts: ['~/*'] }] });
    expect(answer.patch).toContain('+++ b/');
    expect(assumed.exitCode).toBe(0);
  });

  it.each([
    [['--workload', 'shop/web', '--namespace', 'shop'], 'name either a workload'],
    [[], 'name either a workload'],
    [['--namespace', 'nowhere'], 'nothing of the manifests is in a namespace nowhere'],
    [['--namespace', 'istio-system'], 'the root namespace, would be that of all namespaces'],
  ])('refuses %j', async (options, message) => {
    const { err, exitCode } = await run('recommend', 'shop', ...options);
    expect(err).toContain(message);
    expect(exitCode).toBe(64);
  });
});
