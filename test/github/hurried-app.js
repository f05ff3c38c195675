import { createRequire } from 'node:module';
import process from 'node:process';

/**
 * `node hurried-app.js`: `egress-scope serve`, as it is built, in which Octokit leaves less time between two writes. GitHub asks for a
 * second between writes and three between reviews; tests would do little but wait. The soak runs the App at its own pace. With
 * `TEST_RENDER_SECONDS`, a rendering may take that long; with `TEST_LEASE_SECONDS`, a replica that says nothing for so long is
 * taken for dead.
 */
const HASTE = 20;

/** @typedef {{ readonly minTime?: number }} Pace */

/** What Octokit waits with. */
const Bottleneck = /** @type {{ Group: new (pace: Pace) => object }} */ (
  createRequire(import.meta.url)('bottleneck/light.js')
);
Bottleneck.Group = class extends Bottleneck.Group {
  /** @param {Pace} pace */
  constructor({ minTime = 0, ...pace }) {
    super({ ...pace, minTime: minTime / HASTE });
  }
};

const { TEST_RENDER_SECONDS: seconds, TEST_LEASE_SECONDS: lease } = process.env;
if (seconds === undefined && lease === undefined) {
  process.argv[2] = 'serve';
  await built('cli/main');
} else {
  const { serve } = /** @type {typeof import('../../src/github/serve.js')} */ (await built('github/serve'));
  await serve({
    ...(seconds === undefined ? {} : { renderLimits: { milliseconds: Number(seconds) * 1000 } }),
    ...(lease === undefined ? {} : { leaseMs: Number(lease) * 1000 }),
  });
}

/** @param {string} path */
function built(path) {
  return import(new URL(`../../dist/${path}.js`, import.meta.url).href);
}
