import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SecondTryReporter } from './test/second-try-reporter.js';

/** Folders whose tests leave nothing behind in their process, which many files then share with what they import. */
const SHARING = [
  ...['conformance', 'diagnostic', 'envoy', 'handbook', 'istio', 'kubernetes', 'layout', 'policy'],
  ...['reachability', 'report', 'scenarios', 'snapshot', 'verify'],
].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'sharing', include: SHARING, isolate: false } },
      { extends: true, test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: SHARING } },
    ],
    globalSetup: ['test/real-renderers.ts'],
    // What somebody's own runs have left must not answer a test, nor a test leave anything to them.
    env: { EGRESS_SCOPE_CACHE: 'off' },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Vitest leaves a core for itself; the tests wait for processes and servers a third of their time.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // In CI processes of many tests share a machine of nobody's choice; what fails there once is run again, and named.
    retry: process.env['CI'] ? 1 : 0,
    reporters: process.env['CI'] ? ['dot', 'json', new SecondTryReporter()] : ['default'],
    outputFile: { json: 'coverage/test-results.json' },
  },
});
