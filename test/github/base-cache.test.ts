import { describe, expect, it } from 'vitest';
import { BaseCache, type Base } from '../../src/github/base-cache.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import type { LedgerRoot } from '../../src/kubernetes/ledger.js';

const MIB = 2 ** 20;

function baseOf(objects: number, failure: LedgerRoot['failure'] = null): Base {
  const one = (index: number): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a${index}}\n`;
  const content = Array.from({ length: objects }, (_unused, index) => one(index)).join('---\n');
  const file = parseManifestFile({ path: 'a.yaml', content });
  const root: LedgerRoot = { path: '', kind: 'plain', meshes: ['default'], objects, tools: [], failure };
  return {
    listing: new Map(),
    files: [file],
    discovery: {
      meshes: [{ name: 'default', deliveries: [], manifests: buildManifestSet([file]) }],
      diagnostics: [],
      followed: [],
      ledger: { roots: [root], skipped: [] },
      controlled: [],
      abandoned: [],
    },
  };
}

describe('what is known of bases', () => {
  it('is kept by size, the latest longest', () => {
    const cache = new BaseCache(10 * MIB);
    for (const name of ['a', 'b', 'c']) cache.set(name, baseOf(200));
    expect(['a', 'b', 'c'].map((name) => cache.get(name) !== undefined)).toEqual([false, true, true]);
    cache.clear();
    expect(cache.get('c')).toBe(undefined);
  });

  it('is thrown away once too much is kept with it of changes, however many these are', () => {
    const cache = new BaseCache(1000 * MIB);
    cache.set('a', baseOf(100));
    let changes = 0;
    while (cache.get('a')) changes += 1;
    expect(changes).toBeGreaterThan(5);
    expect(changes).toBeLessThan(50);
  });

  it('makes room for what changes add to it', () => {
    const cache = new BaseCache(12 * MIB);
    cache.set('old', baseOf(200));
    cache.set('busy', baseOf(200));
    for (let change = 0; change < 16; change += 1) cache.get('busy');
    expect(cache.get('old')).toBe(undefined);
    expect(cache.get('busy')).not.toBe(undefined);
  });

  it('is not kept where something could not be rendered', () => {
    const cache = new BaseCache(100 * MIB);
    cache.set('a', baseOf(1, 'rendering-limit'));
    expect(cache.get('a')).toBe(undefined);
  });
});
