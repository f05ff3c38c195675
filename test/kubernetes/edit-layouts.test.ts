import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { applyOperations, type EditOperation } from '../../src/kubernetes/edit-operations.js';
import { editManifestFile, type FileEdit } from '../../src/kubernetes/edit-manifest-file.js';
import { isObject } from '../../src/kubernetes/json.js';
import { splitLines } from '../../src/kubernetes/line-patches.js';
import type { JsonObject, JsonValue } from '../../src/kubernetes/manifest.js';
import type { ValuePath } from '../../src/kubernetes/object-differences.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { CASES_FOLDER, listCases } from '../conformance/conformance-case.js';
import { decideBy, writeFile } from './yaml-layout.js';

const text = fc.oneof(
  fc.constantFrom(
    './*',
    '*/*',
    'shop/cart.shop.svc.cluster.local',
    '~/*',
    'true',
    '1.30',
    'yes',
    '',
    'a: b',
    "it's",
    '#',
    '- x',
  ),
  fc.stringMatching(/^[a-df-zA-DF-Z][a-z0-9./-]{0,12}$/),
  fc
    .string({ maxLength: 6 })
    .filter((value) => !/[\u007F-\u009F\uD800-\uDFFF\uFEFF\uFFFE\uFFFF]|^[-+]?e[-+\d]/i.test(value)),
);
// The reader that the results are held to takes `e1` for a number, here and in texts.
const key = fc.stringMatching(/^[a-df-z][a-zA-Z0-9]{0,8}$/).filter((name) => !['items', 'kind'].includes(name));
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, fc.integer({ min: 0, max: 70_000 }), fc.boolean()),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}));
const bodies = fc.array(fc.dictionary(key, value, { maxKeys: 4 }), { minLength: 1, maxLength: 3 }).map((specs) =>
  specs.map((spec, index) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: `sidecar-${index}`, namespace: 'shop' },
    spec: { ...spec, first: 'x' },
  })),
);

/** Every way into a value. */
function waysInto(at: JsonValue, path: ValuePath = []): readonly ValuePath[] {
  if (Array.isArray(at)) {
    return [path, ...(at as readonly JsonValue[]).flatMap((item, index) => waysInto(item, [...path, index]))];
  }
  if (!isObject(at)) return [path];
  return [path, ...Object.entries(at).flatMap(([name, item = null]) => waysInto(item, [...path, name]))];
}

function valueAt(body: JsonValue, path: ValuePath): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (at, step) => (at === undefined || at === null ? undefined : (at as Record<string, JsonValue>)[step]),
    body,
  );
}

/** An edit that makes sense for a body. */
function operationFor(body: JsonObject, pick: number, index: number, fresh: JsonValue): EditOperation {
  const paths = waysInto(body['spec'] ?? null, ['spec']);
  const path = paths[pick % paths.length]!;
  const at = valueAt(body, path);
  if (Array.isArray(at)) return { kind: 'insert', path, index: index % (at.length + 1), value: fresh };
  if (isObject(at)) return { kind: 'set', path: [...path, `new${index}`], value: fresh };
  return index % 2 === 0 ? { kind: 'set', path, value: fresh } : { kind: 'remove', path };
}

function edit(content: string, body: JsonObject, operation: EditOperation): FileEdit {
  const operations = [operation];
  return editManifestFile('a.yaml', content, [{ body, edited: applyOperations(body, operations), operations }]);
}

/** What another reader of YAML makes of the text. */
function readByOthers(content: string, version: '1.1' | '1.2' = '1.1'): readonly unknown[] {
  const documents = parseAllDocuments(content, { version, merge: true, uniqueKeys: false });
  if ('empty' in documents) return [];
  return documents
    .map((document) => document.toJS() as { kind?: string; items?: unknown[] } | null)
    .flatMap((read) => (read === null ? [] : read.kind === 'List' ? (read.items ?? []) : [read]));
}

function comments(content: string): readonly string[] {
  return (content.match(/# (?:comment|remark) \d+/g) ?? []).sort();
}

describe('an edit of a file as somebody might have written it', () => {
  it('changes that object as it should, and nothing else', () => {
    const counts = { edited: 0, refused: 0 };
    fc.assert(
      fc.property(
        bodies,
        fc.array(fc.nat(1000), { minLength: 20, maxLength: 60 }),
        fc.nat(1000),
        fc.nat(1000),
        value,
        (objects, numbers, pick, index, fresh) => {
          const content = writeFile(objects, decideBy(numbers));
          const which = index % objects.length;
          const operation = operationFor(objects[which]!, pick, index, fresh);
          const result = edit(content, objects[which]!, operation);
          if (result.kind === 'refused') {
            counts.refused++;
            return;
          }
          counts.edited++;
          const wanted = objects.map((object, i) => (i === which ? applyOperations(object, [operation]) : object));
          expect(readByOthers(result.text)).toEqual(JSON.parse(JSON.stringify(wanted)));
          if (operation.kind === 'insert') expect(comments(result.text)).toEqual(comments(content));
          expect(patched(content, result)).toEqual(splitLines(result.text));
        },
      ),
      { numRuns: 500 },
    );
    // What cannot be placed is refused: a comment between a dash and what follows it, mostly.
    expect(counts.edited / (counts.edited + counts.refused)).toBeGreaterThan(0.97);
  });
});

/** The lines of a text with the patches in them. */
function patched(content: string, result: FileEdit & { readonly kind: 'edited' }): readonly string[] {
  const lines = [...splitLines(content)];
  for (const { startLine, endLine, before, after } of result.patches.toReversed()) {
    expect(lines.slice(startLine - 1, endLine)).toEqual(before);
    expect(before.length > 0 || content.trim() === '').toBe(true);
    lines.splice(startLine - 1, endLine - startLine + 1, ...after);
  }
  return lines;
}

/** Edits of the kinds that fixes make. */
function editsOf(body: JsonObject): readonly EditOperation[] {
  const label = (path: ValuePath): EditOperation => ({ kind: 'set', path: [...path, 'tested'], value: 'yes' });
  return waysInto(body).flatMap((path): readonly EditOperation[] => {
    const at = valueAt(body, path);
    if (path.at(-1) === 'hosts' && Array.isArray(at)) {
      return [{ kind: 'insert', path, index: at.length, value: 'shop/cart.shop.svc.cluster.local' }];
    }
    if (path.at(-1) === 'egress' && Array.isArray(at)) {
      return [{ kind: 'insert', path, index: at.length, value: { hosts: ['./a.b'] } }];
    }
    if (path.at(-1) === 'labels') return [label(path)];
    if (path.length === 1 && path[0] === 'spec')
      return [{ kind: 'set', path: ['spec', 'exportTo'], value: ['.', 'shop'] }];
    if (path.at(-1) === 'mesh' && typeof at === 'string') {
      return [{ kind: 'set', path, value: `${at.trimEnd()}\nenableAutoMtls: true\n` }];
    }
    return typeof at === 'string' && path.at(-1) === 'mode'
      ? [
          { kind: 'set', path, value: 'X' },
          { kind: 'remove', path },
        ]
      : [];
  });
}

describe('an edit of every conformance file', () => {
  it('is made', () => {
    const refused: string[] = [];
    let edits = 0;
    for (const name of listCases()) {
      for (const side of ['before.yaml', 'after.yaml']) {
        const content = readFileSync(join(CASES_FOLDER, name, side), 'utf8');
        const objects = parseManifestFile({ path: side, content }).objects.map(({ body }) => body);
        // Files are many and long: of each another edit, of another object.
        const all = objects.flatMap((body, index) => editsOf(body).map((operation) => ({ body, index, operation })));
        const { body, index, operation } = all[(name.length * 7 + side.length * 13) % all.length]!;
        edits++;
        const result = edit(content, body, operation);
        if (result.kind === 'refused') {
          refused.push(`${name}/${side} ${JSON.stringify(operation)}: ${result.reason}`);
          continue;
        }
        const wanted = objects.with(index, applyOperations(body, [operation])!);
        // By YAML 1.1 that reader takes `.` for a number.
        expect(readByOthers(result.text, '1.2')).toEqual(JSON.parse(JSON.stringify(wanted)));
        expect(patched(content, result)).toEqual(splitLines(result.text));
      }
    }
    expect(refused).toEqual([]);
    expect(edits).toBeGreaterThan(400);
  });
});
