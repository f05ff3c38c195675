import { describe, expect, it } from 'vitest';
import { deployment, edgeTo, importsOf, object, service } from './mesh-of.js';

const GATEWAY = 'gateway.networking.k8s.io/v1';
const PARENT = "parentRefs: [{group: '', kind: Service, name: cart}]";
const MESH = [
  service('cart', '[{name: http, port: 80}]'),
  service('canary', '[{name: http, port: 80}]'),
  deployment('cart'),
  deployment('canary'),
];
const OWN = 'outbound|80||cart.shop.svc.cluster.local';
const CANARY = 'outbound|80||canary.shop.svc.cluster.local';
const TO_CANARY = 'backendRefs: [{name: canary, port: 80}]';

function route(kind: string, rule: string, name = 'split'): string {
  return object(GATEWAY, kind, name, `{${PARENT}, rules: [{${rule}}]}`);
}

function clustersOf(documents: readonly string[], version = '1.30'): readonly string[] {
  return edgeTo('cart:80/http', [...MESH, ...documents], { version }).clusters;
}

describe('a route with a Service as parent', () => {
  it('steers the Service of its own namespace', () => {
    expect(clustersOf([route('HTTPRoute', TO_CANARY)])).toEqual([CANARY]);
    expect(clustersOf([route('GRPCRoute', TO_CANARY)])).toEqual([CANARY]);
  });

  it('does nothing for another kind of parent, or for a Service that is not there', () => {
    for (const parent of ['{kind: Service, name: cart}', "{group: '', kind: Service, name: gone}"]) {
      const spec = `{parentRefs: [${parent}], rules: [{${TO_CANARY}}]}`;
      expect(clustersOf([object(GATEWAY, 'HTTPRoute', 'split', spec)])).toEqual([OWN]);
    }
  });

  it('does nothing as a TCPRoute, which istiod leaves aside by default', () => {
    const spec = `{${PARENT}, rules: [{${TO_CANARY}}]}`;
    expect(clustersOf([object('gateway.networking.k8s.io/v1alpha2', 'TCPRoute', 'split', spec)])).toEqual([OWN]);
  });

  it('does nothing as a whole where one of its rules has a filter that Istio does not know', () => {
    const filter =
      'filters: [{type: ExtensionRef, extensionRef: {group: example.com, kind: Filter, name: f}}], ' + TO_CANARY;
    expect(clustersOf([route('HTTPRoute', filter)])).toEqual([OWN]);
  });

  it('stands beside a gRPC route of the same Service, the more specific match first', () => {
    const grpc = route('GRPCRoute', `matches: [{method: {service: a.B, method: C}}], ${TO_CANARY}`, 'grpc');
    const http = route('HTTPRoute', 'backendRefs: [{name: cart, port: 80}]', 'http');
    const edge = edgeTo('cart:80/http', [...MESH, grpc, http]);
    expect(edge.clusters).toEqual([OWN]);
    expect(edge.branches?.map(({ match }) => match)).toEqual(['path=/a.B/C', 'path prefix /']);
  });

  it('hides a gRPC route of the same Service before 1.30', () => {
    const grpc = route('GRPCRoute', TO_CANARY, 'a-grpc');
    const http = route('HTTPRoute', 'backendRefs: [{name: cart, port: 80}]', 'http');
    expect(edgeTo('cart:80/http', [...MESH, grpc, http], { version: '1.29' }).branches).toBeUndefined();
    expect(clustersOf([grpc, http], '1.29')).toEqual([OWN]);
  });

  it('answers 500 itself where all its backends weigh nothing', () => {
    const edge = edgeTo('cart:80/http', [
      ...MESH,
      route('HTTPRoute', 'backendRefs: [{name: canary, port: 80, weight: 0}]'),
    ]);
    expect([edge.verdict, edge.clusters, edge.endpoints]).toEqual(['meshed', [OWN], []]);
  });

  it('leads nowhere to a Service that is not there', () => {
    const edge = edgeTo('cart:80/http', [...MESH, route('HTTPRoute', 'backendRefs: [{name: gone, port: 80}]')]);
    expect(edge.verdict).toBe('unroutable');
  });
});

describe('a TLSRoute with a Service as parent', () => {
  const mesh = [
    service('cart', '[{name: https, port: 443}]', 'clusterIP: 198.18.0.1'),
    service('canary', '[{name: https, port: 443}]'),
    deployment('cart'),
    deployment('canary'),
  ];
  const tls = (hostnames: string): string =>
    object(
      GATEWAY,
      'TLSRoute',
      'split',
      `{${PARENT}, hostnames: [${hostnames}], rules: [{backendRefs: [{name: canary, port: 443}]}]}`,
    );
  const clusters = (hostnames: string, version: string): readonly string[] =>
    edgeTo('cart:443/tls', [...mesh, tls(hostnames)], { version }).clusters;

  it('steers the names it lists, from 1.30', () => {
    const canary = ['outbound|443||canary.shop.svc.cluster.local'];
    expect(clusters('cart.shop.svc.cluster.local', '1.30')).toEqual(canary);
    expect(clusters("'*.svc.cluster.local'", '1.31')).toEqual(canary);
    expect(clusters('cart.shop.svc.cluster.local', '1.29')).toEqual(['outbound|443||cart.shop.svc.cluster.local']);
  });
});

describe('a mirror of a route', () => {
  it('brings its Service along for a caller whose Sidecar leaves it out', () => {
    const hosts = '[./cart.shop.svc.cluster.local]';
    const sidecar = object('networking.istio.io/v1', 'Sidecar', 'default', `{egress: [{hosts: ${hosts}}]}`);
    const mirror = 'filters: [{type: RequestMirror, requestMirror: {backendRef: {name: canary, port: 80}}}]';
    const imports = (rule: string): readonly string[] => importsOf([...MESH, sidecar, route('HTTPRoute', rule)]);
    const own = 'backendRefs: [{name: cart, port: 80}]';
    expect(imports(own)).toEqual(['cart.shop.svc.cluster.local:80']);
    expect(imports(`${mirror}, ${own}`)).toEqual([
      'canary.shop.svc.cluster.local:80',
      'cart.shop.svc.cluster.local:80',
    ]);
  });
});
