import { createRequire } from 'node:module';
import process from 'node:process';

/**
 * `tsx hurried-app.ts`: `egress-scope serve`, in which Octokit leaves less time between two writes. GitHub asks for a second
 * between writes and three between reviews; tests would do little but wait. The soak runs the App at its own pace. With
 * `TEST_RENDER_SECONDS`, a rendering may take that long; with `TEST_LEASE_SECONDS`, a replica that says nothing for so long is
 * taken for dead.
 */
const HASTE = 20;

interface Pace {
  readonly minTime?: number;
}

/** What Octokit waits with. */
const Bottleneck = createRequire(import.meta.url)('bottleneck/light.js') as { Group: new (pace: Pace) => object };
Bottleneck.Group = class extends Bottleneck.Group {
  constructor({ minTime = 0, ...pace }: Pace) {
    super({ ...pace, minTime: minTime / HASTE });
  }
};

const { TEST_RENDER_SECONDS: seconds, TEST_LEASE_SECONDS: lease } = process.env;
if (seconds === undefined && lease === undefined) {
  process.argv[2] = 'serve';
  await import('../../src/cli/main.js');
} else {
  const { serve } = await import('../../src/github/serve.js');
  await serve({
    ...(seconds === undefined ? {} : { renderLimits: { milliseconds: Number(seconds) * 1000 } }),
    ...(lease === undefined ? {} : { leaseMs: Number(lease) * 1000 }),
  });
}
