import { describe, expect, it } from 'vitest';
import { analyzeChange } from '../../src/analyze-change.js';
import { readEvidence } from '../../src/evidence/read-evidence.js';
import type { SeenCall, TrafficEvidence, TrafficRecord } from '../../src/evidence/traffic-evidence.js';
import { writeEvidence } from '../../src/evidence/write-evidence.js';
import { DEFAULT_POLICY, type Policy } from '../../src/policy/policy.js';
import type { EdgeChange } from '../../src/reachability/change.js';
import { deployment, namespace, service, sidecar, tree, type Tree } from './change-mesh.js';

const DAY = 24 * 60 * 60 * 1000;
const TO = Date.UTC(2031, 0, 15);
const CART = 'cart.shop.svc.cluster.local';
const STOCK = 'stock.shop.svc.cluster.local';
const PAY = 'pay.bank.svc.cluster.local';

function seen(from: string, host: string | null, over: Partial<SeenCall> = {}): SeenCall {
  return { from, host, port: null, protocol: 'http', via: null, perMinute: 1200, lastSeen: TO, ...over };
}

function evidence(calls: readonly SeenCall[], over: Partial<TrafficRecord> = {}, now = TO): TrafficEvidence {
  const record: TrafficRecord = {
    source: 'prometheus',
    readAt: TO,
    from: TO - 14 * DAY,
    to: TO,
    parts: { asked: 14, failed: 0, empty: 0 },
    leftOut: 0,
    unattributed: 0,
    callers: [...new Set(calls.map(({ from }) => from))].map((workload) => ({ workload, since: TO - 14 * DAY })),
    calls,
    ...over,
  };
  const reading = readEvidence('mesh/traffic.json', writeEvidence(record), now, null);
  if (reading.kind === 'unusable') throw new Error(reading.reason);
  return reading.evidence;
}

/** `web` names nothing, `api` names cart alone; the Sidecar leaves everything but the root namespace out. */
const BEFORE: Tree = {
  shop: [namespace('shop'), service('shop/cart'), service('shop/stock'), deployment('shop/cart'), deployment('shop/stock')].join('---\n'),
  bank: [namespace('bank'), service('bank/pay'), deployment('bank/pay')].join('---\n'),
  front: [namespace('front'), deployment('front/web'), deployment('front/api', [`http://${CART}`])].join('---\n'),
}; // prettier-ignore
const AFTER: Tree = { ...BEFORE, sidecar: sidecar('front/default', ['istio-system/*']) };

function analyze(given: TrafficEvidence | undefined, over: { before?: Tree; after?: Tree; policy?: Policy } = {}) {
  const { before = BEFORE, after = AFTER, policy = DEFAULT_POLICY } = over;
  return analyzeChange({
    ...{ before: tree(before), after: tree(after), mesh: {}, policy },
    ...(given ? { evidence: given } : {}),
  });
}

function changeOf(changes: readonly EdgeChange[], workload: string, host: string): EdgeChange {
  const found = changes.filter(
    ({ workloads, destinations }) =>
      workloads.some(({ name }) => name === workload) && destinations.some((each) => each.host === host),
  );
  expect(found).toHaveLength(1);
  return found[0]!;
}

function told(changes: readonly EdgeChange[], workload: string, host: string) {
  const { need, severity, sighting } = changeOf(changes, workload, host);
  return [need, severity, sighting?.kind === 'silent' ? sighting.why : sighting?.kind];
}

describe('an edge that was seen', () => {
  const { changes, verdict } = analyze(evidence([seen('front/web', CART), seen('front/api', STOCK)]));

  it('is observed, with what was seen', () => {
    expect(told(changes, 'web', CART)).toEqual(['observed', 'failure', 'seen']);
    expect(told(changes, 'api', STOCK)).toEqual(['observed', 'failure', 'seen']);
    expect(verdict).toBe('fail');
    expect(changeOf(changes, 'web', CART).sighting).toEqual({
      kind: 'seen',
      edges: [{ workload: 'front/Deployment/web', destination: `${CART}:80/http`, call: seen('front/web', CART) }],
    });
  });

  it('stays referenced where the manifest names it', () => {
    const both = analyze(evidence([seen('front/api', CART)])).changes;
    expect(told(both, 'api', CART)).toEqual(['referenced', 'failure', 'seen']);
  });

  it('is seen where its route leads', () => {
    const route = `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cart, namespace: shop}
spec: {hosts: [${CART}], http: [{route: [{destination: {host: ${STOCK}}}]}]}\n`;
    const { changes: routed } = analyze(evidence([seen('front/web', STOCK)]), {
      before: { ...BEFORE, route },
      after: { ...AFTER, route },
    });
    expect(told(routed, 'web', CART)).toEqual(['observed', 'failure', 'seen']);
    expect(told(routed, 'web', PAY)).toEqual(['unknown', 'notice', 'unseen']);
  });

  it('is one of another protocol, or of another port, only where metrics say so', () => {
    const tcp = analyze(evidence([seen('front/web', CART, { protocol: 'tcp' })])).changes;
    expect(told(tcp, 'web', CART)).toEqual(['unknown', 'notice', 'unseen']);
    const other = analyze(evidence([seen('front/web', CART, { port: 8080 })])).changes;
    expect(told(other, 'web', CART)).toEqual(['unknown', 'notice', 'unseen']);
    const same = analyze(evidence([seen('front/web', CART, { port: 80 })])).changes;
    expect(told(same, 'web', CART)).toEqual(['observed', 'failure', 'seen']);
  });

  it('is that of the workload under its former name', () => {
    const renamed = { ...AFTER, front: AFTER['front']!.replaceAll('web', 'page') };
    const { changes: after } = analyze(evidence([seen('front/web', CART)]), { after: renamed });
    expect(told(after, 'page', CART)).toEqual(['observed', 'failure', 'seen']);
  });
});

describe('an edge that was never seen', () => {
  it('is a notice, where its caller reports its calls', () => {
    const { changes, verdict } = analyze(evidence([seen('front/web', CART), seen('front/api', CART)]));
    expect(told(changes, 'web', STOCK)).toEqual(['unknown', 'notice', 'unseen']);
    expect(told(changes, 'api', STOCK)).toEqual(['potential', 'notice', 'unseen']);
    expect(verdict).toBe('fail');
    const harmless = analyze(evidence([seen('front/web', 'a.b'), seen('front/api', 'a.b')]));
    expect(told(harmless.changes, 'api', CART)).toEqual(['referenced', 'failure', undefined]);
  });

  it('lets the gate pass where it was all that failed', () => {
    const before = { ...BEFORE, front: [namespace('front'), deployment('front/web')].join('---\n') };
    const sides = { before, after: { ...before, sidecar: AFTER['sidecar']! } };
    expect(analyze(undefined, sides).verdict).toBe('fail');
    expect(analyze(evidence([seen('front/web', 'a.b')]), sides).verdict).toBe('pass');
  });

  it.each([
    ['no sidecar of this workload reports its calls', evidence([seen('front/api', STOCK)]), TO],
    ['this workload reports its calls for less than a day', evidence([seen('front/web', STOCK)], { callers: [{ workload: 'front/web', since: TO - DAY / 2 }] }), TO],
    ['it is older than 30 days', evidence([seen('front/web', STOCK)], {}, TO + 40 * DAY), TO],
    ['1 of the 14 parts of its window could not be read', evidence([seen('front/web', STOCK)], { parts: { asked: 14, failed: 1, empty: 0 } }), TO],
  ])('weighs what it did where %s', (why, given) => {
    expect(told(analyze(given).changes, 'web', CART)).toEqual(['unknown', 'failure', why]);
  }); // prettier-ignore

  it('weighs what it did where a contract asks for it', () => {
    const contract = { workload: 'front/web', host: CART };
    const policy: Policy = {
      ...DEFAULT_POLICY,
      contracts: [
        { rule: 'must-be-meshed', scope: contract, reason: 'x', owner: null, origin: { path: 'c', line: 1 } },
      ],
    };
    const { changes } = analyze(evidence([seen('front/web', 'a.b')]), { policy });
    expect(told(changes, 'web', CART)).toEqual(['unknown', 'failure', 'a contract asks for the call']);
    expect(told(changes, 'web', STOCK)).toEqual(['unknown', 'notice', 'unseen']);
  });

  it('weighs what it did where it was counted, but before the window', () => {
    const { changes } = analyze(evidence([seen('front/web', CART, { perMinute: 0, lastSeen: null })]));
    expect(told(changes, 'web', CART)).toEqual(['unknown', 'failure', 'it was counted, but not in the window']);
  });

  it('never weighs more by a configuration', () => {
    const { absent } = DEFAULT_POLICY.severities;
    const severities = { ...DEFAULT_POLICY.severities, absent: { ...absent, potential: 'none', unseen: 'failure' } } as const;
    const gone = { ...BEFORE, bank: namespace('bank') };
    const { changes } = analyze(evidence([seen('front/api', CART)]), { after: gone, policy: { ...DEFAULT_POLICY, severities } });
    expect(told(changes, 'api', PAY)).toEqual(['potential', 'none', 'unseen']);
  }); // prettier-ignore
});

describe('what was not understood', () => {
  const calls = [seen('front/web', STOCK)];

  it('of a caller, makes its silence tell nothing', () => {
    const callers = [{ workload: 'front/web', since: TO - 14 * DAY, leftOut: 2 }];
    const { changes } = analyze(evidence(calls, { callers, leftOut: 2, leftOutOfAnybody: 0 }));
    expect(told(changes, 'web', CART)).toEqual([
      'unknown',
      'failure',
      'not all that tells of the calls of this workload was understood',
    ]);
  });

  it('of anybody, makes all silence tell nothing', () => {
    const { changes, verdict, diagnostics } = analyze(evidence(calls, { leftOut: 1 }));
    expect(told(changes, 'web', CART)).toEqual([
      'unknown',
      'failure',
      expect.stringContaining('could not be understood'),
    ]);
    expect(verdict).toBe('fail');
    expect(diagnostics.map(({ code }) => code)).toContain('evidence-incomplete');
  });
});

describe('a host that is written in short', () => {
  it.each(['cart.shop', 'cart.shop.svc'])('%s is the service’s', (host) => {
    const { changes } = analyze(evidence([seen('front/web', host)]));
    expect(told(changes, 'web', CART)).toEqual(['observed', 'failure', 'seen']);
  });
});

describe('what goes past the mesh', () => {
  // Before: past the mesh, as no Sidecar lists it. After: into the black hole.
  const before = AFTER;
  const after = { ...BEFORE, sidecar: sidecar('front/default', ['istio-system/*'], '  outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n') }; // prettier-ignore

  it('is seen by the host that was asked for, also in short', () => {
    for (const host of [CART, 'cart.shop', 'cart.shop.svc']) {
      const { changes } = analyze(evidence([seen('front/web', host, { via: 'PassthroughCluster' })]), {
        before,
        after,
      });
      expect(told(changes, 'web', CART)).toEqual(['observed', 'failure', 'seen']);
      expect(told(changes, 'web', STOCK)).toEqual(['unknown', 'notice', 'unseen']);
    }
  });

  it('tells nothing of what no host is named of', () => {
    const nameless = [seen('front/web', null, { via: 'PassthroughCluster', protocol: 'tcp' })];
    const { changes } = analyze(evidence(nameless), { before, after });
    expect(told(changes, 'web', STOCK)).toEqual(['unknown', 'failure', 'this workload makes calls of which metrics name no host']);
    // Of calls through the mesh it tells all the same.
    expect(told(analyze(evidence(nameless)).changes, 'web', STOCK)).toEqual(['unknown', 'notice', 'unseen']);
  }); // prettier-ignore
});

describe('an answer with evidence', () => {
  it('is the same as without, where there is none', () => {
    expect(JSON.stringify(analyze(undefined))).not.toContain('sighting');
  });

  it('says what it rests on', () => {
    const given = evidence([seen('front/web', CART)], {}, TO + 40 * DAY);
    const { ledger, diagnostics } = analyze(given);
    expect(ledger.evidence).toEqual({
      ...{ path: 'mesh/traffic.json', source: 'prometheus', from: '2031-01-01T00:00:00Z', to: '2031-01-15T00:00:00Z' },
      ...{ age: '40 days old', coverage: '14 days; 1 workload of 1 namespace reports its calls' },
    });
    expect(diagnostics.map(({ code }) => code)).toContain('evidence-stale');
  });
});
