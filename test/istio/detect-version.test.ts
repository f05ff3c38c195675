import { describe, expect, it } from 'vitest';
import { chooseVersion } from '../../src/istio/detect-version.js';
import { deployment, tree } from '../reachability/change-mesh.js';

const istiod = (image: string): string => deployment('istio-system/istiod').replace('image: app', `image: ${image}`);
const argo = (source: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec: {${source}}\n`;
const flux = (chart: string, version: string): string =>
  `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a, namespace: flux}\nspec: {chart: {spec: {chart: ${chart}, version: "${version}"}}}\n`;
const sail = (version: string): string =>
  `apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {name: default}\nspec: {version: ${version}, namespace: istio-system}\n`;
const operator = `apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: o, namespace: istio-system}\nspec: {tag: 1.29.0}\n`;

const choose = (asked: string | undefined, ...texts: string[]) =>
  chooseVersion(asked, tree(Object.fromEntries(texts.map((text, i) => [`f${i}`, text]))).objects);
const version = (...texts: string[]): string => choose(undefined, ...texts).behavior.version;

describe('the Istio version', () => {
  it.each([
    ['nothing shows one', deployment('shop/web'), '1.30'],
    ['the tag of istiod’s image', istiod('docker.io/istio/pilot:1.31.2'), '1.31'],
    ['a tag with a suffix and a digest', istiod('gcr.io/istio-release/pilot:1.28.1-distroless@sha256:00'), '1.28'],
    ['another image is no evidence', istiod('docker.io/istio/proxyv2:1.28.0'), '1.30'],
    ['an Istio object', sail('v1.31.0'), '1.31'],
    ['an Istio object that follows a stream', sail('v1.29-latest'), '1.29'],
    ['an IstioOperator', operator, '1.29'],
    ['an Argo CD Application', argo('source: {chart: istiod, targetRevision: 1.31.0}'), '1.31'],
    [
      'an Argo CD Application with several sources',
      argo('sources: [{chart: base, targetRevision: 1.1.0}, {chart: istiod, targetRevision: 1.28.3}]'),
      '1.28',
    ],
    ['a Flux HelmRelease', flux('istiod', '1.31.1'), '1.31'],
    ['a chart’s range', flux('istiod', '~1.29.0'), '1.29'],
    ['another chart is no evidence', flux('redis', '1.28.0'), '1.30'],
  ])('%s', (_, text, expected) => {
    expect(version(text)).toBe(expected);
    expect(choose(undefined, text).diagnostics).toEqual([]);
  });

  it('is the one asked for, whatever the manifests show', () => {
    const { behavior, diagnostics } = choose('1.28.4', istiod('istio/pilot:1.31.0'));
    expect(behavior.version).toBe('1.28');
    expect(diagnostics).toEqual([]);
  });

  it('is the nearest known one where it is unknown, and says so', () => {
    for (const [asked, nearest] of [
      ['1.24', '1.28'],
      ['1.40', '1.31'],
    ] as const) {
      const { behavior, diagnostics } = choose(asked);
      expect(behavior.version).toBe(nearest);
      expect(diagnostics.map(({ code }) => code)).toEqual(['unknown-istio-version']);
    }
    expect(choose(undefined, istiod('istio/pilot:1.20.0')).diagnostics[0]).toMatchObject({
      code: 'unknown-istio-version',
      path: 'f0.yaml',
      line: 1,
    });
  });

  it('is the lowest of several, and says so', () => {
    const { behavior, diagnostics } = choose(undefined, istiod('istio/pilot:1.31.0'), sail('v1.29.0'));
    expect(behavior.version).toBe('1.29');
    expect(diagnostics.map(({ code, path }) => [code, path])).toEqual([['several-istio-versions', 'f1.yaml']]);
  });
});
