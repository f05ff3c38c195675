import { describe, expect, it } from 'vitest';
import { pairMeshes, type NamedMesh } from '../src/analyze-meshes.js';
import { buildManifestSet } from '../src/kubernetes/build-manifest-set.js';
import { parseManifestFile } from '../src/kubernetes/parse-manifest-file.js';

/** @param names `namespace/name` of its ConfigMaps. */
function mesh(name: string, ...names: readonly string[]): NamedMesh {
  const content = names.map((each) => {
    const [namespace, own] = each.split('/');
    return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${own}, namespace: ${namespace}}\n`;
  });
  const file = parseManifestFile({ path: `${name}.yaml`, content: content.join('---\n') });
  return { name, manifests: buildManifestSet([file]) };
}

/** `before > after` of each pair. */
function pairs(before: readonly NamedMesh[], after: readonly NamedMesh[]): readonly string[] {
  return pairMeshes(before, after).map((pair) => {
    const nameOf = (side: readonly NamedMesh[], manifests: NamedMesh['manifests']): string =>
      side.find((each) => each.manifests === manifests)?.name ?? '';
    return `${nameOf(before, pair.before)} > ${nameOf(after, pair.after)}`;
  });
}

describe('meshes that were renamed', () => {
  const dev = ['shop-dev/web', 'shop-dev/db'];
  const prod = ['shop-prod/web', 'shop-prod/db'];

  it('are those that share most objects, however many come and go', () => {
    const before = [mesh('dev', ...dev), mesh('prod', ...prod), mesh('old', 'old/old')];
    const after = [mesh('a', ...prod), mesh('b', ...dev), mesh('c', 'new/new'), mesh('d', 'other/other')];
    expect(pairs(before, after)).toEqual(['prod > a', 'dev > b', ' > c', ' > d', 'old > ']);
    expect(pairs(before.reverse(), after)).toEqual(['prod > a', 'dev > b', ' > c', ' > d', 'old > ']);
  });

  it('are those of the same names in other namespaces, where none are the same', () => {
    const before = [mesh('dev', ...dev), mesh('jobs', 'jobs/nightly')];
    expect(pairs(before, [mesh('x', 'jobs-2/nightly'), mesh('y', ...prod)])).toEqual(['jobs > x', 'dev > y']);
  });

  it('have no part in what has its name on both sides', () => {
    const before = [mesh('dev', ...dev), mesh('prod', ...prod)];
    const after = [mesh('dev', ...prod), mesh('staging', ...dev), mesh('qa', 'qa/qa')];
    expect(pairs(before, after)).toEqual(['dev > dev', 'prod > staging', ' > qa']);
  });
});
