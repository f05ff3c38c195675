import { describe, expect, it } from 'vitest';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { ManifestSet } from '../../src/kubernetes/manifest.js';
import { codes, configMap, names, read } from './read-manifests.js';

function tree(kustomization: string, files: Readonly<Record<string, string>>): ManifestSet {
  const head = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n';
  const all = {
    ...files,
    'prod/kustomization.yaml': head + kustomization,
    'base/all.yaml': configMap('a', 'data: {x: base}'),
  };
  return buildManifestSet(Object.entries(all).map(([path, text]) => read(text, path)));
}

const PATCH = configMap('a', 'data: {y: patch}');

describe('the patches of a kustomization', () => {
  it.each([
    ['patches', 'patches: [{path: patch.yaml}]\n', 'prod/patch.yaml'],
    [
      'patches in another folder',
      'patches: [{path: ./../patches/./a.yaml, target: {kind: ConfigMap}}]\n',
      'patches/a.yaml',
    ],
    ['patches by strategic merge', 'patchesStrategicMerge: [patch.yaml]\n', 'prod/patch.yaml'],
  ])('%s do not take the place of what they patch', (_what, kustomization, path) => {
    const set = tree(kustomization, { [path]: PATCH });
    expect(names(set)).toEqual(['ConfigMap default/a', 'Kustomization default/']);
    expect(set.objects[0]?.body['data']).toEqual({ x: 'base' });
    expect(codes(set)).toEqual(['kustomize-patches@1']);
    expect(set.diagnostics[0]).toMatchObject({
      code: 'kustomize-patches',
      path: 'prod/kustomization.yaml',
      severity: 'warning',
    });
    expect(set.diagnostics[0]?.message).toContain(`not applied: \`${path}\`.`);
    expect(set.unreadable).toMatchObject([{ path, line: 1, kind: 'ConfigMap' }]);
  });

  it('are told apart by what they say, and not by where they say it', () => {
    const kustomization = 'patches: [{path: patch.yaml}]\n';
    const [one, same, other] = [PATCH, `# a comment\n${PATCH}`, configMap('a', 'data: {y: other}')].map(
      (text) => tree(kustomization, { 'prod/patch.yaml': text }).unreadable[0]?.digest,
    );
    expect(one).toBe(same);
    expect(one).not.toBe(other);
  });

  it('may be operations on JSON, or stand in the kustomization itself', () => {
    const operations = '- {op: remove, path: /spec/egress}\n';
    const kustomization = 'patchesJson6902: [{path: ops.yaml}]\npatches: [{patch: "- {op: remove, path: /a}"}]\n';
    const set = tree(kustomization, { 'prod/ops.yaml': operations });
    expect(set.unreadable).toMatchObject([
      { path: 'prod/ops.yaml', line: 1, kind: null },
      { path: 'prod/kustomization.yaml', line: 1, kind: null },
    ]);
    expect(set.unreadable.every(({ digest }) => digest !== undefined)).toBe(true);
    expect(set.diagnostics.map(({ message }) => message.split('. ')[0])).toEqual([
      'The kustomization has patches, which are not applied: `prod/ops.yaml` and 1 more',
    ]);
  });

  it('that are not there, and kustomizations without any, say nothing', () => {
    const set = tree('resources: [../base]\npatches: [{path: https://example.com/p.yaml}, 5]\n', {});
    expect(codes(set)).toEqual([]);
    expect(set.unreadable).toEqual([]);
  });
});
