import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listScenarios, SCENARIOS } from './scenario.js';

interface Row {
  readonly number: number;
  readonly text: string;
  readonly scenarios: readonly string[];
  readonly sources: string;
}

/** The table in the tests' README: what goes wrong, and which scenarios show it. */
function readTable(): Row[] {
  const readme = readFileSync(join(SCENARIOS, '..', 'README.md'), 'utf8');
  const section = readme.split('### Known outages\n')[1]!.split('\n## ')[0]!;
  return section.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    if (!/^\d+$/.test(cells[1] ?? '')) return [];
    const scenarios = [...cells[3]!.matchAll(/\[([^\]]+)\]\(scenarios\/([^)]+)\)/g)].map(([, name, folder]) => {
      expect(name).toBe(folder);
      return name!;
    });
    return [{ number: Number(cells[1]), text: cells[2]!, scenarios, sources: cells[4]! }];
  });
}

describe('the known outages', () => {
  const rows = readTable();

  it('are all in the table, once and in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 42 }, (_, index) => index + 1));
  });

  it.each(rows)('$number: $text', ({ text, scenarios, sources }) => {
    expect(text).not.toBe('');
    expect(sources).not.toBe('');
    // What no change of manifests can cause has to say so.
    if (scenarios.length === 0) expect(text).toContain('left out');
    const folders = new Set(listScenarios());
    expect(scenarios.filter((name) => !folders.has(name))).toEqual([]);
  });
});
