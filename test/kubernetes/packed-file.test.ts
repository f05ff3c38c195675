import { deepStrictEqual } from 'node:assert';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonValue, KubernetesObject, ManifestFile, ParsedFile } from '../../src/kubernetes/manifest.js';
import { packParsedFile, unpackParsedFile } from '../../src/kubernetes/packed-file.js';
import { ValuePacker, ValueUnpacker } from '../../src/kubernetes/packed-values.js';
import { isManifestPath, parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import sigsYaml from './sigs-yaml-answers.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../..');

/** All manifests of the tests and the examples, and whatever else is written in their formats. */
const FIXTURES: readonly ManifestFile[] = ['test', 'examples'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path}`)
    .filter((path) => isManifestPath(path) && statSync(join(ROOT, path)).isFile())
    .map((path) => ({ path, content: readFileSync(join(ROOT, path)) })),
);

const LIST = `kind: ServiceList
apiVersion: v1
items:
  - metadata: {name: a, labels: {app: a}}
    spec:
      ports:
        - port: 80
  - metadata: {name: b}
`;

const WRITTEN: readonly (readonly [what: string, text: string | Uint8Array])[] = [
  ['a list', LIST],
  ['several documents', `# first\n---\n${LIST}---\n\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: c\n`],
  [
    'keys of every object',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {__proto__: x, constructor: y}\n',
  ],
  ['a key that is written twice', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: x, a: y}\n'],
  ['anchors and merges', 'apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: a}\nother: {<<: *m, b: -0.0}\n'],
  ['a name that is none', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [a]}\n---\napiVersion: v1\nkind: Pod\n'],
  ['a template', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\n'],
  ['what is no YAML', 'apiVersion: v1\nkind: {\n'],
  ['what was never meant for a cluster', 'image:\n  tag: 1.0\n'],
  ['what is neither', 'a: b: c\n'],
  ['JSON', '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}\n{"kind": "Pod"}'],
  ['text that has ended before', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n...\nmore: text\n'],
  ['nothing', ''],
  ['bytes that are not UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff])],
  ['bytes that are no text', Buffer.from([0x61, 0x00])],
  ['UTF-16', Buffer.from('\ufeffapiVersion: v1\nkind: Pod\nmetadata: {name: a}\n', 'utf16le')],
];

/** As it is after having been kept. */
function keptOf(file: ManifestFile): ParsedFile {
  const packer = new ValuePacker();
  const place = packer.pack(packParsedFile(parseManifestFile({ ...file, path: `elsewhere/${file.path}` })))!;
  return unpackParsedFile(file, new ValueUnpacker(packer.finish()).unpack(place));
}

/** Paths into an object: all that it has, and what it does not have. */
function* pathsInto(
  value: JsonValue | undefined,
  path: readonly (string | number)[] = [],
): Generator<(string | number)[]> {
  yield [...path];
  yield [...path, 'absent'];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value) as [string, JsonValue][]) {
    yield* pathsInto(item, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

function withoutLocate(object: KubernetesObject) {
  return { ...object, locate: null };
}

function expectSame(kept: ParsedFile, fresh: ParsedFile): void {
  const plain = (file: ParsedFile) => ({ ...file, objects: file.objects.map(withoutLocate) });
  // Also the prototypes: a key that every object of JavaScript has is none that a manifest has.
  deepStrictEqual(plain(kept), plain(fresh));
  expect(JSON.stringify(kept)).toBe(JSON.stringify(fresh));
  for (const [index, object] of fresh.objects.entries()) {
    const paths = [...pathsInto(object.body)].slice(0, 60);
    const lines = ({ locate }: KubernetesObject) => paths.map((path) => locate(path));
    expect(lines(kept.objects[index]!)).toEqual(lines(object));
  }
}

describe('a file that was kept is as if it were parsed', () => {
  it('of all fixtures', () => {
    expect(FIXTURES.length).toBeGreaterThan(500);
    for (const file of FIXTURES) expectSame(keptOf(file), parseManifestFile(file));
  });

  it.each(WRITTEN)('%s', (_what, text) => {
    const file = { path: 'a.yaml', content: Buffer.from(text) };
    expectSame(keptOf(file), parseManifestFile(file));
  });

  it("of each scalar that Go's YAML library was asked about", () => {
    expect(sigsYaml.values.length).toBeGreaterThan(100);
    const lines = sigsYaml.values.map(
      ({ text }) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nv: ${text}\n`,
    );
    const file = { path: 'a.yaml', content: Buffer.from(lines.join('---\n')) };
    expectSame(keptOf(file), parseManifestFile(file));
  });
});
