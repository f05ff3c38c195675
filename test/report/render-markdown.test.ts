import { describe, expect, it } from 'vitest';
import { diagnostic } from '../../src/diagnostic/diagnostic.js';
import { renderMarkdown, renderSummary } from '../../src/report/render-markdown.js';
import { changeAnalysis, destination, edgeChange, MY_SHELL, SIDECAR_CAUSE } from './change-analysis.js';

const LINKS = { blob: (path: string, line: number, side: string) => `https://git.example/${side}/${path}#L${line}` };
const NO_LINKS = { blob: () => null };

describe('the body of a review', () => {
  const tables = [
    {
      workload: MY_SHELL,
      before: [
        {
          endpoint: '10.0.0.1:80',
          status: 'HEALTHY' as const,
          outlierCheck: 'OK' as const,
          cluster: 'outbound|80||a.x',
        },
        {
          endpoint: '10.0.0.2:80',
          status: 'HEALTHY' as const,
          outlierCheck: 'OK' as const,
          cluster: 'outbound|80||b.x',
        },
      ],
      after: [
        {
          endpoint: '10.0.0.1:80',
          status: 'HEALTHY' as const,
          outlierCheck: 'OK' as const,
          cluster: 'outbound|80||a.x',
        },
      ],
    },
  ];

  it('says what happens, to whom, and why, with links to the lines', () => {
    const body = renderMarkdown(changeAnalysis({ verdict: 'fail', changes: [edgeChange()] }), LINKS);
    expect(body).toContain(
      '**Fails: default/Pod/my-shell would reach 1 destination outside the mesh, in plain text.**',
    );
    expect(body).toContain(
      '| `default/Pod/my-shell` | `reviews.bookinfo.svc.cluster.local:9080 (http)` | **failure**<br>`meshed` → `unmeshed`<br>',
    );
    expect(body).toContain(
      '[`default/sidecar.yaml:3`](https://git.example/after/default/sidecar.yaml#L3) Sidecar default/default is new',
    );
    expect(body).toContain('A Sidecar is not a firewall');
  });

  it('shows where the workload names the destination', () => {
    const references = [
      { path: 'web.yaml', line: 12, text: 'http://reviews:9080', where: 'env REVIEWS of container web' },
    ];
    const body = renderMarkdown(
      changeAnalysis({
        verdict: 'fail',
        changes: [edgeChange({ need: 'referenced', references, newReference: true })],
      }),
      LINKS,
    );
    expect(body).toContain(
      'newly named in [`web.yaml:12`](https://git.example/after/web.yaml#L12), env REVIEWS of container web: `http://reviews:9080`',
    );
  });

  it('links a cause that is gone on the side where it stood', () => {
    const causes = [{ ...SIDECAR_CAUSE, side: 'before' as const }];
    const body = renderMarkdown(changeAnalysis({ verdict: 'fail', changes: [edgeChange({ causes })] }), LINKS);
    expect(body).toContain('https://git.example/before/default/sidecar.yaml#L3');
  });

  it('shows the endpoint list as a diff block', () => {
    const body = renderMarkdown(
      changeAnalysis({ verdict: 'fail', changes: [edgeChange()], endpointTables: tables }),
      NO_LINKS,
    );
    const cell = (text: string, width: number) => text.padEnd(width);
    const line = (sign: string, address: string, cluster: string) =>
      `${sign}${cell(address, 56)}${cell('HEALTHY', 12)}${cell('OK', 18)}${cluster}`;
    expect(body).toContain(
      [
        '```diff',
        ` ${cell('ENDPOINT', 56)}${cell('STATUS', 12)}${cell('OUTLIER CHECK', 18)}CLUSTER`,
        line(' ', '10.0.0.1:80', 'outbound|80||a.x'),
        line('-', '10.0.0.2:80', 'outbound|80||b.x'),
        '```',
      ].join('\n'),
    );
    expect(body).toContain('2 endpoints before, 1 after');
  });

  it('folds and counts what nobody is known to need', () => {
    const body = renderMarkdown(
      changeAnalysis({
        changes: [
          edgeChange({ need: 'potential', severity: 'notice', destinations: [destination('a.x'), destination('b.x')] }),
          edgeChange({ need: 'potential', severity: 'warning', after: 'blocked' }),
        ],
      }),
      NO_LINKS,
    );
    expect(body).toContain(
      '<details><summary>2 potential changes: calls that no manifest is known to make (3 pairs of workload and destination, 1 warning)</summary>',
    );
    expect(body.indexOf('| workload |')).toBeGreaterThan(body.indexOf('<details>'));
  });

  it('names what was refused and what was not understood', () => {
    const body = renderMarkdown(
      changeAnalysis({
        verdict: 'fail',
        reasons: ['The cluster refuses Sidecar a/b.', 'broken.yaml:7 could not be read.'],
        rejected: [
          { kind: 'Sidecar', namespace: 'a', name: 'b', path: 's.yaml', line: 2, message: 'host "*x" is invalid' },
        ],
        diagnostics: [diagnostic('yaml-syntax', 'unexpected end', { path: 'broken.yaml', line: 7 })],
      }),
      LINKS,
    );
    expect(body).toContain('**Fails: the cluster refuses Sidecar a/b.**\n\n- broken.yaml:7 could not be read.\n');
    expect(body).toContain('- `Sidecar a/b` [`s.yaml:2`](https://git.example/after/s.yaml#L2): host "\\*x" is invalid');
    expect(body).toContain(
      '- `yaml-syntax` [`broken.yaml:7`](https://git.example/after/broken.yaml#L7): unexpected end',
    );
  });

  it('says why it could not decide', () => {
    const body = renderMarkdown(
      changeAnalysis({
        verdict: 'undetermined',
        reasons: ['The file a.yaml could not be read.', 'So could b.yaml not.'],
      }),
      NO_LINKS,
    );
    expect(body).toContain('**Undetermined: the file a.yaml could not be read.**');
    expect(body).toContain('- So could b.yaml not.');
  });

  it('stays below the limit and counts the rows it cuts', () => {
    const changes = Array.from({ length: 2_000 }, (_unused, index) =>
      edgeChange({
        workloads: [{ ...MY_SHELL, name: `shell-${index}` }],
        destinations: [destination(`host-${index}.x`)],
      }),
    );
    const body = renderMarkdown(changeAnalysis({ verdict: 'fail', changes }), LINKS);
    expect(body.length).toBeLessThanOrEqual(60_000);
    const rows = body.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.every((row) => row.endsWith(' |'))).toBe(true);
    expect(body).toContain(`${2_000 - rows.length} further rows of 2000 cut for length.`);
  });

  it('stays below the limit whatever the names are', () => {
    const name = '|`<@#'.repeat(100_000);
    const analysis = changeAnalysis({
      verdict: 'fail',
      reasons: Array.from({ length: 20 }, () => name),
      coverage: { filesRead: 1, filesSkipped: 0, resources: 1, notModelled: Array.from({ length: 20 }, () => name) },
      changes: [
        edgeChange({
          workloads: [{ ...MY_SHELL, name }],
          causes: [{ ...SIDECAR_CAUSE, path: name, explanation: name }],
        }),
      ],
      workloads: { added: Array.from({ length: 9 }, () => ({ ...MY_SHELL, name })), removed: [{ ...MY_SHELL, name }] },
      rejected: [{ kind: name, namespace: name, name, path: name, line: 1, message: name }],
      diagnostics: [diagnostic('yaml-syntax', name, { path: name, line: 1 })],
      endpointTables: [{ ...tables[0]!, workload: { ...MY_SHELL, name } }],
    });
    expect(renderMarkdown(analysis, NO_LINKS).length).toBeLessThanOrEqual(60_000);
    expect(renderSummary(analysis).length).toBeLessThanOrEqual(60_000);
  });

  it('lets no name out of its cell', () => {
    const name = 'x` | @octocat <script>\n#1';
    const body = renderMarkdown(
      changeAnalysis({ verdict: 'fail', changes: [edgeChange({ workloads: [{ ...MY_SHELL, name }] })] }),
      NO_LINKS,
    );
    expect(body).not.toContain('<script>');
    expect(body).not.toContain('@octocat');
    expect(body).not.toMatch(/#1\b/);
    const row = body.split('\n').find((line) => line.startsWith('| <code>')) ?? '';
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(5);
  });

  it('is short where nothing changes', () => {
    expect(renderMarkdown(changeAnalysis(), NO_LINKS)).toBe(
      "**Passes: no workload's egress changes.**\n\n<sub>Istio 1.30 · 30 objects in 9 files</sub>\n",
    );
  });
});
