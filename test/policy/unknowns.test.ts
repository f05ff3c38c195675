import { describe, expect, it } from 'vitest';
import { findUnknowns } from '../../src/policy/unknowns.js';
import { analyze, deployment, namespace, service, sidecar, tree, type Tree } from '../reachability/change-mesh.js';

const MESH: Tree = {
  namespaces: [namespace('shop'), namespace('pay')].join('---\n'),
  'shop/web': service('shop/web') + '---\n' + deployment('shop/web', ['http://card.pay']),
  'pay/card': service('pay/card') + '---\n' + deployment('pay/card', ['http://web.shop']),
};
const BROKEN = 'apiVersion: v1\nkind: Service\nmetadata: {name: old\n';
const NARROW = { 'shop/sidecar': sidecar('shop/default', ['./*']) };
const gate = (before: Tree, after: Tree): string => analyze(before, after).verdict;

describe('what is not known', () => {
  it('is content of the change that cannot be read', () => {
    const found = analyze(MESH, { ...MESH, 'shop/new': BROKEN });
    expect(found.verdict).toBe('undetermined');
    expect(found.reasons).toEqual(['shop/new.yaml:1 is part of the change and could not be understood.']);
  });

  it('is content that was broken before and is mended, edited or gone: what it did is not known', () => {
    const old = { ...MESH, 'attic/old': BROKEN };
    expect(gate(old, { ...MESH, 'attic/old': service('pay/old') })).toBe('undetermined');
    expect(gate(old, { ...MESH, 'attic/old': `${BROKEN}# edited\n` })).toBe('undetermined');
    expect(gate(old, MESH)).toBe('undetermined');
  });

  it('is not an old broken file elsewhere', () => {
    const old = { ...MESH, 'attic/old': BROKEN };
    expect(gate(old, old)).toBe('pass');
    expect(gate(old, { ...old, 'pay/more': service('pay/more') })).toBe('pass');
  });

  it('is not an old broken document of a file that the change edits elsewhere', () => {
    const before = { ...MESH, 'pay/mixed': `${service('pay/more')}---\n${BROKEN}` };
    const after = { ...MESH, 'pay/mixed': `# a comment\n${service('pay/more')}---\n${BROKEN}` };
    expect(gate(before, after)).toBe('pass');
  });

  it('is an old broken file beside an object that decides a changed edge; a failure outranks it', () => {
    const silent = {
      ...MESH,
      'shop/web': service('shop/web') + '---\n' + deployment('shop/web', ['http://web2.example.com']),
    };
    const strict = `apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: pay}\nspec: {mtls: {mode: STRICT}}\n`;
    const before = { ...silent, 'pay/policy': strict, 'shop/old': BROKEN };
    const after = { ...before, ...NARROW };
    const found = analyze(before, after);
    expect(found.changes.map(({ severity }) => severity)).toContain('warning');
    expect(found.verdict).toBe('undetermined');
    expect(found.reasons).toEqual([
      'shop/old.yaml:1 could not be understood, and stands beside an object that decides a changed edge.',
    ]);
    expect(gate({ ...MESH, 'shop/old': BROKEN }, { ...MESH, ...NARROW, 'shop/old': BROKEN })).toBe('fail');
  });

  it('is what the configuration names and the change takes away, and not what was never there', () => {
    const whole = { objects: [], unreadable: [], diagnostics: [], filesRead: 0, filesSkipped: [] };
    const lacking = {
      ...whole,
      unreadable: [{ path: 'clusters/prod', line: 1, kind: null, digest: 'absent', isAbsent: true }],
    };
    expect(findUnknowns(whole, lacking, [], [])).toEqual([
      'clusters/prod, which the configuration names, is no longer there.',
    ]);
    expect(findUnknowns(lacking, lacking, [], [])).toEqual([]);
    expect(findUnknowns(lacking, whole, [], [])).toEqual([]);
  });

  it('is a Helm template of the change, and not one that was there before', () => {
    const template = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n  namespace: pay\n';
    const found = analyze(MESH, { ...MESH, 'chart/service': template });
    expect(found.verdict).toBe('undetermined');
    expect(found.diagnostics.map(({ code }) => code)).toContain('helm-template');
    expect(
      gate({ ...MESH, 'chart/service': template }, { ...MESH, 'chart/service': template, 'pay/a': service('pay/a') }),
    ).toBe('pass');
  });

  it('is not broken content of a kind that cannot decide where calls go', () => {
    expect(gate(MESH, { ...MESH, role: 'apiVersion: v1\nkind: Role\nmetadata: {name: r\n' })).toBe('pass');
  });

  it('is a mesh configuration of the change that istiod would refuse', () => {
    const config = (mode: string) => ({
      ...MESH,
      istio: `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    outboundTrafficPolicy: {mode: ${mode}\n`,
    });
    const good = config('REGISTRY_ONLY}');
    for (const bad of [config('REGISTRY_ONLY'), config('REGISTRY_ONL}')]) {
      expect(analyze(good, bad).reasons).toEqual(['istio.yaml:5 is part of the change and could not be understood.']);
      expect(gate(good, bad)).toBe('undetermined');
      expect(gate(bad, { ...bad, 'pay/more': service('pay/more') })).toBe('pass');
      expect(gate(bad, good)).toBe('undetermined');
    }
  });

  it('goes by digests: without one, content at one path counts as changed', () => {
    const [before, after] = [tree(MESH), tree(MESH)];
    const unread = (digest?: string) => ({
      ...before,
      unreadable: [{ path: 'lfs.yaml', line: 1, kind: null, ...(digest === undefined ? {} : { digest }) }],
    });
    expect(findUnknowns(unread('a'), { ...after, ...unread('a') }, [], [])).toEqual([]);
    expect(findUnknowns(unread('a'), { ...after, ...unread('b') }, [], [])).toHaveLength(1);
    expect(findUnknowns(unread(), { ...after, ...unread() }, [], [])).toHaveLength(1);
  });

  it('lets a refused object fail, whether it was there before or not, and leaves an old one alone', () => {
    const bad = sidecar('shop/default', ['short']);
    expect(gate(MESH, { ...MESH, bad })).toBe('fail');
    expect(gate({ ...MESH, bad: sidecar('shop/default', ['*/*']) }, { ...MESH, bad })).toBe('fail');
    const old = { ...MESH, bad };
    expect(gate(old, { ...old, more: service('pay/more') })).toBe('pass');
    expect(analyze(old, { ...old, more: service('pay/more') }).rejected).toHaveLength(1);
  });
});
