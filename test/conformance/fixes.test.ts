import { describe, expect, it } from 'vitest';
import { checkFixes, emptyFixScore } from './check-fixes.js';
import { listCases, readCase } from './conformance-case.js';

/** All of them take minutes: `npm run conformance:fixes`. */
const cases = listCases().filter((_unused, index) => index % 12 === 0);

describe('fixes of conformance changes', () => {
  const score = emptyFixScore();

  it.each(cases)('%s', (name) => {
    const { beforeText, afterText, probes, expected } = readCase(name);
    const { istio } = expected.at(-1)!;
    checkFixes(name, { beforeText, afterText, mesh: { istioVersion: istio, probes } }, score);
    // Each is written into the text and analysed anew; none brings a wildcard or opens more where host lines would do.
    expect(score.faults).toEqual([]);
  });

  it('are found for nearly all failures by a Sidecar, an exportTo or a label', () => {
    expect(score.ofVisibility).toBeGreaterThan(50);
    expect(score.ofVisibilityWithFix / score.ofVisibility).toBeGreaterThanOrEqual(0.9);
    expect(score.comparable).toBeGreaterThan(0);
    expect(score.proven).toBe(score.fixes);
  });
});
