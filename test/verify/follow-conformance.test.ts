import { describe, expect, it } from 'vitest';
import { compareWithDump } from '../../src/verify/compare-with-dump.js';
import { judgeMesh } from '../../src/judge-mesh.js';
import { callJudge } from '../../src/reachability/call-judge.js';
import { workloadKey } from '../../src/reachability/evaluate-mesh.js';
import { listCases, parseText, readCase } from '../conformance/conformance-case.js';
import { envoyConfig } from './envoy-config.js';
import { dumpOf } from './seed-dumps.js';

/** Every case that shows one rule, and some of those that were generated: all of them take long. */
const CASES = listCases().filter((name) => !/^random-/.test(name) || /^random-..[05]0$/.test(name));

/**
 * Of every mesh of the conformance cases, what the model makes of a proxy, written as Envoy's configuration and followed as Envoy follows
 * it. The model gives istiod's answers there: so must the other way of following, which shares no code with it.
 */
describe('following what the model makes of a proxy, as Envoy’s configuration', () => {
  it('has cases', () => expect(CASES.length).toBeGreaterThan(60));

  it.each(CASES)('%s', (name) => {
    const { afterText, probes } = readCase(name);
    const tree = judgeMesh({ manifests: parseText(afterText), mesh: { istioVersion: '1.30', probes } });
    const { configurationOf } = callJudge(tree.push);
    for (const { members } of tree.evaluated.groups) {
      const { workload, injection } = members[0]!;
      if (!injection.injected) continue;
      const config = configurationOf(workloadKey(workload))!;
      const { differences, unknown } = compareWithDump(
        config,
        dumpOf(envoyConfig(config)),
        tree.evaluated.destinations,
      );
      expect({ workload: workloadKey(workload), differences, unknown }).toEqual({
        workload: workloadKey(workload),
        differences: [],
        unknown: [],
      });
    }
  });
});
