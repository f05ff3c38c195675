import { checkCauses, emptyCauseScore, tellCauseScore } from './check-causes.js';
import { CASES_FOLDER, listCases, parseText, readCase } from './conformance-case.js';

/** Prints how right the causes of all changes are: `npm run conformance:causes [-- FOLDER [CASE…]]`. */

const MOST_SHOWN = 60;

const [folder = CASES_FOLDER, ...wanted] = process.argv.slice(2);
const score = emptyCauseScore();
for (const name of wanted.length > 0 ? wanted : listCases(folder)) {
  const { beforeText, afterText, probes, expected } = readCase(name, folder);
  const [before, after] = [parseText(beforeText), parseText(afterText)];
  for (const { istio } of expected) {
    checkCauses(`${name} ${istio}`, { before, after, mesh: { istioVersion: istio, probes } }, score);
  }
}
for (const difference of score.differences.slice(0, MOST_SHOWN)) console.log(difference);
for (const line of tellCauseScore(score)) console.log(line);
const { differences } = score;
process.exitCode = differences.length === 0 ? 0 : 1;
