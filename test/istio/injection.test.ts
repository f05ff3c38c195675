import { describe, expect, it } from 'vitest';
import { analyzeMesh } from '../../src/analyze-change.js';
import { parseText } from '../conformance/conformance-case.js';

const PROXY =
  '{name: istio-proxy, image: proxyv2, args: [proxy, sidecar, --domain, $(POD_NAMESPACE).svc.cluster.local]}';

/** Whether the pods of a Deployment have a sidecar in a namespace of these labels. */
function injected(namespaceLabels: string, podSpec: string, podLabels = ''): boolean {
  const text = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {${namespaceLabels}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web${podLabels}}}
    spec: {${podSpec}}
`;
  const { groups } = analyzeMesh({ manifests: parseText(text), mesh: {} });
  expect(groups).toHaveLength(1);
  return groups[0]!.injected;
}

describe('a namespace that the manifests do not declare', () => {
  const pod = (namespace: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: ${namespace}}
spec: {containers: [{name: app, image: app}]}
`;

  it('is taken to be injected, and that is said, unless nobody injects there', () => {
    const { diagnostics } = analyzeMesh({ manifests: parseText(`${pod('shop')}---${pod('kube-system')}`), mesh: {} });
    const found = diagnostics.filter(({ code }) => code === 'undeclared-namespace');
    expect(found.map(({ message }) => message.split(' ')[1])).toEqual(['shop']);
  });
});

describe('a sidecar that is written in the manifest', () => {
  it.each<[string, string, string, string, boolean]>([
    [
      'is there where nobody injects',
      'istio-injection: disabled',
      `containers: [{name: app, image: app}, ${PROXY}]`,
      '',
      true,
    ],
    [
      'may be a container that starts first',
      '',
      `containers: [{name: app, image: app}], initContainers: [${PROXY}]`,
      '',
      true,
    ],
    [
      'is there where the pod declines another',
      '',
      `containers: [${PROXY}]`,
      ', sidecar.istio.io/inject: "false"',
      true,
    ],
    ['is none on the host network', '', `hostNetwork: true, containers: [${PROXY}]`, '', false],
    [
      'is none without the arguments: it adjusts the one that is injected',
      '',
      'containers: [{name: istio-proxy, image: auto}]',
      '',
      false,
    ],
    ['is none where it is a gateway', '', `containers: [${PROXY.replace('sidecar', 'router')}]`, '', false],
  ])('%s', (_what, namespaceLabels, podSpec, podLabels, expected) => {
    expect(injected(namespaceLabels, podSpec, podLabels)).toBe(expected);
  });
});
