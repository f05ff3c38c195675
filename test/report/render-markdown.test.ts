import { describe, expect, it } from 'vitest';
import { diagnostic } from '../../src/diagnostic/diagnostic.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { docLink } from '../../src/report/doc-links.js';
import { renderMarkdown, renderSummary } from '../../src/report/render-markdown.js';
import { changeAnalysis, destination, edgeChange, fullLedger, MY_SHELL, SIDECAR_CAUSE } from './change-analysis.js';

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
      '**Fails: default/Pod/my-shell would call 1 destination past the mesh, without mutual TLS.**',
    );
    expect(body).toContain(
      `| **failure**: \`meshed\` → [\`unmeshed\`](${docLink('verdicts', 'unmeshed')})<br>still works, but past the mesh: without its mutual TLS, policies and telemetry<br>**why**: [\`default/sidecar.yaml:3\`]`,
    );
    expect(body).toContain(
      ' | from `default/Pod/my-shell`<br>over http to<br>`reviews.bookinfo.svc.cluster.local:9080` |',
    );
    expect(body).toContain(
      '[`default/sidecar.yaml:3`](https://git.example/after/default/sidecar.yaml#L3) Sidecar default/default is new',
    );
    expect(body).toContain('A Sidecar is not a firewall');
  });

  it('shows where the workload names the destination', () => {
    const references = [
      {
        path: 'web.yaml',
        line: 12,
        text: 'http://reviews:9080',
        where: 'env REVIEWS of container web',
        heldBy: '/Pod/default/my-shell',
      },
    ];
    const body = renderMarkdown(
      changeAnalysis({
        verdict: 'fail',
        changes: [edgeChange({ need: 'referenced', references, newReference: true })],
      }),
      LINKS,
    );
    expect(body).toContain(
      '**newly named** in [`web.yaml:12`](https://git.example/after/web.yaml#L12), env REVIEWS of container web: `http://reviews:9080`',
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
    const list = ['```diff', ' 10.0.0.1:80  outbound|80||a.x', '-10.0.0.2:80  outbound|80||b.x', '```'].join('\n');
    expect(body).toContain(
      `\nEndpoints that the proxy of \`default/Pod/my-shell\` knows: 2 endpoints before, 1 after\n\n${list}\n`,
    );
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
    expect(body.indexOf('| what happens')).toBeGreaterThan(body.indexOf('<details>'));
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
      `- [\`yaml-syntax\`](${docLink('diagnostics', 'yaml-syntax')}) [\`broken.yaml:7\`](https://git.example/after/broken.yaml#L7): unexpected end`,
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
    const body = renderMarkdown(changeAnalysis({ verdict: 'fail', changes, ledger: fullLedger('a') }), LINKS);
    expect(body.length).toBeLessThanOrEqual(60_000);
    // What the answer rests on gives way to what it says.
    expect(body).toMatch(/<sub>Istio 1\.30 · [^\n]*<\/sub>\n$/);
    expect(body).not.toContain('Rendered: ');
    const rows = body.split('\n').filter((line) => line.startsWith('| **failure**'));
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.every((row) => row.endsWith(' |'))).toBe(true);
    expect(body).toContain(`${2_000 - rows.length} further rows of 2000 cut for length.`);
  });

  it('stays below the limit whatever the names are', () => {
    const name = '|`<@#'.repeat(100_000);
    const analysis = changeAnalysis({
      verdict: 'fail',
      reasons: Array.from({ length: 20 }, () => name),
      ledger: fullLedger(name),
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
    const row = body.split('\n').find((line) => line.startsWith('| **failure**')) ?? '';
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(3);
  });

  it('names owners, once where they are the same, and calls none of them', () => {
    const [a, b] = [MY_SHELL, { ...MY_SHELL, name: 'other' }];
    const review = (owners: NonNullable<ChangeAnalysis['owners']>) =>
      renderMarkdown(changeAnalysis({ changes: [edgeChange({ workloads: [a, b] })], owners }), NO_LINKS);
    const teams = ['@acme/shells', '@octocat'];
    expect(
      review([
        { workload: a, owners: teams, path: 'shells.yaml', causedBy: [] },
        { workload: b, owners: teams, path: 'shells.yaml', causedBy: [] },
      ]),
    ).toContain('| from `default/Pod/my-shell`<br>`default/Pod/other`<br>owned by `@acme/shells`, `@octocat`<br>over');
    expect(review([{ workload: b, owners: ['@octocat'], path: 'shells.yaml', causedBy: [] }])).toContain(
      '`default/Pod/other` (`@octocat`)<br>over',
    );
  });

  it('tells causes that act together from those that act alone', () => {
    const causes = [
      SIDECAR_CAUSE,
      { ...SIDECAR_CAUSE, line: 4, together: 1 },
      { ...SIDECAR_CAUSE, line: 5, together: 1 },
    ];
    const body = renderMarkdown(changeAnalysis({ changes: [edgeChange({ causes })] }), NO_LINKS);
    const said = SIDECAR_CAUSE.explanation.replaceAll('*', '\\*');
    expect(body).toContain(
      `**why**: each enough by itself: \`default/sidecar.yaml:3\` ${said}<br>or together: \`default/sidecar.yaml:4\` ${said}<br>and \`default/sidecar.yaml:5\` ${said}<br>`,
    );
    const untried = causes.map((cause) => ({ ...cause, isTried: false as const }));
    expect(renderMarkdown(changeAnalysis({ changes: [edgeChange({ causes: untried })] }), NO_LINKS)).toContain(
      '**why**: perhaps: `default/sidecar.yaml:3`',
    );
  });

  it('shows what is about the change itself unfolded, and counts it where the gate passes', () => {
    const diagnostics = [
      diagnostic('host-matches-nothing', 'There is no namespace boking.', { path: 'a.yaml', line: 3 }),
      diagnostic('undeclared-namespace', 'No Namespace a.', { path: 'b.yaml', line: 1 }),
    ];
    const [open = '', folded = ''] = renderMarkdown(changeAnalysis({ diagnostics }), NO_LINKS).split('<details>');
    expect(open).toContain("**Passes: no workload's egress changes. 1 warning about the change itself.**");
    expect(open).toContain('**About the change itself.**');
    expect(open).toContain('There is no namespace boking.');
    expect(open).not.toContain('No Namespace a.');
    expect(folded).toContain('<summary>1 remark on the manifests</summary>');
    expect(folded).not.toContain('boking');
  });

  it('says what proxies have to know before and after', () => {
    const counts = { before: { clusters: 340, endpoints: 1200 }, after: { clusters: 25, endpoints: 1200 } };
    const more = { before: { clusters: 1, endpoints: 0 }, after: { clusters: 1, endpoints: 3 } };
    const many = Array.from({ length: 5 }, (_unused, index) => ({ ...MY_SHELL, name: `shell-${index}` }));
    const proxyLoads = [
      { workloads: many, ...counts },
      { workloads: [MY_SHELL], meshes: ['prod'], ...more },
    ];
    expect(renderMarkdown(changeAnalysis({ proxyLoads }), NO_LINKS)).toContain(
      [
        '**What proxies have to know**: less for 5 workloads, more for 1 workload.',
        '',
        '| one proxy of | clusters | endpoints |',
        '|---|---|---|',
        '| `default/Pod/shell-0`, `default/Pod/shell-1`, `default/Pod/shell-2` and 2 others | 340 → 25 (−93 %) | 1200 |',
        '| `default/Pod/my-shell` in `prod` | 1 | 0 → 3 |',
        '',
      ].join('\n'),
    );
  });

  it('lists breached contracts by themselves, those of this change first', () => {
    const breach = {
      contract: 'must-be-meshed',
      workload: 'default/*',
      host: '*.x',
      reason: 'audited | yearly',
      owner: null,
      origin: { path: 'c.yml', line: 9 },
      workloads: [MY_SHELL],
      destinations: [destination('a.x')],
      before: 'meshed',
      after: 'unmeshed',
      causes: [SIDECAR_CAUSE],
    } as const;
    const body = renderMarkdown(
      changeAnalysis({
        breaches: [
          { ...breach, isNew: false },
          { ...breach, isNew: true },
        ],
      }),
      NO_LINKS,
    );
    const rows = body.split('\n').filter((line) => line.includes('`must-be-meshed`'));
    const contract = `[\`must-be-meshed\`](${docLink('findings', 'must-be-meshed')})`;
    expect(rows.map((row) => row.split('<br>', 3))).toEqual([
      ['| **broken by this change**', `${contract}: \`default/*\` to \`*.x\``, 'audited &#124; yearly'],
      ['| **broken before this change as well**', `${contract}: \`default/*\` to \`*.x\``, 'audited &#124; yearly'],
    ]);
    expect(rows[0]).toContain('| from `default/Pod/my-shell`<br>over http to<br>`a.x:9080` |');
  });

  it('says what was renamed', () => {
    const renamed = [{ before: MY_SHELL, after: { ...MY_SHELL, name: 'their-shell' } }];
    expect(renderMarkdown(changeAnalysis({ renamed }), NO_LINKS)).toContain(
      '1 workload renamed: `default/Pod/my-shell` → `default/Pod/their-shell`.',
    );
  });

  it('has the picture of the change, and the check run’s summary has none', () => {
    const analysis = changeAnalysis({ verdict: 'fail', changes: [edgeChange()] });
    expect(renderMarkdown(analysis, NO_LINKS)).toContain('What is called before and after:\n\n```mermaid\n');
    expect(renderSummary(analysis)).not.toContain('mermaid');
    const destinations = Array.from({ length: 20 }, (_unused, index) => destination(`host-${index}.x`));
    expect(renderMarkdown({ ...analysis, changes: [edgeChange({ destinations })] }, NO_LINKS)).toContain(
      '<details><summary>What is called before and after</summary>\n\n```mermaid\n',
    );
  });

  it('is short where nothing changes', () => {
    expect(renderMarkdown(changeAnalysis(), NO_LINKS)).toBe(
      "**Passes: no workload's egress changes.**\n\n<sub>Istio 1.30 · 30 objects in 9 files</sub>\n",
    );
  });
});
