import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../src/diagnostic/catalogue.js';
import { diagnostic } from '../../src/diagnostic/diagnostic.js';

const ENTRIES = Object.entries(CATALOGUE);

describe('the catalogue of diagnostics', () => {
  it('holds entries', () => {
    expect(ENTRIES.length).toBeGreaterThan(15);
  });

  it('writes every code in kebab-case', () => {
    expect(ENTRIES.map(([code]) => code).filter((code) => !/^[a-z]+(?:-[a-z0-9]+)*$/.test(code))).toEqual([]);
  });

  it('uses no code twice', () => {
    // An object literal keeps only the last of two entries, so the text itself is counted.
    const source = readFileSync(new URL('../../src/diagnostic/catalogue.ts', import.meta.url), 'utf8');
    const codes = [...source.matchAll(/^ {2}'?([\w-]+)'?: \{$/gm)].map((match) => match[1]);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
    expect(codes.length).toBe(ENTRIES.length);
  });

  it.each(ENTRIES)('explains %s and says what to do, in sentences', (_code, { severity, meaning, advice }) => {
    expect(['error', 'warning', 'info']).toContain(severity);
    for (const sentence of [meaning, advice]) {
      expect(sentence).toMatch(/^[A-Z`].*[^.]\.$/s);
      expect(sentence.length).toBeGreaterThan(15);
    }
  });

  it('gives a diagnostic the severity of its code', () => {
    expect(diagnostic('yaml-syntax', 'No.', { path: 'a.yaml', line: 3 })).toEqual({
      code: 'yaml-syntax',
      severity: 'error',
      message: 'No.',
      path: 'a.yaml',
      line: 3,
    });
    expect(diagnostic('empty-file', 'No.', null)).toMatchObject({ severity: 'info', path: null, line: null });
  });
});
