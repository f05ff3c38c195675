import { describe, expect, it } from 'vitest';
import { analyzeChange } from '../../src/analyze-change.js';
import { analyzeMeshes } from '../../src/analyze-meshes.js';
import { ownersOfFile, parseCodeOwners } from '../../src/policy/code-owners.js';
import type { Acceptance, Approval } from '../../src/policy/exempt-changes.js';
import { DEFAULT_POLICY, type Policy } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { deployment, namespace, service, sidecar, tree, type Tree } from '../reachability/change-mesh.js';

describe('the patterns of CODEOWNERS, as GitHub documents them', () => {
  it.each([
    ['*', 'a.yaml', true],
    ['*', 'a/b/c.yaml', true],
    ['*.yaml', 'a/b/c.yaml', true],
    ['*.yaml', 'a/b/c.yml', false],
    ['/*.yaml', 'a.yaml', true],
    ['/*.yaml', 'a/b.yaml', false],
    ['/build/logs/', 'build/logs/a.yaml', true],
    ['/build/logs/', 'build/logs/deep/a.yaml', true],
    ['/build/logs/', 'x/build/logs/a.yaml', false],
    ['docs/*', 'docs/a.yaml', true],
    ['docs/*', 'docs/deep/a.yaml', false],
    ['docs/*', 'x/docs/a.yaml', false],
    ['apps/', 'apps/a.yaml', true],
    ['apps/', 'x/apps/deep/a.yaml', true],
    ['apps.yaml/', 'apps.yaml', false],
    ['/docs/', 'docs/deep/a.yaml', true],
    ['/docs/', 'x/docs/a.yaml', false],
    ['**/logs', 'logs/a.yaml', true],
    ['**/logs', 'deeply/nested/logs/deep/a.yaml', true],
    ['**/*', 'deep/er/a.yaml', true],
    ['a/**/b', 'a/x/y/b/c.yaml', true],
    ['a/**', 'a/x/y.yaml', true],
    ['prod-?/', 'prod-1/a.yaml', true],
    ['prod-?/', 'prod-11/a.yaml', false],
    ['/my\\ folder/', 'my folder/a.yaml', true],
    ['/Apps/', 'apps/a.yaml', false],
    ['/apps/a.yaml', 'apps/a.yaml', true],
    // Of gitignore's syntax, these mean nothing here.
    ['!a.yaml', 'a.yaml', false],
    ['!a.yaml', '!a.yaml', false],
    ['[ab].yaml', 'a.yaml', false],
    ['[ab].yaml', '[ab].yaml', false],
    ['\\#a.yaml', '#a.yaml', false],
    ['#a.yaml', '#a.yaml', false],
  ])('%s, for %s: %s', (pattern, path, expected) => {
    expect(ownersOfFile(parseCodeOwners(`${pattern} @me\n`))(path)).toEqual(expected ? ['@me'] : []);
  });
});

describe('CODEOWNERS', () => {
  const ownersOf = (text: string) => ownersOfFile(parseCodeOwners(text));

  it('gives the owners of the last rule that fits, as they are written', () => {
    const owners = ownersOf('* @all # everybody\n/shop/ @Acme/Shop me@example.com\n/shop/free/\n');
    expect(owners('a.yaml')).toEqual(['@all']);
    expect(owners('shop/a.yaml')).toEqual(['@Acme/Shop', 'me@example.com']);
    expect(owners('shop/free/a.yaml')).toEqual([]);
    expect(ownersOf('')('a.yaml')).toEqual([]);
  });

  it('does not count where it is larger than GitHub takes it', () => {
    expect(ownersOf(`* @me\n${'#'.repeat(3 * 1024 * 1024)}`)('a.yaml')).toEqual([]);
  });
});

const MESH: Tree = {
  'mesh/namespaces': [namespace('shop'), namespace('pay')].join('---\n'),
  'shop/web': service('shop/web') + '---\n' + deployment('shop/web', ['http://card.pay']),
  'shop/cart': service('shop/cart') + '---\n' + deployment('shop/cart', ['http://web', 'http://card.pay']),
  'pay/card': service('pay/card') + '---\n' + deployment('pay/card', ['http://cart.shop']),
};
const NARROWED: Tree = { ...MESH, 'mesh/sidecar': sidecar('shop/default', ['./*', 'istio-system/*']) };
const OWNERS = '/mesh/ @acme/platform\n/shop/ @acme/shop @lead\n/pay/ @acme/pay\n/mine/ @me\n';
const ASKING: Policy = { ...DEFAULT_POLICY, ownersMustApprove: true };

interface Asked {
  readonly policy?: Policy;
  readonly acceptances?: readonly Acceptance[];
  readonly approvals?: readonly Approval[];
  readonly codeOwners?: string;
}

function change(before: Tree, after: Tree, asked: Asked = {}): ChangeAnalysis {
  const { policy = DEFAULT_POLICY, acceptances = [], approvals = [], codeOwners = OWNERS } = asked;
  const ownersOf = ownersOfFile(parseCodeOwners(codeOwners));
  const exemptions = { today: null, acceptances, approvals };
  return analyzeChange({ before: tree(before), after: tree(after), mesh: {}, policy, exemptions, ownersOf });
}

describe('whose problem a change is', () => {
  it('is told of each workload that loses something, with whose files do it', () => {
    expect(change(MESH, NARROWED).owners).toEqual([
      {
        workload: { namespace: 'shop', kind: 'Deployment', name: 'cart' },
        path: 'shop/cart.yaml',
        owners: ['@acme/shop', '@lead'],
        causedBy: ['@acme/platform'],
      },
      {
        workload: { namespace: 'shop', kind: 'Deployment', name: 'web' },
        path: 'shop/web.yaml',
        owners: ['@acme/shop', '@lead'],
        causedBy: ['@acme/platform'],
      },
    ]);
  });

  it("is nobody's where nothing gets worse", () => {
    expect(change(NARROWED, MESH).owners).toBeUndefined();
    expect(change(MESH, { ...MESH, more: namespace('more') }).owners).toBeUndefined();
  });

  it('is told by where a workload was before, so that nobody owns it by moving it', () => {
    const { 'shop/web': web, ...rest } = NARROWED;
    const moved = change(MESH, { ...rest, 'mine/web': web! });
    expect(moved.owners?.at(-1)).toMatchObject({ path: 'shop/web.yaml', owners: ['@acme/shop', '@lead'] });
    const renamed = change(MESH, {
      ...rest,
      'mine/web': web!.replace('name: web, namespace: shop}\nspec:\n', 'name: site, namespace: shop}\nspec:\n'),
    });
    expect(renamed.renamed).toHaveLength(1);
    expect(renamed.owners?.find(({ workload }) => workload.name === 'site')?.path).toBe('shop/web.yaml');
  });

  it('is told of a workload that is new by where it stands', () => {
    const late = change(NARROWED, { ...NARROWED, 'mine/late': deployment('shop/late', ['http://card.pay']) });
    expect(late.owners).toMatchObject([{ path: 'mine/late.yaml', owners: ['@me'], causedBy: ['@me'] }]);
  });

  it('is told in each mesh', () => {
    const sides = { before: tree(MESH), after: tree(NARROWED) };
    const ownersOf = ownersOfFile(parseCodeOwners(OWNERS));
    const shared = { mesh: {}, policy: DEFAULT_POLICY, ownersOf };
    const { owners } = analyzeMeshes(
      ['a', 'b'].map((name) => ({ name, ...sides })),
      shared,
    );
    expect(owners?.map(({ meshes }) => meshes)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });
});

describe('where an owner must approve', () => {
  const failing = change(MESH, NARROWED).failing ?? [];
  const approval = (...speaksFor: readonly string[]): Approval => ({ by: 'x', at: '2030-01-01', speaksFor });
  const acceptance = (...speaksFor: readonly string[]): Acceptance => ({
    by: 'x',
    at: '',
    reason: null,
    findings: failing,
    speaksFor,
  });
  const verdict = (asked: Asked) => change(MESH, NARROWED, { policy: ASKING, ...asked }).verdict;

  it('says whose word is missing', () => {
    const analysis = change(MESH, NARROWED, { policy: ASKING });
    expect(failing.length).toBeGreaterThan(0);
    expect(analysis.failing).toEqual(failing);
    expect(analysis.owners?.map(({ mustApprove }) => mustApprove)).toEqual([true, true]);
  });

  it.each([
    ['an owner approves', { approvals: [approval('@acme/shop')] }, 'pass'],
    ['an owner approves, in whichever case the name is written', { approvals: [approval('@ACME/Shop')] }, 'pass'],
    ['somebody else approves', { approvals: [approval('@acme/pay', '@acme/platform')] }, 'fail'],
    ['somebody approves who owns nothing', { approvals: [approval()] }, 'fail'],
    ['an owner accepts', { acceptances: [acceptance('@lead')] }, 'pass'],
    ['somebody else accepts', { acceptances: [acceptance('@acme/pay')] }, 'fail'],
    ['somebody else accepts, and an owner as well', { acceptances: [acceptance('@lead'), acceptance()] }, 'pass'],
    [
      'whoever accepts, where nobody owns the workload',
      { acceptances: [acceptance()], codeOwners: '/pay/ @x\n' },
      'pass',
    ],
    [
      'somebody approves, where nobody owns the workload',
      { approvals: [approval('@x')], codeOwners: '/pay/ @x\n' },
      'fail',
    ],
    [
      'somebody approves, and the rule does not hold',
      { approvals: [approval('@lead')], policy: DEFAULT_POLICY },
      'fail',
    ],
    [
      'somebody else accepts, and the rule does not hold',
      { acceptances: [acceptance()], policy: DEFAULT_POLICY },
      'pass',
    ],
  ] as const)('%s', (_who, asked, expected) => {
    expect(verdict(asked)).toBe(expected);
  });

  it('lets an owner speak for the own workloads alone', () => {
    const codeOwners = `${OWNERS}/shop/web.yaml @acme/web\n`;
    const analysis = change(MESH, NARROWED, { policy: ASKING, codeOwners, approvals: [approval('@acme/web')] });
    expect(analysis.verdict).toBe('fail');
    const open = analysis.owners?.filter(({ mustApprove }) => mustApprove);
    expect(open?.map(({ workload }) => workload.name)).toEqual(['cart']);
    const exempt = analysis.changes.filter(({ exemption }) => exemption?.kind === 'approved');
    expect(exempt.flatMap(({ workloads }) => workloads.map(({ name }) => name))).toEqual(['web']);
  });

  it('does not let an approval break a contract', () => {
    const contracts = [
      {
        rule: 'must-be-meshed',
        scope: { workload: 'shop/*', host: 'card.*' },
        reason: 'r',
        owner: null,
        origin: { path: 'c.yml', line: 1 },
      },
    ] as const;
    const analysis = change(MESH, NARROWED, { policy: { ...ASKING, contracts }, approvals: [approval('@acme/shop')] });
    expect(analysis.verdict).toBe('fail');
    expect(analysis.changes.every(({ severity, exemption }) => severity !== 'failure' || exemption)).toBe(true);
    const all = change(MESH, NARROWED, {
      policy: { ...ASKING, contracts },
      approvals: [approval('@acme/shop')],
      acceptances: [{ ...acceptance(), findings: analysis.failing ?? [] }],
    });
    expect(all.verdict).toBe('pass');
  });
});
