import { describe, expect, it } from 'vitest';
import { judgeTree } from '../../src/judge-tree.js';
import { listEndpoints } from '../../src/reachability/list-endpoints.js';
import { proxyCounter } from '../../src/reachability/proxy-loads.js';
import { listCases, parseText, readCase } from '../conformance/conformance-case.js';
import { analyze, deployment, namespace, service, sidecar, type Tree } from './change-mesh.js';

const ageOf = () => 0;

const SHOP: Tree = {
  shop: [
    namespace('shop'),
    ...['web', 'cart'].flatMap((name) => [service(`shop/${name}`), deployment(`shop/${name}`, ['http://cart'])]),
  ].join('---\n'),
  pay: [
    namespace('pay'),
    ...['card', 'bank', 'fraud'].flatMap((name) => [
      service(`pay/${name}`),
      deployment(`pay/${name}`, ['http://bank']),
    ]),
  ].join('---\n'),
  bare: [namespace('bare', 'istio-injection: disabled'), deployment('bare/batch')].join('---\n'),
};

function subsets(at: string, host: string, rest = ''): string {
  const [space, name] = at.split('/');
  return `apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: ${name!}, namespace: ${space!}}
spec:\n  host: ${host}\n  subsets: [{name: v1, labels: {app: cart}}, {name: v2, labels: {app: nobody}}]\n${rest}`;
}

describe('what a change lets proxies forget', () => {
  it('is counted in clusters and endpoints of one proxy, for all that are alike', () => {
    const { proxyLoads } = analyze(SHOP, { ...SHOP, sidecar: sidecar('shop/default', ['./*']) });
    expect(proxyLoads).toEqual([
      {
        workloads: [
          { namespace: 'shop', kind: 'Deployment', name: 'cart' },
          { namespace: 'shop', kind: 'Deployment', name: 'web' },
        ],
        before: { clusters: 5, endpoints: 5 },
        after: { clusters: 2, endpoints: 2 },
      },
    ]);
  });

  it('may be more than before, and says so', () => {
    const { proxyLoads = [] } = analyze({ ...SHOP, sidecar: sidecar('shop/default', ['./*']) }, SHOP);
    expect(proxyLoads.map(({ before, after }) => after.clusters - before.clusters)).toEqual([3]);
  });

  it('is not there where nobody knows more or less', () => {
    expect(analyze(SHOP, { ...SHOP, other: deployment('bare/other') }).proxyLoads).toBeUndefined();
  });

  it('counts the clusters of subsets, for those who see the rule', () => {
    const after = { ...SHOP, rule: subsets('shop/cart', 'cart.shop.svc.cluster.local', '  exportTo: [pay]\n') };
    const { proxyLoads = [] } = analyze(SHOP, after);
    expect(proxyLoads.map(({ workloads, after: now }) => [workloads[0]?.namespace, workloads.length, now])).toEqual([
      ['pay', 3, { clusters: 7, endpoints: 6 }],
    ]);
  });

  it('leaves out workloads that get a proxy or lose it', () => {
    const injected = { ...SHOP, bare: SHOP['bare']!.replace('disabled', 'enabled') };
    expect(analyze(SHOP, injected).proxyLoads).toBeUndefined();
  });
});

describe('the counted endpoints of a proxy', () => {
  it('are as many as are listed, in every group of every third case', () => {
    let groups = 0;
    for (const name of listCases().filter((_name, index) => index % 3 === 0)) {
      const { beforeText, afterText } = readCase(name);
      for (const text of [beforeText, afterText]) {
        const { evaluated } = judgeTree(parseText(text), { istioVersion: '1.30' }, { ageOf });
        const count = proxyCounter();
        for (const { config, members } of evaluated.groups) {
          if (!members[0]!.injection.injected) continue;
          groups += 1;
          expect(count(config()).endpoints, name).toBe(listEndpoints(config()).length);
        }
      }
    }
    expect(groups).toBeGreaterThan(500);
  });
});
