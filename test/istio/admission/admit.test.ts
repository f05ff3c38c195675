import { describe, expect, it } from 'vitest';
import { admit } from '../../../src/istio/admission/admit.js';
import type { JsonValue } from '../../../src/kubernetes/manifest.js';
import { istioObject, kubernetesObject, sidecarOf } from './admission-object.js';

function rejectionOfHost(host: string, version = '1.30'): string | null {
  return admit(sidecarOf(host), version).rejected;
}

describe('hosts of a Sidecar', () => {
  it.each(['*/*', './*', '~/*', 'pay/*', '*/api.partner.example', 'pay/*.pay.svc.cluster.local', 'Pay/a.b', './a.b.'])(
    'admits %s',
    (host) => {
      expect(rejectionOfHost(host)).toBeNull();
    },
  );

  it.each([
    ['*-info/a.b', 'configuration is invalid: invalid namespace value "*-info" in sidecar'],
    ['pay/cart', 'configuration is invalid: short names (non FQDN) are not allowed'],
    ['cart.pay', 'configuration is invalid: host must be of form namespace/dnsName'],
    [
      'pay/1.2.3.4',
      'configuration is invalid: domain name "2.3.4" invalid (top level domain "4" cannot be all-numeric)',
    ],
  ])('refuses %s', (host, message) => {
    expect(rejectionOfHost(host)).toBe(message);
  });

  it('counts the errors of a host that is wrong in several ways, the invalid name twice', () => {
    expect(rejectionOfHost('*/rev*.a.b')).toBe(
      'configuration is invalid: 3 errors occurred:\n' +
        '\t* domain name "rev*.a.b" invalid (label "rev*" invalid)\n' +
        '\t* domain name "rev*.a.b" invalid (label "rev*" invalid)\n' +
        '\t* partial wildcard "rev*.a.b" not allowed\n\n',
    );
  });

  it('lets ~ take a namespace out from 1.31 on, not before', () => {
    expect(rejectionOfHost('~pay/a.b', '1.28')).toBe(
      'configuration is invalid: invalid namespace value "~pay" in sidecar',
    );
    expect(rejectionOfHost('~pay/a.b', '1.30.2')).not.toBeNull();
    expect(rejectionOfHost('~pay/a.b', '1.31')).toBeNull();
    expect(rejectionOfHost('~*-x/a.b', '1.31')).not.toBeNull();
  });

  it('warns of a host that another one covers, unless it is taken out', () => {
    const { rejected, warnings } = admit(sidecarOf('./*', 'shop/cart.shop.svc.cluster.local'), '1.30');
    expect(rejected).toBeNull();
    expect(warnings).toEqual([
      {
        code: 'admission-warning',
        message: 'duplicated egress host: shop/cart.shop.svc.cluster.local',
        path: ['spec', 'egress', 0, 'hosts', 1],
      },
    ]);
    expect(admit(sidecarOf('./*', '~shop/cart.shop.svc.cluster.local'), '1.31').warnings).toEqual([]);
  });
});

describe('a Sidecar', () => {
  function rejected(spec: JsonValue): string | null {
    return admit(istioObject('Sidecar', 'default', spec), '1.30').rejected;
  }

  it('is refused with nothing in it', () => {
    expect(rejected({})).toBe('configuration is invalid: sidecar: empty configuration provided');
    expect(rejected({ workloadSelector: { labels: { app: 'web' } } })).toBe(
      'configuration is invalid: sidecar: empty configuration provided',
    );
    expect(rejected({ outboundTrafficPolicy: {} })).toBeNull();
  });

  it('has its catch-all listener last, and one alone', () => {
    const message =
      'configuration is invalid: sidecar: the egress listener with empty port should be the last listener in the list';
    const [all, web] = [{ hosts: ['*/*'] }, { port: { number: 80, protocol: 'HTTP' }, hosts: ['*/*'] }];
    expect(rejected({ egress: [all, web] })).toBe(message);
    expect(rejected({ egress: [all, all] })).toBe(message);
    expect(rejected({ egress: [web, all] })).toBeNull();
  });

  it('has a host in each listener', () => {
    expect(rejected({ egress: [{ hosts: [] }] })).toBe(
      'configuration is invalid: sidecar: egress listener must contain at least one host',
    );
  });

  it('has a mode that exists, and the place of one that does not is told', () => {
    const typo = { egress: [{ hosts: ['*/*'] }], outboundTrafficPolicy: { mode: 'REGISTER_ONLY' } };
    const { rejected: message, rejectedPath } = admit(istioObject('Sidecar', 'default', typo), '1.30');
    expect(message).toBe(
      String.raw`cannot parse proto message for default: unknown value "\"REGISTER_ONLY\"" for enum istio.networking.v1alpha3.OutboundTrafficPolicy.Mode`,
    );
    expect(rejectedPath).toEqual(['spec', 'outboundTrafficPolicy', 'mode']);
  });

  it('is refused by its schema where istiod would not mind', () => {
    expect(rejected({ egress: [{ port: { number: '80' }, hosts: ['*/*'] }] })).toBe(
      'Sidecar.networking.istio.io "default" is invalid: spec.egress[0].port.number: Invalid value: "string": ' +
        'spec.egress[0].port.number in body must be of type integer: "string"',
    );
    expect(rejected({ egress: [{ bind: null, hosts: ['*/*'] }] })).toContain('must be of type string: "null"');
  });
});

describe('exportTo', () => {
  it.each([
    [['pay', 'pay'], 'configuration is invalid: duplicate entries in exportTo for entry pay'],
    [['.', 'shop'], 'configuration is invalid: duplicate entries in exportTo for entry shop'],
    [['shop', '.'], 'configuration is invalid: duplicate entries in exportTo: . and current namespace shop'],
    [
      ['*', 'pay'],
      'configuration is invalid: cannot have both public (*) and non-public exportTo values for a resource',
    ],
    [['a.b'], 'configuration is invalid: only .,*, or a valid DNS 1123 label is allowed as exportTo entry'],
  ])('of a DestinationRule is refused: %j', (exportTo, message) => {
    expect(admit(istioObject('DestinationRule', 'r', { host: 'a.b', exportTo }), '1.30').rejected).toBe(message);
  });

  it('to no one is for ServiceEntries alone', () => {
    const ports = [{ number: 80, name: 'http', protocol: 'HTTP' }];
    const entry = { hosts: ['a.b'], ports, exportTo: ['~'] };
    expect(admit(istioObject('ServiceEntry', 'e', entry), '1.30').rejected).toBeNull();
    expect(admit(istioObject('DestinationRule', 'r', { host: 'a.b', exportTo: ['~'] }), '1.30').rejected).toBe(
      'configuration is invalid: exportTo ~ (none) is not allowed for Istio configuration objects',
    );
  });
});

describe('versions of an API', () => {
  it.each(['v1', 'v1beta1', 'v1alpha3'])('serves networking.istio.io/%s', (version) => {
    expect(
      admit(istioObject('Sidecar', 'default', { egress: [{ hosts: ['*/*'] }] }, version), '1.30').rejected,
    ).toBeNull();
  });

  it('knows no kind but those of its groups', () => {
    expect(admit(istioObject('sidecar', 'default', { egress: [{ hosts: ['*/*'] }] }), '1.30').rejected).toBe(
      'no matches for kind "sidecar" in version "networking.istio.io/v1"',
    );
    expect(admit(istioObject('Gateway', 'default', { servers: [] }), '1.30').rejected).toBeNull();
  });

  it('knows none but those', () => {
    expect(admit(istioObject('Sidecar', 'default', { egress: [{ hosts: ['*/*'] }] }, 'v2'), '1.30').rejected).toBe(
      'no matches for kind "Sidecar" in version "networking.istio.io/v2"',
    );
    const policy = { kind: 'PeerAuthentication', metadata: { name: 'default' }, spec: { mtls: { mode: 'STRICT' } } };
    const served = (apiVersion: string): boolean =>
      admit(kubernetesObject({ ...policy, apiVersion }), '1.30').rejected === null;
    expect(served('security.istio.io/v1beta1')).toBe(true);
    expect(served('security.istio.io/v1alpha3')).toBe(false);
  });

  it('admits kinds that decide nothing unread', () => {
    const object = kubernetesObject({ apiVersion: 'x.example/v9', kind: 'Thing', metadata: { name: 'Any Name' } });
    expect(admit(object, '1.30')).toEqual({ rejected: null, rejectedPath: [], warnings: [] });
  });
});

describe('metadata', () => {
  it('of an Istio object is held to the API server’s rules', () => {
    const object = istioObject('Sidecar', 'My_Sidecar', { egress: [{ hosts: ['*/*'] }] });
    const { rejected, rejectedPath } = admit(object, '1.30');
    expect(rejected).toContain('metadata.name: Invalid value: "My_Sidecar": a lowercase RFC 1123 subdomain');
    expect(rejectedPath).toEqual(['metadata', 'name']);
  });

  it('may not carry the annotations that istiod keeps for itself', () => {
    const object = kubernetesObject({
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'default', annotations: { 'internal.istio.io/parents': 'x' } },
      spec: { egress: [{ hosts: ['*/*'] }] },
    });
    expect(admit(object, '1.30').rejected).toBe(
      'configuration is invalid: "internal.istio.io/parents" annotation found, this may not be set by users',
    );
  });
});
