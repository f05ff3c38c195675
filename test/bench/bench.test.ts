import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyzeChange } from '../../src/analyze-change.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { ManifestSet } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import { AnalysisBench } from './analysis-bench.js';
import { makeBenchMesh, MESH_EDITS, type MeshFiles } from './bench-mesh.js';
import { makeBenchRepository } from './bench-repository.js';
import { exponentOf, tellSlower } from './figure.js';
import { MeshBench, SIZES } from './mesh-bench.js';

const repository = makeBenchRepository(12, 3);
let bench: AnalysisBench;

beforeAll(async () => {
  bench = await AnalysisBench.create(repository.files);
});

afterAll(() => bench.close());

describe('the bench', () => {
  it('makes the same repository of the same seed', () => {
    expect(makeBenchRepository(12, 3)).toEqual(repository);
    expect(makeBenchRepository(12, 4)).not.toEqual(repository);
    expect(repository.roots).toBe(12);
  });

  it('measures parts that add up, and renders no root twice', async () => {
    const cold = await bench.analyze(repository.edits[0]);
    const warm = await bench.analyze(repository.edits[1]);
    for (const { parts, total, meshes, analysis } of [cold, warm]) {
      const sum = Object.values(parts).reduce((a, b) => a + b, 0);
      expect(Math.min(...Object.values(parts))).toBeGreaterThanOrEqual(0);
      expect(sum).toBeGreaterThan(0.8 * total);
      expect(sum).toBeLessThanOrEqual(total);
      expect(meshes).toBe(4);
      expect(analysis.diagnostics.filter(({ code }) => code.startsWith('rendering'))).toEqual([]);
    }
    // Four overlays take in the base that each edit touches; before and after it, all others are the same.
    expect([cold.rendered, warm.rendered]).toEqual([12 + 4, 4]);
    expect(cold.objects).toBe(warm.objects);
  });
});

describe('the generated mesh', () => {
  const mesh = makeBenchMesh(20, 3);

  it('is the same of the same seed, and grows with its namespaces alone', () => {
    expect(makeBenchMesh(20, 3)).toEqual(mesh);
    expect(makeBenchMesh(20, 4)).not.toEqual(mesh);
    const count = (namespaces: number): number => Object.keys(makeBenchMesh(namespaces, 3).files).length;
    expect(count(200)).toBe(2613);
    expect(count(400) - 3).toBe(2 * (count(200) - 3));
  });

  it('is admitted whole, names nothing that it does not have, and every edit moves calls', () => {
    const before = manifestsOf(mesh.files);
    for (const edit of MESH_EDITS) {
      const after = manifestsOf({ ...mesh.files, ...mesh.edits[edit] });
      const analysis = analyzeChange({ before, after, mesh: {}, policy: DEFAULT_POLICY });
      expect(analysis.rejected).toEqual([]);
      expect(analysis.diagnostics).toEqual([]);
      expect(analysis.changes.length).toBeGreaterThan(0);
    }
  });

  function manifestsOf(files: MeshFiles): ManifestSet {
    return buildManifestSet(Object.entries(files).map(([path, content]) => parseManifestFile({ path, content })));
  }
});

describe('the evaluation', () => {
  it('calls no more functions a namespace in a large mesh than in a small one', () => {
    const meshes = new MeshBench({ seed: 1, profiles: null });
    try {
      const points = (['S/4', '4S'] as const).map((size) => [SIZES[size], meshes.calls(size)['calls']!] as const);
      expect(exponentOf(points)).toBeLessThan(1.01);
    } finally {
      meshes.close();
    }
  });
});

describe('the figures', () => {
  it('grow with the exponent of the line through them', () => {
    const points = [50, 100, 400].map((size) => [size, 3 * size ** 1.5] as const);
    expect(exponentOf(points)).toBeCloseTo(1.5, 6);
  });

  it('are slower where they are so beside their calibration, and not where the machine is', () => {
    const figure = { name: 'S diff', parts: { total: 3200 }, calibration: 200 };
    const stored = { 'S diff': 10 };
    expect(tellSlower([figure], stored)).toBe('SLOWER: S diff is 1.60 times slower than stored.');
    expect(tellSlower([{ ...figure, calibration: 300 }], stored)).toMatch(/^Nothing/);
    expect(tellSlower([{ ...figure, name: 'new' }], stored)).toMatch(/^Nothing/);
  });
});
