import { describe, expect, it } from 'vitest';
import { diagnostic } from '../../src/diagnostic/diagnostic.js';
import type { MeshReach } from '../../src/reachability/egress-reachability.js';
import { reachJsonParts, renderDiffJson } from '../../src/report/render-json.js';
import { changeAnalysis, destination, edgeChange, fullLedger, MY_SHELL, SIDECAR_CAUSE } from './change-analysis.js';

describe('JSON of diff', () => {
  it('has the keys of the interface, in order, and no others', () => {
    const text = renderDiffJson(
      changeAnalysis({
        verdict: 'fail',
        reasons: ['Not part of the interface.'],
        changes: [
          edgeChange({ branch: 'prefix /v2', rerouted: { before: ['a'], after: ['b'] }, newReference: true }),
          edgeChange(),
        ],
        workloads: { added: [MY_SHELL], removed: [] },
        rejected: [{ kind: 'K', namespace: 'n', name: 'x', path: 'p', line: 1, message: 'm' }],
        diagnostics: [diagnostic('yaml-syntax', 'nowhere')],
      }),
    );
    const value = JSON.parse(text) as Record<string, unknown> & { changes: Record<string, unknown>[] };
    expect(Object.keys(value)).toEqual([
      'schema',
      'istioVersion',
      'verdict',
      'changes',
      'workloads',
      'rejected',
      'diagnostics',
      'coverage',
      'ledger',
    ]);
    expect(value.schema).toBe('egress-scope/diff/v1');
    expect(value.changes.map((change) => Object.keys(change))).toEqual([
      [
        'meshes',
        'workloads',
        'destinations',
        'branch',
        'before',
        'after',
        'rerouted',
        'need',
        'newReference',
        'severity',
        'causes',
      ],
      ['meshes', 'workloads', 'destinations', 'before', 'after', 'need', 'severity', 'causes'],
    ]);
    expect(Object.keys((value.changes[0]?.causes as object[])[0]!)).toEqual([
      'kind',
      'namespace',
      'name',
      'path',
      'line',
      'explanation',
    ]);
    expect(value.diagnostics).toEqual([
      { code: 'yaml-syntax', severity: 'error', message: 'nowhere', path: null, line: null },
    ]);
    expect(value).not.toHaveProperty('proxyLoads');
    expect(value.coverage).toEqual({ filesRead: 9, filesSkipped: 0, resources: 30, notModelled: [] });
    expect(text.endsWith('}\n')).toBe(true);
  });
});

describe('what JSON of diff has where there is something to say', () => {
  it('is what proxies have to know, owners, renames, breached contracts, and which causes act together', () => {
    const counts = { before: { clusters: 9, endpoints: 30 }, after: { clusters: 2, endpoints: 4 } };
    const other = { ...MY_SHELL, name: 'their-shell' };
    const [causes, destinations] = [[{ ...SIDECAR_CAUSE, together: 1 }], [destination('a.x')]];
    const text = renderDiffJson(
      changeAnalysis({
        changes: [edgeChange({ causes })],
        proxyLoads: [{ workloads: [MY_SHELL], ...counts }],
        owners: [{ workload: MY_SHELL, owners: ['@acme/shells'], path: 'shells.yaml', causedBy: [] }],
        renamed: [{ before: MY_SHELL, after: other }],
        breaches: [
          {
            contract: 'must-be-meshed',
            workload: 'default/*',
            host: '*.x',
            reason: 'audited',
            owner: null,
            origin: { path: 'c.yml', line: 9 },
            workloads: [MY_SHELL],
            destinations,
            before: 'meshed',
            after: 'unmeshed',
            isNew: true,
            causes: [SIDECAR_CAUSE],
          },
        ],
      }),
    );
    const value = JSON.parse(text) as { changes: { causes: object[] }[]; breaches: object[] };
    expect(Object.keys(value).slice(-4)).toEqual(['ledger', 'proxyLoads', 'owners', 'breaches']);
    expect(value.changes[0]?.causes[0]).toHaveProperty('together', 1);
    expect(value).toMatchObject({
      proxyLoads: [{ meshes: ['default'], workloads: [MY_SHELL], ...counts }],
      owners: [
        { workload: MY_SHELL, owners: ['@acme/shells'], path: 'shells.yaml', causedBy: [], meshes: ['default'] },
      ],
      renamed: [{ meshes: ['default'], before: MY_SHELL, after: other }],
    });
    expect(Object.keys(value.breaches[0]!)).toEqual([
      'contract',
      'workload',
      'host',
      'reason',
      'owner',
      'path',
      'line',
      'meshes',
      'workloads',
      'destinations',
      'before',
      'after',
      'isNew',
      'causes',
    ]);
  });
});

describe('JSON of reach', () => {
  it('has the keys of the interface, in order, and no others', () => {
    const reach: MeshReach = {
      istioVersion: '1.30',
      groups: [
        {
          workloads: [MY_SHELL],
          injected: true,
          sidecar: { namespace: 'default', name: 'default' },
          outboundTrafficPolicy: 'ALLOW_ANY',
          imports: ['a.x:80'],
          edges: [
            {
              host: 'a.x',
              port: 80,
              protocol: 'http',
              verdict: 'meshed',
              clusters: ['outbound|80||a.x'],
              endpoints: [MY_SHELL, { address: '10.0.0.1' }],
              branches: [{ match: 'prefix /', clusters: [], verdict: 'unroutable' }],
            },
            {
              host: 'b.x',
              port: 80,
              protocol: 'tcp',
              verdict: 'unmeshed',
              clusters: ['PassthroughCluster'],
              endpoints: [],
            },
          ],
        },
      ],
      gateways: [{ namespace: 'istio-system', kind: 'Deployment', name: 'gateway' }],
      rejected: [],
      diagnostics: [],
      ledger: fullLedger('a'),
    };
    const value = JSON.parse([...reachJsonParts(reach)].join('')) as { groups: { edges: Record<string, unknown>[] }[] };
    expect(Object.keys(value)).toEqual([
      'schema',
      'istioVersion',
      'groups',
      'gateways',
      'rejected',
      'diagnostics',
      'ledger',
    ]);
    expect(Object.keys(value.groups[0]!)).toEqual([
      'mesh',
      'workloads',
      'injected',
      'sidecar',
      'outboundTrafficPolicy',
      'imports',
      'edges',
    ]);
    expect(value.groups[0]!.edges.map((edge) => Object.keys(edge))).toEqual([
      ['host', 'port', 'protocol', 'verdict', 'clusters', 'endpoints', 'branches'],
      ['host', 'port', 'protocol', 'verdict', 'clusters', 'endpoints'],
    ]);
    expect(value.groups[0]!.edges[0]?.endpoints).toEqual([MY_SHELL, { address: '10.0.0.1' }]);
  });
});
