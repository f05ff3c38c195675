import { parseHTML } from 'linkedom';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../../src/report/html/render-html.js';
import { renderReachHtml } from '../../../src/report/html/render-reach-html.js';
import { NOTHING_READ } from '../../../src/reachability/ledger.js';
import { changeAnalysis, edgeChange, MY_SHELL } from '../change-analysis.js';
import { largeChange } from '../large-change.js';

const NO_LINKS = { blob: () => null };
const FAILING = changeAnalysis({ verdict: 'fail', changes: [edgeChange()] });

/** As a content security policy names an inline script or style. */
function hashes(page: string, tag: 'script' | 'style'): readonly string[] {
  return [...page.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map(
    ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
}

describe('the page about a change', () => {
  const page = renderHtml(FAILING, NO_LINKS);

  it('lets its own script and style run, and nothing else in or out', () => {
    const [script, ...others] = hashes(page, 'script');
    expect(others).toEqual([]);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'");
    expect(policy?.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${script}`,
      `style-src ${hashes(page, 'style')[0]}`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    expect(page).not.toMatch(/<(?:link|img|iframe|object|base)\b|\bsrc=|@import|url\(|\son\w+=/);
  });

  it('is the whole answer as text for where no script runs', () => {
    expect(/<noscript>[^]*<\/noscript>/.exec(page)?.[0]).toContain('failure default/Pod/my-shell\n  meshed → unmeshed');
  });

  it('has no filter where there is nothing to filter', () => {
    expect(renderHtml(changeAnalysis(), NO_LINKS)).not.toContain('id="filter"');
  });

  it('stays below 10 MB where a change touches every workload of a mesh of 20,000 services', () => {
    expect(Buffer.byteLength(renderHtml(largeChange(200, 100), NO_LINKS))).toBeLessThan(10_000_000);
  });

  it('links lines where there is an address of HTTP for them, and only there', () => {
    const to = (address: string) => renderHtml(FAILING, { blob: () => address });
    expect(to('https://git.example/a')).toContain('"href":"https://git.example/a"');
    expect(to('javascript:alert(1)')).not.toContain('javascript:alert');
  });
});

describe('the page about one tree', () => {
  it('has an entry for each group and verdict, and for routes that end otherwise', () => {
    const edge = { port: 80, protocol: 'http', clusters: [], endpoints: [] } as const;
    const page = renderReachHtml({
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
              ...edge,
              host: 'a.x',
              verdict: 'meshed',
              branches: [{ match: '/v2', clusters: [], verdict: 'unroutable' }],
            },
            { ...edge, host: 'b.x', verdict: 'meshed' },
            { ...edge, host: 'c.x', verdict: 'unmeshed' },
          ],
        },
      ],
      gateways: [MY_SHELL],
      rejected: [],
      diagnostics: [],
      ledger: NOTHING_READ,
    });
    const { document } = parseHTML(page) as unknown as {
      readonly document: { readonly getElementById: (id: string) => { readonly textContent: string } };
    };
    const data = JSON.parse(document.getElementById('report-data').textContent) as {
      readonly findings: readonly { readonly after: string; readonly branch?: string }[];
    };
    expect(data.findings.map(({ after, branch }) => [after, branch])).toEqual([
      ['meshed', undefined],
      ['unmeshed', undefined],
      ['unroutable', '/v2'],
    ]);
    expect(page).toContain('What 1 workload can reach, by Istio 1.30');
  });
});
