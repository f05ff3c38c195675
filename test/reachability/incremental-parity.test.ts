import { describe, expect, it } from 'vitest';
import { NAME_DECIDES } from '../../src/judge-mesh.js';
import { judgeTree, type JudgedTree } from '../../src/judge-tree.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { JsonObject, ParsedFile } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { compareMeshes } from '../../src/reachability/compare-meshes.js';
import { destinationKey } from '../../src/reachability/destination.js';
import { workloadKey } from '../../src/reachability/evaluate-mesh.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';
import { differences } from './call-by-call.js';
import { editedMesh, randomMesh } from './random-mesh.js';

const EDITS = 6;

/** An object that stays is the same one in every tree of a sequence, as it is in two trees that share their files. */
class Trees {
  readonly #files = new Map<string, ParsedFile>();

  judge(objects: readonly JsonObject[], istioVersion: string, former?: JudgedTree): JudgedTree {
    const files = objects.map((object) => this.#parse(JSON.stringify(object)));
    const options = { ageOf: NAME_DECIDES, ...(former && { former: former.push }) };
    return judgeTree(buildManifestSet(files), { istioVersion }, options);
  }

  #parse(content: string): ParsedFile {
    let file = this.#files.get(content);
    if (!file) this.#files.set(content, (file = parseManifestFile({ path: `${this.#files.size}.json`, content })));
    return file;
  }
}

/** Sidecars come, go and take others' places; now and then something else does. */
function edit(random: SeededRandom, objects: readonly JsonObject[]): readonly JsonObject[] {
  if (random.chance(0.2)) return editedMesh(random, objects);
  const sidecars = (of: readonly JsonObject[]) => of.filter(({ kind }) => kind === 'Sidecar');
  const own = sidecars(objects);
  const gone = own.length > 0 && random.chance(0.6) ? random.pick(own) : null;
  const added = sidecars(randomMesh(random)).slice(0, 2);
  return [...objects.filter((object) => object !== gone), ...added];
}

function tellComparison(before: JudgedTree, after: JudgedTree): readonly string[] {
  const { classes, added, removed } = compareMeshes(before.evaluated, after.evaluated);
  const edges = classes.flatMap(({ workloads, differences: found }) =>
    workloads.flatMap((workload) =>
      found.map(
        ({ destination, delta }) =>
          `${workloadKey(workload)} -> ${destinationKey(destination)} ${JSON.stringify(delta)}`,
      ),
    ),
  );
  const workloads = [
    ...added.map((each) => `+ ${workloadKey(each)}`),
    ...removed.map((each) => `- ${workloadKey(each)}`),
  ];
  return [...edges, ...workloads].sort();
}

describe('a mesh that is judged after another one', () => {
  for (let batch = 0; batch < 8; batch += 1) {
    it(`is judged as if it were by itself, part ${batch}`, () => {
      let shared = 0;
      for (let round = 0; round < 20; round += 1) {
        const seed = batch * 1000 + round;
        const random = new SeededRandom(seed);
        const version = ['1.28', '1.30', '1.31'][round % 3]!;
        const trees = new Trees();
        let objects = randomMesh(random);
        let former = trees.judge(objects, version);
        let formerAlone = former;
        for (let step = 0; step < EDITS; step += 1) {
          objects = edit(random, objects);
          const tree = trees.judge(objects, version, former);
          const alone = new Trees().judge(objects, version);
          const where = `${seed}, edit ${step}`;
          expect([where, ...differences(tree).slice(0, 5)]).toEqual([where]);
          expect([where, ...tellComparison(former, tree)]).toEqual([where, ...tellComparison(formerAlone, alone)]);
          if (tree.push.lineage === former.push.lineage) shared += 1;
          former = tree;
          formerAlone = alone;
        }
      }
      expect(shared).toBeGreaterThan(20);
    });
  }

  it('keeps nothing of the former one where a pod is owned by a Sidecar', () => {
    const trees = new Trees();
    const pod: JsonObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'owned',
        namespace: 'a',
        ownerReferences: [{ apiVersion: 'networking.istio.io/v1', kind: 'Sidecar', name: 'default', controller: true }],
      },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    };
    const sidecar: JsonObject = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'default', namespace: 'a' },
      spec: { egress: [{ hosts: ['./*'] }] },
    };
    const before = trees.judge([pod], '1.30');
    const after = trees.judge([pod, sidecar], '1.30', before);
    const workloadsOf = ({ push }: JudgedTree) => push.workloads.map(({ workload }) => workload.name);
    expect([before, after].map(workloadsOf)).toEqual([['owned'], []]);
  });
});
