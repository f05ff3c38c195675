import { setup } from '../real-renderers.js';
import { AnalysisBench, type Measurement } from './analysis-bench.js';
import { makeBenchRepository } from './bench-repository.js';
import type { Parts } from './mesh-bench.js';

/**
 * A repository with many kustomizations and charts: one analysis, and another one in the same process after it, when one file is
 * another.
 */
export async function measureRoots(count: number, seed: number): Promise<readonly (readonly [string, Parts])[]> {
  await setup();
  const { files, roots, edits } = makeBenchRepository(count, seed);
  const bench = await AnalysisBench.create(files);
  try {
    const cold = await bench.analyze(edits[0]);
    const warm = await bench.analyze(edits[1]);
    return [
      [`${roots} roots`, partsOf(cold)],
      [`${roots} roots, warm`, partsOf(warm)],
    ];
  } finally {
    await bench.close();
  }
}

function partsOf({ parts, total, rendered }: Measurement): Parts {
  return { ...parts, total, 'rendered roots': rendered };
}
