import { join } from 'node:path';
import { expect, it } from 'vitest';
import { percentile, runLoad } from './load-run.js';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

it('the App under a steady rate of deliveries, and faults, answers all, and comes to the right answers', async () => {
  const options = { seed: 3, teams: 4, namespaces: 10, rate: 8, seconds: 6, measurements: 1, hasFaults: true };
  const environment = { LOG_LEVEL: 'info', RECONCILE_SECONDS: '5', ANALYSIS_THREADS: '2' };
  const { answers, deliveries, measurements, problems } = await runLoad(
    { ...options, main: MAIN, environment },
    () => undefined,
  );
  expect(problems).toEqual([]);
  expect(deliveries.get('refused') ?? 0).toBe(0);
  expect(deliveries.get('unreachable') ?? 0).toBe(0);
  expect(answers.length).toBeGreaterThan(40);
  // The load test itself asks for less; here, other tests are at the same cores.
  expect(percentile(answers, 0.99)).toBeLessThan(1000);
  expect(measurements.at(-1)?.heaps).toHaveLength(3);
}, 300_000);
