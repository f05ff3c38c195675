import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { REPORT_FILES } from '../../src/action/action-inputs.js';
import { codeIn, readDocument, ROOT, tableUnder } from '../document.js';

/** What GitHub takes, by
 * https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax */
const KEYS = {
  top: ['name', 'author', 'description', 'inputs', 'outputs', 'runs', 'branding'],
  input: ['description', 'required', 'default', 'deprecationMessage'],
  output: ['description'],
  runs: ['using', 'main', 'pre', 'pre-if', 'post', 'post-if'],
};

interface ActionMetadata {
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly runs: Readonly<Record<string, unknown>>;
}

const ACTION = parse(readDocument('action.yml')) as ActionMetadata;
const CODE = readdirSync(join(ROOT, 'src/action'))
  .map((name) => readDocument(join('src/action', name)))
  .join('\n');

function unknownKeys(value: object, known: readonly string[]): string[] {
  return Object.keys(value).filter((key) => !known.includes(key));
}

describe('action.yml', () => {
  it('has what GitHub knows, and nothing else', () => {
    expect(unknownKeys(ACTION, KEYS.top)).toEqual([]);
    expect(unknownKeys(ACTION.runs, KEYS.runs)).toEqual([]);
    for (const [name, input] of Object.entries(ACTION.inputs)) {
      expect(name).toMatch(/^[a-z][a-z-]*$/);
      expect(unknownKeys(input, KEYS.input)).toEqual([]);
      expect(input['description']).toMatch(/^[A-Z].*\.$/);
      expect(input['required']).toBe(false);
      expect(typeof (input['default'] ?? '')).toBe('string');
    }
    for (const [name, output] of Object.entries(ACTION.outputs)) {
      expect(name).toMatch(/^[a-z]+$/);
      expect(unknownKeys(output, KEYS.output)).toEqual([]);
      expect(output['description']).toMatch(/\.$/);
    }
    for (const text of [ACTION.name, ACTION.description]) expect(text.length).toBeLessThanOrEqual(125);
  });

  it('runs the bundle on a version of Node that runners have', () => {
    expect(ACTION.runs).toEqual({ using: 'node24', main: 'dist/action.mjs' });
    expect(readDocument('deploy/build-action.ts')).toContain(`'${String(ACTION.runs['main'])}'`);
  });

  it('has the inputs and outputs of the code', () => {
    const read = [...CODE.matchAll(/get(?:Multiline)?Input\('([\w-]+)'\)/g)].map((match) => match[1]);
    expect(Object.keys(ACTION.inputs).sort()).toEqual(read.sort());
    expect(Object.keys(ACTION.outputs).sort()).toEqual(['verdict', ...Object.keys(REPORT_FILES)].sort());
    expect(CODE).toContain(`|| '${String(ACTION.inputs['output']?.['default'])}'`);
  });

  it('is what docs/ci.md says', () => {
    const rows = tableUnder(readDocument('docs/ci.md'), '| input |');
    expect(rows.map(([input = '']) => codeIn(input)[0])).toEqual(Object.keys(ACTION.inputs));
    for (const [input = '', , standard = ''] of rows) {
      const { default: written } = ACTION.inputs[codeIn(input)[0] ?? ''] ?? {};
      if (written !== undefined && written !== '.') expect(codeIn(standard)[0]).toBe(written);
    }
  });
});
