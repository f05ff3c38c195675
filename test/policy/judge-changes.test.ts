import { describe, expect, it } from 'vitest';
import { classOf, fails, gateVerdict, judgeChanges, severityOf } from '../../src/policy/judge-changes.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import { callJudge } from '../../src/reachability/call-judge.js';
import type { Need } from '../../src/reachability/change.js';
import type { DescribedChange } from '../../src/reachability/described-change.js';
import type { EdgeDelta } from '../../src/reachability/edge-deltas.js';
import type { ExplainContext } from '../../src/reachability/explained-difference.js';
import type { ComparedVerdict } from '../../src/reachability/verdict.js';
import { judgeTree } from '../../src/judge-tree.js';
import { parseText } from '../conformance/conformance-case.js';
import { listChangedObjects } from '../../src/kubernetes/changed-objects.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { Workload } from '../../src/kubernetes/workload.js';

const BROKEN = ['blocked', 'refused', 'misrouted', 'unroutable', 'no-endpoints'] as const;
const OUTSIDE = ['unmeshed', 'bypass'] as const;
const NEEDS = ['referenced', 'unknown', 'deliberate', 'potential'] as const;
const { push } = judgeTree(buildManifestSet([]), {}, { ageOf: () => 0 });
const judge = callJudge(push);
const CONTEXT: ExplainContext = {
  before: push,
  after: push,
  ownersOf: () => new Set(),
  hostsOwnedBy: () => [],
  concreteOf: (host) => host,
  excludesHosts: false,
  calls: () => ({ before: judge, after: judge }),
  decisiveRule: () => null,
};

function delta(before: ComparedVerdict, after: ComparedVerdict, rerouted = false): EdgeDelta {
  return { branch: null, before, after, rerouted: rerouted ? { before: ['a'], after: ['b'] } : null };
}

function change(difference: EdgeDelta, need: Need, rest: Partial<DescribedChange> = {}): DescribedChange {
  const workload = { namespace: 'shop', kind: 'Deployment', name: 'web', labels: {} } as Workload;
  return {
    workloads: [workload],
    destinations: [{ host: 'cart.shop.svc.cluster.local', port: 80, protocol: 'http' }],
    delta: difference,
    need,
    sighting: null,
    newReference: false,
    own: false,
    causes: { sets: [], isTried: true },
    isNamed: false,
    governing: null,
    references: [],
    ...rest,
  };
}

function row(before: ComparedVerdict, after: ComparedVerdict, rerouted = false): string[] {
  return NEEDS.map((need) => severityOf(change(delta(before, after, rerouted), need), DEFAULT_POLICY.severities));
}

describe('the severity of a change', () => {
  it.each(BROKEN)('meshed or outside, then %s, is a failure if needed, and a warning if not', (after) => {
    for (const before of ['meshed', ...OUTSIDE] as const) {
      expect(row(before, after)).toEqual(['failure', 'failure', 'warning', 'warning']);
    }
  });

  it.each(OUTSIDE)('meshed, then %s, is a failure if needed, and a notice if not', (after) => {
    expect(row('meshed', after)).toEqual(['failure', 'failure', 'notice', 'notice']);
  });

  it.each(['meshed', ...OUTSIDE, ...BROKEN] as const)('%s, then absent, fails only what is referenced', (before) => {
    expect(row(before, 'absent')).toEqual(['failure', 'notice', 'notice', 'none']);
  });

  it('sideways within the broken ones warns where it is referenced', () => {
    for (const before of BROKEN) {
      for (const after of BROKEN) expect(row(before, after)).toEqual(['warning', 'notice', 'notice', 'notice']);
    }
  });

  it('sideways between unmeshed and bypass warns where it is referenced', () => {
    expect(row('unmeshed', 'bypass')).toEqual(['warning', 'notice', 'notice', 'notice']);
    expect(row('bypass', 'unmeshed')).toEqual(['warning', 'notice', 'notice', 'notice']);
  });

  it('rerouted warns where it is referenced, whatever the verdict stays', () => {
    for (const verdict of ['meshed', 'misrouted', 'no-endpoints'] as const) {
      expect(row(verdict, verdict, true)).toEqual(['warning', 'notice', 'notice', 'notice']);
    }
  });

  it('better is never a finding', () => {
    const better = [...BROKEN.flatMap((b) => OUTSIDE.map((a) => [b, a] as const))];
    for (const [before, after] of better) expect(row(before, after)).toEqual(['none', 'none', 'none', 'none']);
    for (const before of [...BROKEN, ...OUTSIDE]) {
      expect(row(before, 'meshed')).toEqual(['none', 'none', 'none', 'none']);
    }
  });

  it('from absent judges referenced edges alone', () => {
    for (const after of BROKEN) expect(row('absent', after)).toEqual(['failure', 'none', 'none', 'none']);
    for (const after of OUTSIDE) expect(row('absent', after)).toEqual(['failure', 'none', 'none', 'none']);
    expect(row('absent', 'meshed')).toEqual(['none', 'none', 'none', 'none']);
    expect(row('absent', 'absent')).toEqual(['failure', 'none', 'none', 'none']);
  });

  it('never weighs a workload’s own Service', () => {
    for (const need of NEEDS) {
      const own = change(delta('meshed', 'blocked'), need, { own: true });
      expect(severityOf(own, DEFAULT_POLICY.severities)).toBe('none');
    }
  });

  it('weighs a reference that is new and as bad as before as sideways', () => {
    const named = change(delta('blocked', 'blocked'), 'referenced', { newReference: true });
    expect(severityOf(named, DEFAULT_POLICY.severities)).toBe('warning');
  });

  it('follows the table that the policy gives', () => {
    const severities = {
      ...DEFAULT_POLICY.severities,
      outside: { ...DEFAULT_POLICY.severities.outside, referenced: 'notice' as const },
    };
    expect(severityOf(change(delta('meshed', 'unmeshed'), 'referenced'), severities)).toBe('notice');
  });

  it('has a class for every pair of verdicts that both sides have', () => {
    expect(classOf(delta('meshed', 'unmeshed'), 'potential')).toBe('outside');
    expect(classOf(delta('unmeshed', 'refused'), 'potential')).toBe('broken');
    expect(classOf(delta('refused', 'unmeshed'), 'potential')).toBe('better');
    expect(classOf(delta('absent', 'blocked'), 'unknown')).toBeNull();
  });
});

describe('the order of changes', () => {
  it('is total: worst first, then by workload, destination, verdicts and branch', () => {
    const other = { namespace: 'shop', kind: 'Deployment', name: 'api' } as Workload;
    const changes = [
      change(delta('blocked', 'meshed'), 'referenced'),
      change(delta('meshed', 'unmeshed'), 'potential'),
      change(delta('meshed', 'blocked'), 'potential'),
      change({ ...delta('meshed', 'blocked'), branch: 'prefix /v2' }, 'referenced'),
      change(delta('meshed', 'blocked'), 'referenced'),
      change(delta('meshed', 'blocked'), 'referenced', { workloads: [other] }),
    ];
    const tell = (list: readonly DescribedChange[]): string[] =>
      judgeChanges(list, DEFAULT_POLICY, CONTEXT).map(
        ({ severity, workloads, branch }) => `${severity} ${workloads[0]!.name} ${branch ?? ''}`,
      );
    expect(tell(changes)).toEqual([
      'failure api ',
      'failure web ',
      'failure web prefix /v2',
      'warning web ',
      'notice web ',
      'none web ',
    ]);
    expect(tell([...changes].reverse())).toEqual(tell(changes));
  });
});

describe('the causes of a change', () => {
  it('are marked where the search for them was given up', () => {
    const { objects } = parseText('apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\n');
    const [service] = listChangedObjects([], objects);
    const causesOf = (isTried: boolean): unknown[] =>
      judgeChanges(
        [change(delta('meshed', 'blocked'), 'referenced', { causes: { sets: [[service!]], isTried } })],
        DEFAULT_POLICY,
        CONTEXT,
      ).flatMap(({ causes }) => causes);
    expect(causesOf(false)).toEqual([expect.objectContaining({ name: 'cart', isTried: false })]);
    expect(causesOf(true)).toEqual([expect.not.objectContaining({ isTried: false })]);
  });
});

describe('the gate', () => {
  it('fails on failures, and on warnings where the policy says so', () => {
    expect(fails('failure', DEFAULT_POLICY)).toBe(true);
    expect(fails('warning', DEFAULT_POLICY)).toBe(false);
    expect(fails('warning', { ...DEFAULT_POLICY, failOn: 'warning' })).toBe(true);
    expect(fails('notice', { ...DEFAULT_POLICY, failOn: 'warning' })).toBe(false);
  });

  it('lets a failure outrank what is not known, and that a pass', () => {
    expect(gateVerdict(['broken'], ['unread'])).toBe('fail');
    expect(gateVerdict(['broken'], [])).toBe('fail');
    expect(gateVerdict([], ['unread'])).toBe('undetermined');
    expect(gateVerdict([], [])).toBe('pass');
  });
});
