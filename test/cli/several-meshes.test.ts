import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../source/temporary-folder.js';
import { runCommand, type Answer } from './run-command.js';

const TREE = join(import.meta.dirname, '../layout/repositories/kustomize/tree');

function run(...args: readonly string[]): Promise<Answer> {
  return runCommand([...args], { environment: process.env, workingDirectory: TREE });
}

describe('reach, of several meshes', () => {
  it('names the mesh of each workload', async () => {
    const { out } = await run('reach', '.');
    expect(out).toMatch(/^shop-dev\/Deployment\/web in dev$/m);
    expect(out).toMatch(/^shop\/Deployment\/web in prod-eu$/m);
    const { out: markdown } = await run('reach', '.', '--format', 'markdown');
    expect(markdown).toContain('| `shop-dev/Deployment/web` in `dev` |');
    expect(markdown).toMatch(/<summary>[^\n]*web[^\n]* in <code>prod-eu<\/code><\/summary>/);
  });
});

describe('a snapshot', () => {
  const SNAPSHOT = join(import.meta.dirname, 'fixtures/mesh-snapshot.yaml');

  it('is laid over one mesh, and left out of several', async () => {
    const { out, err } = await run('reach', '.', '--snapshot', SNAPSHOT, '--format', 'json');
    expect(err).toContain('left out of several meshes');
    expect(out).not.toContain('card.pay');
    const one = await run('reach', '.', '--mesh', 'dev', '--snapshot', SNAPSHOT, '--format', 'json');
    expect(one.out).toContain('card.pay');
    expect(one.err).not.toContain('left out');
  });
});

describe('discover', () => {
  it('looks where --repo says, unless a path is given', async () => {
    const elsewhere = await runCommand(['discover', '--repo', TREE], {
      environment: process.env,
      workingDirectory: import.meta.dirname,
    });
    expect(elsewhere.out).toContain('mesh prod-eu');
  });

  it('does not count as left out what a kustomization takes in', async () => {
    const config = join(temporaryFolder({ 'egress-scope.yml': 'ignores: [base, payments]\n' }), 'egress-scope.yml');
    const { out } = await run('discover', '--config', config, '--format', 'json');
    const { skipped } = (JSON.parse(out) as { ledger: { skipped: { reason: string; paths: string[] }[] } }).ledger;
    expect(skipped).toEqual([{ reason: 'ignored', count: 1, paths: ['payments/payments.yaml'] }]);
  });

  it('has no Markdown', async () => {
    const { exitCode, err } = await run('discover', '--format', 'markdown');
    expect(exitCode).toBe(64);
    expect(err).toContain('Allowed choices are text, json.');
  });
});
