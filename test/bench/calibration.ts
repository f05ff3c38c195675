const ROUNDS = 60_000;

/**
 * Milliseconds that a fixed piece of work takes here and now: texts that are cut, counted in a map and sorted, which is what an
 * analysis does as well. The machine, and whoever else is at work on it, tell in it as they do in every figure beside it.
 */
export function calibrate(): number {
  const start = performance.now();
  const counts = new Map<string, number>();
  let seed = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    const text = `namespace-${seed % 5000}/service-${seed % 97}.svc.cluster.local:${seed % 9999}`;
    for (const part of text.split('/')) counts.set(part, (counts.get(part) ?? 0) + part.length);
  }
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  if (JSON.stringify(sorted).length <= counts.size) throw new Error('The calibration is broken.');
  return performance.now() - start;
}

/** The middle one of several measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}
