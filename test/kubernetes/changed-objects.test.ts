import { describe, expect, it } from 'vitest';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { listChangedObjects, objectLookup } from '../../src/kubernetes/changed-objects.js';
import { objectKey, type KubernetesObject } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';

function installations(modes: Readonly<Record<string, string>>): readonly KubernetesObject[] {
  const files = Object.entries(modes).map(([path, mode]) => {
    const mesh = `meshConfig: {outboundTrafficPolicy: {mode: ${mode}}}`;
    const content = `apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {${mesh}}\n`;
    return parseManifestFile({ path, content });
  });
  return buildManifestSet(files).objects;
}

describe('objects without a name, in several files', () => {
  const before = installations({ 'a.yaml': 'ALLOW_ANY', 'b.yaml': 'REGISTRY_ONLY' });

  it('do not differ from themselves', () => {
    expect(listChangedObjects(before, installations({ 'a.yaml': 'ALLOW_ANY', 'b.yaml': 'REGISTRY_ONLY' }))).toEqual([]);
  });

  it('differ file by file', () => {
    const changed = listChangedObjects(before, installations({ 'a.yaml': 'REGISTRY_ONLY', 'b.yaml': 'REGISTRY_ONLY' }));
    expect(changed.map((change) => change.after?.origin.path)).toEqual(['a.yaml']);
  });
});

describe('an object of a tree that is compared with another one', () => {
  const configMaps = (files: Readonly<Record<string, string>>): readonly KubernetesObject[] =>
    Object.entries(files).map(([name, text]) => {
      const content = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop}\ndata: {text: ${text}}\n`;
      return parseManifestFile({ path: `${name}.yaml`, content }).objects[0]!;
    });
  const keyOf = (name: string): string => `/ConfigMap/shop/${name}`;

  it('is found as that tree has it, where it is the same, another one, new, or gone', () => {
    const before = configMaps({ a: 'same', b: 'old', c: 'gone', d: 'same' });
    const [b, x] = configMaps({ b: 'new', x: 'added' });
    const find = objectLookup(before, [before[0]!, b!, x!, before[3]!]);
    expect(before.map(objectKey)).toEqual(['a', 'b', 'c', 'd'].map(keyOf));
    expect(['a', 'b', 'c', 'd', 'x'].map((name) => find(keyOf(name)))).toEqual([before[0], b, undefined, before[3], x]);
  });
});
