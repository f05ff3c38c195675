import { analyzeChange, analyzeMesh } from '../../src/analyze-change.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import { destinationKey } from '../../src/reachability/destination.js';
import { expectedDifferences, listedDifferences } from './compare-diff.js';
import { compareReach, emptyScore, type Score } from './compare-reach.js';
import {
  CASES_FOLDER,
  listCases,
  parseText,
  readCase,
  type ConformanceCase,
  type Expected,
} from './conformance-case.js';
import { renameCase } from './rename.js';

/**
 * Prints how far the engine agrees with istiod, a line a version: `npm run conformance [-- [--renamed] [FOLDER [CASE…]]]`.
 * With `--renamed` every case stands under other names, which must change nothing.
 */

interface VersionScore {
  readonly reach: Score;
  changes: number;
  exact: number;
  undetermined: number;
}

const MOST_SHOWN = 60;

const RENAMED = '--renamed';
const asked = process.argv.slice(2);
const [folder = CASES_FOLDER, ...wanted] = asked.filter((argument) => argument !== RENAMED);
const scores = new Map<string, VersionScore>();
for (const name of wanted.length > 0 ? wanted : listCases(folder)) {
  const read = readCase(name, folder);
  const test = asked.includes(RENAMED) ? renameCase(read, 'xz') : read;
  for (const expected of test.expected) scoreCase(test, expected, scoreOf(expected.istio));
}
for (const [version, score] of [...scores].sort()) print(version, score);
process.exitCode = [...scores.values()].every(isPerfect) ? 0 : 1;

function scoreOf(version: string): VersionScore {
  let score = scores.get(version);
  if (!score) scores.set(version, (score = { reach: emptyScore(), changes: 0, exact: 0, undetermined: 0 }));
  return score;
}

function scoreCase(test: ConformanceCase, expected: Expected, score: VersionScore): void {
  const [before, after] = [parseText(test.beforeText), parseText(test.afterText)];
  const mesh = { istioVersion: expected.istio, probes: test.probes };
  const label = `${test.name} ${expected.istio}`;
  compareReach(`${label} before`, expected.before, analyzeMesh({ manifests: before, mesh }), score.reach);
  compareReach(`${label} after`, expected.after, analyzeMesh({ manifests: after, mesh }), score.reach);
  const analysis = analyzeChange({ before, after, mesh, policy: DEFAULT_POLICY });
  const want = expectedDifferences(
    expected.before,
    expected.live ?? expected.after,
    new Set(test.probes.map(destinationKey)),
  );
  const got = listedDifferences(analysis);
  const wrong = [
    ...[...want].filter((line) => !got.has(line)).map((line) => `${label} diff missed: ${line}`),
    ...[...got].filter((line) => !want.has(line)).map((line) => `${label} diff too much: ${line}`),
  ];
  score.reach.differences.push(...wrong);
  score.changes++;
  if (wrong.length === 0) score.exact++;
  if (analysis.verdict === 'undetermined') score.undetermined++;
}

function print(version: string, { reach, changes, exact, undetermined }: VersionScore): void {
  for (const difference of reach.differences.slice(0, MOST_SHOWN)) console.log(difference);
  const part = (what: 'edges' | 'imports' | 'rejections'): string =>
    `${reach[what].agreed}/${reach[what].total} ${what}`;
  console.log(
    `Istio ${version}: ${part('edges')}, ${part('imports')}, ${part('rejections')}; ` +
      `${exact}/${changes} changes exact, ${undetermined} undetermined`,
  );
}

function isPerfect({ reach, undetermined }: VersionScore): boolean {
  return reach.differences.length === 0 && undetermined === 0;
}
