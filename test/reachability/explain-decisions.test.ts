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
  return toldOf('cart.shop.svc.cluster.local', title, ...documents);
}

function toldOf(host: string, title: string, ...documents: readonly string[]): string {
  const text = [deployment('web'), deployment('cart'), service('cart', PORTS), ...documents].join('\n---\n');
  const steps = explainEdge({
    manifests: parseText(text),
    mesh: { istioVersion: '1.30' },
    workload: { namespace: 'shop', kind: 'Deployment', name: 'web' },
    destination: { host, port: 80, protocol: 'http' },
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
      'Sidecar shop/mine governs. Sidecars are not merged: one with a selector comes first, then the older, then the first by name. Without effect here: all. ' +
        'Of other pods: p, q, r, s, t and 2 more.',
    );
  });

  it('has nothing said of others where there are none', () => {
    expect(told('Sidecar', sidecar('mine', own('web')))).toBe('Sidecar shop/mine governs.');
  });
});

describe('who sees the destination', () => {
  it('is told, with whoever does not', () => {
    expect(told('Export')).toBe("Service shop/cart is exported to every namespace, by the mesh's default.");
    const entry = (exportTo: string): string =>
      object(
        'networking.istio.io/v1',
        'ServiceEntry',
        'bank',
        `{hosts: [bank.example.com], exportTo: ${exportTo}, ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}`,
      ).replace('namespace: shop', 'namespace: out');
    expect(toldOf('bank.example.com', 'Export', entry('["."]'))).toBe(
      'ServiceEntry out/bank is exported to its own namespace; namespace shop does not see it.',
    );
    expect(toldOf('bank.example.com', 'Export', entry('[shop]'))).toBe(
      'ServiceEntry out/bank is exported to namespace shop.',
    );
  });
});

describe('the host line', () => {
  const lists = (...hosts: string[]): string => sidecar('mine', `{egress: [{hosts: ${JSON.stringify(hosts)}}]}`);

  it.each([
    [['./*'], 'The host line "./*" imports it.'],
    [['out/*'], 'Nothing that Sidecar shop/mine lists matches cart.shop.svc.cluster.local.'],
    [
      ['out/cart.shop.svc.cluster.local'],
      'Nothing that Sidecar shop/mine lists matches cart.shop.svc.cluster.local; the nearest is "out/cart.shop.svc.cluster.local": it is of namespace out, and the host lives in shop.',
    ],
    [
      ['out/*', 'cart/*'],
      'Nothing that Sidecar shop/mine lists matches cart.shop.svc.cluster.local; the nearest is "cart/*": cart is the Service, whose namespace is shop.',
    ],
  ])('%j', (hosts, expected) => {
    expect(told('Import', lists(...hosts))).toBe(expected);
  });

  it('of a listener for a port that the destination does not have', () => {
    const listener = sidecar('mine', '{egress: [{port: {number: 81, protocol: HTTP, name: http}, hosts: ["./*"]}]}');
    expect(told('Import', listener)).toBe(
      'The host line "./*" of the listener for port 81 matches it, but it has no such port.',
    );
  });
});

describe('the DestinationRule', () => {
  const rule = (spec: string): string => object('networking.istio.io/v1', 'DestinationRule', 'cart', spec);
  const toCanary = object(
    'networking.istio.io/v1',
    'VirtualService',
    'cart',
    '{hosts: [cart], http: [{route: [{destination: {host: cart, subset: canary}}]}]}',
  );

  it('is told with the TLS that it sets', () => {
    expect(told('DestinationRule')).toBe(
      'None that namespace shop sees is for cart.shop.svc.cluster.local: the sidecar uses mutual TLS where the server takes it.',
    );
    expect(told('DestinationRule', rule('{host: cart, trafficPolicy: {tls: {mode: DISABLE}}}'))).toBe(
      'DestinationRule shop/cart sets the TLS mode DISABLE.',
    );
    expect(told('DestinationRule', rule('{host: cart}'))).toBe(
      'DestinationRule shop/cart sets no TLS mode: the sidecar uses mutual TLS where the server takes it.',
    );
  });

  it('is told with the subset that it lacks', () => {
    expect(told('DestinationRule', toCanary)).toBe(
      'None that namespace shop sees is for cart.shop.svc.cluster.local, so there is no subset "canary".',
    );
    expect(told('DestinationRule', toCanary, rule('{host: cart, subsets: [{name: v1}]}'))).toBe(
      'DestinationRule shop/cart defines the subsets "v1" alone, and not "canary".',
    );
    const own = rule(
      '{host: cart, subsets: [{name: canary, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}], trafficPolicy: {tls: {mode: DISABLE}}}',
    );
    expect(told('DestinationRule', toCanary, own)).toBe(
      'DestinationRule shop/cart sets the TLS mode ISTIO_MUTUAL for the subset "canary".',
    );
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
