import { describe, expect, it } from 'vitest';
import { resolveServiceHost } from '../../src/kubernetes/resolve-service-host.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';

const content = ['a', 'b']
  .map((namespace) => `apiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: ${namespace}}\n`)
  .join('---\n');
const place = {
  namespace: 'a',
  clusterDomain: 'corp.example',
  objects: parseManifestFile({ path: 'x.yaml', content }).objects,
};

describe('a host on the command line', () => {
  it.each([
    ['api', 'api.a.svc.corp.example'],
    ['api.b', 'api.b.svc.corp.example'],
    ['api.b.svc', 'api.b.svc.corp.example'],
    ['api.b.svc.corp.example', 'api.b.svc.corp.example'],
    ['web', 'web'],
    ['api.c', 'api.c'],
    ['api.b.pod', 'api.b.pod'],
    ['10.0.0.1', '10.0.0.1'],
  ])('%s is %s', (host, expected) => {
    expect(resolveServiceHost(host, place)).toBe(expected);
  });
});
