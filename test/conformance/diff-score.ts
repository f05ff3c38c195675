import { analyzeChange } from '../../src/analyze-change.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import { destinationKey } from '../../src/reachability/destination.js';
import { expectedDifferences, listedDifferences } from './compare-diff.js';
import { CASES_FOLDER, listCases, parseText, readCase } from './conformance-case.js';

const folder = process.argv[2] ?? CASES_FOLDER;
const wanted = process.argv.slice(3);
let [agreed, total, undetermined, exact, cases] = [0, 0, 0, 0, 0];
for (const name of wanted.length > 0 ? wanted : listCases(folder)) {
  const test = readCase(name, folder);
  for (const expected of test.expected) {
    const analysis = analyzeChange({
      before: parseText(test.beforeText),
      after: parseText(test.afterText),
      mesh: { istioVersion: expected.istio, probes: test.probes },
      policy: DEFAULT_POLICY,
    });
    const probes = new Set(test.probes.map(destinationKey));
    const want = expectedDifferences(expected.before, expected.live ?? expected.after, probes);
    const got = listedDifferences(analysis);
    const missing = [...want].filter((line) => !got.has(line));
    const extra = [...got].filter((line) => !want.has(line));
    cases++;
    if (missing.length + extra.length === 0) exact++;
    total += want.size + extra.length;
    agreed += want.size - missing.length;
    if (analysis.verdict === 'undetermined') undetermined++;
    for (const line of missing.slice(0, 3)) console.log(`${name} ${expected.istio} missed: ${line}`);
    for (const line of extra.slice(0, 3)) console.log(`${name} ${expected.istio} too much: ${line}`);
  }
}
console.log(`${exact}/${cases} changes exact, ${agreed}/${total} differences, ${undetermined} undetermined`);
process.exitCode = exact === cases && undetermined === 0 ? 0 : 1;
