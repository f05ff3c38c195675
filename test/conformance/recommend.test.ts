import { describe, expect, it } from 'vitest';
import { checkRecommendations, emptyScore } from './check-recommend.js';
import { listCases, readCase } from './conformance-case.js';

const cases = listCases().filter((_, index) => index % 8 === 3);

describe('recommended Sidecars', () => {
  const score = emptyScore();

  it.each(cases)('keep what is needed, and import no more than before: %s', (name) => {
    const own = emptyScore();
    checkRecommendations(readCase(name), own);
    expect(own.problems).toEqual([]);
    expect(own.wildcards).toBe(0);
    score.kept += own.kept;
    score.plainLosses += own.plainLosses;
    score.importsBefore += own.importsBefore;
    score.importsAfter += own.importsAfter;
  });

  it('are narrower, where a line for each host would lose calls', () => {
    expect(score.kept).toBeGreaterThan(1000);
    expect(score.importsAfter).toBeLessThan(score.importsBefore);
    expect(score.plainLosses).toBeGreaterThan(0);
  });
});
