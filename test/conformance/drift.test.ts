import { describe, expect, it } from 'vitest';
import { analyzeDrift, type ChangeAnalysis } from '../../src/analyze-change.js';
import { objectKey, type JsonObject, type ManifestSet } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import { destinationKey } from '../../src/reachability/destination.js';
import { readSnapshot, type MeshSnapshot } from '../../src/snapshot/read-snapshot.js';
import { SNAPSHOT_KINDS } from '../../src/snapshot/snapshot-kinds.js';
import { writeSnapshot } from '../../src/snapshot/write-snapshot.js';
import { expectedDifferences, listedDifferences } from './compare-diff.js';
import { listCases, parseText, readCase } from './conformance-case.js';

const TAKEN = '2026-03-10T12:00:00Z';

/** A cluster that has just these objects. */
function snapshotOf({ objects }: ManifestSet): MeshSnapshot {
  const readings = SNAPSHOT_KINDS.map((kind) => ({
    kind,
    items: objects
      .filter(({ group, kind: name }) => group === kind.group && name === kind.kind)
      .map(({ body, metadata: { namespace } }): JsonObject => {
        const metadata = body['metadata'] as JsonObject;
        const made = metadata['creationTimestamp'] ?? '2026-03-01T08:00:00Z';
        return { ...body, metadata: { ...metadata, ...(namespace && { namespace }), creationTimestamp: made } };
      }),
  }));
  const about = { takenAt: TAKEN, serverVersion: 'v1.34.1', resources: [], notInstalled: [] };
  const content = writeSnapshot(readings, about, { includeEndpoints: true, includeEnv: true });
  const reading = readSnapshot(parseManifestFile({ path: 'snapshot.yaml', content }), Date.parse(TAKEN), null);
  if (reading.kind === 'unusable') throw new Error(reading.reason);
  return reading.snapshot;
}

const DRIFT = new Set(['differs-in-cluster', 'not-in-cluster', 'not-in-manifests']);

function drifted({ diagnostics }: ChangeAnalysis): string[] {
  return diagnostics.filter(({ code }) => DRIFT.has(code)).map(({ message }) => message);
}

describe('a cluster that has what the manifests say', () => {
  for (const name of listCases()) {
    const { afterText, probes, expected } = readCase(name);
    const { istio } = expected.at(-1)!;
    it(`of ${name} has no drift`, () => {
      const manifests = parseText(afterText);
      const snapshot = snapshotOf(manifests);
      const analysis = analyzeDrift({
        manifests,
        snapshot,
        mesh: { istioVersion: istio, probes },
        policy: DEFAULT_POLICY,
      });
      expect(drifted(analysis)).toEqual([]);
      expect(analysis.changes).toEqual([]);
    });
  }
});

describe('a cluster that has what a change would make of the manifests', () => {
  let compared = 0;
  for (const name of listCases()) {
    const { beforeText, afterText, probes, expected } = readCase(name);
    const answer = expected.at(-1)!;
    // What is refused is in no cluster, and what a cluster has it may refuse.
    const isRefused = [answer.before, answer.after].some(({ rejected = [] }) => rejected.length > 0);
    const [manifests, actual] = [parseText(beforeText), parseText(afterText)];
    // A Service or a workload that the cluster alone has may be anybody's, and is no drift.
    const own = new Set(manifests.objects.map(objectKey));
    const isBeside = actual.objects.some((object) => !own.has(objectKey(object)) && !object.group.includes('istio.io'));
    it.skipIf(isRefused || isBeside)(`differs by that: ${name}`, () => {
      const analysis = analyzeDrift({
        ...{ manifests, snapshot: snapshotOf(actual), policy: DEFAULT_POLICY },
        mesh: { istioVersion: answer.istio, probes },
      });
      const wanted = expectedDifferences(answer.before, answer.after, new Set(probes.map(destinationKey)));
      expect([...listedDifferences(analysis)].sort()).toEqual([...wanted].sort());
      if (wanted.size > 0) expect(drifted(analysis).length).toBeGreaterThan(0);
      compared += wanted.size;
    });
  }

  it('in many edges', () => {
    expect(compared).toBeGreaterThan(1000);
  });
});
