import { describe, expect, it } from 'vitest';
import { analyzeMeshes, type MeshSides } from '../../src/analyze-meshes.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { analyze, causes, namespace, pairs, service, sidecar, tree, type Tree } from './change-mesh.js';

const NARROW = sidecar('store/default', ['./*', 'istio-system/*']);
const MESH: Tree = {
  namespaces: [namespace('shop'), namespace('store'), namespace('pay')].join('---\n'),
  card: service('pay/card') + '---\n' + workload('pay/card'),
  narrow: NARROW,
};

interface Template {
  readonly kind?: string;
  readonly image?: string;
  readonly calls?: readonly string[];
  readonly labels?: string;
}

/** A workload whose labels, container and image are called like itself, as people write it. */
function workload(at: string, { kind = 'Deployment', image, calls = [], labels }: Template = {}): string {
  const [space, name] = at.split('/') as [string, string];
  const env = calls.map((value, index) => `{name: URL_${index}, value: "${value}"}`).join(', ');
  const own = labels ?? `app: ${name}`;
  return `apiVersion: apps/v1
kind: ${kind}
metadata:
  name: ${name}
  namespace: ${space}
spec:
  selector: {matchLabels: {${own}}}
  template:
    metadata: {labels: {${own}}}
    spec:
      containers:
        - {name: ${name}, image: "${image ?? `registry.example.com:5000/${name}`}:v1", env: [${env}]}
`;
}

function renamed({ renamed: found = [] }: ChangeAnalysis): string[] {
  return found.map(({ before, after }) =>
    [before, after].map(({ namespace: space, kind, name }) => `${space}/${kind}/${name}`).join(' → '),
  );
}

describe('a workload that a change moves to another namespace', () => {
  const before = { ...MESH, cart: workload('shop/cart', { calls: ['http://card.pay'] }) };
  const after = { ...MESH, cart: workload('store/cart', { calls: ['http://card.pay'] }) };
  const analysis = analyze(before, after);

  it('is compared with its former self, under its new name', () => {
    expect(renamed(analysis)).toEqual(['shop/Deployment/cart → store/Deployment/cart']);
    expect(analysis.workloads).toEqual({ added: [], removed: [] });
    expect(pairs(analysis)).toEqual(['store/cart → card.pay:80/http: meshed → unmeshed (referenced, failure)']);
  });

  it('has the move as the cause, at the line that says where it is', () => {
    expect(causes(analysis)).toEqual(['after cart.yaml:5 Deployment store/cart was Deployment shop/cart before.']);
  });

  it('is shown with what its proxy knew before', () => {
    const [table] = analysis.endpointTables;
    expect(table?.workload).toEqual({ namespace: 'store', kind: 'Deployment', name: 'cart' });
    expect(table?.before.length).toBeGreaterThan(table?.after.length ?? 0);
  });

  it('is no finding where the call was as bad before', () => {
    const narrowed = { ...before, old: sidecar('shop/default', ['./*']) };
    const both = analyze(narrowed, { ...after, old: sidecar('shop/default', ['./*']) });
    expect(renamed(both)).toHaveLength(1);
    expect(both.changes).toEqual([]);
    expect(both.verdict).toBe('pass');
  });

  it('is one finding by one fingerprint, whatever else the change does and in whichever order', () => {
    const more = { a: workload('pay/new'), ...after, z: service('store/web') };
    expect(analyze(before, more).failing).toEqual(analysis.failing);
    expect(analysis.failing).toHaveLength(1);
  });

  it('has the causes that make the difference together, and not the move where it makes none', () => {
    const [wideBefore, wide] = [before, after].map((side) => ({ ...side, narrow: '' }));
    const kinds = (found: ChangeAnalysis) => causes(found).map((each) => each.split(' ', 3)[2]);
    expect(kinds(analyze(wideBefore!, { ...wide, narrow: NARROW }))).toEqual(['Deployment', 'Sidecar']);
    const root = sidecar('istio-system/default', ['./*']);
    expect(kinds(analyze(wideBefore!, { ...wide, root }))).toEqual(['Sidecar']);
  });
});

describe('the names by which a renamed workload is called', () => {
  const before = { ...MESH, cart: service('shop/cart') + '---\n' + workload('shop/cart') };
  const moved = (calls: readonly string[]): Tree => ({
    ...MESH,
    cart: service('store/cart') + '---\n' + workload('store/cart', { calls }),
  });

  it('are its own, before and after', () => {
    expect(pairs(analyze(before, moved(['http://card.pay']))).filter((pair) => pair.includes('cart.s'))).toEqual([
      'pay/card → cart.shop:80/http: meshed → absent (unknown, notice)',
      'pay/card → cart.store:80/http: absent → meshed (unknown, none)',
      'store/cart → cart.shop:80/http: meshed → absent (potential, none)',
      'store/cart → cart.store:80/http: absent → meshed (potential, none)',
    ]);
  });

  it('are lost where it still calls itself by the former one', () => {
    expect(pairs(analyze(before, moved(['http://cart.shop'])))).toContain(
      'store/cart → cart.shop:80/http: meshed → absent new (referenced, failure)',
    );
  });
});

describe('a workload that a change renames in place', () => {
  it.each([
    ['with its labels', workload('pay/basket', { image: 'registry.example.com:5000/cart' })],
    [
      'with another tag',
      workload('pay/basket', { labels: 'app: cart', image: 'registry.example.com:5000/cart' }).replace(':v1', ':v2'),
    ],
    ['as another kind', workload('pay/cart', { kind: 'StatefulSet' })],
    [
      'in the middle of other edits',
      workload('pay/basket', { labels: 'app: cart', image: 'registry.example.com:5000/cart', calls: ['http://card'] }),
    ],
  ])('%s is one workload', (_how, now) => {
    const analysis = analyze({ ...MESH, cart: workload('pay/cart') }, { ...MESH, cart: now });
    expect(renamed(analysis)).toHaveLength(1);
    expect(analysis.workloads).toEqual({ added: [], removed: [] });
    expect(analysis.changes).toEqual([]);
  });

  it('is one workload where its template stands in another object', () => {
    const template = workload('pay/cart');
    const rollout = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: cart, namespace: pay, labels: {a: b}}
spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: cart}}
`;
    const analysis = analyze(
      { ...MESH, template },
      { ...MESH, template, rollout, tight: sidecar('pay/default', ['~/*']) },
    );
    expect(renamed(analysis)).toEqual(['pay/Deployment/cart → pay/Rollout/cart']);
    expect(pairs(analysis)).toContain('pay/cart → card.pay:80/http: meshed → unmeshed (unknown, failure)');
    expect(causes(analysis).map((each) => each.split(' ', 3)[2])).toEqual(['Sidecar']);
  });
});

describe('what is not taken for a renamed workload', () => {
  it.each([
    ['another image', [workload('shop/cart')], [workload('store/cart', { image: 'other' })]],
    ['another name and namespace', [workload('shop/cart', { image: 'a' })], [workload('pay/web', { image: 'a' })]],
    [
      'another template',
      [workload('pay/cart', { image: 'a', calls: ['http://a.io', 'http://b.io', 'http://c.io'] })],
      [workload('pay/web', { image: 'a', calls: ['http://x.io', 'http://y.io', 'http://z.io'] })],
    ],
    [
      'one of two that fit equally',
      [workload('pay/a', { image: 'a' })],
      [workload('pay/b', { image: 'a' }), workload('pay/c', { image: 'a' })],
    ],
    [
      'one that two fit equally',
      [workload('pay/a', { image: 'a' }), workload('pay/b', { image: 'a' })],
      [workload('pay/c', { image: 'a' })],
    ],
  ])('%s', (_what, old, now) => {
    const analysis = analyze({ ...MESH, old: old.join('---\n') }, { ...MESH, now: now.join('---\n') });
    expect(renamed(analysis)).toEqual([]);
    expect(analysis.workloads.added).toHaveLength(now.length);
    expect(analysis.workloads.removed).toHaveLength(old.length);
  });

  it('what the cluster refuses', () => {
    const broken = workload('store/cart').replace('selector: {matchLabels: {app: cart}}', 'selector: {}');
    const analysis = analyze({ ...MESH, cart: workload('shop/cart') }, { ...MESH, cart: broken });
    expect(analysis.rejected).toHaveLength(1);
    expect(renamed(analysis)).toEqual([]);
  });
});

describe('several workloads at once', () => {
  it('are told by their names where their templates are the same', () => {
    const names = ['a', 'b', 'c'];
    const all = (space: string) => names.map((name) => workload(`${space}/${name}`, { image: 'same' })).join('---\n');
    expect(renamed(analyze({ ...MESH, all: all('shop') }, { ...MESH, all: all('store') }))).toEqual(
      names.map((name) => `shop/Deployment/${name} → store/Deployment/${name}`),
    );
  });

  it('are each their own in each mesh', () => {
    const sides = (name: string, before: Tree, after: Tree): MeshSides => ({
      name,
      before: tree(before),
      after: tree(after),
    });
    const cart = { ...MESH, cart: workload('shop/cart') };
    const moved = { ...MESH, cart: workload('pay/cart') };
    const analysis = analyzeMeshes(
      [sides('east', cart, moved), sides('west', cart, cart), sides('south', cart, moved)],
      {
        mesh: {},
        policy: DEFAULT_POLICY,
      },
    );
    expect(analysis.renamed?.map(({ meshes }) => meshes)).toEqual([['east', 'south']]);
  });
});
