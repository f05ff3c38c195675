import { expect, it } from 'vitest';
import { analyzeChange } from '../../src/analyze-change.js';
import { checkResultOf } from '../../src/github/check-result.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';

const RELEASE = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  chart: {spec: {chart: web, version: 1.0.0, sourceRef: {kind: HelmRepository, name: acme}}}
`;
const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{port: 80}]}\n';

function conclusion(release: string, service: string): string {
  const tree = (...contents: readonly string[]) =>
    buildManifestSet(contents.map((content, index) => parseManifestFile({ path: `${index}.yaml`, content })));
  const [before, after] = [tree(RELEASE, SERVICE), tree(release, service)];
  const analysis = analyzeChange({ before, after, mesh: {}, policy: DEFAULT_POLICY });
  expect(analysis.verdict).toBe('pass');
  return checkResultOf(analysis, { blob: () => null }, () => null).conclusion;
}

it('a change of what a controller renders from elsewhere passes, but never as a success', () => {
  expect(conclusion(RELEASE.replace('1.0.0', '2.0.0'), SERVICE)).toBe('neutral');
  expect(conclusion(RELEASE, SERVICE.replace('80', '81'))).toBe('success');
  expect(conclusion(RELEASE, SERVICE)).toBe('success');
});
