import { describe, expect, it } from 'vitest';
import { listCases, parseText, readCase } from '../conformance/conformance-case.js';
import { analyzeChange } from '../../src/analyze-change.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { analyze, deployment, namespace, pairs, service, sidecar, type Tree } from './change-mesh.js';

const MESH: Tree = {
  namespaces: [namespace('shop'), namespace('pay')].join('---\n'),
  web: service('shop/web') + '---\n' + deployment('shop/web', ['http://card.pay']),
  cart: service('shop/cart') + '---\n' + deployment('shop/cart', ['http://web']),
  card: service('pay/card') + '---\n' + deployment('pay/card', ['http://cart.shop']),
};
const REGISTRY_ONLY = '  outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n';
const NARROW = { sidecar: sidecar('shop/default', ['./*'], REGISTRY_ONLY) };

describe('what a comparison lists', () => {
  it('is every pair whose verdict differs, by need', () => {
    expect(pairs(analyze(MESH, { ...MESH, ...NARROW }))).toEqual([
      'shop/cart → card.pay:80/http: meshed → blocked (potential, warning)',
      'shop/web → card.pay:80/http: meshed → blocked (referenced, failure)',
    ]);
  });

  it('mirrors when the change is turned round', () => {
    expect(pairs(analyze({ ...MESH, ...NARROW }, MESH))).toEqual([
      'shop/cart → card.pay:80/http: blocked → meshed (potential, none)',
      'shop/web → card.pay:80/http: blocked → meshed (referenced, none)',
    ]);
  });

  it('is no lost destination where a port is served under another protocol: a name means what is served there', () => {
    const card = deployment('pay/card', ['http://cart.shop']);
    const as = (portName: string) => ({ ...MESH, card: `${service('pay/card', 80, portName)}---\n${card}` });
    const renamed = analyze(as('http'), as('tcp'));
    expect(pairs(renamed).filter((pair) => pair.startsWith('shop/web'))).toEqual([
      'shop/web → card.pay:80/http: meshed → absent (potential, none)',
      'shop/web → card.pay:80/tcp: absent → meshed (referenced, none)',
    ]);
    expect(renamed.verdict).toBe('pass');
    expect(analyze(as('raw'), as('tcp')).verdict).toBe('pass');
    const cut = analyze(as('http'), { ...as('tcp'), ...NARROW });
    expect(pairs(cut)).toContain('shop/web → card.pay:80/tcp: absent → blocked new (referenced, failure)');
  });

  it('is a destination that exists on one side as absent on the other', () => {
    const { card, ...rest } = MESH;
    const gone = { ...rest, card: card!.split('---\n')[1]! };
    expect(pairs(analyze(MESH, gone))).toEqual([
      'pay/card → card.pay:80/http: meshed → absent (potential, none)',
      'shop/cart → card.pay:80/http: meshed → absent (potential, none)',
      'shop/web → card.pay:80/http: meshed → absent (referenced, failure)',
    ]);
    expect(pairs(analyze(gone, MESH))).toContain('shop/web → card.pay:80/http: absent → meshed (referenced, none)');
  });

  it('is an edge that stays meshed while its clusters change', () => {
    const takeover = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: takeover, namespace: pay}
spec: {hosts: [cart.shop.svc.cluster.local], http: [{route: [{destination: {host: card.pay.svc.cluster.local}}]}]}
`;
    const found = analyze(MESH, { ...MESH, takeover });
    expect(pairs(found)).toEqual([
      'pay/card → cart.shop:80/http: meshed → meshed rerouted (referenced, warning)',
      'shop/cart → cart.shop:80/http: meshed → meshed rerouted (potential, none)',
      'shop/web → cart.shop:80/http: meshed → meshed rerouted (potential, notice)',
    ]);
    expect(found.changes[0]?.rerouted).toEqual({
      before: ['outbound|80||cart.shop.svc.cluster.local'],
      after: ['outbound|80||card.pay.svc.cluster.local'],
    });
  });

  it('is a new reference to what is as bad as before, also outside of the mesh', () => {
    const after = {
      ...MESH,
      ...NARROW,
      web: service('shop/web') + '---\n' + deployment('shop/web', ['http://web2.io']),
    };
    const before = { ...MESH, ...NARROW, web: service('shop/web') + '---\n' + deployment('shop/web', ['http://cart']) };
    expect(pairs(analyze(before, after))).toEqual([
      'shop/web → web2.io:80/http: blocked → blocked new (referenced, warning)',
    ]);
    const inside = { ...before, web: MESH['web']! };
    expect(pairs(analyze(before, inside))).toEqual([
      'shop/web → card.pay:80/http: blocked → blocked new (referenced, warning)',
    ]);
  });

  it('is no new reference that is meshed, and no old one that stays as bad', () => {
    const named = {
      ...MESH,
      web: service('shop/web') + '---\n' + deployment('shop/web', ['http://card.pay', 'http://cart']),
    };
    expect(pairs(analyze(MESH, named))).toEqual([]);
    const bad = { ...MESH, ...NARROW };
    expect(pairs(analyze(bad, { ...bad, other: namespace('other') }))).toEqual([]);
  });

  it('is what a new workload names and does not reach: born broken', () => {
    const added = {
      checkout: deployment('shop/checkout', ['http://card.pay', 'http://cart', 'http://none.pay.svc.cluster.local']),
    };
    const found = analyze({ ...MESH, ...NARROW }, { ...MESH, ...NARROW, ...added });
    expect(pairs(found)).toEqual([
      'shop/checkout → card.pay:80/http: absent → blocked new (referenced, failure)',
      'shop/checkout → none.pay:80/http: absent → absent new (referenced, failure)',
    ]);
    expect(found.workloads.added).toEqual([{ namespace: 'shop', kind: 'Deployment', name: 'checkout' }]);
    expect(found.verdict).toBe('fail');
  });

  it('says nothing of a new workload that names nothing, or of one that goes', () => {
    const added = { ...MESH, ...NARROW, batch: deployment('shop/batch') };
    expect(pairs(analyze({ ...MESH, ...NARROW }, added))).toEqual([]);
    const gone = analyze(added, { ...MESH, ...NARROW });
    expect(gone.changes).toEqual([]);
    expect(gone.workloads.removed).toEqual([{ namespace: 'shop', kind: 'Deployment', name: 'batch' }]);
  });

  it('never weighs a workload’s own Service, though it lists it', () => {
    const spec = '  workloadSelector: {labels: {app: card}}\n' + REGISTRY_ONLY;
    const alone = { ...MESH, alone: sidecar('pay/card', ['shop/*'], spec) };
    expect(pairs(analyze(MESH, alone))).toEqual(['pay/card → card.pay:80/http: meshed → blocked (potential, none)']);
  });
});

describe('branches of an edge', () => {
  const routes = (subset: string): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: shop}
spec:
  hosts: [cart.shop.svc.cluster.local]
  http:
    - match: [{headers: {x-canary: {exact: "1"}}}]
      route: [{destination: {host: cart.shop.svc.cluster.local, subset: ${subset}}}]
    - route: [{destination: {host: cart.shop.svc.cluster.local}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: shop}
spec: {host: cart.shop.svc.cluster.local, subsets: [{name: good, labels: {app: cart}}]}
`;

  it('are changes of their own where their verdict changes', () => {
    const before = { ...MESH, routes: routes('good') };
    expect(pairs(analyze(before, { ...MESH, routes: routes('bad') }))).toEqual([
      'pay/card → cart.shop:80/http [header x-canary=1]: meshed → unroutable (referenced, failure)',
      'shop/cart → cart.shop:80/http [header x-canary=1]: meshed → unroutable (potential, none)',
      'shop/web → cart.shop:80/http [header x-canary=1]: meshed → unroutable (potential, warning)',
    ]);
  });

  it('are told apart from the whole edge: both are listed where both change', () => {
    const before = { ...MESH, routes: routes('good') };
    const scaled = MESH['cart']!.replace('spec:\n  selector', 'spec:\n  replicas: 0\n  selector');
    const found = pairs(analyze(before, { ...before, cart: scaled })).filter((line) => line.startsWith('pay/card'));
    expect(found).toEqual([
      'pay/card → cart.shop:80/http [header x-canary=1]: meshed → no-endpoints (referenced, failure)',
      'pay/card → cart.shop:80/http: meshed → no-endpoints (referenced, failure)',
    ]);
  });
});

describe('need', () => {
  const silent: Tree = { ...MESH, batch: deployment('shop/batch', [], 'tier: night') };
  const selecting = (labels: string): string => `  workloadSelector: ${labels}\n${REGISTRY_ONLY}`;
  const ofBatch = (analysis: ChangeAnalysis): string[] =>
    pairs(analysis).filter((line) => line.startsWith('shop/batch'));

  it('is unknown for a workload that names nothing', () => {
    expect(ofBatch(analyze(silent, { ...silent, ...NARROW }))).toEqual([
      'shop/batch → card.pay:80/http: meshed → blocked (unknown, failure)',
    ]);
  });

  it('is deliberate where a Sidecar that selects the workload is added', () => {
    const own = { ...silent, own: sidecar('shop/batch', ['./*'], selecting('{labels: {tier: night}}')) };
    expect(ofBatch(analyze(silent, own))).toEqual([
      'shop/batch → card.pay:80/http: meshed → blocked (deliberate, warning)',
    ]);
  });

  it('is deliberate where such a Sidecar is edited', () => {
    const own = (hosts: string[]): Tree => ({
      ...silent,
      own: sidecar('shop/batch', hosts, selecting('{labels: {app: batch}}')),
    });
    expect(ofBatch(analyze(own(['./*', 'pay/*']), own(['./*'])))).toEqual([
      'shop/batch → card.pay:80/http: meshed → blocked (deliberate, warning)',
    ]);
  });

  it('is not deliberate with an empty selector, which is meant for everybody', () => {
    const all = { ...silent, all: sidecar('shop/all', ['./*'], selecting('{}')) };
    expect(ofBatch(analyze(silent, all))).toEqual([
      'shop/batch → card.pay:80/http: meshed → blocked (unknown, failure)',
    ]);
  });

  it('is not deliberate where the selecting Sidecar is left alone and something else takes the edge', () => {
    const own = { ...silent, own: sidecar('shop/batch', ['./*', 'pay/*'], selecting('{labels: {app: batch}}')) };
    const hidden = MESH['card']!.replace(
      'namespace: pay}',
      'namespace: pay, annotations: {networking.istio.io/exportTo: "."}}',
    );
    expect(ofBatch(analyze(own, { ...own, card: hidden }))).toEqual([
      'shop/batch → card.pay:80/http: meshed → blocked (unknown, failure)',
    ]);
  });

  it('goes by the Sidecar that governs among several, and by its own namespace', () => {
    const before = { ...silent, a: sidecar('shop/a', ['./*', 'pay/*'], selecting('{labels: {app: batch}}')) };
    const after = {
      ...before,
      a: sidecar('shop/a', ['./*'], selecting('{labels: {tier: night}}')),
      b: sidecar('shop/b', ['./*'], selecting('{labels: {tier: night}}')),
    };
    expect(ofBatch(analyze(before, after))).toEqual([
      'shop/batch → card.pay:80/http: meshed → blocked (deliberate, warning)',
    ]);
    const shared = {
      ...silent,
      ns: sidecar('shop/default', ['./*'], REGISTRY_ONLY),
      b: sidecar('pay/b', ['./*'], selecting('{labels: {tier: night}}')),
    };
    expect(ofBatch(analyze(silent, shared))).toEqual([
      'shop/batch → card.pay:80/http: meshed → blocked (unknown, failure)',
    ]);
  });
});

describe('comparisons of the conformance cases', () => {
  const sample = listCases().filter((_, index) => index % 6 === 0);

  it.each(sample)('%s: nothing differs from itself, and each pair and branch is listed once', (name) => {
    const { beforeText, afterText, probes } = readCase(name);
    const [before, after] = [parseText(beforeText), parseText(afterText)];
    const compare = (a: typeof before, b: typeof before): ChangeAnalysis =>
      analyzeChange({ before: a, after: b, mesh: { probes }, policy: DEFAULT_POLICY });
    expect(compare(before, before).changes).toEqual([]);
    expect(compare(after, after).changes).toEqual([]);
    const listed = compare(before, after).changes.flatMap(({ workloads, destinations, branch }) =>
      workloads.flatMap((w) => destinations.map((d) => JSON.stringify([w, d, branch ?? null]))),
    );
    expect(new Set(listed).size).toBe(listed.length);
  });

  it.each(sample)('%s: shuffled documents give the same changes in the same order', (name) => {
    const { beforeText, afterText, probes } = readCase(name);
    const turned = (text: string): string =>
      text
        .split(/^---\s*$/m)
        .reverse()
        .join('\n---\n');
    const compare = (b: string, a: string): unknown => {
      const { changes } = analyzeChange({
        before: parseText(b),
        after: parseText(a),
        mesh: { probes },
        policy: DEFAULT_POLICY,
      });
      // Lines are others where the documents have another order.
      const told = (text: string): string => text.replace(/ \(\S+:\d+\)/g, '');
      return changes.map((change) => {
        return { ...change, causes: change.causes.map(({ explanation }) => told(explanation)), references: [] };
      });
    };
    expect(compare(turned(beforeText), turned(afterText))).toEqual(compare(beforeText, afterText));
  });
});
