import { describe, expect, it } from 'vitest';
import { isManifestPath } from '../../src/kubernetes/parse-manifest-file.js';
import { codes, configMap, names, read } from './read-manifests.js';

describe('which files are looked into', () => {
  it.each(['a.yaml', 'b/c.yml', 'd.json', 'E.YAML'])('%s is', (path) => {
    expect(isManifestPath(path)).toBe(true);
  });

  it.each(['a.yaml.tpl', 'yaml', 'README.md', 'a.jsonnet', 'yaml/notes.txt'])('%s is not', (path) => {
    expect(isManifestPath(path)).toBe(false);
  });
});

describe('one object', () => {
  const SIDECAR = [
    '# who may call whom',
    '',
    'apiVersion: networking.istio.io/v1',
    'kind: Sidecar',
    'metadata:',
    '  name: default',
    '  namespace: shop',
    '  labels: {team: "42"}',
    '  annotations:',
    '    note: |',
    '      two',
    '      lines',
    '  creationTimestamp: "2024-02-29T12:00:00Z"',
    'spec:',
    '  egress:',
    '  - hosts:',
    '    - ./*',
    '    - "istio-system/*"',
    '',
  ].join('\n');

  it('has its identity, its metadata and its body', () => {
    const { objects, diagnostics, isManifest } = read(SIDECAR);
    expect(diagnostics).toEqual([]);
    expect(isManifest).toBe(true);
    expect(objects).toHaveLength(1);
    expect(objects[0]).toMatchObject({
      apiVersion: 'networking.istio.io/v1',
      group: 'networking.istio.io',
      kind: 'Sidecar',
    });
    expect(objects[0]?.metadata).toEqual({
      name: 'default',
      namespace: 'shop',
      labels: { team: '42' },
      annotations: { note: 'two\nlines\n' },
      creationTimestamp: 1_709_208_000_000,
    });
    expect(objects[0]?.body['spec']).toEqual({ egress: [{ hosts: ['./*', 'istio-system/*'] }] });
  });

  it('starts at its first key, not at the comment above it', () => {
    expect(read(SIDECAR).objects[0]?.origin).toEqual({ path: 'a.yaml', line: 3 });
  });

  it.each([
    { path: ['spec', 'egress', 0, 'hosts', 1], line: 18 },
    { path: ['spec', 'egress', 0, 'hosts'], line: 17 },
    { path: ['spec', 'egress', 0], line: 16 },
    { path: ['metadata', 'annotations', 'note'], line: 10 },
    { path: ['metadata', 'labels', 'team'], line: 8 },
    { path: ['spec', 'egress', 7, 'port'], line: 16 },
    { path: ['spec', 'outboundTrafficPolicy', 'mode'], line: 15 },
    { path: ['status'], line: 3 },
    { path: [], line: 3 },
  ])('finds the line of $path, or of the nearest ancestor that is written', ({ path, line }) => {
    expect(read(SIDECAR).objects[0]?.locate(path)).toEqual({ path: 'a.yaml', line });
  });

  it('locates a key without a value by the key', () => {
    const [object] = read(configMap('a', 'data:', '  b: 1')).objects;
    const [empty] = read(configMap('a', 'data:', '', 'x: 1')).objects;
    expect(object?.locate(['data']).line).toBe(6);
    expect(empty?.locate(['data']).line).toBe(5);
  });

  it('locates keys that are written as numbers or booleans, and the last of two equal keys', () => {
    const [object] = read(configMap('a', 'data:', '  1: x', '  yes: x', '  c: x', '  c: x')).objects;
    expect(['1', 'true', 'c'].map((key) => object?.locate(['data', key]).line)).toEqual([6, 7, 9]);
  });

  it('stands in the namespace `default` unless it names one, and in none where its kind has none', () => {
    const text = [
      configMap('a'),
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: b, namespace: ignored}\n',
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: c}\n',
      'apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: d}\n',
    ].join('---\n');
    expect(names(read(text))).toEqual(['ConfigMap default/a', 'Namespace /b', 'ClusterRole /c', 'GatewayClass /d']);
  });

  it('takes nulls for nothing, as an API server does', () => {
    const text =
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace:\n  labels: {b: }\n  annotations:\n  creationTimestamp: null\n';
    const { objects, diagnostics } = read(text);
    expect(diagnostics).toEqual([]);
    expect(objects[0]?.metadata).toEqual({
      name: 'a',
      namespace: 'default',
      labels: { b: '' },
      annotations: {},
      creationTimestamp: null,
    });
  });

  it('keeps keys that JavaScript treats specially as mere data', () => {
    const [object] = read(configMap('a', 'data:', '  __proto__: {polluted: yes}', '  constructor: x')).objects;
    const data = object?.body['data'] as Record<string, unknown>;
    expect(Object.keys(data)).toEqual(['__proto__', 'constructor']);
    expect(data['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const labels = read('apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {__proto__: b}}\n').objects[0]?.metadata
      .labels;
    expect(Object.entries(labels ?? {})).toEqual([['__proto__', 'b']]);
    expect(labels === undefined || 'toString' in labels).toBe(false);
  });
});

describe('several documents', () => {
  it('have lines of the file, not of the document', () => {
    const text = `# first\n---\n${configMap('a')}---\n# only a comment\n---\n\n${configMap('b', 'data:', '  x: y')}`;
    const { objects, diagnostics } = read(text);
    expect(diagnostics).toEqual([]);
    expect(objects.map(({ origin }) => origin.line)).toEqual([3, 11]);
    expect(objects[1]?.locate(['data', 'x']).line).toBe(16);
  });

  it('may have Windows line ends and a byte order mark', () => {
    const text = `\uFEFF${configMap('a')}---\n${configMap('b')}`.replaceAll('\n', '\r\n');
    const { objects, diagnostics } = read(new TextEncoder().encode(text));
    expect(diagnostics).toEqual([]);
    expect(objects.map(({ metadata, origin }) => [metadata.name, origin.line])).toEqual([
      ['a', 1],
      ['b', 6],
    ]);
  });

  it('may be UTF-16 where a byte order mark says so', () => {
    const little = new Uint8Array([0xff, 0xfe, ...Buffer.from(configMap('a'), 'utf16le')]);
    const big = little.slice();
    for (let at = 0; at < big.length; at += 2) [big[at], big[at + 1]] = [little[at + 1] ?? 0, little[at] ?? 0];
    expect(names(read(little))).toEqual(['ConfigMap default/a']);
    expect(names(read(big))).toEqual(['ConfigMap default/a']);
  });

  it('may be JSON, one after the other', () => {
    const json = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name } }, null, 2);
    const { objects, diagnostics } = read(`${json('a')}\n${json('b')}\n`, 'a.json');
    expect(diagnostics).toEqual([]);
    expect(objects.map(({ metadata, origin }) => [metadata.name, origin.line])).toEqual([
      ['a', 1],
      ['b', 8],
    ]);
    expect(objects[1]?.locate(['metadata', 'name']).line).toBe(12);
  });

  it('JSON may use escapes that YAML 1.1 does not have', () => {
    const text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},\n"data":{"b":"\\/\\ud83d\\ude00"}}';
    const { objects, diagnostics } = read(text, 'a.json');
    expect(diagnostics).toEqual([]);
    expect(objects[0]?.body['data']).toEqual({ b: '/😀' });
    expect(objects[0]?.locate(['data', 'b']).line).toBe(2);
  });
});

describe('lists', () => {
  const LIST = [
    'apiVersion: v1',
    'kind: List',
    'items:',
    '- apiVersion: v1',
    '  kind: Service',
    '  metadata: {name: a}',
    '-',
    '  # b',
    '  apiVersion: v1',
    '  kind: List',
    '  items:',
    '  - apiVersion: apps/v1',
    '    kind: Deployment',
    '    metadata:',
    '      name: b',
    '',
  ].join('\n');

  it('are unfolded, lists in lists too', () => {
    const { objects, diagnostics } = read(LIST);
    expect(diagnostics).toEqual([]);
    expect(names({ objects })).toEqual(['Service default/a', 'Deployment default/b']);
    expect(objects.map(({ origin }) => origin.line)).toEqual([4, 12]);
    expect(objects[1]?.locate(['metadata', 'name']).line).toBe(15);
    expect(objects[1]?.locate([]).line).toBe(12);
  });

  it('give their kind to items without one', () => {
    const text = 'apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n';
    const { objects, diagnostics } = read(text);
    expect(diagnostics).toEqual([]);
    expect(names({ objects })).toEqual(['Service default/a', 'Service default/b']);
    expect(objects[0]?.body['kind']).toBe('Service');
  });

  it('may be empty', () => {
    expect(codes(read('apiVersion: v1\nkind: List\nitems: []\n'))).toEqual([]);
    expect(codes(read('apiVersion: v1\nkind: List\nitems:\n'))).toEqual([]);
  });

  it('are only those with items: the name alone makes no list', () => {
    expect(names(read('apiVersion: x.io/v1\nkind: AllowList\nmetadata: {name: a}\n'))).toEqual(['AllowList default/a']);
  });

  it('say which item is none, and keep the others', () => {
    const text =
      'apiVersion: v1\nkind: List\nitems:\n- 5\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n- {}\n';
    const file = read(text);
    expect(names(file)).toEqual(['Service default/a']);
    expect(codes(file)).toEqual(['wrong-type@4', 'not-an-object@8']);
    expect(file.unreadable).toMatchObject([
      { path: 'a.yaml', line: 4, kind: null },
      { path: 'a.yaml', line: 8, kind: null },
    ]);
  });

  it('refuse items that are no list', () => {
    const file = read('apiVersion: v1\nkind: List\nitems: {a: b}\n');
    expect(codes(file)).toEqual(['wrong-type@3']);
    expect(file.unreadable).toMatchObject([{ path: 'a.yaml', line: 3, kind: null }]);
  });
});

describe('hooks of Argo CD', () => {
  const job = (annotations: string): string =>
    `apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: migrate-\n  namespace: shop\n${annotations}`;

  it.each(['argocd.argoproj.io/hook: PreSync', 'helm.sh/hook: pre-install'])(
    'may have the beginning of a name: %s',
    (hook) => {
      const { objects, diagnostics, unreadable } = read(job(`  annotations: {${hook}}\n`));
      expect(names({ objects })).toEqual(['Job shop/migrate-']);
      expect([diagnostics, unreadable]).toEqual([[], []]);
    },
  );

  it('are the only objects that may', () => {
    const file = read(job('  annotations: {argocd.argoproj.io/sync-wave: "1"}\n'));
    expect(codes(file)).toEqual(['missing-name@4']);
    expect(file.objects).toEqual([]);
  });
});

describe('files that were never meant for a cluster', () => {
  it.each([
    ['chart values', 'replicas: 2\nimage: {tag: "{{ .Values.tag }}"}\n'],
    ['a workflow', 'on: push\njobs: {a: {runs-on: "${{ matrix.os }}"}}\n'],
    ['a Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 1.0.0\n'],
    ['a list', '- op: replace\n  path: /spec\n'],
    ['text', 'hello\n'],
    ['comments', '# nothing\n---\n# here\n'],
    ['duplicate keys', 'a: 1\na: 2\n'],
    ['a provisioning file', 'apiVersion: 1\ndatasources: []\n'],
    ['a map whose kind is no text', 'kind: {a: b}\n'],
    ['a kubeconfig', 'apiVersion: v1\nkind: Config\nclusters: []\n'],
    ['the configuration of Skaffold', 'apiVersion: skaffold/v3\nkind: Config\nmetadata: {name: shop}\n'],
    ['the configuration of kind', 'apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n'],
  ])('are passed over in silence: %s', (_what, text) => {
    expect(read(text)).toMatchObject({
      path: 'a.yaml',
      objects: [],
      unreadable: [],
      diagnostics: [],
      isManifest: false,
    });
  });

  it('are mentioned where their syntax is broken', () => {
    const file = read('a: 1\nb: [1, 2\n');
    expect(codes(file)).toEqual(['foreign-syntax@1']);
    expect(file.diagnostics[0]?.severity).toBe('info');
    expect(file).toMatchObject({ isManifest: false, unreadable: [] });
  });

  it('may be a kustomization, which needs no name', () => {
    const text = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n';
    const { objects, diagnostics } = read(text);
    expect(diagnostics).toEqual([]);
    expect(names({ objects })).toEqual(['Kustomization default/']);
  });
});
