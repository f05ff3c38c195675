import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../src/diagnostic/catalogue.js';
import { MAX_FILE_SIZE } from '../../src/kubernetes/parse-manifest-file.js';
import { MAX_DOCUMENT_SIZE } from '../../src/kubernetes/read-document.js';
import { codes, configMap, names, read } from './read-manifests.js';

const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\n';

/** The bad document between two good ones, which must not suffer from it. */
function between(bad: string): string {
  return `${configMap('before')}---\n${bad}\n---\n${configMap('after')}`;
}

/** Line 6 is the first of the bad document. */
describe('a broken document is named with line and advice, and costs no other document', () => {
  const nested = (open: string, close: string) => `data: ${open.repeat(20_000)}1${close.repeat(20_000)}`;
  const bomb = Array.from('bcdefghijk', (name, index) => `${name}: &${name} [${aliases('abcdefghijk'.charAt(index))}]`);

  it.each([
    ['an open bracket', `${HEAD}data: [1, 2`, 'yaml-syntax@9', 'ConfigMap'],
    ['a colon too many', `${HEAD}data: {a: 1}\nb: c: d`, 'yaml-syntax@10', 'ConfigMap'],
    ['a tab as indentation', `${HEAD}data:\n\ta: 1`, 'yaml-syntax@10', 'ConfigMap'],
    ['an open quote', `kind: Sidecar\nname: "x`, 'yaml-syntax@7', 'Sidecar'],
    ['a merge conflict', `<<<<<<< HEAD\n${HEAD}=======\n>>>>>>> x`, 'yaml-syntax@7', 'ConfigMap'],
    ['a control character', `${HEAD}data: {a: \u0007}`, 'yaml-syntax@9', 'ConfigMap'],
    ['a number that is none', `${HEAD}data: {a: .nan}`, 'yaml-syntax@9', 'ConfigMap'],
    ['a map as a key', `${HEAD}data: {[a]: b}`, 'yaml-syntax@9', 'ConfigMap'],
    ['a key without text', `${HEAD}data: {~: b}`, 'yaml-syntax@9', 'ConfigMap'],
    ['an alias to nowhere', `${HEAD}data: *gone`, 'unknown-alias@9', 'ConfigMap'],
    ['an alias to an anchor of another document', `${HEAD}data: *other`, 'unknown-alias@9', 'ConfigMap'],
    ['an alias inside its own anchor', `${HEAD}data: &a {b: *a}`, 'unknown-alias@9', 'ConfigMap'],
    ['an alias bomb', `${HEAD}a: &a [x,x,x,x,x,x,x,x,x]\n${bomb.join('\n')}`, 'alias-bomb@12', 'ConfigMap'],
    ['deep brackets', HEAD + nested('[', ']'), 'nesting-too-deep@9', 'ConfigMap'],
    ['deep brackets, never closed', HEAD + nested('[', ''), 'nesting-too-deep@9', 'ConfigMap'],
    ['deep braces', HEAD + nested('{a: ', '}'), 'nesting-too-deep@9', 'ConfigMap'],
    ['deep dashes', `${HEAD}data:\n${'- '.repeat(20_000)}a`, 'nesting-too-deep@10', 'ConfigMap'],
    ['deep question marks', `${HEAD}data:\n  ${'? '.repeat(20_000)}a`, 'nesting-too-deep@10', 'ConfigMap'],
    ['aliases that nest', `${HEAD}${half('&a', '1')}\n${half('', '*a')}`, 'nesting-too-deep@10', 'ConfigMap'],
    ['a directive', `%YAML 1.1\n${HEAD}`, 'yaml-syntax@6', 'ConfigMap'],
    ['a list of objects', '- apiVersion: v1\n  kind: Service\n', 'not-an-object@6', null],
    ['a kind alone', 'kind: Service\nmetadata: {name: a}', 'not-an-object@6', 'Service'],
    ['an apiVersion alone', '\napiVersion: v1\nmetadata: {name: a}', 'not-an-object@7', null],
    ['a kind that is no text', 'apiVersion: v1\nkind: 5\nmetadata: {name: a}', 'wrong-type@6', null],
    ['an apiVersion that is no text', 'apiVersion: 1\nkind: Service\nmetadata: {name: a}', 'wrong-type@6', 'Service'],
    ['a metadata that is a list', 'apiVersion: v1\nkind: Service\nmetadata: [name]', 'wrong-type@8', 'Service'],
    ['a name that is a number', 'apiVersion: v1\nkind: Service\nmetadata: {name: 123}', 'wrong-type@8', 'Service'],
    [
      'a name that reads as a boolean',
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: on',
      'wrong-type@9',
      'Service',
    ],
    [
      'a namespace that is a number',
      `apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: 1}`,
      'wrong-type@8',
      'Pod',
    ],
    ['no metadata', 'apiVersion: v1\nkind: Service\nspec: {}', 'missing-name@6', 'Service'],
    ['an empty name', 'apiVersion: v1\nkind: Service\nmetadata: {name: ""}', 'missing-name@8', 'Service'],
    ['only a generateName', 'apiVersion: v1\nkind: Job\nmetadata: {generateName: a-}', 'missing-name@8', 'Job'],
    ['a template', 'apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Values.name }}}', 'helm-template@8', 'Service'],
    [
      'a quoted template',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: "{{ .Release.Name }}-a"}',
      'helm-template@8',
      'Pod',
    ],
    [
      'a template in the middle of an action',
      'kind: Pod\nname: {{ printf "%s-x" .Release.Name }}',
      'helm-template@7',
      'Pod',
    ],
    ['a template that calls a function', 'kind: Pod\nname: {{ .Name | quote }}', 'helm-template@7', 'Pod'],
    ['a template of no known kind', '{{- include "all" . }}', 'helm-template@6', null],
  ])('%s', (_what, bad, code, kind) => {
    const file = read(between(bad));
    expect(names(file)).toEqual(['ConfigMap default/before', 'ConfigMap default/after']);
    expect(codes(file)).toEqual([code]);
    expect(file.unreadable).toMatchObject([{ path: 'a.yaml', line: expect.any(Number) as number, kind }]);
    const [found] = file.diagnostics;
    expect(found?.path).toBe('a.yaml');
    expect(found?.message.endsWith(`. ${CATALOGUE[found.code].advice}`)).toBe(true);
  });

  it('text after a separator is refused as kubectl refuses it', () => {
    const file = read(`${configMap('a')}--- # fine\n${configMap('b')}--- {kind: Service}\n---\n${configMap('c')}`);
    expect(names(file)).toEqual(['ConfigMap default/a', 'ConfigMap default/b', 'ConfigMap default/c']);
    expect(file.unreadable).toHaveLength(1);
    expect(codes(file)).toEqual(['yaml-syntax@10']);
  });

  it('bytes that are not UTF-8', () => {
    const good = new TextEncoder().encode(`${configMap('a')}---\n${HEAD}data: `);
    const rest = new TextEncoder().encode(`\n---\n${configMap('b')}`);
    const file = read(new Uint8Array([...good, 0xff, 0xc3, ...rest]));
    expect(names(file)).toEqual(['ConfigMap default/a', 'ConfigMap default/b']);
    expect(codes(file)).toEqual(['invalid-encoding@9']);
    expect(file.unreadable).toMatchObject([{ path: 'a.yaml', line: 6, kind: 'ConfigMap' }]);
  });

  it('a document of more than 10 MiB', () => {
    const file = read(between(`${HEAD}data:\n  a: ${'x'.repeat(MAX_DOCUMENT_SIZE)}`));
    expect(names(file)).toEqual(['ConfigMap default/before', 'ConfigMap default/after']);
    expect(codes(file)).toEqual(['document-too-large@6']);
  });
});

function aliases(name: string): string {
  return Array.from({ length: 9 }, () => `*${name}`).join(',');
}

function half(anchor: string, core: string): string {
  return `x${core.length}: ${anchor} ${'['.repeat(300)}${core}${']'.repeat(300)}`;
}

describe('what is wrong but readable is read', () => {
  it('a key written twice: the last value counts, and the line is that of the second', () => {
    const file = read(configMap('a', 'data:', '  x: one', '  w: z', '  x: two'));
    expect(codes(file)).toEqual(['duplicate-key@8']);
    expect(file.objects[0]?.body['data']).toEqual({ x: 'two', w: 'z' });
    expect(file.unreadable).toEqual([]);
  });

  it('a key that a merge brought may be written again', () => {
    const file = read(configMap('a', 'base: &b {x: one}', 'data:', '  <<: *b', '  x: two'));
    expect(codes(file)).toEqual([]);
    expect(file.objects[0]?.body['data']).toEqual({ x: 'two' });
  });

  it('a key written twice in JSON', () => {
    const file = read('{"apiVersion": "v1", "kind": "Service",\n"kind": "Pod", "metadata": {"name": "a"}}');
    expect(codes(file)).toEqual(['duplicate-key@2']);
    expect(names(file)).toEqual(['Pod default/a']);
  });

  it('labels and annotations that are no text are left out', () => {
    const file = read(configMap('a', '  labels:', '    version: 1.0', '    app: a', '  annotations: {b: yes, c: d}'));
    expect(codes(file)).toEqual(['wrong-type@6', 'wrong-type@8']);
    expect(file.objects[0]?.metadata).toMatchObject({ labels: { app: 'a' }, annotations: { c: 'd' } });
    expect(file.diagnostics[0]?.message).toContain('must be text, but is the number 1');
  });

  it('labels that are a list are left out', () => {
    const file = read(configMap('a', '  labels: [a]'));
    expect(codes(file)).toEqual(['wrong-type@5']);
    expect(file.objects[0]?.metadata.labels).toEqual({});
  });

  it('a time that is none', () => {
    const file = read(configMap('a', '  creationTimestamp: yesterday'));
    expect(codes(file)).toEqual(['wrong-type@5']);
    expect(file.objects[0]?.metadata.creationTimestamp).toBeNull();
  });

  it('text after the end of a document, which kubectl ignores', () => {
    const file = read(`${configMap('a')}...\n${configMap('b')}`);
    expect(names(file)).toEqual(['ConfigMap default/a']);
    expect(codes(file)).toEqual(['ignored-after-document-end@6']);
  });

  it('data among objects', () => {
    const file = read(`${configMap('a')}---\nreplicas: 2\n`);
    expect(names(file)).toEqual(['ConfigMap default/a']);
    expect(codes(file)).toEqual(['not-an-object@6']);
  });

  it.each([
    [
      'an installation of Istio, as istioctl takes it',
      'apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {}\n',
    ],
    ['the configuration of a tool', 'apiVersion: schema.example.io/v1\nkind: Config\nvalidate: {}\n'],
  ])('%s needs no name', (_, text) => {
    const file = read(text);
    expect(codes(file)).toEqual([]);
    expect(file.unreadable).toEqual([]);
    expect(file.objects).toHaveLength(1);
  });

  it('templates of other tools in quoted text and in blocks of text are no Helm templates', () => {
    const file = read(
      configMap('a', 'data:', '  a: "{{ $labels.pod }}"', '  b: |', '    {{ .Values.x }}', '    {{ end }}'),
    );
    expect(codes(file)).toEqual([]);
    expect(names(file)).toEqual(['ConfigMap default/a']);
  });
});

describe('files as a whole', () => {
  it('one diagnostic speaks for all templates of a file', () => {
    const file = read(`{{ if .Values.a }}\nkind: Service\n{{ end }}\n---\nkind: Pod\n{{ end }}\n`);
    expect(codes(file)).toEqual(['helm-template@1']);
    expect(file.unreadable.map(({ kind }) => kind)).toEqual(['Service', 'Pod']);
    expect(file.isManifest).toBe(true);
  });

  it('a binary file', () => {
    const file = read(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]));
    expect(codes(file)).toEqual(['binary-file@1']);
    expect(file.unreadable).toMatchObject([{ path: 'a.yaml', line: 1, kind: null }]);
  });

  it.each(['', '\n\n', ' \r\n', '\uFEFF'])('an empty file: %j', (text) => {
    const file = read(text);
    expect(codes(file)).toEqual(['empty-file@1']);
    expect(file).toMatchObject({ isManifest: false, objects: [], unreadable: [] });
  });

  it('a file that is too large is not even decoded', () => {
    const file = read(new Uint8Array(MAX_FILE_SIZE + 1));
    expect(codes(file)).toEqual(['file-too-large@1']);
    expect(file.unreadable).toHaveLength(1);
  });

  it.each([
    ['a map', `data:\n${Array.from({ length: 150_000 }, (_, index) => `  key${index}: value`).join('\n')}\n`],
    ['one line', `data: {a: "${'x y '.repeat(500_000)}"}\n`],
    ['a block of text', `data:\n  a: |\n${'    some text here\n'.repeat(150_000)}`],
    ['blank lines', '\n'.repeat(2_000_000)],
    ['dashes', `data:\n${'- a\n'.repeat(300_000)}`],
    ['braces that are never closed', `data: {a: "${'{{ .a'.repeat(300_000)}"}\n`],
    ['brackets in brackets', `data: ${'['.repeat(300)}${'1,'.repeat(300_000)}1${']'.repeat(300)}\n`],
  ])('a large document is read in one go: %s', (_what, text) => {
    expect(names(read(HEAD + text))).toEqual(['ConfigMap default/bad']);
  });

  it('many documents, and many items of a list', () => {
    expect(read(`${configMap('a')}---\n`.repeat(5_000)).objects).toHaveLength(5_000);
    const items = Array.from(
      { length: 5_000 },
      (_, index) => `- {apiVersion: v1, kind: Pod, metadata: {name: p${index}}}`,
    );
    const { objects } = read(`apiVersion: v1\nkind: List\nitems:\n${items.join('\n')}\n`);
    expect(objects.at(-1)?.origin.line).toBe(5_003);
  });
});
