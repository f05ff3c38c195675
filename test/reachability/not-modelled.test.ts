import { describe, expect, it } from 'vitest';
import { analyzeMesh } from '../../src/analyze-change.js';
import { listChangedObjects } from '../../src/kubernetes/changed-objects.js';
import { findTouchedPolicies } from '../../src/reachability/not-modelled.js';
import { parseText } from '../conformance/conformance-case.js';
import { deployment, object } from '../istio/mesh-of.js';

/** Code and sentence of all remarks but the one on the namespaces, which no test here declares. */
function remarks(...documents: readonly string[]): string[] {
  const { diagnostics } = analyzeMesh({
    manifests: parseText(documents.join('\n---\n')),
    mesh: { istioVersion: '1.30' },
  });
  return diagnostics
    .filter(({ code }) => code !== 'undeclared-namespace')
    .map(({ code, message }) => `${code}: ${message}`);
}

function namespace(name: string, labels: string): string {
  return `\napiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {${labels}}}\n`;
}

function release(name: string, version = '1'): string {
  return object(
    'helm.toolkit.fluxcd.io/v2',
    'HelmRelease',
    name,
    `{chart: {spec: {chart: web, version: "${version}"}}}`,
  );
}

describe('what the answer does not account for', () => {
  it('names the workloads of an ambient namespace, where there are some', () => {
    const ambient = namespace('shop', 'istio.io/dataplane-mode: ambient');
    expect(remarks(ambient, deployment('web'))).toEqual([
      'ambient-namespace: Namespace shop is in ambient mode, which is not modelled; the answers for shop/Deployment/web may be wrong.',
    ]);
    expect(remarks(ambient)).toEqual([
      'ambient-namespace: Namespace shop is in ambient mode, which is not modelled; the answers for its workloads may be wrong.',
    ]);
  });

  it('names the workloads behind the waypoint of a namespace', () => {
    const labels = 'istio-injection: enabled, istio.io/use-waypoint: main';
    expect(remarks(namespace('shop', labels), deployment('web'), deployment('pay/card'))).toEqual([
      'waypoint: Namespace shop uses a waypoint, which is not modelled; calls to namespace shop (shop/Deployment/web) may end elsewhere.',
    ]);
  });

  it('names pods of another injection template, and leaves those that add to the sidecar alone', () => {
    const injectedBy = (name: string, templates: string): string =>
      deployment(name).replace(
        'metadata: {labels',
        `metadata: {annotations: {inject.istio.io/templates: "${templates}"}, labels`,
      );
    expect(
      remarks(injectedBy('a', 'grpc-agent'), injectedBy('b', 'sidecar, spire'), injectedBy('c', 'gateway')),
    ).toEqual([
      'injection-template: The injection template "grpc-agent" is not modelled; the answers for shop/Deployment/a may be wrong.',
    ]);
  });

  it('says once that controllers render manifests which are not there', () => {
    expect(remarks(release('a'), release('b'))).toEqual([
      'not-rendered: What a controller makes of HelmRelease shop/a, HelmRelease shop/b is not part of the answer.',
    ]);
    const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => release(name));
    expect(remarks(...many)[0]).toMatch(/HelmRelease shop\/e and 2 more is not/);
  });

  it('names each object that the change touches and a controller renders', () => {
    const [before, after] = ['1', '2'].map(
      (version) => parseText(`${release('a', version)}---\n${release('b')}`).objects,
    );
    const touched = findTouchedPolicies(listChangedObjects(before!, after!));
    expect(touched.names).toEqual(['HelmRelease']);
    expect(touched.diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'change-not-rendered: HelmRelease shop/a is changed; what a controller makes of it is not part of the answer.',
    ]);
  });
});

describe('a revision of Istio that the manifests do not show', () => {
  const canary = namespace('shop', 'istio.io/rev: canary');

  it('is named once a namespace, where another one is shown', () => {
    const documents = [canary, namespace('pay', 'istio-injection: enabled'), deployment('web'), deployment('cart')];
    expect(remarks(...documents)).toEqual([
      'missing-revision: Namespace shop asks for the revision canary of Istio, and the manifests show other revisions only; its pods are taken to have no sidecar.',
    ]);
  });

  it('is taken to be installed elsewhere, where none is shown', () => {
    expect(remarks(canary, deployment('web'))).toEqual([]);
  });
});

describe('routes of the Gateway API for a Service', () => {
  const route = (apiVersion: string, kind: string): string =>
    object(
      `gateway.networking.k8s.io/${apiVersion}`,
      kind,
      'steer',
      '{parentRefs: [{group: "", kind: Service, name: web}], rules: [{backendRefs: [{name: web, port: 80}]}]}',
    );

  it('are named where istiod does not look at them', () => {
    expect(remarks(route('v1alpha2', 'TCPRoute'))).toEqual([
      'mesh-route-ignored: TCPRoute shop/steer has a Service as its parent, which Istio 1.30 is taken to ignore unless its alpha support is turned on.',
    ]);
  });

  it('are not named where it does', () => {
    expect(remarks(route('v1', 'HTTPRoute'))).toEqual([]);
  });
});
