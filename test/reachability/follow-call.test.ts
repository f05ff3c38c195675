import { describe, expect, it } from 'vitest';
import { deployment, edgeTo, object, service } from '../istio/mesh-of.js';

const NETWORKING = 'networking.istio.io/v1';
const virtualService = (spec: string): string => object(NETWORKING, 'VirtualService', 'cart', spec);
const MESH = [
  service('cart', '[{name: http, port: 80}]'),
  service('canary', '[{name: http, port: 80}]'),
  deployment('cart'),
  deployment('canary'),
];
const own = '{destination: {host: cart}}';
const canary = '{destination: {host: canary}}';

describe('the branches of an edge', () => {
  const edge = (http: string) => edgeTo('cart:80/http', [...MESH, virtualService(`{hosts: [cart], http: ${http}}`)]);

  it('are there where a route leads elsewhere than GET / does', () => {
    const { clusters, branches } = edge(`[{match: [{uri: {prefix: /api}}], route: [${canary}]}, {route: [${own}]}]`);
    expect(clusters).toEqual(['outbound|80||cart.shop.svc.cluster.local']);
    expect(branches).toEqual([
      { match: 'path prefix /api', clusters: ['outbound|80||canary.shop.svc.cluster.local'], verdict: 'meshed' },
      { match: 'any request', clusters: ['outbound|80||cart.shop.svc.cluster.local'], verdict: 'meshed' },
    ]);
  });

  it('are not there where every route leads to clusters of GET / itself', () => {
    const split = `{route: [{destination: {host: cart}, weight: 90}, {destination: {host: canary}, weight: 10}]}`;
    expect(edge(`[{match: [{uri: {prefix: /api}}], route: [${canary}]}, ${split}]`).branches).toBeUndefined();
  });

  it('are there where GET / is redirected and another route leads to the host', () => {
    const redirect = `{match: [{method: {exact: GET}}], redirect: {authority: new.example}}`;
    const { verdict, branches } = edge(`[${redirect}, {route: [${own}]}]`);
    expect(verdict).toBe('meshed');
    expect(branches?.map(({ match, clusters }) => [match, clusters.length])).toEqual([
      ['method=GET', 0],
      ['any request', 1],
    ]);
  });
});

describe('a TCP call that a listener without an address captures', () => {
  const entry = (name: string, host: string): string =>
    object(
      NETWORKING,
      'ServiceEntry',
      name,
      `{hosts: ['${host}'], location: MESH_INTERNAL, resolution: STATIC, ports: [{number: 5432, name: tcp, protocol: TCP}], endpoints: [{address: 198.51.100.7}]}`,
    );
  const route = virtualService(
    '{hosts: [db.partner.example], tcp: [{route: [{destination: {host: db.partner.example, port: {number: 5432}}}]}]}',
  );

  it('is meshed for the host that captures', () => {
    expect(edgeTo('probe.partner.example:5432/tcp', [entry('any', '*.partner.example')]).verdict).toBe('meshed');
  });

  it('is misrouted for another host', () => {
    const documents = [entry('a', 'a.example'), entry('b', 'b.example')];
    const verdicts = ['a.example', 'b.example'].map((host) => edgeTo(`${host}:5432/tcp`, documents).verdict);
    expect(verdicts).toEqual(['meshed', 'misrouted']);
  });

  it('is misrouted where a VirtualService for one name under a wildcard takes all of them', () => {
    const documents = [entry('any', '*.partner.example'), route, entry('db', 'db.partner.example')];
    expect(edgeTo('probe.partner.example:5432/tcp', documents).verdict).toBe('misrouted');
    expect(edgeTo('db.partner.example:5432/tcp', documents).verdict).toBe('meshed');
  });

  it('is refused where the wrong server would not take it', () => {
    const pods = object(
      NETWORKING,
      'ServiceEntry',
      'a',
      '{hosts: [a.example], location: MESH_EXTERNAL, resolution: STATIC, ports: [{number: 5432, name: tcp, protocol: TCP}], workloadSelector: {labels: {app: cart}}}',
    );
    const strict = object('security.istio.io/v1', 'PeerAuthentication', 'default', '{mtls: {mode: STRICT}}');
    const documents = [pods, deployment('cart'), entry('b', 'b.example')];
    expect(edgeTo('b.example:5432/tcp', documents).verdict).toBe('misrouted');
    expect(edgeTo('b.example:5432/tcp', [...documents, strict]).verdict).toBe('refused');
  });
});
