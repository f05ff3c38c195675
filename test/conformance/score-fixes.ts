import { checkFixes, emptyFixScore } from './check-fixes.js';
import { CASES_FOLDER, listCases, readCase } from './conformance-case.js';

/** Prints how good the fixes of all changes are: `npm run conformance:fixes [-- FOLDER [CASE…]]`. */

const MOST_SHOWN = 60;

const [folder = CASES_FOLDER, ...wanted] = process.argv.slice(2);
const score = emptyFixScore();
for (const name of wanted.length > 0 ? wanted : listCases(folder)) {
  const { beforeText, afterText, probes, expected } = readCase(name, folder);
  for (const { istio } of expected) {
    checkFixes(`${name} ${istio}`, { beforeText, afterText, mesh: { istioVersion: istio, probes } }, score);
  }
}
for (const line of [...score.faults, ...score.unfixed].slice(0, MOST_SHOWN)) console.log(line);
const { failures, failuresWithFix, ofVisibility, ofVisibilityWithFix, fixes, proven, comparable, wild, wide } = score;
console.log(
  `${proven} of ${fixes} fixes, written into the text and analysed anew, mend what they say and break nothing`,
);
console.log(
  `${ofVisibilityWithFix} of ${ofVisibility} failures by a Sidecar, an exportTo or a label have a fix ` +
    `(${share(ofVisibilityWithFix, ofVisibility)}); ${failuresWithFix} of all ${failures} (${share(failuresWithFix, failures)})`,
);
console.log(
  `${wild} of ${comparable} fixes that host lines could stand for bring a wildcard, ${wide} open more than the lines would`,
);
process.exitCode = score.faults.length === 0 && ofVisibilityWithFix >= 0.9 * ofVisibility ? 0 : 1;

function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${Math.floor((1000 * part) / whole) / 10} %`;
}
