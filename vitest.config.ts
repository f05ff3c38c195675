import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/real-renderers.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Vitest leaves a core for itself; the tests wait for processes and servers a third of their time.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    reporters: process.env['CI'] ? ['dot', 'json'] : ['default'],
    outputFile: { json: 'coverage/test-results.json' },
  },
});
