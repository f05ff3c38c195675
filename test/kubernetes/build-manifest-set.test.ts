import { describe, expect, it } from 'vitest';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { codes, configMap, names, read } from './read-manifests.js';

describe('a tree of manifests', () => {
  it('takes the files in the order of their paths, whatever order they come in', () => {
    const files = [read(configMap('c'), 'c.yaml'), read('x: 1\n', 'values.yaml'), read(configMap('a'), 'a/z.yaml')];
    const set = buildManifestSet(files);
    expect(names(set)).toEqual(['ConfigMap default/a', 'ConfigMap default/c']);
    expect(set.filesRead).toBe(2);
    expect(set.filesSkipped).toEqual(['values.yaml']);
    expect(buildManifestSet([...files].reverse()).objects).toEqual(set.objects);
  });

  it('keeps the last of two objects of one identity, and names both places', () => {
    const set = buildManifestSet([
      read(configMap('a', 'data: {x: second}'), 'b.yaml'),
      read(`---\n${configMap('a', 'data: {x: first}')}---\n${configMap('other')}`, 'a.yaml'),
    ]);
    expect(names(set)).toEqual(['ConfigMap default/other', 'ConfigMap default/a']);
    expect(set.objects[1]?.body['data']).toEqual({ x: 'second' });
    expect(codes(set)).toEqual(['duplicate-object@1']);
    expect(set.diagnostics[0]?.message).toContain('ConfigMap default/a is defined twice: a.yaml:2 and b.yaml:1');
    expect(set.diagnostics[0]?.path).toBe('b.yaml');
  });

  it('takes `v1` and `v1beta1` for the same object, and other groups and namespaces for others', () => {
    const object = (apiVersion: string, namespace: string) =>
      `apiVersion: ${apiVersion}\nkind: Sidecar\nmetadata: {name: a, namespace: ${namespace}}\n`;
    const versions = ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'example.com/v1'];
    const text = [...versions.map((version) => object(version, 'x')), object('networking.istio.io/v1', 'z')].join(
      '---\n',
    );
    const set = buildManifestSet([read(text)]);
    expect(set.objects.map(({ apiVersion, metadata }) => `${apiVersion} ${metadata.namespace}`)).toEqual([
      'networking.istio.io/v1beta1 x',
      'example.com/v1 x',
      'networking.istio.io/v1 z',
    ]);
    expect(codes(set)).toEqual(['duplicate-object@5']);
  });

  it('does not take the nameless configurations of tools for one object', () => {
    const text = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n';
    const set = buildManifestSet([read(text, 'a/kustomization.yaml'), read(text, 'b/kustomization.yaml')]);
    expect(set.objects).toHaveLength(2);
    expect(set.diagnostics).toEqual([]);
  });

  it('gathers what could not be read, and diagnostics in their order', () => {
    const set = buildManifestSet([
      read('kind: Sidecar\nx: [\n', 'b.yaml'),
      read('kind: Service\ny: [\n', 'a.yaml'),
      read('z: [\n', 'c.yaml'),
    ]);
    expect(set.unreadable).toMatchObject([
      { path: 'a.yaml', line: 1, kind: 'Service' },
      { path: 'b.yaml', line: 1, kind: 'Sidecar' },
    ]);
    expect(set.diagnostics.map(({ code, path }) => `${code} ${path ?? ''}`)).toEqual([
      'yaml-syntax a.yaml',
      'yaml-syntax b.yaml',
      'foreign-syntax c.yaml',
    ]);
    expect(set.filesSkipped).toEqual(['c.yaml']);
  });
});

describe('a tree made of what another one with most of its files came to', () => {
  const versions = [
    configMap('a', 'data: {x: first}'),
    configMap('a', 'data: {x: second}'),
    `# Moved.\n${configMap('a', 'data: {x: first}')}`,
    configMap('b'),
    `${configMap('a')}---\n${configMap('b')}`,
    `${configMap('a')}---\n${configMap('a', 'data: {x: again}')}`,
    'x: 1\n',
    'kind: Service\ny: [\n',
    'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches: [{path: 1.yaml}]\n',
    '',
  ];
  const paths = ['1.yaml', '2.yaml', '3.yaml'];

  it('is the same as one made anew, whichever files are other ones', () => {
    const [one, ...others] = paths.map((path) => versions.map((text) => read(text, path)));
    let made = 0;
    for (const first of one!) {
      for (const second of others[0]!) {
        const known = buildManifestSet([first, second, others[1]![3]!]);
        for (const now of [...one!, ...others[0]!]) {
          const files = [now.path === '1.yaml' ? now : first, now.path === '1.yaml' ? second : now, others[1]![3]!];
          const set = buildManifestSet(files, known);
          expect(set).toEqual(buildManifestSet(files));
          if (set.diagnostics === known.diagnostics) made += 1;
        }
      }
    }
    expect(made).toBeGreaterThan(100);
  });
});
