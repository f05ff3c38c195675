import { describe, expect, it } from 'vitest';
import { deployment, edgeTo, endpointText, object, service } from './mesh-of.js';

const NETWORKING = 'networking.istio.io/v1';

describe('a machine that a Service selects', () => {
  const machine = (ports: string): string =>
    object(NETWORKING, 'WorkloadEntry', 'vm', `{address: 198.51.100.7, labels: {app: cart}${ports}}`);
  const endpoints = (targetPort: string, ports = ''): string[] =>
    edgeTo('cart:80/http', [service('cart', `[{name: http, port: 80${targetPort}}]`), machine(ports)]).endpoints.map(
      endpointText,
    );

  it('serves the number of the target port', () => {
    expect(endpoints(', targetPort: 8080')).toEqual(['198.51.100.7:8080']);
    expect(endpoints('')).toEqual(['198.51.100.7:80']);
  });

  it('serves the port it declares by the name of the Service port', () => {
    expect(endpoints(', targetPort: 8080', ', ports: {http: 9000}')).toEqual(['198.51.100.7:9000']);
  });

  it('is no endpoint where it does not declare a named target port', () => {
    expect(endpoints(', targetPort: web')).toEqual([]);
    expect(endpoints(', targetPort: web', ', ports: {http: 9000}')).toEqual([]);
    expect(endpoints(', targetPort: web', ', ports: {web: 9000}')).toEqual(['198.51.100.7:9000']);
  });
});

describe('a Service that nobody may see', () => {
  const hidden = service('cart', '[{name: http, port: 80}]').replace(
    'namespace: shop}',
    "namespace: shop, annotations: {networking.istio.io/exportTo: '~'}}",
  );
  const strict = object('security.istio.io/v1', 'PeerAuthentication', 'default', '{mtls: {mode: STRICT}}');

  it('has a cluster without endpoints where a route of its own namespace leads to it', () => {
    const route = object(
      NETWORKING,
      'VirtualService',
      'front',
      '{hosts: [front], http: [{route: [{destination: {host: cart}}]}]}',
    );
    const edge = edgeTo('front:80/http', [
      service('front', '[{name: http, port: 80}]'),
      hidden,
      deployment('cart'),
      route,
    ]);
    expect(edge.verdict).toBe('no-endpoints');
  });

  it('still has its pods behind its address', () => {
    expect(edgeTo('cart:80/http', [hidden, deployment('cart')]).verdict).toBe('unmeshed');
    expect(edgeTo('cart:80/http', [hidden, deployment('cart'), strict]).verdict).toBe('refused');
  });
});

describe('a ServiceEntry without an address, of the host and namespace of a Service', () => {
  const entry = (port: string): string =>
    object(
      NETWORKING,
      'ServiceEntry',
      'extra',
      `{hosts: [cart.shop.svc.cluster.local], location: MESH_INTERNAL, resolution: NONE, ports: [${port}]}`,
    );
  const mesh = [service('cart', '[{name: http, port: 80}]', 'clusterIP: None'), deployment('cart')];

  it('makes listeners of the pods that the Service has on a port of the same number', () => {
    const edge = edgeTo('cart:80/tcp', [...mesh, entry('{number: 80, name: tcp, protocol: TCP}')]);
    expect(edge.verdict).toBe('meshed');
  });

  it('is called at the address of the Service for a port of its own', () => {
    const withAddress = [service('cart', '[{name: http, port: 80}]'), deployment('cart')];
    const sidecar = object(NETWORKING, 'Sidecar', 'default', '{egress: [{hosts: [./none.example]}]}');
    const annotated = deployment('caller').replace(
      'labels: {app: caller}}',
      'labels: {app: caller}, annotations: {traffic.sidecar.istio.io/excludeOutboundIPRanges: 10.0.0.0/8}}',
    );
    const edge = edgeTo(
      'cart:9000/tcp',
      [
        ...withAddress.map((text) => text.replace('ports: [', 'clusterIP: 10.0.0.9, ports: [')),
        entry('{number: 9000, name: tcp, protocol: TCP}'),
        sidecar,
        annotated,
      ],
      { caller: 'shop/Deployment/caller' },
    );
    expect(edge.verdict).toBe('bypass');
  });
});
