import { describe, expect, it } from 'vitest';
import { analyzeChange, analyzeMesh } from '../../src/analyze-change.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import { destinationKey } from '../../src/reachability/destination.js';
import { expectedDifferences, listedDifferences } from './compare-diff.js';
import { compareReach, emptyScore } from './compare-reach.js';
import { listCases, parseText, readCase } from './conformance-case.js';

const cases = listCases().map((name) => readCase(name));

describe('the engine answers as istiod does', () => {
  it('has all cases', () => {
    expect(cases.length).toBeGreaterThanOrEqual(221);
    expect(new Set(cases.flatMap(({ expected }) => expected.map(({ istio }) => istio)))).toEqual(
      new Set(['1.28', '1.30', '1.31']),
    );
  });

  for (const { name, beforeText, afterText, probes, expected } of cases) {
    it(name, () => {
      const [before, after] = [parseText(beforeText), parseText(afterText)];
      for (const answer of expected) {
        const mesh = { istioVersion: answer.istio, probes };
        const score = emptyScore();
        compareReach(`${answer.istio} before`, answer.before, analyzeMesh({ manifests: before, mesh }), score);
        compareReach(`${answer.istio} after`, answer.after, analyzeMesh({ manifests: after, mesh }), score);
        expect(score.differences).toEqual([]);
        expect(score.edges.agreed + score.imports.agreed).toBeGreaterThan(0);
      }
    });
  }
});

describe('a change lists exactly what differs', () => {
  for (const { name, beforeText, afterText, probes, expected } of cases) {
    it(name, () => {
      const [before, after] = [parseText(beforeText), parseText(afterText)];
      const asked = new Set(probes.map(destinationKey));
      for (const answer of expected) {
        const mesh = { istioVersion: answer.istio, probes };
        const analysis = analyzeChange({ before, after, mesh, policy: DEFAULT_POLICY });
        const wanted = expectedDifferences(answer.before, answer.live ?? answer.after, asked);
        expect([...listedDifferences(analysis)].sort()).toEqual([...wanted].sort());
        expect(analysis.verdict).not.toBe('undetermined');
      }
    });
  }
});

describe('nothing changes where nothing is changed', () => {
  for (const { name, afterText, probes } of cases.filter((_, index) => index % 10 === 0)) {
    it(name, () => {
      const manifests = parseText(afterText);
      const analysis = analyzeChange({ before: manifests, after: manifests, mesh: { probes }, policy: DEFAULT_POLICY });
      expect(analysis.changes).toEqual([]);
      expect(analysis.verdict).toBe('pass');
    });
  }
});
