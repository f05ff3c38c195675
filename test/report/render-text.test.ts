import { describe, expect, it } from 'vitest';
import { diagnostic } from '../../src/diagnostic/diagnostic.js';
import { renderExplainText } from '../../src/report/explain-text.js';
import { reachTextParts } from '../../src/report/reach-text.js';
import { renderText } from '../../src/report/render-text.js';
import { wrapText } from '../../src/report/text-style.js';
import { NOTHING_READ } from '../../src/reachability/ledger.js';
import { changeAnalysis, destination, edgeChange, MY_SHELL, SIDECAR_CAUSE } from './change-analysis.js';

const PLAIN = { color: false, width: 80 };

describe('the text report', () => {
  it('reads in 80 columns and names the line of the cause', () => {
    const text = renderText(
      changeAnalysis({
        verdict: 'fail',
        changes: [
          edgeChange({
            destinations: [
              destination('details.bookinfo.svc.cluster.local'),
              destination('reviews.bookinfo.svc.cluster.local'),
            ],
          }),
        ],
      }),
      { ...PLAIN, showPath: (path, side) => `${side}/${path}` },
    );
    expect(text).toBe(`Fails: default/Pod/my-shell would call 2 destinations past the mesh, without
mutual TLS.

failure default/Pod/my-shell
  meshed → unmeshed: still works, but past the mesh: without its mutual TLS,
    policies and telemetry
    details.bookinfo.svc.cluster.local:9080 (http)
    reviews.bookinfo.svc.cluster.local:9080 (http)
  because of after/default/sidecar.yaml:3
    Sidecar default/default is new and imports only ./* and istio-system/*.
  need: its manifest does not tell which destinations it calls, so it may need
    any

A Sidecar is not a firewall: under ALLOW_ANY, what it leaves out can still be
called, outside the mesh.

\`egress-scope why WORD\` says more about: unmeshed

Istio 1.30; 30 objects in 9 files
`);
  });

  it('colours only when asked', () => {
    const analysis = changeAnalysis({ verdict: 'fail', changes: [edgeChange()] });
    expect(renderText(analysis, PLAIN)).not.toContain('\u001b');
    expect(renderText(analysis, { ...PLAIN, color: true })).toContain('\u001b[31mfailure\u001b[39m');
  });

  it('lets no escape sequence of a manifest through', () => {
    const text = renderText(
      changeAnalysis({
        verdict: 'fail',
        changes: [edgeChange({ workloads: [{ ...MY_SHELL, name: 'x\u001b]0;y\u0007' }] })],
        diagnostics: [diagnostic('yaml-syntax', 'bad \u001b[2J', { path: 'a\u001b.yaml', line: 1 })],
      }),
      PLAIN,
    );
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u0007');
  });

  it('counts diagnostics beyond the first ten of a code, and gives the advice once', () => {
    const diagnostics = Array.from({ length: 12 }, (_unused, index) =>
      diagnostic('yaml-syntax', `error ${index}`, { path: 'a.yaml', line: index + 1 }),
    );
    const text = renderText(changeAnalysis({ diagnostics }), PLAIN);
    expect(text).toContain('error yaml-syntax a.yaml:10\n');
    expect(text).not.toContain('a.yaml:11');
    expect(text).toContain('… 2 more yaml-syntax');
    expect(text.match(/→ Correct the syntax/g)).toHaveLength(1);
  });

  it('shows what is folded where it is asked to', () => {
    const names = Array.from({ length: 60 }, (_unused, index) => ({ ...MY_SHELL, name: `shell-${index}` }));
    const folded = { need: 'potential', severity: 'notice', destinations: [destination('b.x')] } as const;
    const rows = Array.from({ length: 70 }, (_unused, index) => ({
      endpoint: `10.0.0.${index}:80`,
      status: 'HEALTHY' as const,
      outlierCheck: 'OK' as const,
      cluster: 'outbound|80||b.x',
    }));
    const analysis = changeAnalysis({
      changes: [edgeChange({ workloads: names }), edgeChange(folded)],
      diagnostics: names.map(({ name }) => diagnostic('yaml-syntax', name, { path: 'a.yaml', line: 1 })),
      endpointTables: [{ workload: MY_SHELL, before: rows, after: [] }],
    });
    const brief = renderText(analysis, PLAIN);
    expect(brief).toContain('  … 10 more\n');
    expect(brief).toContain('  … 50 more yaml-syntax\n');
    expect(brief).toContain(' … 10 more lines\n');
    expect(brief).not.toContain('notice default/Pod/my-shell\n');
    const verbose = renderText(analysis, { ...PLAIN, isVerbose: true });
    expect(verbose).not.toContain('…');
    for (const { name } of names) expect(verbose).toContain(`default/Pod/${name}`);
    expect(verbose).toContain('-10.0.0.69:80  outbound|80||b.x\n');
    expect(verbose).toContain('\nnotice default/Pod/my-shell\n  meshed → unmeshed');
  });

  it('says whose the workloads are, what proxies have to know, what was renamed and which contracts are broken', () => {
    const text = renderText(
      changeAnalysis({
        verdict: 'fail',
        changes: [edgeChange({ causes: [1, 2].map((line) => ({ ...SIDECAR_CAUSE, line, together: 1 })) })],
        owners: [{ workload: MY_SHELL, owners: ['@acme/shells', '@octocat'], path: 'shells.yaml', causedBy: [] }],
        proxyLoads: [
          {
            workloads: [MY_SHELL],
            before: { clusters: 340, endpoints: 1200 },
            after: { clusters: 25, endpoints: 1300 },
          },
        ],
        renamed: [{ before: MY_SHELL, after: { ...MY_SHELL, name: 'their-shell' } }],
        breaches: [
          {
            contract: 'must-not-reach',
            workload: 'default/*',
            host: '*.x',
            reason: 'agreed',
            owner: null,
            origin: { path: 'c.yml', line: 9 },
            workloads: [MY_SHELL],
            destinations: [destination('a.x')],
            before: 'blocked',
            after: 'unmeshed',
            isNew: true,
            causes: [],
          },
        ],
      }),
      PLAIN,
    );
    expect(text).toContain('1 workload renamed: default/Pod/my-shell → default/Pod/their-shell.\n');
    expect(text).toContain('failure default/Pod/my-shell\n  owned by @acme/shells, @octocat\n  meshed → unmeshed');
    expect(text).toContain('  because of, together, default/sidecar.yaml:1\n');
    expect(text).toContain('  and default/sidecar.yaml:2\n');
    expect(text).toContain(
      'contract must-not-reach: default/* to *.x\n  agreed\n  broken by this change: default/Pod/my-shell to a.x:9080 (http)\n',
    );
    expect(text).toContain(
      'What proxies have to know: less for 1 workload.\n  default/Pod/my-shell: clusters 340 → 25',
    );
  });

  it('names the clusters of a call that is sent elsewhere', () => {
    const text = renderText(
      changeAnalysis({
        changes: [
          edgeChange({
            after: 'meshed',
            severity: 'warning',
            need: 'referenced',
            rerouted: { before: ['outbound|80||a.x'], after: ['outbound|80||b.x'] },
          }),
        ],
      }),
      PLAIN,
    );
    expect(text).toContain(
      'Passes with warnings: default/Pod/my-shell would be sent elsewhere on the way to\n1 destination.\n',
    );
    expect(text).toContain('  stays meshed, but is sent elsewhere\n');
    expect(text).toContain('  clusters:\n    - outbound|80||a.x\n    + outbound|80||b.x\n');
  });
});

describe('the text of reach', () => {
  it('lists verdict by verdict what a group reaches', () => {
    const text = [
      ...reachTextParts(
        {
          istioVersion: '1.30',
          groups: [
            {
              workloads: [MY_SHELL],
              injected: true,
              sidecar: null,
              outboundTrafficPolicy: 'ALLOW_ANY',
              imports: [],
              edges: [
                {
                  host: 'b.x',
                  port: 80,
                  protocol: 'tcp',
                  verdict: 'unmeshed',
                  clusters: ['PassthroughCluster'],
                  endpoints: [],
                },
                {
                  host: 'a.x',
                  port: 80,
                  protocol: 'http',
                  verdict: 'meshed',
                  clusters: ['outbound|80||a.x'],
                  endpoints: [{ address: '10.0.0.1' }],
                },
              ],
            },
          ],
          gateways: [],
          rejected: [],
          diagnostics: [],
          ledger: { ...NOTHING_READ, filesRead: 1, resources: 1 },
        },
        PLAIN,
      ),
    ].join('');
    expect(text).toBe(`Istio 1.30: 1 workload in 1 group that reach the same

default/Pod/my-shell
  no Sidecar, so everything is imported; unmatched traffic: ALLOW_ANY
  meshed (1): routing and telemetry of the mesh, and mutual TLS with servers
    that have a sidecar
    a.x:80/http → 10.0.0.1
  unmeshed (1): still works, but past the mesh: without its mutual TLS, policies
    and telemetry
    b.x:80/tcp

1 object in 1 file
`);
  });
});

describe('the text of explain', () => {
  it('numbers the steps and names the lines', () => {
    const text = renderExplainText(
      [
        { title: 'Injected', detail: 'namespace default is labelled', origin: { path: 'ns.yaml', line: 4 } },
        { title: 'No cluster', detail: '', origin: null },
      ],
      PLAIN,
    );
    expect(text).toBe('1. Injected\n   namespace default is labelled\n   ns.yaml:4\n2. No cluster\n');
  });
});

describe('wrapping', () => {
  it('breaks at spaces and leaves long words whole', () => {
    expect(wrapText('aa bb cc', 5, '  ')).toBe('aa bb\n  cc');
    expect(wrapText('aaaaaaaa b', 5)).toBe('aaaaaaaa\nb');
  });
});
