import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotJson } from '../../src/envoy/json-pieces.js';
import { NoProxyDump, readDump } from '../../src/envoy/read-dump.js';
import { renderVerifyText } from '../../src/report/verify-text.js';
import { meshToVerify, verifyWorkload } from '../../src/verify/verify-workload.js';
import { parseText } from '../conformance/conformance-case.js';
import { MY_SHELL, SEED, dumpOf, dumpText, seedText } from './seed-dumps.js';

const MESH = meshToVerify({
  manifests: parseText(seedText('after')),
  mesh: { istioVersion: '1.30', probes: SEED.probes },
});

/** Puts a value in the place of one of the many in a tree, which a number chooses at each step down. */
function replaceAt(tree: unknown, way: readonly number[], value: unknown): unknown {
  const [step, ...rest] = way;
  if (step === undefined || typeof tree !== 'object' || tree === null) return value;
  const keys = Object.keys(tree);
  const key = keys[step % keys.length];
  if (key === undefined) return value;
  const child = replaceAt((tree as Record<string, unknown>)[key], rest, value);
  return Array.isArray(tree)
    ? tree.map((item: unknown, place) => (String(place) === key ? child : item))
    : { ...tree, [key]: child };
}

const strange = fc.oneof(
  fc.constantFrom(null, '', 0, -1, true, [], {}, [[]], [null], { value: null }, '__proto__', '*', '::', '0.0.0.0'),
  fc.jsonValue({ maxDepth: 2 }),
);

describe('a dump that is not as it should be', () => {
  const TREE = JSON.parse(dumpText('after')) as unknown;

  it('makes the answer another one, and never throws', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 14 }), strange, (way, value) => {
        const text = JSON.stringify(replaceAt(TREE, way, value));
        try {
          const verification = verifyWorkload(MESH, MY_SHELL, dumpOf(text), 'dump');
          const shown = renderVerifyText(
            { istioVersion: '1.30', verifications: [verification] },
            { color: false, width: 80 },
          );
          expect(shown).toContain('my-shell');
        } catch (error) {
          if (!(error instanceof NoProxyDump)) throw error;
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is refused in words, whatever bytes there are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readDump(bytes);
        } catch (error) {
          if (!(error instanceof NoProxyDump) && !(error instanceof NotJson)) throw error;
        }
      }),
    );
  });

  it('is never equal where a part of it is gone that decides', () => {
    const { configs } = TREE as { configs: { [list: string]: unknown }[] };
    const lists = ['dynamic_active_clusters', 'dynamic_listeners', 'dynamic_route_configs', 'dynamic_endpoint_configs'];
    for (const list of lists) {
      const items = configs.find((config) => list in config)![list] as unknown[];
      for (const gone of items) {
        // Clusters and listeners that are not for services, or not outbound, decide nothing.
        if (
          /"name":"(?:InboundPassthroughCluster|BlackHoleCluster|virtualInbound)"/.test(
            JSON.stringify(gone).slice(0, 200),
          )
        )
          continue;
        const text = JSON.stringify({
          configs: configs.map((config) =>
            list in config ? { ...config, [list]: items.filter((item) => item !== gone) } : config,
          ),
        });
        const { result } = verifyWorkload(MESH, MY_SHELL, dumpOf(text), 'dump');
        expect(result, JSON.stringify(gone).slice(0, 200)).not.toBe('equal');
      }
    }
  });
});
