import { describe, expect, it } from 'vitest';
import { analyzeChange } from '../../src/analyze-change.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { JsonObject, ManifestSet, ParsedFile } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import type { Stage } from '../../src/reachability/checkpoint.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';
import { editedMesh, randomMesh } from './random-mesh.js';

const CHANGES = 5;

/** Files that are parsed once, as those are that a process has read before. */
class Files {
  readonly #parsed = new Map<string, ParsedFile>();

  setOf(objects: readonly JsonObject[]): ManifestSet {
    return buildManifestSet(objects.map((object) => this.#parse(JSON.stringify(object))));
  }

  #parse(content: string): ParsedFile {
    const known = this.#parsed.get(content) ?? parseManifestFile({ path: `${this.#parsed.size}.json`, content });
    this.#parsed.set(content, known);
    return known;
  }
}

function withOtherSidecars(random: SeededRandom, objects: readonly JsonObject[]): readonly JsonObject[] {
  const isSidecar = ({ kind }: JsonObject): boolean => kind === 'Sidecar';
  const own = objects.filter(isSidecar);
  const gone = own.length > 0 ? random.pick(own) : null;
  return [...objects.filter((object) => object !== gone), ...randomMesh(random).filter(isSidecar).slice(0, 1)];
}

function analyze(before: ManifestSet, after: ManifestSet, more: object = {}): ChangeAnalysis {
  return analyzeChange({ before, after, mesh: {}, policy: DEFAULT_POLICY, wantsFixes: true, ...more });
}

describe('changes of one base', () => {
  it('are judged, one after the other, as if each had a base of its own', () => {
    for (let seed = 0; seed < 25; seed += 1) {
      const random = new SeededRandom(seed);
      const base = randomMesh(random);
      const files = new Files();
      const shared = files.setOf(base);
      for (let change = 0; change < CHANGES; change += 1) {
        const objects = random.chance(0.7) ? withOtherSidecars(random, base) : editedMesh(random, base);
        const alone = new Files();
        const expected = analyze(alone.setOf(base), alone.setOf(objects));
        const found = analyze(shared, files.setOf(objects));
        expect([seed, change, withoutPlaces(found)]).toEqual([seed, change, withoutPlaces(expected)]);
      }
    }
  });

  it('do not index the base again, and heed the checkpoint of the change that is judged', () => {
    const files = new Files();
    const random = new SeededRandom(1);
    const base = randomMesh(random);
    const shared = files.setOf(base);
    const stages = (): readonly (Stage | undefined)[] => {
      const seen: (Stage | undefined)[] = [];
      const checkpoint = (stage?: Stage): void => void seen.push(stage);
      analyze(shared, files.setOf(withOtherSidecars(random, base)), { checkpoint });
      return seen.filter((stage) => stage === 'evaluate');
    };
    expect(stages()).toHaveLength(2);
    expect(stages()).toHaveLength(1);
    const stop = (): void => {
      throw new Error('Stop');
    };
    expect(() => analyze(shared, files.setOf(base), { checkpoint: stop })).toThrow('Stop');
    expect(() => analyze(shared, files.setOf(withOtherSidecars(random, base)))).not.toThrow();
  });
});

/** Files are named by the order in which they are met. */
function withoutPlaces(analysis: ChangeAnalysis): unknown {
  return JSON.parse(JSON.stringify(analysis).replace(/\d+\.json/g, 'N.json'));
}
