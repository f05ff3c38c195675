import { join } from 'node:path';
import { expect, it } from 'vitest';
import { percentile, runLoad } from './load-run.js';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

const LOAD = { seed: 3, teams: 4, namespaces: 10, rate: 8, seconds: 6, hasFaults: true, main: MAIN };
const ENVIRONMENT = { LOG_LEVEL: 'info', ANALYSIS_THREADS: '2' };

it('the App under a steady rate of deliveries, and faults, answers all, and comes to the right answers', async () => {
  const alone = { reconcileSeconds: 5, replicas: 1, kills: 0, redisKills: 0, measuredEach: 100 };
  const { answers, deliveries, moments, problems } = await runLoad(
    { ...LOAD, ...alone, environment: ENVIRONMENT },
    () => undefined,
  );
  expect(problems).toEqual([]);
  expect(deliveries.get('refused') ?? 0).toBe(0);
  expect(deliveries.get('unreachable') ?? 0).toBe(0);
  expect(answers.length).toBeGreaterThan(40);
  // The load test itself asks for less; here, other tests are at the same cores.
  expect(percentile(answers, 0.99)).toBeLessThan(1000);
  expect(moments.at(-1)?.processes[0]?.heaps).toHaveLength(3);
}, 300_000);
