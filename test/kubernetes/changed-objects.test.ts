import { describe, expect, it } from 'vitest';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { listChangedObjects } from '../../src/kubernetes/changed-objects.js';
import type { KubernetesObject } from '../../src/kubernetes/manifest.js';
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
