import { describe, expect, it } from 'vitest';
import { admit } from '../../../src/istio/admission/admit.js';
import { nearest } from '../../../src/istio/admission/unknown-fields.js';
import type { JsonValue } from '../../../src/kubernetes/manifest.js';
import { istioObject } from './admission-object.js';

function warningsOf(spec: JsonValue, version = '1.30'): readonly string[] {
  return admit(istioObject('Sidecar', 'default', spec), version).warnings.map((warning) => warning.message);
}

describe('fields that a cluster drops', () => {
  it('are told with their path and the name that may have been meant', () => {
    const { rejected, warnings } = admit(
      istioObject('Sidecar', 'default', { egress: [{ host: 'x', hosts: ['*/*'] }] }),
      '1.30',
    );
    expect(rejected).toBeNull();
    expect(warnings).toEqual([
      {
        code: 'unknown-field',
        message: 'unknown field "spec.egress[0].host": it has no effect; did you mean "hosts"?',
        path: ['spec', 'egress', 0, 'host'],
      },
    ]);
  });

  it('include other spellings of a field, which then does not count', () => {
    const spec = { egress: [{ hosts: ['*/*'] }], workload_selector: { labels: { '*': '*' } } };
    expect(warningsOf(spec)).toEqual([
      'unknown field "spec.workload_selector": it has no effect; did you mean "workloadSelector"?',
    ]);
    expect(admit(istioObject('Sidecar', 'default', spec), '1.30').rejected).toBeNull();
  });

  it('include fields of a later version', () => {
    const http2KeepAlive = { interval: 'nonsense', timeout: '5s' };
    const listener = { port: { number: 80, protocol: 'HTTP' }, connectionPool: { http: { http2KeepAlive } } };
    const object = istioObject('Sidecar', 'default', { ingress: [listener] });
    expect(admit(object, '1.30')).toMatchObject({ rejected: null, warnings: [{ code: 'unknown-field' }] });
    expect(admit(object, '1.31').rejected).toContain('bad Duration');
  });

  it('leave an object refused that has nothing else', () => {
    const object = istioObject('Sidecar', 'default', { egres: [{ hosts: ['*/*'] }] });
    expect(admit(object, '1.30').rejected).toBe('configuration is invalid: sidecar: empty configuration provided');
  });

  it('are not the keys of labels', () => {
    expect(warningsOf({ egress: [{ hosts: ['*/*'] }], workloadSelector: { labels: { anything: 'x' } } })).toEqual([]);
  });
});

describe('nearest', () => {
  it.each([
    ['outboundTraficPolicy', 'outboundTrafficPolicy'],
    ['outbound-traffic-policy', 'outboundTrafficPolicy'],
    ['Egress', 'egress'],
    ['ingres', 'ingress'],
    ['replicas', null],
  ])('of %s is %s', (name, expected) => {
    const fields = ['workloadSelector', 'ingress', 'egress', 'inboundConnectionPool', 'outboundTrafficPolicy'];
    expect(nearest(name, fields)).toBe(expected);
  });
});
