import { describe, expect, it } from 'vitest';
import type { SeenCall } from '../../src/evidence/traffic-evidence.js';
import { writeEvidence } from '../../src/evidence/write-evidence.js';
import { deployment, namespace, service, sidecar } from '../reachability/change-mesh.js';
import { temporaryFolder } from '../source/temporary-folder.js';
import { runCommand } from './run-command.js';

const DAY = 24 * 60 * 60 * 1000;
const TO = Math.floor(Date.now() / 1000) * 1000;
const CALL: SeenCall = {
  ...{ from: 'front/web', host: 'cart.shop.svc.cluster.local', port: null, protocol: 'http', via: null },
  ...{ perMinute: 1200, lastSeen: TO },
};
const TRAFFIC = writeEvidence({
  ...{ source: 'prometheus', readAt: TO, from: TO - 14 * DAY, to: TO, leftOut: 0, unattributed: 0 },
  parts: { asked: 14, failed: 0, empty: 0 },
  callers: [{ workload: 'front/web', since: TO - 14 * DAY }],
  calls: [CALL],
});
const SHOP = ['cart', 'stock'].flatMap((name) => [service(`shop/${name}`), deployment(`shop/${name}`)]);
const MESH = {
  'shop.yaml': [namespace('shop'), ...SHOP].join('---\n'),
  'front.yaml': [namespace('front'), deployment('front/web')].join('---\n'),
  'traffic.json': TRAFFIC,
};

/** Both sides, with the evidence among the manifests. */
function folder(settings = 'evidence: {file: before/traffic.json}\n'): string {
  const files: Record<string, string> = {};
  for (const [path, text] of Object.entries(MESH)) {
    files[`before/${path}`] = text;
    files[`after/${path}`] = text;
  }
  const narrowed = { 'after/sidecar.yaml': sidecar('front/default', ['istio-system/*']) };
  return temporaryFolder({ ...files, ...narrowed, 'settings.yml': settings });
}

async function needs(args: readonly string[], workingDirectory: string) {
  const { out, err } = await runCommand([...args, '--format', 'json'], { workingDirectory });
  expect(err).not.toContain('error');
  const { changes } = JSON.parse(out) as { changes: { need: string; severity: string; destinations: { host: string }[] }[] };
  return changes.map(({ need, severity, destinations }) => [need, severity, ...destinations.map(({ host }) => host.split('.')[0])]);
} // prettier-ignore

const SEEN = ['observed', 'failure', 'cart'];
const UNSEEN = ['unknown', 'notice', 'stock'];

describe('traffic evidence on the command line', () => {
  it('is what --evidence names, and no manifest', async () => {
    const workingDirectory = folder();
    const args = ['diff', 'before', 'after', '--evidence', 'before/traffic.json'];
    expect(await needs(args, workingDirectory)).toEqual([SEEN, UNSEEN]);
    expect(await needs(['diff', 'before', 'after'], workingDirectory)).toEqual([['unknown', 'failure', 'cart', 'stock']]);
  }); // prettier-ignore

  it('is what the configuration names', async () => {
    const args = ['diff', 'before', 'after', '--config', 'settings.yml'];
    expect(await needs(args, folder())).toEqual([SEEN, UNSEEN]);
    const weighed = folder('evidence: {file: before/traffic.json}\nseverities: {outside: {observed: warning, unseen: none}}\n'); // prettier-ignore
    expect(await needs(args, weighed)).toEqual([['observed', 'warning', 'cart'], ['unknown', 'none', 'stock']]); // prettier-ignore
  });

  it.each([
    ['is not there', ['--evidence', 'missing.json'], 'the traffic evidence missing.json cannot be read (ENOENT)'],
    ['is none', ['--evidence', 'settings.yml'], 'the traffic evidence settings.yml is not JSON'],
  ])('that %s is wrong usage', async (_name, args, words) => {
    const { exitCode, err } = await runCommand(['diff', 'before', 'after', ...args], { workingDirectory: folder() });
    expect(exitCode).toBe(64);
    expect(err).toContain(words);
  });

  it('tells recommend what to keep', async () => {
    const args = ['recommend', 'before', '--namespace', 'front', '--assume-complete'];
    const workingDirectory = folder();
    expect((await runCommand(args, { workingDirectory })).out).not.toContain('shop/cart');
    const { out, err } = await runCommand([...args, '--evidence', 'before/traffic.json'], { workingDirectory });
    expect(out).toContain('shop/cart.shop.svc.cluster.local');
    expect(out).not.toContain('shop/stock');
    expect(err).toContain('note: traffic evidence less than an hour old: 14 days;');
  });
});
