import { describe, expect, it } from 'vitest';
import { admit } from '../../../src/istio/admission/admit.js';
import type { JsonObject } from '../../../src/kubernetes/manifest.js';
import { kubernetesObject } from './admission-object.js';

function rejectionOf(body: JsonObject): string | null {
  return admit(kubernetesObject(body), '1.30').rejected;
}

function service(spec: JsonObject, name = 'cart'): JsonObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec };
}

describe('a Service', () => {
  it.each<[string, JsonObject]>([
    ['with a port', { ports: [{ port: 80 }] }],
    ['headless without ports', { clusterIP: 'None', selector: { app: 'cart' } }],
    ['that stands for another name', { type: 'ExternalName', externalName: 'a.example.com.' }],
    [
      'with one number for two protocols',
      {
        ports: [
          { port: 53, name: 'a' },
          { port: 53, name: 'b', protocol: 'UDP' },
        ],
      },
    ],
    ['with a named target port', { ports: [{ port: 80, targetPort: 'http', appProtocol: 'kubernetes.io/h2c' }] }],
  ])('is admitted %s', (_, spec) => {
    expect(rejectionOf(service(spec))).toBeNull();
  });

  it.each<[string, JsonObject, string]>([
    ['without ports', {}, 'spec.ports: Required value'],
    ['with a port of no number', { ports: [{ port: 0 }] }, 'spec.ports[0].port: Invalid value: 0'],
    ['with a port in quotes', { ports: [{ port: '80' }] }, 'spec.ports[0].port: Invalid value: "80"'],
    [
      'with ports that have no names',
      { ports: [{ port: 80 }, { port: 81, name: 'b' }] },
      'spec.ports[0].name: Required value',
    ],
    [
      'with two ports of one name',
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'a' },
        ],
      },
      'spec.ports[1].name: Duplicate value: "a"',
    ],
    [
      'with one port twice',
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 80, name: 'b' },
        ],
      },
      'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}',
    ],
    ['of an unknown protocol', { ports: [{ port: 80, protocol: 'HTTP' }] }, 'supported values: "SCTP", "TCP", "UDP"'],
    ['of an unknown type', { type: 'Cluster', ports: [{ port: 80 }] }, 'spec.type: Unsupported value: "Cluster"'],
    ['that stands for no name', { type: 'ExternalName' }, 'spec.externalName: Required value'],
    [
      'with a selector of wrong labels',
      { ports: [{ port: 80 }], selector: { app: 'a b' } },
      'spec.selector: Invalid value: "a b"',
    ],
  ])('is refused %s', (_, spec, message) => {
    expect(rejectionOf(service(spec))).toContain(message);
  });

  it('is refused where its spec is no map', () => {
    const body = { ...service({}), spec: ['ports'] };
    expect(rejectionOf(body)).toContain('spec: Invalid value: must be of type object');
  });

  it('has a name that a host name can begin with', () => {
    expect(rejectionOf(service({ ports: [{ port: 80 }] }, '1cart'))).toContain('a DNS-1035 label must consist of');
    expect(rejectionOf(service({ ports: [{ port: 80 }] }, 'a.b'))).toContain('metadata.name: Invalid value: "a.b"');
  });
});

describe('what makes pods', () => {
  const containers = [{ name: 'app', image: 'app:1' }];
  const template = { metadata: { labels: { app: 'cart' } }, spec: { containers } };
  const selector = { matchLabels: { app: 'cart' } };

  function deployment(spec: JsonObject, apiVersion = 'apps/v1'): JsonObject {
    return { apiVersion, kind: 'Deployment', metadata: { name: 'cart', namespace: 'shop' }, spec };
  }

  it('is admitted with a selector and a template', () => {
    expect(rejectionOf(deployment({ selector, template }))).toBeNull();
  });

  it.each<[string, JsonObject, string]>([
    ['without a selector', { template }, 'spec.selector: Required value'],
    ['with an empty selector', { selector: {}, template }, 'empty selector is invalid for deployment'],
    ['without a template', { selector }, 'spec.template.spec.containers: Required value'],
    [
      'with two containers of one name',
      { selector, template: { ...template, spec: { containers: [...containers, ...containers] } } },
      'spec.template.spec.containers[1].name: Duplicate value: "app"',
    ],
    [
      'that runs once',
      { selector, template: { ...template, spec: { containers, restartPolicy: 'Never' } } },
      'spec.template.spec.restartPolicy: Unsupported value: "Never"',
    ],
  ])('is refused %s', (_, spec, message) => {
    expect(rejectionOf(deployment(spec))).toContain(message);
  });

  it('is taken as written, with a warning, where its selector matches other labels', () => {
    const mismatch = deployment({ selector, template: { ...template, metadata: { labels: { app: 'basket' } } } });
    const { rejected, warnings } = admit(kubernetesObject(mismatch), '1.30');
    expect(rejected).toBeNull();
    expect(warnings).toMatchObject([{ code: 'selector-mismatch', path: ['spec', 'template', 'metadata', 'labels'] }]);
  });

  it('is not known in versions of long ago', () => {
    expect(rejectionOf(deployment({ selector, template }, 'apps/v1beta1'))).toBe(
      'no matches for kind "Deployment" in version "apps/v1beta1"',
    );
  });

  it('has no selector of its own as a Job', () => {
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once' } };
    expect(rejectionOf({ ...job, spec: { template: { spec: { containers, restartPolicy: 'Never' } } } })).toBeNull();
    expect(rejectionOf({ ...job, spec: {} })).toContain('spec.template.spec.containers: Required value');
    const nightly = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'nightly' } };
    const jobTemplate = { spec: { template: { spec: { containers: [] } } } };
    expect(rejectionOf({ ...nightly, spec: { schedule: '@daily', jobTemplate } })).toContain(
      'spec.jobTemplate.spec.template.spec.containers: Required value',
    );
  });
});

describe('labels', () => {
  it.each([
    ['a/b/c', 'x'],
    ['-a', 'x'],
    ['a', 'x y'],
    ['a', 'x'.repeat(64)],
  ])('are refused: %s=%s', (key, value) => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { [key]: value } } };
    expect(rejectionOf(namespace)).toContain('metadata.labels: Invalid value');
  });

  it('are admitted as Kubernetes writes them', () => {
    const labels = { 'app.kubernetes.io/name': 'cart', 'istio-injection': 'enabled', empty: '' };
    expect(rejectionOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } })).toBeNull();
  });
});
