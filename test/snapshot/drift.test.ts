import { describe, expect, it } from 'vitest';
import { analyzeDrift, type ChangeAnalysis } from '../../src/analyze-change.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import { readSnapshot } from '../../src/snapshot/read-snapshot.js';
import { deployment, namespace, service, sidecar, tree } from '../reachability/change-mesh.js';

const TAKEN = Date.UTC(2026, 2, 10, 12);
const WEB = deployment('shop/web', ['http://card.pay:80']);
const PAY = [namespace('pay'), service('pay/card'), deployment('pay/card')];
const MESH = [namespace('shop'), WEB, ...PAY];

function drift(manifests: readonly string[], cluster: readonly string[], about = ''): ChangeAnalysis {
  const header = `${about}apiVersion: egress-scope/v1\nkind: Snapshot\nmetadata: {name: mesh}\nschema: egress-scope/snapshot/v1\ntakenAt: "2026-03-10T12:00:00Z"\nobjects: ${cluster.length}\n`;
  const content = [header, ...cluster].join('---\n');
  const reading = readSnapshot(parseManifestFile({ path: 'cluster.yaml', content }), TAKEN, null);
  if (reading.kind === 'unusable') throw new Error(reading.reason);
  const files = Object.fromEntries(manifests.map((text, place) => [`file-${place}`, text]));
  return analyzeDrift({ manifests: tree(files), snapshot: reading.snapshot, mesh: {}, policy: DEFAULT_POLICY });
}

const found = ({ diagnostics }: ChangeAnalysis): string[] =>
  diagnostics
    .filter(({ code }) => ['differs-in-cluster', 'not-in-cluster', 'not-in-manifests'].includes(code))
    .map(({ code, path }) => `${code} ${path}`);

describe('drift', () => {
  it('is a Sidecar that somebody has put into a namespace of the manifests', () => {
    const analysis = drift(MESH, [...MESH, sidecar('shop/default', ['./*'])]);
    expect(found(analysis)).toEqual(['not-in-manifests cluster.yaml']);
    expect(analysis.verdict).toBe('fail');
    const [change] = analysis.changes;
    expect(change).toMatchObject({ before: 'meshed', after: 'unmeshed', need: 'referenced' });
    expect(change!.causes).toMatchObject([{ kind: 'Sidecar', path: 'cluster.yaml', side: 'after' }]);
  });

  it('is not what the cluster has in other namespaces, nor a workload of somebody else', () => {
    const others = [namespace('other'), sidecar('other/default', ['./*']), deployment('shop/debug')];
    expect(found(drift(MESH, [...MESH, ...others]))).toEqual([]);
  });

  it('is a label that takes a pod out of its Service', () => {
    const relabelled = PAY.map((text) =>
      text.includes('kind: Deployment') ? text.replace(/(template:[^]*labels: \{)[^}]*/, '$1app: other') : text,
    );
    expect(relabelled).not.toEqual(PAY);
    const analysis = drift(MESH, [namespace('shop'), WEB, ...relabelled]);
    expect(found(analysis)).toEqual(['differs-in-cluster file-4.yaml']);
    expect(analysis.changes.map(({ before, after }) => `${before} ${after}`)).toContain('meshed no-endpoints');
  });

  it('keeps what a workload calls, of which a snapshot need not tell', () => {
    const bare = WEB.replace(/env:[^]*/, 'ports: [{containerPort: 8080, name: web}]\n');
    expect(bare).not.toBe(WEB);
    const analysis = drift(MESH, [namespace('shop'), bare, ...PAY, sidecar('shop/default', ['./*'])]);
    expect(found(analysis)).toContain('differs-in-cluster file-1.yaml');
    expect(analysis.changes[0]).toMatchObject({ need: 'referenced', after: 'unmeshed' });
  });

  it('is not an EndpointSlice, where nobody has asked for them', () => {
    const slice = `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: card-x\n  namespace: pay\n  labels: {kubernetes.io/service-name: card}\naddressType: IPv4\nports: [{name: http, port: 8080}]\nendpoints: [{addresses: [10.0.0.1]}]\n`;
    expect(found(drift([...MESH, slice], MESH, 'endpoints: false\n'))).toEqual([]);
    expect(found(drift([...MESH, slice], MESH, 'endpoints: true\n'))).toEqual(['not-in-cluster file-5.yaml']);
  });

  it('is not what an API server fills in', () => {
    const filled = MESH.map((text) =>
      text
        .replace('spec: {selector', 'spec: {type: ClusterIP, clusterIP: 10.0.0.7, sessionAffinity: None, selector')
        .replace(/port: 80([,}])/, 'port: 80, protocol: TCP$1'),
    );
    expect(found(drift(MESH, filled))).toEqual([]);
  });

  it('is an object that is gone', () => {
    const analysis = drift(MESH, MESH.slice(0, 3));
    expect(found(analysis)).toEqual(['not-in-cluster file-3.yaml', 'not-in-cluster file-4.yaml']);
    expect(analysis.changes.map(({ after }) => after)).toContain('absent');
  });
});
