import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exemptChanges, exemptRejections, failingFindings } from '../../src/policy/exempt-changes.js';
import { fingerprintOfAll, fingerprintOfPair, fingerprintOfRejection } from '../../src/policy/fingerprint.js';
import { DEFAULT_POLICY, type Policy } from '../../src/policy/policy.js';
import type { EdgeChange } from '../../src/reachability/change.js';

const web = { namespace: 'shop', kind: 'Deployment', name: 'web' };
const job = { namespace: 'shop', kind: 'Job', name: 'job' };
const cart = { host: 'cart.shop.svc.cluster.local', port: 80, protocol: 'http' as const };
const api = { host: 'api.example.com', port: 443, protocol: 'tls' as const };

const CHANGE: EdgeChange = {
  workloads: [web, job],
  destinations: [cart, api],
  before: 'meshed',
  after: 'unmeshed',
  need: 'referenced',
  severity: 'failure',
  causes: [],
  references: [],
};

function withWaiver(workload: string, host: string, expires = '2031-12-31'): Policy {
  return { ...DEFAULT_POLICY, waivers: [{ scope: { workload, host }, reason: 'agreed', owner: 'shop', expires }] };
}

/** `web>cart` for each pair that is exempt. */
function exemptPairs(policy: Policy, today: string | null, change = CHANGE): readonly string[] {
  return exemptChanges([change], policy, { today, acceptances: [] })
    .filter(({ exemption }) => exemption)
    .flatMap(({ workloads, destinations }) =>
      workloads.flatMap(({ name }) => destinations.map(({ host }) => `${name}>${host.split('.')[0] ?? ''}`)),
    )
    .sort();
}

describe('waivers', () => {
  it.each([
    ['shop/*', '*', ['job>api', 'job>cart', 'web>api', 'web>cart']],
    ['shop/web', '*', ['web>api', 'web>cart']],
    ['shop/Job/*', 'api.example.com', ['job>api']],
    ['*/*/*', '*.example.com:443', ['job>api', 'web>api']],
    ['*/*', '*.example.com:444', []],
    ['sho/*', '*', []],
    ['shop/Deployment/job', '*', []],
  ])('of %s to %s', (workload, host, expected) => {
    expect(exemptPairs(withWaiver(workload, host), '2031-12-31')).toEqual(expected);
  });

  it('hold on their last day, not after it, and never where the day is not known', () => {
    const policy = withWaiver('shop/*', '*', '2030-06-30');
    expect(exemptPairs(policy, '2030-06-30')).toHaveLength(4);
    expect(exemptPairs(policy, '2030-07-01')).toEqual([]);
    expect(exemptPairs(policy, null)).toEqual([]);
  });

  it('leave alone what does not fail the gate', () => {
    expect(exemptPairs(withWaiver('*/*', '*'), '2030-01-01', { ...CHANGE, severity: 'notice' })).toEqual([]);
  });

  it('keep every pair, once', () => {
    const split = exemptChanges([CHANGE], withWaiver('shop/web', '*.com'), { today: '2030-01-01', acceptances: [] });
    const pairs = split.flatMap(({ workloads, destinations }) =>
      workloads.flatMap(({ name }) => destinations.map(({ host }) => `${name}>${host}`)),
    );
    expect(pairs.sort()).toEqual([`job>${api.host}`, `job>${cart.host}`, `web>${api.host}`, `web>${cart.host}`]);
  });
});

describe('acceptances', () => {
  const rejection = { kind: 'Sidecar', namespace: 'a', name: 'b', path: 'x.yaml', line: 3, message: 'no' };

  it('exempt exactly the findings they name; a new one is left', () => {
    const findings = [fingerprintOfPair(CHANGE, web, cart)];
    const acceptances = [{ by: 'alice', at: '2030-01-01T00:00:00Z', reason: null, findings }];
    const changes = exemptChanges([CHANGE], DEFAULT_POLICY, { today: null, acceptances });
    const failing = failingFindings(changes, [], [], DEFAULT_POLICY);
    expect(failing).toHaveLength(3);
    expect(failing).not.toContain(findings[0]);
    expect(changes.filter(({ exemption }) => exemption)).toMatchObject([
      { workloads: [web], destinations: [cart], exemption: { kind: 'accepted', by: 'alice', reason: null } },
    ]);
  });

  it('may name what a cluster refuses', () => {
    const findings = [fingerprintOfRejection(rejection)];
    const acceptances = [{ by: 'alice', at: '', reason: 'x', findings }];
    expect(exemptRejections([{ ...rejection, line: 9 }], { today: null, acceptances })).toEqual([]);
    expect(exemptRejections([{ ...rejection, message: 'other' }], { today: null, acceptances })).toHaveLength(1);
  });
});

describe('fingerprints', () => {
  const of = (change: Partial<EdgeChange>) => fingerprintOfPair({ ...CHANGE, ...change }, web, cart);

  it('outlive other lines, causes, needs and severities', () => {
    const cause = {
      kind: 'Sidecar',
      namespace: 'a',
      name: 'b',
      path: 'x',
      line: 1,
      explanation: 'e',
      side: 'after' as const,
    };
    expect(of({ causes: [cause], need: 'unknown', severity: 'warning', before: 'bypass' })).toBe(of({}));
  });

  it('differ where the finding does', () => {
    const others = [
      of({}),
      of({ after: 'blocked' }),
      of({ branch: 'GET /' }),
      of({ newReference: true }),
      of({ rerouted: { before: ['a'], after: ['b'] } }),
      of({ rerouted: { before: ['a'], after: ['c'] } }),
      fingerprintOfPair(CHANGE, job, cart),
      fingerprintOfPair(CHANGE, web, api),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  it('of a set do not depend on its order', () => {
    expect(fingerprintOfAll(['a', 'b'])).toBe(fingerprintOfAll(['b', 'a']));
    expect(fingerprintOfAll(['a'])).not.toBe(fingerprintOfAll(['a', 'b']));
  });

  it.each(['', 'abc', 'é'.repeat(40), 'x'.repeat(55), 'x'.repeat(56), 'x'.repeat(64), 'x'.repeat(1000)])(
    'are made with SHA-256 (%#)',
    (text) => {
      const whole = createHash('sha256')
        .update(JSON.stringify([text]))
        .digest('hex');
      expect(fingerprintOfAll([text])).toBe(whole.slice(0, 20));
    },
  );

  it('are told from the JSON as well, where the only mesh has its name', () => {
    const inJson = { ...CHANGE, meshes: ['default'] };
    expect(fingerprintOfPair(inJson, web, cart)).toBe(fingerprintOfPair(CHANGE, web, cart));
    expect(fingerprintOfPair({ ...CHANGE, meshes: ['prod'] }, web, cart)).not.toBe(
      fingerprintOfPair(CHANGE, web, cart),
    );
  });
});
