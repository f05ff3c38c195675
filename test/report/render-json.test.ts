import { describe, expect, it } from 'vitest';
import { diagnostic } from '../../src/diagnostic/diagnostic.js';
import type { MeshReach } from '../../src/reachability/egress-reachability.js';
import { renderDiffJson, renderReachJson } from '../../src/report/render-json.js';
import { changeAnalysis, edgeChange, MY_SHELL } from './change-analysis.js';

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
    ]);
    expect(value.schema).toBe('egress-scope/diff/v1');
    expect(value.changes.map((change) => Object.keys(change))).toEqual([
      [
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
      ['workloads', 'destinations', 'before', 'after', 'need', 'severity', 'causes'],
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
    expect(value.coverage).toEqual({ filesRead: 9, filesSkipped: 0, resources: 30, notModelled: [] });
    expect(text.endsWith('}\n')).toBe(true);
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
    };
    const value = JSON.parse(renderReachJson(reach)) as { groups: { edges: Record<string, unknown>[] }[] };
    expect(Object.keys(value)).toEqual(['schema', 'istioVersion', 'groups', 'gateways', 'rejected', 'diagnostics']);
    expect(Object.keys(value.groups[0]!)).toEqual([
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
