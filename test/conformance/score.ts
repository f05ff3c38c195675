import { analyzeMesh } from '../../src/analyze-change.js';
import { compareReach, emptyScore } from './compare-reach.js';
import { listCases, parseText, readCase, CASES_FOLDER } from './conformance-case.js';

const folder = process.argv[2] ?? CASES_FOLDER;
const wanted = process.argv.slice(3);
const names = wanted.length > 0 ? wanted : listCases(folder);
const scores = new Map<string, ReturnType<typeof emptyScore>>();
for (const name of names) {
  const test = readCase(name, folder);
  for (const expected of test.expected) {
    let score = scores.get(expected.istio);
    if (!score) scores.set(expected.istio, (score = emptyScore()));
    for (const side of ['before', 'after'] as const) {
      const manifests = parseText(side === 'before' ? test.beforeText : test.afterText);
      const actual = analyzeMesh({ manifests, mesh: { istioVersion: expected.istio, probes: test.probes } });
      compareReach(`${name} ${expected.istio} ${side}`, expected[side], actual, score);
    }
  }
}
for (const [version, score] of [...scores].sort()) {
  for (const difference of score.differences.slice(0, 60)) console.log(difference);
  const part = (what: 'edges' | 'imports' | 'rejections'): string => `${score[what].agreed}/${score[what].total} ${what}`;
  console.log(`Istio ${version}: ${part('edges')}, ${part('imports')}, ${part('rejections')}`);
}
process.exitCode = [...scores.values()].every((score) => score.differences.length === 0) ? 0 : 1;
