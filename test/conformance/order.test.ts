import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyzeMesh } from '../../src/analyze-change.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import type { MeshReach } from '../../src/reachability/egress-reachability.js';
import { listCases, readCase } from './conformance-case.js';

const sample = listCases()
  .filter((_, index) => index % 11 === 3)
  .map((name) => readCase(name));

/** Everything but where an object stands, and in how many files. */
function withoutPlaces({ ledger, ...reach }: MeshReach): unknown {
  const { resources, notModelled, unknownHosts } = ledger;
  const rejected = reach.rejected.map(({ kind, namespace, name, message }) => [kind, namespace, name, message].join());
  return {
    ...reach,
    rejected: rejected.sort(),
    diagnostics: reach.diagnostics.map(({ code }) => code).sort(),
    ledger: { resources, notModelled, unknownHosts: unknownHosts.map(({ host, workloads }) => [host, workloads]) },
  };
}

function reachOf(files: readonly (readonly string[])[], probes: (typeof sample)[number]['probes']): unknown {
  const manifests = buildManifestSet(
    files.map((documents, index) =>
      parseManifestFile({ path: `file-${index}.yaml`, content: documents.join('\n---\n') }),
    ),
  );
  return withoutPlaces(analyzeMesh({ manifests, mesh: { istioVersion: '1.30', probes } }));
}

describe('the manifests of a mesh', () => {
  it('may stand in any order and in any files', () => {
    const property = fc.property(
      fc.constantFrom(...sample),
      fc.infiniteStream(fc.nat()),
      fc.integer({ min: 1, max: 5 }),
      ({ afterText, probes }, numbers, count) => {
        const documents = afterText.split(/^---$/m);
        const shuffled = documents
          .map((document) => ({ document, rank: numbers.next().value as number }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ document }) => document);
        const files = Array.from({ length: count }, (_, index) => shuffled.filter((__, at) => at % count === index));
        expect(reachOf(files, probes)).toEqual(reachOf([documents], probes));
      },
    );
    fc.assert(property, { numRuns: 40 });
  });
});
