import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readManifestDocument, readYaml } from '../../src/kubernetes/read-yaml.js';
import { splitDocuments } from '../../src/kubernetes/split-documents.js';

interface Answer {
  readonly text: string;
  readonly json?: unknown;
  readonly error?: string;
}

interface StreamAnswer {
  readonly text: string;
  readonly documents: readonly unknown[];
  readonly error?: string;
}

interface Answers {
  readonly library: string;
  readonly values: readonly Answer[];
  readonly keys: readonly Answer[];
  readonly documents: readonly Answer[];
  readonly streams: readonly StreamAnswer[];
}

const ANSWERS = JSON.parse(readFileSync(new URL('./sigs-yaml-answers.json', import.meta.url), 'utf8')) as Answers;

/** Refused here though the library gives something, and why that is right or does not matter. */
const REFUSED_ON_PURPOSE: ReadonlySet<string> = new Set([
  // kubectl cuts the text at the dashes first, and the directive alone is refused.
  '%YAML 1.1\n---\na: 1\n',
  '%TAG ! tag:x,1:\n---\na: !b 1\n',
  // The library loses the value after a collection as a key; neither reading is an object.
  '[? a : b]: v\n',
  '{? a : b}: v\n',
]);

function withoutPrototypes(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

function disagreements(answers: readonly Answer[], toText: (text: string) => string): readonly string[] {
  return answers.flatMap((answer) => {
    const text = toText(answer.text);
    const { value } = readYaml(text);
    const actual = value === undefined ? 'refused' : JSON.stringify(sortedAlike(value));
    const wanted = answer.error === undefined ? JSON.stringify(sortedAlike(answer.json)) : 'refused';
    if (wanted === actual || REFUSED_ON_PURPOSE.has(text)) return [];
    return [`${JSON.stringify(text)}: expected ${wanted}, got ${actual}`];
  });
}

/** Go sorts the keys of a map. */
function sortedAlike(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedAlike);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, item]) => [key, sortedAlike(item)]);
}

describe('YAML reads as the library of kubectl and the API server reads it', () => {
  it('has enough answers of the library to mean something', () => {
    const { values, keys, documents, streams } = ANSWERS;
    expect(values.length + keys.length + documents.length + streams.length).toBeGreaterThan(2000);
  });

  it('scalars as values', () => {
    expect(disagreements(ANSWERS.values, (text) => `v: ${text}\n`)).toEqual([]);
  });

  it('scalars as keys', () => {
    expect(disagreements(ANSWERS.keys, (text) => `${text}: v\n`)).toEqual([]);
  });

  it('whole documents', () => {
    expect(disagreements(ANSWERS.documents, (text) => text)).toEqual([]);
  });

  it('minus zero stays minus zero', () => {
    expect(readYaml('- -0.0\n- -0\n').value).toEqual([-0, 0]);
  });
});

describe('streams are cut into documents as kubectl cuts them', () => {
  it.each(ANSWERS.streams)('$text', ({ text, documents, error }) => {
    const readings = splitDocuments(text).map((part) =>
      part.strayText === null ? readManifestDocument(part.text) : { value: undefined },
    );
    const values = readings.map(({ value }) => value).filter((value) => value !== null && value !== undefined);
    if (error === undefined) {
      expect(withoutPrototypes(values)).toEqual(documents);
    } else {
      // kubectl stops at the first error; here the documents before and after it are read too.
      for (const document of documents) expect(withoutPrototypes(values)).toContainEqual(document);
    }
  });

  it('says so where kubectl gives up', () => {
    const refused = ANSWERS.streams.filter(({ error }) => error?.includes('converting') === true);
    expect(refused.length).toBeGreaterThan(2);
    for (const { text } of refused) {
      expect(splitDocuments(text).some((part) => readManifestDocument(part.text).value === undefined)).toBe(true);
    }
  });
});
