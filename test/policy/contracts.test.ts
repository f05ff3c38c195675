import { describe, expect, it } from 'vitest';
import { analyzeChange } from '../../src/analyze-change.js';
import { analyzeMeshes } from '../../src/analyze-meshes.js';
import { parsePolicyFile } from '../../src/policy/parse-policy-file.js';
import type { Policy } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { deployment, namespace, service, sidecar, tree, type Tree } from '../reachability/change-mesh.js';

const CARD = 'card.pay.svc.cluster.local';
const REGISTRY_ONLY = '  outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n';
const MESH: Tree = {
  namespaces: [namespace('shop'), namespace('pay')].join('---\n'),
  web: service('shop/web') + '---\n' + deployment('shop/web', ['http://cart']),
  cart: service('shop/cart') + '---\n' + deployment('shop/cart', ['http://web']),
  card: service('pay/card') + '---\n' + deployment('pay/card', ['http://cart.shop']),
};
/** The whole mesh knows its own namespaces only. */
const NARROW = { root: sidecar('istio-system/default', ['./*']) };
const WIDE = {
  wide: sidecar(
    'shop/default',
    [],
    '  workloadSelector: {labels: {app: web}}\n  outboundTrafficPolicy: {mode: ALLOW_ANY}\n',
  ),
};

function contract(rule: string, workload: string, host: string, more = ''): Policy {
  const { policy, problems } = parsePolicyFile(
    'c.yml',
    `contracts:\n  - rule: ${rule}\n    scope: {workload: "${workload}", host: "${host}"}\n    reason: Agreed.\n${more}`,
  );
  expect(problems).toEqual([]);
  return policy;
}

function change(before: Tree, after: Tree, policy: Policy, exemptions = {}): ChangeAnalysis {
  const input = { before: tree(before), after: tree(after), mesh: {}, policy };
  return analyzeChange({ ...input, exemptions: { today: '2030-01-01', acceptances: [], ...exemptions } });
}

/** A pair a line: `new web → card.pay:80/http [branch]: unmeshed → meshed`. */
function breaches({ breaches: all = [] }: ChangeAnalysis): string[] {
  return all.flatMap(({ workloads, destinations, before, after, branch, isNew }) =>
    workloads.flatMap(({ name }) =>
      destinations.map(({ host, port, protocol }) => {
        const to = `${host.replace('.svc.cluster.local', '')}:${port}/${protocol}`;
        const way = branch === undefined ? '' : ` [${branch}]`;
        return `${isNew ? 'new' : 'old'} ${name} → ${to}${way}: ${before} → ${after}`;
      }),
    ),
  );
}

const codes = ({ diagnostics }: ChangeAnalysis): string[] => diagnostics.map(({ code }) => code);

describe('must-be-meshed', () => {
  const policy = contract('must-be-meshed', 'shop/*', CARD);

  it('is broken by whatever takes the call out of the mesh, whoever needs it', () => {
    const analysis = change(MESH, { ...MESH, narrow: sidecar('shop/default', ['./*']) }, policy);
    expect(breaches(analysis)).toEqual([
      'new cart → card.pay:80/http: meshed → unmeshed',
      'new web → card.pay:80/http: meshed → unmeshed',
    ]);
    expect(analysis.changes.map(({ severity }) => severity)).not.toContain('failure');
    expect(analysis.verdict).toBe('fail');
    expect(analysis.reasons[0]).toBe(
      '2 edges break the contract must-be-meshed of shop/* and card.pay.svc.cluster.local: Agreed.',
    );
    expect(analysis.breaches?.[0]?.causes.map(({ path, explanation }) => `${path} ${explanation}`)).toEqual([
      expect.stringMatching(/^narrow\.yaml Sidecar shop\/default/),
    ]);
    expect(analysis.breaches?.[0]?.origin).toEqual({ path: 'c.yml', line: 2 });
  });

  it('gates by what is new alone', () => {
    const narrowed = { ...MESH, narrow: sidecar('shop/default', ['./*']) };
    const old = change(narrowed, { ...narrowed, other: namespace('other') }, policy);
    expect(breaches(old)).toEqual([
      'old cart → card.pay:80/http: unmeshed → unmeshed',
      'old web → card.pay:80/http: unmeshed → unmeshed',
    ]);
    expect(old.verdict).toBe('pass');
    expect(old.failing).toBeUndefined();
    const late = change(narrowed, { ...narrowed, late: deployment('shop/late', ['http://web']) }, policy);
    expect(breaches(late)[0]).toBe('new late → card.pay:80/http: absent → unmeshed');
    expect(late.breaches?.[0]?.causes.map(({ path }) => path)).toEqual(['late.yaml']);
    expect(late.verdict).toBe('fail');
  });

  it('covers every route of a call', () => {
    const canary = (subset: string): Tree => ({
      ...MESH,
      route: `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: card, namespace: pay}
spec:
  hosts: [${CARD}]
  http:
    - match: [{headers: {x-canary: {exact: "1"}}}]
      route: [{destination: {host: ${CARD}${subset}}}]
    - route: [{destination: {host: ${CARD}}}]
`,
    });
    const analysis = change(canary(''), canary(', subset: v2'), policy);
    expect(breaches(analysis)).toEqual([
      'new cart → card.pay:80/http [header x-canary=1]: meshed → unroutable',
      'new web → card.pay:80/http [header x-canary=1]: meshed → unroutable',
    ]);
    expect(analysis.breaches?.[0]?.causes.map(({ kind }) => kind)).toEqual(['VirtualService']);
  });

  it('asks for a host that it names in full to be there, and not for each that a pattern fits', () => {
    const { card, ...rest } = MESH;
    const gone = { ...rest, card: card!.split('---\n')[1]! };
    expect(breaches(change(MESH, gone, policy))).toEqual([
      'new cart → card.pay:80/http: meshed → absent',
      'new web → card.pay:80/http: meshed → absent',
    ]);
    expect(breaches(change(MESH, gone, contract('must-be-meshed', 'shop/*', '*.pay.svc.cluster.local')))).toEqual([]);
  });

  it('is not about a workload and its own Service', () => {
    const all = contract('must-be-meshed', '*/*', '*');
    expect(breaches(change(MESH, { ...MESH, none: sidecar('pay/default', ['istio-system/*']) }, all))).toEqual([
      'new card → cart.shop:80/http: meshed → unmeshed',
      'new card → web.shop:80/http: meshed → unmeshed',
    ]);
  });

  it('follows a workload that is renamed', () => {
    const narrowed = { ...MESH, narrow: sidecar('shop/default', ['./*']) };
    const renamed = {
      ...narrowed,
      cart:
        service('shop/cart') +
        '---\n' +
        deployment('shop/cart', ['http://web']).replace('kind: Deployment', 'kind: StatefulSet'),
    };
    const analysis = change(narrowed, renamed, policy);
    expect(analysis.renamed).toHaveLength(1);
    expect(analysis.breaches?.every(({ isNew }) => !isNew)).toBe(true);
  });
});

describe('must-not-reach', () => {
  const policy = contract('must-not-reach', 'shop/*', `${CARD}:80`);

  it('is broken by a Sidecar without egress under a narrow root one', () => {
    const analysis = change({ ...MESH, ...NARROW }, { ...MESH, ...NARROW, ...WIDE }, policy);
    expect(breaches(analysis)).toEqual(['new web → card.pay:80/http: unmeshed → meshed']);
    expect(analysis.changes.every(({ severity }) => severity === 'none')).toBe(true);
    expect(analysis.verdict).toBe('fail');
    expect(analysis.breaches?.[0]?.causes.map(({ path }) => path)).toEqual(['wide.yaml']);
  });

  it('is not broken by a call that only passes, since no Sidecar keeps it from that', () => {
    const passing = { ...MESH, ...NARROW };
    expect(breaches(change(passing, passing, policy))).toEqual([]);
    const late = { ...passing, late: deployment('shop/late', ['http://web']) };
    expect(breaches(change(passing, late, policy))).toEqual([]);
  });

  it('is broken where what was kept off may pass', () => {
    const kept = { ...MESH, root: sidecar('istio-system/default', ['./*'], REGISTRY_ONLY) };
    const analysis = change(kept, { ...MESH, ...NARROW }, policy);
    expect(breaches(analysis)).toEqual([
      'new cart → card.pay:80/http: blocked → unmeshed',
      'new web → card.pay:80/http: blocked → unmeshed',
    ]);
    expect(analysis.verdict).toBe('fail');
  });

  it('is old where the way was there before, also for narrowing to some other host', () => {
    const analysis = change(MESH, { ...MESH, narrow: sidecar('shop/default', ['./*', 'pay/*']) }, policy);
    expect(breaches(analysis)).toEqual([
      'old cart → card.pay:80/http: meshed → meshed',
      'old web → card.pay:80/http: meshed → meshed',
    ]);
    expect(analysis.verdict).toBe('pass');
  });

  it('is broken by a route that leads there from another host', () => {
    const route = (match: string): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: detour, namespace: shop}
spec:
  hosts: [cart.shop.svc.cluster.local]
  http:
    - ${match}
      route: [{destination: {host: ${CARD}, port: {number: 80}}}]
    - route: [{destination: {host: cart.shop.svc.cluster.local}}]
`;
    const known = { ...MESH, ...NARROW };
    const whole = change(known, { ...known, detour: route('name: all') }, policy);
    expect(breaches(whole)).toEqual(['new web → cart.shop:80/http: meshed → meshed']);
    expect(whole.breaches?.[0]?.causes.map(({ kind }) => kind)).toEqual(['VirtualService']);
    const part = change(known, { ...known, detour: route('match: [{uri: {prefix: /pay}}]') }, policy);
    expect(breaches(part)).toEqual(['new web → cart.shop:80/http [path prefix /pay]: meshed → meshed']);
  });

  it('is broken by a port that fits, and by no other', () => {
    const wide = { ...MESH, ...NARROW, ...WIDE };
    expect(breaches(change({ ...MESH, ...NARROW }, wide, contract('must-not-reach', 'shop/*', `${CARD}:81`)))).toEqual(
      [],
    );
  });
});

describe('may-pass-through', () => {
  const calling = {
    ...MESH,
    web: service('shop/web') + '---\n' + deployment('shop/web', ['http://card.pay', 'http://cart']),
  };
  const narrowed = { ...calling, narrow: sidecar('shop/default', ['istio-system/*']) };
  const severities = (analysis: ChangeAnalysis): string[] =>
    analysis.changes.flatMap(({ workloads, destinations, severity, need }) =>
      need === 'referenced'
        ? workloads.flatMap(({ name }) =>
            destinations.map(({ host }) => `${name} → ${host.split('.')[0]!}: ${severity}`),
          )
        : [],
    );

  it('takes the weight off the pairs that it is about, which stay listed', () => {
    const analysis = change(calling, narrowed, contract('may-pass-through', 'shop/Deployment/web', 'card.*'));
    expect(severities(analysis).sort()).toEqual(['cart → web: failure', 'web → card: none', 'web → cart: failure']);
    const allowed = analysis.changes.filter(({ allowedBy }) => allowedBy);
    expect(allowed.map(({ allowedBy }) => allowedBy)).toEqual([
      { workload: 'shop/Deployment/web', host: 'card.*', reason: 'Agreed.' },
    ]);
    expect(change(calling, narrowed, contract('may-pass-through', 'shop/*', '*')).verdict).toBe('pass');
  });

  it('allows nothing worse than that', () => {
    const cut = { ...calling, narrow: sidecar('shop/default', ['istio-system/*'], REGISTRY_ONLY) };
    expect(change(calling, cut, contract('may-pass-through', '*/*', '*')).verdict).toBe('fail');
  });

  it('leaves the worst first', () => {
    const { changes } = change(calling, narrowed, contract('may-pass-through', 'shop/cart', '*'));
    const weights = changes.map(({ severity }) => ['failure', 'warning', 'notice', 'none'].indexOf(severity));
    expect(weights).toEqual([...weights].sort());
  });
});

describe('what outranks what', () => {
  const narrowed = { ...MESH, narrow: sidecar('shop/default', ['./*']) };
  const must = contract('must-be-meshed', 'shop/*', CARD);
  const waiver = (host: string, expires = '2030-12-31') =>
    `waivers: [{scope: {workload: "shop/*", host: "${host}"}, reason: r, owner: o, expires: ${expires}}]\n`;

  it('a new breach gates whatever the severities are', () => {
    const { severities } = must;
    const silent = Object.fromEntries(
      Object.keys(severities).map((row) => [
        row,
        { referenced: 'none', unknown: 'none', deliberate: 'none', potential: 'none' },
      ]),
    );
    const analysis = change(MESH, narrowed, { ...must, severities: silent as unknown as Policy['severities'] });
    expect(analysis.verdict).toBe('fail');
  });

  it('must-be-meshed outranks may-pass-through', () => {
    const both = { ...must, contracts: [...must.contracts, ...contract('may-pass-through', '*/*', '*').contracts] };
    expect(breaches(change(MESH, narrowed, both))).toHaveLength(2);
  });

  it('a waiver lets a breach pass until its day', () => {
    const waived = (more: string) => change(MESH, narrowed, contract('must-be-meshed', 'shop/*', CARD, more));
    expect(waived(waiver('card.*')).breaches?.map(({ exemption }) => exemption?.kind)).toEqual(['waived']);
    expect(waived(waiver('card.*')).verdict).toBe('pass');
    expect(waived(waiver('card.*', '2029-12-31')).verdict).toBe('fail');
    expect(waived(waiver('cart.*')).verdict).toBe('fail');
  });

  it('an acceptance lets exactly the breaches pass that it names', () => {
    const { failing = [] } = change(MESH, narrowed, must);
    expect(failing).toHaveLength(2);
    const accept = (findings: readonly string[]) =>
      change(MESH, narrowed, must, { acceptances: [{ by: 'me', at: '', reason: null, findings }] });
    expect(accept(failing).verdict).toBe('pass');
    const half = accept(failing.slice(1));
    expect(half.verdict).toBe('fail');
    expect(half.failing).toEqual(failing.slice(0, 1));
    expect(half.breaches?.map(({ exemption }) => exemption?.kind ?? 'open').sort()).toEqual(['accepted', 'open']);
  });

  it('a breach is another finding where the contract, the verdict or the mesh is another', () => {
    const fingerprints = [
      change(MESH, narrowed, must),
      change(MESH, narrowed, contract('must-be-meshed', 'shop/*', '*.pay.svc.cluster.local')),
      change(MESH, { ...MESH, narrow: sidecar('shop/default', ['./*'], REGISTRY_ONLY) }, must),
    ].map(({ failing = [] }) => failing.join());
    const shared = { mesh: {}, policy: must, exemptions: { today: null, acceptances: [] } };
    const sides = { before: tree(MESH), after: tree(narrowed) };
    const { failing = [], breaches: found } = analyzeMeshes(
      ['a', 'b'].map((name) => ({ name, ...sides })),
      shared,
    );
    expect(found?.map(({ meshes }) => meshes)).toEqual([['a', 'b']]);
    expect(failing).toHaveLength(4);
    expect(new Set([...fingerprints, failing.join()]).size).toBe(4);
    expect(change(MESH, { ...narrowed, more: namespace('more') }, must).failing?.join()).toBe(fingerprints[0]);
  });
});

describe('a contract that is about nothing', () => {
  it.each([
    ['no workload fits', 'sho/*', CARD],
    ['no host fits', 'shop/*', 'card.pay'],
    ['none of its workloads is asked', 'pay/*', CARD],
  ])('is said to be so: %s', (words, workload, host) => {
    const analysis = change(MESH, MESH, contract('must-be-meshed', workload, host));
    const [found] = analysis.diagnostics.filter(({ code }) => code === 'contract-unmatched');
    expect(found?.message).toContain(words);
    expect(found).toMatchObject({ path: 'c.yml', line: 2, severity: 'warning' });
  });

  it('is one only where it is about nothing in each mesh', () => {
    const policy = contract('must-be-meshed', 'shop/*', CARD);
    const other = { ...MESH, card: '' };
    const sides = [MESH, other].map((files, index) => ({ name: `m${index}`, before: tree(files), after: tree(files) }));
    expect(codes(analyzeMeshes(sides, { mesh: {}, policy }))).not.toContain('contract-unmatched');
    expect(codes(analyzeMeshes([sides[1]!, { ...sides[1]!, name: 'm2' }], { mesh: {}, policy }))).toContain(
      'contract-unmatched',
    );
  });

  it('is none where a workload names a host outside the mesh that fits', () => {
    const calling = { ...MESH, web: deployment('shop/web', ['https://api.example.com']) };
    expect(
      codes(change(calling, calling, contract('may-pass-through', 'shop/*', 'api.example.com:443'))),
    ).not.toContain('contract-unmatched');
  });
});

describe('contracts in the configuration', () => {
  const problems = (text: string): string[] =>
    parsePolicyFile('c.yml', text).problems.map(({ line, message }) => `${line}: ${message}`);
  const entry = (rule: string) => `  - {rule: ${rule}, scope: {workload: "a/*", host: b}, reason: x}\n`;

  it('are told what is wrong with them', () => {
    expect(problems('contracts:\n  - {rule: must-be-mesh, scope: {workload: "a/*", host: b}, reason: x}\n')).toEqual([
      '2: rule must be one of must-be-meshed, must-not-reach, may-pass-through; did you mean "must-be-meshed"?',
    ]);
    expect(problems('contracts:\n  - {rule: must-not-reach, scope: {workload: a, host: b}}\n')).toEqual([
      '2: workload must be namespace/name or namespace/Kind/name, where * stands for any letters, not "a"',
      '2: a contract needs "reason"; add it',
    ]);
  });

  it.each([
    ['must-be-meshed', 'must-be-meshed', 'says the same'],
    ['may-pass-through', 'must-be-meshed', 'says may-pass-through'],
    ['must-be-meshed', 'must-not-reach', 'says must-be-meshed'],
  ])('cannot be %s and %s for one scope', (one, other, words) => {
    expect(problems(`contracts:\n${entry(one)}${entry(other)}`)).toEqual([
      `3: The contract ${other} of a/* and b is one too many: line 2 ${words}; remove one`,
    ]);
  });

  it('can be must-not-reach and may-pass-through, since no Sidecar keeps a call from passing', () => {
    expect(problems(`contracts:\n${entry('must-not-reach')}${entry('may-pass-through')}`)).toEqual([]);
  });
});
