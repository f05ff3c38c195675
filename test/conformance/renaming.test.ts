import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyzeMesh } from '../../src/analyze-change.js';
import { compareReach, emptyScore } from './compare-reach.js';
import { listCases, parseText, readCase, type ConformanceCase } from './conformance-case.js';
import { renameCase, renameManifests, renamingOf } from './rename.js';

const sample = listCases()
  .filter((_, index) => index % 9 === 0)
  .map((name) => readCase(name));

/** Nobody's words, so that no name is taken for one that means something. */
const letters = fc.stringMatching(/^[xz][a-z]{0,2}[xz]$/);

function differencesOf({ beforeText, afterText, probes, expected }: ConformanceCase): string[] {
  const score = emptyScore();
  const [before, after] = [parseText(beforeText), parseText(afterText)];
  for (const answer of expected) {
    const mesh = { istioVersion: answer.istio, probes };
    compareReach(`${answer.istio} before`, answer.before, analyzeMesh({ manifests: before, mesh }), score);
    compareReach(`${answer.istio} after`, answer.after, analyzeMesh({ manifests: after, mesh }), score);
  }
  return score.differences;
}

describe('other names throughout a mesh', () => {
  it('change nothing but the names', () => {
    fc.assert(
      fc.property(fc.constantFrom(...sample), letters, (test, inserted) => {
        expect(differencesOf(renameCase(test, inserted))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('are given to namespaces, objects, hosts and labels', () => {
    const text = `
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http-cart, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: out, namespace: shop, labels: {team: blue}}
spec: {hosts: ['*.cart.example'], resolution: NONE}
`;
    const renamed = renameManifests(text, renamingOf(text, [], 'x'));
    for (const name of ['cxart', 'sxhop', 'oxut', 'bxlue', '*.cxart.exxample']) expect(renamed).toContain(name);
    expect(renamed).toContain('"name": "http-cart"');
    expect(renamed).toContain('"NONE"');
  });
});
