import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/kubernetes/read-yaml.js';
import { splitDocuments } from '../../src/kubernetes/split-documents.js';
import { readPlainBlocks } from '../../src/kubernetes/yaml-plain-blocks.js';
import { makeBenchMesh } from '../bench/bench-mesh.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';

const ROOT = join(import.meta.dirname, '../..');

/** Every document of the manifests that tests and examples are made of, and every text that Go's library was asked about. */
function listDocuments(): readonly string[] {
  const folders = ['examples', 'test'].map((folder) => join(ROOT, folder));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.ya?ml$/.test(path) && !path.includes('node_modules'))
      .map((path) => readFileSync(join(folder, path), 'utf8')),
  );
  const asked = JSON.parse(readFileSync(new URL('./sigs-yaml-answers.json', import.meta.url), 'utf8')) as Record<
    string,
    string | { readonly text: string }[]
  >;
  const answered = Object.values(asked).flatMap((list) =>
    typeof list === 'string' ? [] : list.map(({ text }) => text),
  );
  const texts = [...files, ...answered, ...Object.values(makeBenchMesh(10, 1).files)];
  return [...new Set(texts.flatMap((text) => splitDocuments(text).map((document) => document.text)))];
}

/** What differs between both ways to read a text; null where the plain one leaves it to the other, or they are the same. */
function difference(text: string): string | null {
  const plain = readPlainBlocks(text);
  if (plain === null) return null;
  const { value, start, problems } = readYaml(text);
  const isSame =
    problems.length === 0 &&
    start === plain.start &&
    isDeepStrictEqual(value, plain.value) &&
    JSON.stringify(value) === JSON.stringify(plain.value);
  return isSame
    ? null
    : `${text}\n--- as ${JSON.stringify(plain)}\n--- and not ${JSON.stringify({ value, start, problems })}`;
}

const PIECES = [
  ' ',
  '  ',
  '\n',
  '- ',
  '-',
  ':',
  ': ',
  '#',
  ' # x',
  '"',
  "'",
  '|',
  '|-',
  '|+',
  '>',
  '[]',
  '{}',
  '[',
  '{',
  '&a ',
  '*a',
  '!x ',
  '? ',
  '<<: ',
  '~',
  'null',
  'yes',
  '0x1F',
  '0777',
  '1e3',
  '.5',
  '-1',
  '- - ',
  '\t',
  '\r\n',
  '\\',
  '%',
  '@',
  '`',
  '...',
  'é',
  '\u2028',
  'a: b',
  'key:',
];

/** Does one thing to a text that may make it mean something else. */
function mutate(text: string, random: SeededRandom): string {
  const at = random.integer(text.length + 1);
  const lines = text.split('\n');
  const line = random.integer(lines.length);
  switch (random.integer(6)) {
    case 0:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + random.integer(4));
    case 2:
      return lines.filter((_unused, index) => index !== line).join('\n');
    case 3:
      return lines
        .map((each, index) => (index === line ? `${' '.repeat(1 + random.integer(3))}${each}` : each))
        .join('\n');
    case 4:
      return lines.map((each, index) => (index === line ? each.replace(/^ {1,2}/, '') : each)).join('\n');
    default:
      return lines.flatMap((each, index) => (index === line ? [each, random.pick(lines)] : [each])).join('\n');
  }
}

describe('reading plain blocks', () => {
  const documents = listDocuments();

  it('gives what the whole reader gives, for nearly all manifests there are', () => {
    expect(documents.flatMap((text) => difference(text) ?? []).slice(0, 3)).toEqual([]);
    const mesh = Object.values(makeBenchMesh(10, 1).files).flatMap((text) => splitDocuments(text));
    expect(mesh.filter(({ text }) => readPlainBlocks(text) === null)).toEqual([]);
    expect(documents.filter((text) => readPlainBlocks(text) !== null).length).toBeGreaterThan(0.6 * documents.length);
  });

  it('gives what the whole reader gives, or nothing, whatever is done to a text', () => {
    const random = new SeededRandom(7);
    const short = documents.filter((text) => text.length < 1500);
    const found: string[] = [];
    let read = 0;
    for (let round = 0; round < 20_000 && found.length < 3; round += 1) {
      let text = random.pick(short);
      for (let step = random.integer(3); step >= 0; step -= 1) text = mutate(text, random);
      if (readPlainBlocks(text) !== null) read += 1;
      const told = difference(text);
      if (told !== null) found.push(told);
    }
    expect(found).toEqual([]);
    expect(read).toBeGreaterThan(3000);
  });

  it.each([
    ['a:\n- b\n- c: 1\n  d:\n  - e\nf: g\n', { a: ['b', { c: 1, d: ['e'] }], f: 'g' }],
    ['a: |\n    x\n\n     y\n\nb: |-\n  z\n', { a: 'x\n\n y\n', b: 'z' }],
    ['# first\n\na: "b # c" # d\ne: \'f\'\ng: h#i # j\nk:\n', { a: 'b # c', e: 'f', g: 'h#i', k: null }],
    ['- - a\n  - b\n-\n  c: d\n-\n', [['a', 'b'], { c: 'd' }, null]],
    ['on: 0x10\n1.5: []\na/b.c-d: {}\n', { true: 16, '1.5': [], 'a/b.c-d': {} }],
  ])('reads %j', (text, value) => {
    expect(JSON.parse(JSON.stringify(readPlainBlocks(text)?.value))).toEqual(value);
  });

  it.each([
    'a: b\n  c\n',
    'a: "b\\n"\n',
    'a: >\n  b\n',
    'a: [b]\n',
    'a: 1\na: 2\n',
    'a: b: c\n',
    'a:\tb\n',
    'text\n',
    '',
  ])('leaves %j to the whole reader', (text) => {
    expect(readPlainBlocks(text)).toBeNull();
  });
});
