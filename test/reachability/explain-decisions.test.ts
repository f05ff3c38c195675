import { describe, expect, it } from 'vitest';
import { explainEdge } from '../../src/analyze-change.js';
import { parseText } from '../conformance/conformance-case.js';
import { deployment, object, service } from '../istio/mesh-of.js';

const PORTS = '[{name: http, port: 80}]';

function sidecar(name: string, spec: string): string {
  return object('networking.istio.io/v1', 'Sidecar', name, spec);
}

/** What is said of one decision on the way of `shop/Deployment/web` to the Service `cart`. */
function told(title: string, ...documents: readonly string[]): string {
  const text = [deployment('web'), deployment('cart'), service('cart', PORTS), ...documents].join('\n---\n');
  const steps = explainEdge({
    manifests: parseText(text),
    mesh: { istioVersion: '1.30' },
    workload: { namespace: 'shop', kind: 'Deployment', name: 'web' },
    destination: { host: 'cart.shop.svc.cluster.local', port: 80, protocol: 'http' },
  });
  const step = steps.find((one) => one.title === title);
  if (!step) throw new Error(`no step ${title}; there are ${steps.map((one) => one.title).join(', ')}`);
  return step.detail;
}

describe('the Sidecar that governs', () => {
  const own = (app: string): string => `{workloadSelector: {labels: {app: ${app}}}, egress: [{hosts: ["./*"]}]}`;

  it('is told from those behind it and from those of other pods, of which only some are named', () => {
    const others = ['p', 'q', 'r', 's', 't', 'u', 'v'].map((name) => sidecar(name, own(name)));
    expect(
      told('Sidecar', sidecar('mine', own('web')), sidecar('all', '{egress: [{hosts: ["./*"]}]}'), ...others),
    ).toBe(
      'Sidecar shop/mine governs. Behind it (selectors first, then the older, then the name): all. ' +
        'Of other pods: p, q, r, s, t and 2 more.',
    );
  });

  it('has nothing said of others where there are none', () => {
    expect(told('Sidecar', sidecar('mine', own('web')))).toBe('Sidecar shop/mine governs.');
  });
});

describe('the outbound traffic policy', () => {
  const mesh = `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "outboundTrafficPolicy: {mode: REGISTRY_ONLY}"}
`;

  it('is said to be where it comes from', () => {
    const title = 'Outbound traffic policy';
    expect(told(title)).toBe(
      "ALLOW_ANY (Istio's default: the manifests hold no mesh configuration): what nobody registered passes through.",
    );
    expect(told(title, mesh)).toBe(
      'REGISTRY_ONLY (by the mesh configuration in ConfigMap istio-system/istio): what nobody registered is blocked.',
    );
    expect(
      told(title, mesh, sidecar('mine', '{outboundTrafficPolicy: {mode: ALLOW_ANY}, egress: [{hosts: ["*/*"]}]}')),
    ).toBe('ALLOW_ANY (Sidecar shop/mine sets it): what nobody registered passes through.');
  });
});
