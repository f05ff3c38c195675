import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { objectKey, type ManifestSet } from '../../src/kubernetes/manifest.js';
import { readManifestDocument, readYaml } from '../../src/kubernetes/read-yaml.js';
import { read } from './read-manifests.js';

const YAML_TEXT = fc
  .array(
    fc.constantFrom(
      ...[
        'kind: Pod\n',
        'apiVersion: v1\n',
        'metadata:\n',
        '  name: a\n',
        'a',
        ': ',
        ':',
        '- ',
        '-',
        '? ',
        '\n',
        ' ',
        '\t',
        '#',
      ],
      ...[
        '[',
        ']',
        '{',
        '}',
        ',',
        '"',
        "'",
        '\\',
        '|\n',
        '>-\n',
        '  ',
        '&a ',
        '*a',
        '!',
        '!!int ',
        '<<: ',
        '---\n',
        '...\n',
      ],
      ...[
        '{{ .Values.x }}',
        '~',
        '0x1',
        '.inf',
        '\r',
        '\r\n',
        '\u2028',
        '\uFEFF',
        '%',
        '@',
        '__proto__: ',
        'items:\n',
        'é',
      ],
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

function locateEverything(content: string | Uint8Array): number {
  const { objects, unreadable, diagnostics } = read(content);
  const lines = objects.flatMap(({ origin, locate }) => [
    origin.line,
    locate(['metadata', 'name']).line,
    locate(['x', 0]).line,
  ]);
  for (const { line } of [...unreadable, ...diagnostics]) lines.push(line ?? 1);
  return Math.min(1, ...lines);
}

describe('whatever a file holds', () => {
  it('any bytes are read without an exception', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => locateEverything(bytes) === 1));
  });

  it('any text is read without an exception', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => locateEverything(text) === 1));
  });

  it('anything that resembles YAML is read without an exception', () => {
    fc.assert(
      fc.property(YAML_TEXT, (text) => locateEverything(text) === 1),
      { numRuns: 3000 },
    );
  });

  it('what is refused is never silent', () => {
    fc.assert(
      fc.property(YAML_TEXT, (text) => {
        const { unreadable, diagnostics } = read(text);
        return unreadable.length === 0 || diagnostics.length > 0;
      }),
      { numRuns: 1000 },
    );
  });
});

describe('values survive being written as YAML', () => {
  const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('-0'));

  it('by another library', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(2, 4), fc.boolean(), (value, indent, indentSeq) => {
        const text = stringify(
          { value },
          { version: '1.1', indent, indentSeq, lineWidth: 60, aliasDuplicateObjects: false },
        );
        expect(JSON.parse(JSON.stringify(readYaml(text).value))).toEqual(JSON.parse(JSON.stringify({ value })));
      }),
    );
  });

  it('or as JSON', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 2, '\t'), (value, space) => {
        const text = JSON.stringify({ value }, null, space);
        expect(JSON.stringify(readManifestDocument(text).value)).toBe(JSON.stringify({ value }));
      }),
    );
  });
});

describe('the way objects are spread over documents and files', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 12 });

  const draws = (max: number) => fc.array(fc.nat(max), { minLength: 12, maxLength: 12 });

  it('does not matter', () => {
    fc.assert(
      fc.property(names, draws(3), draws(1000), (all, fileOf, rank) => {
        const documents = all.map(
          (name) => `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {x: ${name}}\n`,
        );
        const shuffled = documents
          .map((text, index) => ({ text, rank: rank[index] ?? 0 }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ text }) => text);
        const files: string[][] = [[], [], [], []];
        for (const [index, text] of shuffled.entries()) files[fileOf[index] ?? 0]?.push(text);
        const split = files.map((texts, index) => read(texts.join('---\n'), `f${index}.yaml`));
        expect(contents(buildManifestSet(split))).toEqual(contents(buildManifestSet([read(documents.join('---\n'))])));
      }),
    );
  });

  function contents({ objects }: ManifestSet): readonly string[] {
    return objects.map((object) => `${objectKey(object)} ${JSON.stringify(object.body)}`).sort();
  }
});
