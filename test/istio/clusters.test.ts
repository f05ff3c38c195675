import { describe, expect, it } from 'vitest';
import { deployment, edgeTo, endpointText, object, service } from './mesh-of.js';

const NETWORKING = 'networking.istio.io/v1';
const rule = (spec: string): string => object(NETWORKING, 'DestinationRule', 'cart', `{host: cart, ${spec}}`);
const toSubset = object(
  NETWORKING,
  'VirtualService',
  'cart',
  '{hosts: [cart], http: [{route: [{destination: {host: cart, subset: v1}}]}]}',
);
const MESH = [service('cart', '[{name: http, port: 80}]'), deployment('cart', 'version: v1')];
const PASSTHROUGH = 'loadBalancer: {simple: PASSTHROUGH}';
const ROUND_ROBIN = 'loadBalancer: {simple: ROUND_ROBIN}';

/** The endpoints istiod sends: none for a cluster whose endpoint is the address that was called. */
function sent(documents: readonly string[]): string[] {
  return edgeTo('cart:80/http', [...MESH, ...documents]).endpoints.map(endpointText);
}

describe('a load balancer that passes through', () => {
  it('takes the endpoints from its cluster', () => {
    expect(sent([rule(`trafficPolicy: {${ROUND_ROBIN}}`)])).toEqual(['shop/Deployment/cart']);
    expect(sent([rule(`trafficPolicy: {${PASSTHROUGH}}`)])).toEqual([]);
  });

  it('is not undone by the balancer of a subset', () => {
    const subset = (more: string): string => `subsets: [{name: v1, labels: {version: v1}${more}}]`;
    expect(sent([toSubset, rule(subset(''))])).toEqual(['shop/Deployment/cart']);
    expect(sent([toSubset, rule(subset(`, trafficPolicy: {${PASSTHROUGH}}`))])).toEqual([]);
    const both = `trafficPolicy: {${PASSTHROUGH}}, ${subset(`, trafficPolicy: {${ROUND_ROBIN}}`)}`;
    expect(sent([toSubset, rule(both)])).toEqual([]);
  });

  it('does not count for a port with settings of its own', () => {
    const port = 'portLevelSettings: [{port: {number: 80}, connectionPool: {tcp: {maxConnections: 9}}}]';
    expect(sent([rule(`trafficPolicy: {${PASSTHROUGH}, ${port}}`)])).toEqual(['shop/Deployment/cart']);
  });
});
