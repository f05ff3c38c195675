import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ManifestFile } from '../../src/kubernetes/manifest.js';
import { analyzeChange } from '../../src/analyze-change.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { renderDiffJson } from '../../src/report/render-json.js';
import { renderText } from '../../src/report/render-text.js';
import { analyzeScenario, judgedBy, listScenarios, manifests, readSide, SCENARIOS } from './scenario.js';

/** Each folder is a change of a mesh that once broke somebody's calls: `before/` and `after/`, what is said about it
 * (`review.txt`, `diff.json`), and in `about.txt` what it shows. UPDATE_SCENARIOS=1 writes the answers anew. */
const isUpdate = process.env.UPDATE_SCENARIOS === '1';

describe('the scenarios', () => {
  it('are many, and each says what it shows', () => {
    expect(listScenarios().length).toBeGreaterThanOrEqual(25);
    for (const name of listScenarios()) expect(existsSync(join(SCENARIOS, name, 'about.txt')), name).toBe(true);
  });

  it.each(listScenarios())('%s', (name) => {
    const analysis = analyzeScenario(name);
    const about = readFileSync(join(SCENARIOS, name, 'about.txt'), 'utf8');
    holdTo(name, 'review.txt', `${about}\n${renderText(analysis, { color: false, width: 100 })}`);
    holdTo(name, 'diff.json', renderDiffJson(analysis));
  });

  it.each(listScenarios())('%s: a tree compared with itself has no changes', (name) => {
    for (const side of ['before', 'after'] as const) {
      const tree = manifests(readSide(name, side));
      const { changes, verdict } = analyzeChange({ before: tree, after: tree, mesh: {}, policy: DEFAULT_POLICY });
      expect(changes).toEqual([]);
      expect(verdict).toBe('pass');
    }
  });

  it.each(listScenarios())('%s: the order of documents and their files do not matter', (name) => {
    const before = manifests(inOneFile(readSide(name, 'before')));
    const after = manifests(inOneFile(readSide(name, 'after')));
    const analysis = analyzeChange({ before, after, mesh: {}, ...judgedBy(name) });
    expect(withoutPlaces(analysis)).toEqual(withoutPlaces(analyzeScenario(name)));
  });
});

function holdTo(scenario: string, file: string, actual: string): void {
  const path = join(SCENARIOS, scenario, file);
  if (isUpdate) writeFileSync(path, actual);
  expect(actual).toBe(readFileSync(path, 'utf8'));
}

/** All documents in one file, in reverse; what cannot be read stays in a file of its own. */
function inOneFile(files: readonly ManifestFile[]): ManifestFile[] {
  const isWhole = (file: ManifestFile): boolean => manifests([file]).unreadable.length === 0;
  const documents = files.filter(isWhole).flatMap(({ content }) => (content as string).split(/^---\n/m));
  const whole = { path: 'all.yaml', content: documents.reverse().join('\n---\n') };
  return [whole, ...files.filter((file) => !isWhole(file))];
}

/** Neither as a cause's place, nor of another object in a sentence: `Sidecar shop/default (shop/sidecar.yaml:9)`. */
function withoutPlaces({ changes, verdict, workloads, rejected }: ChangeAnalysis): unknown {
  const stripItem = (key: string, item: unknown): unknown => {
    if (key === 'path' || key === 'line') return undefined;
    return key === 'explanation' && typeof item === 'string' ? item.replace(/ \([^ ()]+:\d+\)/g, '') : item;
  };
  const strip = (value: object): unknown => JSON.parse(JSON.stringify(value, stripItem));
  return strip({ verdict, workloads, rejected, changes });
}
