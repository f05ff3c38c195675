import { describe, expect, it } from 'vitest';
import { parsePolicyFile } from '../src/policy/parse-policy-file.js';
import type { ContractReport } from '../src/reachability/contract-report.js';
import { isBroken } from '../src/report/contracts-text.js';
import { testContracts, testContractsInMeshes } from '../src/test-contracts.js';
import { deployment, namespace, service, sidecar, tree, type Tree } from './reachability/change-mesh.js';

const MESH: Tree = {
  namespaces: [namespace('shop'), namespace('pay')].join('---\n'),
  web: service('shop/web') + '---\n' + deployment('shop/web', ['http://card.pay', 'https://api.example.com']),
  cart: service('shop/cart') + '---\n' + deployment('shop/cart', ['http://web']),
  card: service('pay/card') + '---\n' + deployment('pay/card', ['http://cart.shop']),
};
const NARROW = { narrow: sidecar('shop/default', ['./*', 'istio-system/*']) };

function settings(text: string) {
  const { policy, problems } = parsePolicyFile('c.yml', text);
  expect(problems).toEqual([]);
  return { mesh: {}, policy, today: '2030-01-01' };
}

const contract = (rule: string, workload: string, host: string): string =>
  `contracts:\n  - {rule: ${rule}, scope: {workload: "${workload}", host: "${host}"}, reason: Agreed., owner: us}\n`;

/** `broken unmeshed: web, cart → card.pay` */
function pairs({ contracts }: ContractReport): string[] {
  return contracts.flatMap((each) =>
    each.pairs.map(({ workloads, destinations, verdict, isBroken: breaks, exemption }) => {
      const hosts = destinations.map(({ host }) => host.replace('.svc.cluster.local', ''));
      const state = breaks ? (exemption?.kind ?? 'broken') : 'kept';
      return `${state} ${verdict}: ${workloads.map(({ name }) => name).join(', ')} → ${hosts.join(', ')}`;
    }),
  );
}

const test = (files: Tree, text: string) => testContracts({ manifests: tree(files), ...settings(text) });

describe('contracts that are tested on one tree', () => {
  it('say which pairs each is about, and which break it', () => {
    const report = test({ ...MESH, ...NARROW }, contract('must-be-meshed', '*/*', '*.svc.cluster.local'));
    expect(pairs(report)).toEqual([
      'kept meshed: card → cart.shop, web.shop',
      'broken unmeshed: cart, web → card.pay',
      'kept meshed: cart → web.shop',
      'kept meshed: web → cart.shop',
    ]);
    expect(report.contracts[0]).toMatchObject({
      contract: 'must-be-meshed',
      reason: 'Agreed.',
      owner: 'us',
      origin: { path: 'c.yml', line: 2 },
    });
    expect(report.contracts.map(isBroken)).toEqual([true]);
  });

  it('are broken by a way, and not by a pass', () => {
    expect(pairs(test(MESH, contract('must-not-reach', 'shop/*', 'card.*')))).toEqual([
      'broken meshed: cart, web → card.pay',
    ]);
    const narrowed = test({ ...MESH, ...NARROW }, contract('must-not-reach', 'shop/*', 'card.*'));
    expect(pairs(narrowed)).toEqual(['kept unmeshed: cart, web → card.pay']);
    expect(narrowed.contracts.map(isBroken)).toEqual([false]);
  });

  it('may be about hosts outside the mesh that a workload names', () => {
    expect(pairs(test(MESH, contract('may-pass-through', 'shop/*', 'api.example.com:443')))).toEqual([
      'kept unmeshed: web → api.example.com',
    ]);
  });

  it('count as kept where they are waived', () => {
    const waiver = 'waivers: [{scope: {workload: shop/web, host: "*"}, reason: r, owner: o, expires: 2030-01-01}]\n';
    const report = test({ ...MESH, ...NARROW }, contract('must-be-meshed', 'shop/web', 'card.*') + waiver);
    expect(pairs(report)).toEqual(['waived unmeshed: web → card.pay']);
    expect(report.contracts.map(isBroken)).toEqual([false]);
  });

  it('are said to be about nothing', () => {
    const report = test(MESH, contract('must-be-meshed', 'shp/*', '*'));
    expect(report.contracts[0]?.pairs).toEqual([]);
    expect(report.diagnostics.map(({ code }) => code)).toContain('contract-unmatched');
  });

  it('are one answer for several meshes', () => {
    const meshes = [
      { name: 'east', manifests: tree({ ...MESH, ...NARROW }) },
      { name: 'west', manifests: tree(MESH) },
    ];
    const report = testContractsInMeshes(meshes, settings(contract('must-be-meshed', 'shop/web', 'card.*')));
    expect(report.contracts[0]?.pairs.map(({ verdict, meshes: names }) => [verdict, names])).toEqual([
      ['unmeshed', ['east']],
      ['meshed', ['west']],
    ]);
  });
});
