import { describe, expect, it } from 'vitest';
import type { MeshOptions } from '../../src/analyze-change.js';
import { analyze, deployment, namespace, pairs, service, sidecar, type Tree } from './change-mesh.js';

const MESH: Tree = {
  namespaces: [namespace('shop'), namespace('pay'), namespace('plain', 'a: b')].join('---\n'),
  web: service('shop/web') + '---\n' + deployment('shop/web', ['http://card.pay']),
  canary: deployment('shop/canary', ['http://card.pay'], 'track: canary'),
  card: service('pay/card') + '---\n' + deployment('pay/card', ['http://web.shop']),
};
const selecting = (labels: string): string => `  workloadSelector: {labels: {${labels}}}\n`;
const said = (before: Tree, after: Tree, code: string, mesh: MeshOptions = {}): string[] =>
  analyze(before, after, mesh)
    .diagnostics.filter((each) => each.code === code)
    .map(({ message }) => message);

describe('what depends on age', () => {
  const before = { ...MESH, z: sidecar('shop/z', ['./*', 'pay/*']) };
  const after = { ...before, a: sidecar('shop/a', ['./*']) };

  it('is told with both answers where the name would decide otherwise', () => {
    expect(pairs(analyze(before, after))).toEqual([]);
    const told = said(before, after, 'depends-on-age');
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('shop/Deployment/canary (and 1 more): after this change Sidecar shop/z governs');
    expect(told[0]).toContain('applied afresh, Sidecar shop/a would');
    expect(told[0]).toMatch(/card\.pay\.svc\.cluster\.local:80\/http is meshed .* and would be unmeshed/);
  });

  it('is not told where the name decides alike, or where the objects carry their ages', () => {
    expect(said(before, { ...before, zz: sidecar('shop/zz', ['./*']) }, 'depends-on-age')).toEqual([]);
    const dated = (text: string, year: number): string =>
      text.replace('namespace: shop}', `namespace: shop, creationTimestamp: "${year}-01-01T00:00:00Z"}`);
    const old = { ...before, z: dated(before.z, 2020) };
    expect(said(old, { ...old, a: dated(after.a, 2024) }, 'depends-on-age')).toEqual([]);
  });

  it('is told for each workload that the orders tell apart, though the change does not', () => {
    const own = { ...MESH, z: sidecar('shop/z', ['./*', 'pay/*'], '  workloadSelector: {}\n') };
    const added = { ...own, a: sidecar('shop/a', ['./*'], selecting('track: canary')) };
    const told = said(own, added, 'depends-on-age');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^shop\/Deployment\/canary: after this change Sidecar shop\/z governs/);
  });
});

describe('what is not modelled', () => {
  const filter = (at: string, rest: string): string => {
    const [space, name] = at.split('/');
    return `apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: ${name!}, namespace: ${space!}}\nspec:\n${rest}`;
  };
  const patch = (context: string): string => `  configPatches: [{applyTo: CLUSTER, match: {context: ${context}}}]\n`;

  it('names the workloads that an EnvoyFilter selects, and no others', () => {
    const selected = filter('shop/f', selecting('track: canary') + patch('SIDECAR_OUTBOUND'));
    expect(said(MESH, { ...MESH, selected }, 'envoy-filter')).toEqual([
      'EnvoyFilter shop/f rewrites the proxies of shop/Deployment/canary; what it does to their egress is not modelled.',
    ]);
    const everywhere = filter('istio-system/f', patch('ANY'));
    expect(said(MESH, { ...MESH, everywhere }, 'envoy-filter')[0]).toContain(
      'pay/Deployment/card, shop/Deployment/canary, shop/Deployment/web',
    );
  });

  it('says nothing of an EnvoyFilter that concerns no outgoing call', () => {
    for (const context of ['SIDECAR_INBOUND', 'GATEWAY']) {
      expect(said(MESH, { ...MESH, f: filter('shop/f', patch(context)) }, 'envoy-filter')).toEqual([]);
    }
    expect(said(MESH, { ...MESH, f: filter('plain/f', patch('ANY')) }, 'envoy-filter')).toEqual([]);
  });

  it('names policies only where the change touches them', () => {
    const policy = `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: pay}\nspec: {}\n`;
    const old = { ...MESH, policy };
    expect(said(old, old, 'policy-not-modelled')).toEqual([]);
    for (const [before, after] of [
      [MESH, old],
      [old, MESH],
      [old, { ...old, policy: `${policy.trim().slice(0, -2)}{action: DENY}\n` }],
    ] as const) {
      expect(said(before, after, 'policy-not-modelled')).toHaveLength(1);
      expect(analyze(before, after).ledger.notModelled).toEqual(['AuthorizationPolicy']);
    }
  });
});

describe('assumptions', () => {
  it('name a namespace that the manifests do not declare, and which way it was taken', () => {
    const tree = { card: service('pay/card') + '---\n' + deployment('pay/card', ['http://x.example.com']) };
    expect(said(tree, tree, 'undeclared-namespace')[0]).toContain(
      'Namespace pay is not in the manifests; it is assumed that it is injected',
    );
    expect(said(tree, tree, 'undeclared-namespace', { injectionDefault: false })[0]).toContain('is not injected');
    expect(said(MESH, MESH, 'undeclared-namespace')).toEqual([]);
  });

  it('gateways are workloads that are not judged', () => {
    const gateway = deployment('shop/gateway', ['http://nowhere.pay.svc.cluster.local']).replace(
      'metadata: {labels',
      'metadata: {annotations: {inject.istio.io/templates: gateway}, labels',
    );
    const { changes, workloads } = analyze(MESH, { ...MESH, gateway });
    expect(changes).toEqual([]);
    expect(workloads.added).toEqual([]);
  });
});
