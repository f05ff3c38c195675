import { describe, expect, it } from 'vitest';
import { analyzeChange } from '../../src/analyze-change.js';
import { NAME_DECIDES } from '../../src/judge-mesh.js';
import { judgeTree, type JudgedTree } from '../../src/judge-tree.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { listChangedObjects } from '../../src/kubernetes/changed-objects.js';
import { isObject } from '../../src/kubernetes/json.js';
import type { JsonObject, ManifestSet, ParsedFile } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { compareMeshes } from '../../src/reachability/compare-meshes.js';
import type { AlikeDifferences } from '../../src/reachability/compare-rows.js';
import type { EdgeDelta } from '../../src/reachability/edge-deltas.js';
import { destinationKey } from '../../src/reachability/destination.js';
import { evaluateMesh, workloadKey } from '../../src/reachability/evaluate-mesh.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';
import { differences } from './call-by-call.js';
import { editedMesh, randomMesh } from './random-mesh.js';

const EDITS = 6;

/** An object that stays is the same one in every tree of a sequence, as it is in two trees that share their files. */
class Trees {
  readonly #files = new Map<string, ParsedFile>();

  constructor(private readonly pathOf: (object: JsonObject) => string = ownPath) {}

  judge(objects: readonly JsonObject[], istioVersion: string, former?: JudgedTree): JudgedTree {
    const options = { ageOf: NAME_DECIDES, ...(former && { former }) };
    return judgeTree(this.read(objects), { istioVersion }, options);
  }

  read(objects: readonly JsonObject[]): ManifestSet {
    const byPath = new Map<string, JsonObject[]>();
    for (const object of objects) {
      const path = this.pathOf(object);
      byPath.set(path, [...(byPath.get(path) ?? []), object]);
    }
    return buildManifestSet([...byPath].map(([path, all]) => this.#parse(path, all)));
  }

  #parse(path: string, objects: readonly JsonObject[]): ParsedFile {
    const content = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    let file = this.#files.get(content);
    if (!file) this.#files.set(content, (file = parseManifestFile({ path, content })));
    return file;
  }
}

/** An object that is edited stays where it is. */
function ownPath({ kind, metadata }: JsonObject): string {
  const { namespace = '', name } = metadata as JsonObject;
  return `${JSON.stringify([namespace, kind, name])}.json`;
}

/** With one that is edited, all others of the file are read anew. */
function namespacePath({ metadata }: JsonObject): string {
  return `${JSON.stringify((metadata as JsonObject)['namespace'] ?? '')}.json`;
}

/** Sidecars come, go and take others' places, workloads get other images and labels, ConfigMaps say otherwise; now and then something
 * else happens. */
function edit(random: SeededRandom, objects: readonly JsonObject[]): readonly JsonObject[] {
  if (random.chance(0.2)) return editedMesh(random, objects);
  if (random.chance(0.3)) return withOtherTexts(random, objects);
  const rolled = random.chance(0.5) ? withOtherPods(random, objects) : objects;
  return random.chance(0.5) ? withOtherSidecars(random, rolled) : rolled;
}

/** Another policy for the mesh, mostly by itself, or other addresses for the workloads that read them. */
function withOtherTexts(random: SeededRandom, objects: readonly JsonObject[]): readonly JsonObject[] {
  const own = objects.filter(({ kind }) => kind === 'ConfigMap');
  const chosen = random.chance(0.8) && own.length > 0 ? random.pick(own) : configMap('a', SETTINGS, {});
  const { namespace, name } = chosen['metadata'] as { namespace: string; name: string };
  const data =
    name === SETTINGS
      ? { url: `http://${random.pick(['web', 'db', 'api'])}.${random.pick(['a', 'b'])}` }
      : { mesh: otherPolicy(random, (chosen['data'] as { mesh: string }).mesh) };
  return [...objects.filter((object) => object !== chosen), configMap(namespace, name, data)];
}

function otherPolicy(random: SeededRandom, text: string): string {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('outboundTrafficPolicy'));
  const more = random.chance(0.1) ? [`enableAutoMtls: ${random.chance(0.5)}`] : [];
  const mode = random.pick(['ALLOW_ANY', 'REGISTRY_ONLY']);
  return [
    ...lines.filter((line) => !line.startsWith('enable') || more.length === 0),
    ...more,
    `outboundTrafficPolicy: {mode: ${mode}}`,
  ].join('\n');
}

const SETTINGS = 'settings';

function configMap(namespace: string, name: string, data: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

/** Another image for one workload; sometimes something that Istio looks at as well. */
function withOtherPods(random: SeededRandom, objects: readonly JsonObject[]): readonly JsonObject[] {
  const templates = objects.filter((object) => isObject(object['spec']) && isObject(object['spec']['template']));
  if (templates.length === 0) return objects;
  const chosen = random.pick(templates);
  const rolled = structuredClone(chosen) as unknown as { spec: { replicas?: number; template: Template } };
  const { template } = rolled.spec;
  for (const container of template.spec.containers) {
    container.image = `app:${random.integer(1000)}`;
    if (random.chance(0.5))
      container.env = [
        { name: 'URL', value: `http://${random.pick(['web', 'db', 'api'])}.${random.pick(['a', 'b'])}` },
      ];
    if (random.chance(0.3))
      container.env = [{ name: 'URL', valueFrom: { configMapKeyRef: { name: SETTINGS, key: 'url', optional: true } } }];
  }
  if (random.chance(0.1)) rolled.spec.replicas = random.integer(2);
  if (random.chance(0.1)) template.spec.hostNetwork = random.chance(0.5);
  if (random.chance(0.1)) template.spec.serviceAccountName = `account-${random.integer(2)}`;
  if (random.chance(0.2)) template.metadata.labels = { ...template.metadata.labels, [`l${random.integer(2)}`]: 'x' };
  if (random.chance(0.1)) template.metadata.annotations = { 'sidecar.istio.io/inject': 'false' };
  if (random.chance(0.1)) template.spec.containers[0]!.ports = [{ name: 'http', containerPort: 8080 }];
  return objects.map((object) => (object === chosen ? (rolled as unknown as JsonObject) : object));
}

interface Template {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    hostNetwork?: boolean;
    serviceAccountName?: string;
    containers: {
      image: string;
      env?: JsonObject[];
      ports?: { name: string; containerPort: number }[];
    }[];
  };
}

function withOtherSidecars(random: SeededRandom, objects: readonly JsonObject[]): readonly JsonObject[] {
  const sidecars = (of: readonly JsonObject[]) => of.filter(({ kind }) => kind === 'Sidecar');
  const own = sidecars(objects);
  const gone = own.length > 0 && random.chance(0.6) ? random.pick(own) : null;
  const added = sidecars(randomMesh(random)).slice(0, 2);
  return [...objects.filter((object) => object !== gone), ...added];
}

/** What is told by the way, told by the place. */
function byPlace(
  differences: readonly AlikeDifferences[],
): readonly { place: number; deltas: ReadonlySet<EdgeDelta> }[] {
  const found = new Map<number, Set<EdgeDelta>>();
  for (const { places, delta } of differences) {
    expect([...places]).toEqual([...new Set(places)].sort((a, b) => a - b));
    for (const place of places) found.set(place, new Set([...(found.get(place) ?? []), delta]));
  }
  return [...found].sort(([a], [b]) => a - b).map(([place, deltas]) => ({ place, deltas }));
}

function tellComparison(before: JudgedTree, after: JudgedTree): readonly string[] {
  const { destinations: united, classes, added, removed } = compareMeshes(before.evaluated, after.evaluated);
  const edges = classes.flatMap(({ workloads, differences: found, deltasAt }) => {
    const each = found();
    expect(byPlace(each)).toEqual(
      united.destinations.flatMap((_destination, place) => {
        const deltas = deltasAt(place);
        return deltas.length === 0 ? [] : [{ place, deltas: new Set(deltas) }];
      }),
    );
    return workloads.flatMap((workload) =>
      each.flatMap(({ places, delta }) =>
        Array.from(places, (place) => {
          const destination = united.destinations[place]!;
          return `${workloadKey(workload)} -> ${destinationKey(destination)} ${JSON.stringify(delta)}`;
        }),
      ),
    );
  });
  const workloads = [
    ...added.map((each) => `+ ${workloadKey(each)}`),
    ...removed.map((each) => `- ${workloadKey(each)}`),
  ];
  return [...edges, ...workloads].sort();
}

/** In the order in which they are tried. */
function sidecarsOf({ push: { sidecars } }: JudgedTree): unknown {
  const nameOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`;
  const namespaces = [...sidecars.byNamespace].sort(([a], [b]) => (a < b ? -1 : 1));
  return [namespaces.map(([, own]) => own.map(nameOf)), sidecars.root && nameOf(sidecars.root)];
}

describe('a mesh that is judged after another one', () => {
  for (let batch = 0; batch < 8; batch += 1) {
    it(`is judged as if it were by itself, part ${batch}`, () => {
      let shared = 0;
      let stock = 0;
      let kin = 0;
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
          else if (tree.push.lineage.stock === former.push.lineage.stock) stock += 1;
          else if (tree.push.lineage.kin === former.push.lineage.kin) kin += 1;
          former = tree;
          formerAlone = alone;
        }
      }
      expect(shared).toBeGreaterThan(15);
      expect(stock).toBeGreaterThan(5);
      expect(kin).toBeGreaterThan(5);
    });
  }

  it('is judged with edits as if it had been read with them', () => {
    let sharing = 0;
    for (let seed = 0; seed < 120; seed += 1) {
      const random = new SeededRandom(seed);
      const trees = new Trees();
      const objects = randomMesh(random);
      const tree = trees.judge(objects, '1.30');
      const edited = random.chance(0.8) ? withOtherSidecars(random, objects) : editedMesh(random, objects);
      const alone = trees.judge(edited, '1.30');
      const changed = listChangedObjects(tree.admitted.live, alone.admitted.live);
      const push = tree.withEdits(new Map(changed.map(({ key, after }) => [key, after])));
      const withEdits = { ...tree, push, evaluated: evaluateMesh(push, []) };
      expect([seed, ...tellComparison(alone, withEdits)]).toEqual([seed]);
      expect([seed, sidecarsOf(withEdits)]).toEqual([seed, sidecarsOf(alone)]);
      if (push.lineage === tree.push.lineage) sharing += 1;
    }
    expect(sharing).toBeGreaterThan(60);
  });

  it.each([
    ['Sidecars, pods and texts', edit],
    ['texts', withOtherTexts],
    ['any object', editedMesh],
  ] as const)('is described as if nothing were known of it, with edits of %s', (_of, change) => {
    let changed = 0;
    for (let seed = 0; seed < 60; seed += 1) {
      const random = new SeededRandom(seed);
      const objects = withOtherTexts(random, withOtherPods(random, randomMesh(random)));
      const edited = change(random, objects);
      const analyze = (before: Trees, after: Trees): ChangeAnalysis =>
        analyzeChange({
          before: before.read(objects),
          after: after.read(edited),
          mesh: { istioVersion: '1.30' },
          policy: DEFAULT_POLICY,
          wantsFixes: true,
        });
      const pathOf = seed % 2 === 0 ? ownPath : namespacePath;
      const trees = new Trees(pathOf);
      const shared = analyze(trees, trees);
      expect([seed, shared]).toEqual([seed, analyze(new Trees(pathOf), new Trees(pathOf))]);
      if (shared.changes.length > 0) changed += 1;
    }
    expect(changed).toBeGreaterThan(10);
  });

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
