import { describe, expect, it } from 'vitest';
import { analyzeChange } from '../../src/analyze-change.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { destinationKey } from '../../src/reachability/destination.js';
import { expectedDifferences, listedDifferences } from './compare-diff.js';
import { listCases, parseText, readCase, type Expected, type ExpectedSide } from './conformance-case.js';

const cases = listCases().map((name) => readCase(name));

/** Upgrades, and one back. */
const MOVES = [
  ['1.28', '1.30'],
  ['1.30', '1.31'],
  ['1.28', '1.31'],
  ['1.31', '1.30'],
] as const;

function refused({ rejected = [] }: ExpectedSide): readonly string[] {
  return rejected.map(({ object }) => object);
}

describe('an upgrade lists exactly the edges that the versions answer otherwise', () => {
  const listed = { edges: 0, meshes: 0, skipped: 0 };
  for (const { name, beforeText, afterText, probes, expected } of cases) {
    const answerOf = (version: string): Expected | undefined => expected.find(({ istio }) => istio === version);
    const moves = MOVES.filter(([from, to]) => answerOf(from) && answerOf(to));
    it(name, () => {
      for (const side of ['before', 'after'] as const) {
        const manifests = parseText(side === 'before' ? beforeText : afterText);
        for (const [from, to] of moves) {
          const [old, now] = [answerOf(from)![side], answerOf(to)![side]];
          // What the new version refuses stays in force as the old one took it, which no answer for a fresh mesh shows.
          if (refused(now).some((object) => !refused(old).includes(object))) {
            listed.skipped++;
            continue;
          }
          const analysis = analyzeChange({
            ...{ before: manifests, after: manifests, upgrade: { from, to } },
            ...{ mesh: { probes }, policy: DEFAULT_POLICY },
          });
          const wanted = expectedDifferences(old, now, new Set(probes.map(destinationKey)));
          expect([...listedDifferences(analysis)].sort(), `${side} ${from} → ${to}`).toEqual([...wanted].sort());
          expect(analysis.istioVersion).toBe(to);
          expectNamed(analysis, from, to);
          listed.edges += wanted.size;
          listed.meshes += wanted.size > 0 ? 1 : 0;
        }
      }
    });
  }

  it('in meshes of which many differ', () => {
    console.log(JSON.stringify(listed));
    expect(listed.edges).toBeGreaterThan(500);
    expect(listed.meshes).toBeGreaterThan(50);
    expect(listed.skipped).toBeLessThan(20);
  });
});

/** Every difference has a cause that names both versions. */
function expectNamed({ changes }: ChangeAnalysis, from: string, to: string): void {
  for (const { causes } of changes) {
    expect(causes.length).toBeGreaterThan(0);
    for (const { explanation, path } of causes) {
      expect(explanation).toContain(`Istio ${from} `);
      expect(explanation).toContain(`Istio ${to} `);
      expect(path).toBe('mesh.yaml');
    }
  }
}
