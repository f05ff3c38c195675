import { describe, expect, it } from 'vitest';
import { analyzeChange } from '../../src/analyze-change.js';
import { AnalysisLimit } from '../../src/github/analysis-limit.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { ManifestSet } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';

function mesh(services: number, more = '', namespaceOf: (index: number) => string = () => 'a'): ManifestSet {
  const each = (index: number): string => `
apiVersion: v1
kind: Service
metadata: {name: s${index}, namespace: ${namespaceOf(index)}}
spec: {selector: {app: s${index}}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: s${index}, namespace: ${namespaceOf(index)}, labels: {app: s${index}}}
spec: {containers: [{name: a, image: a}]}
`;
  const text = Array.from({ length: services }, (_unused, index) => each(index)).join('---');
  return buildManifestSet([parseManifestFile({ path: 'a.yaml', content: Buffer.from(text + more) })]);
}

const SIDECAR = `---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: a}
spec: {egress: [{hosts: ["./s1.a.svc.cluster.local"]}]}
`;

describe('what an analysis may take', () => {
  it('is asked after throughout the analysis, whichever part takes long', () => {
    // What is alike is looked at once.
    const namespaces = 30;
    const apart = (index: number): string => (index === 1 ? 'a' : `a-${index}`);
    // Made anew each time: what was found out about a tree is kept with it.
    const input = () => ({
      ...{ before: mesh(namespaces, '', apart), after: mesh(namespaces, SIDECAR, apart) },
      ...{ mesh: {}, policy: DEFAULT_POLICY },
    });
    let asked = 0;
    const whole = analyzeChange({ ...input(), checkpoint: () => void (asked += 1) });
    expect(whole.verdict).toBe('fail');
    // For each namespace of both sides, and for what comes before and after.
    expect(asked).toBeGreaterThan(2 * namespaces);
    for (const last of [1, Math.floor(asked / 2), asked]) {
      let left = last;
      const stop = (): void => {
        if (--left === 0) throw new Error('Stop');
      };
      expect(() => analyzeChange({ ...input(), checkpoint: stop })).toThrow('Stop');
    }
  });

  it('adds up over several pieces of work, and tells what ran out', () => {
    const time = new AnalysisLimit(5);
    const busy = (): void => {
      const end = performance.now() + 10;
      while (performance.now() < end);
    };
    time.spend(busy);
    expect(() => time.spend(() => 'more')).toThrow(/ran out of time: 0\.005 seconds/);
  });

  it('stops the search for fixes first, once a quarter of the time is spent', () => {
    const input = { before: mesh(30), after: mesh(30, SIDECAR), mesh: {}, policy: DEFAULT_POLICY };
    const judge = (limitMs: number) => {
      const time = new AnalysisLimit(limitMs);
      const wantsFixes = () => time.hasAmple();
      return time.spend((checkpoint) => analyzeChange({ ...input, checkpoint, wantsFixes }));
    };
    const whole = judge(600_000);
    expect(whole.isFixSearchCut).toBe(undefined);
    expect(whole.fixes?.length).toBeGreaterThan(0);
    const time = new AnalysisLimit(40);
    const { fixes, ...cut } = time.spend(() => {
      const end = performance.now() + 11;
      while (performance.now() < end);
      return analyzeChange({ ...input, wantsFixes: () => time.hasAmple() });
    });
    expect(fixes).toBe(undefined);
    expect(cut).toEqual({ ...whole, fixes: undefined, isFixSearchCut: true });
  });

  it('ends when it is stopped, without a pause in between', () => {
    let isStopped = false;
    const throwIfStopped = (): void => {
      if (isStopped) throw new Error('Stopped.');
    };
    const limit = new AnalysisLimit(Infinity, () => false, throwIfStopped);
    const work = (checkpoint: () => void): void => {
      checkpoint();
      isStopped = true;
      checkpoint();
    };
    expect(() => limit.spend(work)).toThrow('Stopped.');
  });

  it('ends with the memory, at the next look at it', () => {
    let isFull = false;
    const limit = new AnalysisLimit(Infinity, () => isFull);
    limit.spend((checkpoint) => checkpoint());
    isFull = true;
    const busy = (checkpoint: () => void): void => {
      const end = performance.now() + 1000;
      while (performance.now() < end) checkpoint();
    };
    expect(() => limit.spend(busy)).toThrow(/ran out of memory: a thread of the App may take \d+ MiB/);
  });
});
