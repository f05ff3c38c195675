import { describe, expect, it } from 'vitest';
import { judgeTree, type JudgedTree } from '../../src/judge-tree.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { JsonObject, ManifestSet } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { listCases, parseText, readCase } from '../conformance/conformance-case.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';
import { differences } from './call-by-call.js';
import { randomMesh } from './random-mesh.js';

function judge(manifests: ManifestSet, istioVersion: string, probes: JudgedTree['evaluated']['destinations']) {
  return judgeTree(manifests, { istioVersion, probes }, { ageOf: () => 0 });
}

export function manifestsOf(objects: readonly JsonObject[]): ManifestSet {
  const content = objects.map((object) => JSON.stringify(object)).join('\n---\n');
  return buildManifestSet([parseManifestFile({ path: 'mesh.yaml', content })]);
}

const PROBES = [
  { host: 'outside.example.org', port: 443, protocol: 'tls' },
  { host: 'outside.example.org', port: 80, protocol: 'http' },
  { host: 'some.example.com', port: 8080, protocol: 'http' },
  { host: '10.0.0.2', port: 3306, protocol: 'tcp' },
  { host: 'x.web', port: 80, protocol: 'http' },
] as const;

describe('calls that are judged together end where each ends by itself', () => {
  for (const { name, beforeText, afterText, probes, expected } of listCases().map((each) => readCase(each))) {
    it(name, () => {
      for (const { istio } of expected) {
        for (const text of [beforeText, afterText])
          expect(differences(judge(parseText(text), istio, probes))).toEqual([]);
      }
    });
  }

  for (let batch = 0; batch < 10; batch += 1) {
    it(`in meshes at random, part ${batch}`, () => {
      for (let round = 0; round < 30; round += 1) {
        const seed = batch * 1000 + round;
        const tree = judge(
          manifestsOf(randomMesh(new SeededRandom(seed))),
          ['1.28', '1.30', '1.31'][round % 3]!,
          PROBES,
        );
        expect([seed, ...differences(tree).slice(0, 5)]).toEqual([seed]);
      }
    });
  }
});
