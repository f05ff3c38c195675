import { describe, expect, it } from 'vitest';
import type { ComparedVerdict } from '../../../src/reachability/verdict.js';
import { createFilter, type Criteria } from '../../../src/report/html/client/filter.js';
import { buildMatrix } from '../../../src/report/html/client/matrix-model.js';
import { includes, openReport, type Report } from '../../../src/report/html/client/report.js';
import { diffData } from '../../../src/report/html/diff-data.js';
import { listCases, parseText, readCase } from '../../conformance/conformance-case.js';
import { analyzeChange } from '../../../src/analyze-change.js';
import { DEFAULT_POLICY } from '../../../src/policy/policy.js';
import { changeAnalysis, destination, edgeChange, MY_SHELL, SIDECAR_CAUSE } from '../change-analysis.js';
import { largeChange } from '../large-change.js';

const NO_LINKS = { blob: () => null };
const ALL: Criteria = { text: '', severities: new Set(), namespace: '', mesh: '' };

function reportOf(analysis: Parameters<typeof diffData>[0]): Report {
  return openReport(diffData(analysis, NO_LINKS));
}

/** What the findings about a pair say, found without any of the matrix's shortcuts. */
function said(report: Report, workload: number, place: number): readonly object[] {
  return report.findings
    .filter(({ w, d }) => includes(report.runs(w), workload) && includes(report.runs(d), place))
    .map(({ before, after }) => ({ before, after }));
}

describe('the matrix of a change', () => {
  it('shows of every pair what a finding says of it, and nothing where none does, in every third case', () => {
    let pairs = 0;
    for (const name of listCases().filter((_name, index) => index % 3 === 0)) {
      const { beforeText, afterText } = readCase(name);
      const [before, after] = [parseText(beforeText), parseText(afterText)];
      const report = reportOf(analyzeChange({ before, after, mesh: {}, policy: DEFAULT_POLICY }));
      const findings = createFilter(report)(ALL);
      const matrix = buildMatrix(report, findings, '');
      matrix.rows.forEach(({ workloads }, row) => {
        matrix.columns.forEach(({ destinations }, column) => {
          for (const workload of workloads) {
            for (const place of destinations) {
              pairs += 1;
              const shown = matrix.at(row, column);
              const all = said(report, workload, place);
              if (shown === null) expect(all, name).toEqual([]);
              else expect(all, name).toContainEqual(shown);
            }
          }
        });
      });
    }
    expect(pairs).toBeGreaterThan(500);
  });

  it('has every workload and every destination of the findings once', () => {
    const report = reportOf(largeChange(6, 20));
    const matrix = buildMatrix(report, createFilter(report)(ALL), '');
    const numbers = (lists: readonly (readonly number[])[]) => lists.flat().sort((a, b) => a - b);
    expect(numbers(matrix.rows.map(({ workloads }) => workloads))).toEqual(
      report.workloads.map((_name, index) => index),
    );
    expect(numbers(matrix.columns.map(({ destinations }) => destinations))).toEqual(
      report.destinations.map((_name, index) => index),
    );
  });

  it('joins what is alike where there is much of it, and only there', () => {
    const many = Array.from({ length: 50 }, (_unused, index) => ({ ...MY_SHELL, name: `shell-${index}` }));
    const hosts = Array.from({ length: 60 }, (_unused, index) => destination(`host-${index}.x`));
    const size = (workloads: typeof many, destinations: typeof hosts) => {
      const report = reportOf(changeAnalysis({ changes: [edgeChange({ workloads, destinations })] }));
      const { rows, columns } = buildMatrix(report, [0], '');
      return [rows.length, columns.length];
    };
    expect(size(many, hosts)).toEqual([1, 1]);
    expect(size(many.slice(0, 40), hosts.slice(0, 40))).toEqual([40, 40]);
  });

  it('of 2,000 workloads has a row for each namespace and a column for each, once the edges that all name are left out', () => {
    const report = reportOf(largeChange(20, 100));
    const findings = createFilter(report)({ ...ALL, severities: new Set(['notice']) });
    const { rows, columns } = buildMatrix(report, findings, '');
    expect([rows.length, columns.length]).toEqual([20, 20]);
    expect(rows.every(({ workloads }) => workloads.length === 100)).toBe(true);
  });
});

describe('the filter of a report', () => {
  const web = { namespace: 'shop', kind: 'Deployment', name: 'web' };
  const analysis = changeAnalysis({
    changes: [
      edgeChange({ destinations: [destination('reviews.bookinfo.svc.cluster.local')], meshes: ['eu', 'us'] }),
      edgeChange({ workloads: [web], severity: 'notice', after: 'blocked', branch: 'path prefix /v2', meshes: ['us'] }),
      edgeChange({
        workloads: [web],
        severity: 'none',
        after: 'meshed',
        before: 'unmeshed' as ComparedVerdict,
        causes: [{ ...SIDECAR_CAUSE, path: 'teams/shop/route.yaml', explanation: 'A route is new.' }],
        references: [{ path: 'web.yaml', line: 3, text: 'http://CART:80', where: 'env X', heldBy: 'k' }],
        meshes: ['eu'],
      }),
    ],
    owners: [{ workload: web, path: 'web.yaml', owners: ['@acme/Shop'], causedBy: [] }],
  });
  const report = reportOf(analysis);
  const filter = createFilter(report);
  const found = (criteria: Partial<Criteria>) =>
    filter({ ...ALL, ...criteria }).map((finding) => report.findings[finding]?.severity);

  it.each<[Partial<Criteria>, readonly string[]]>([
    [{}, ['failure', 'notice', 'none']],
    [{ text: 'my-shell' }, ['failure']],
    [{ text: 'SHOP/' }, ['notice', 'none']],
    [{ text: 'bookinfo' }, ['failure', 'notice', 'none']],
    [{ text: '@acme/shop' }, ['notice', 'none']],
    [{ text: 'route.yaml' }, ['none']],
    [{ text: 'http://cart' }, ['none']],
    [{ text: '/v2' }, ['notice']],
    [{ text: 'web blocked' }, ['notice']],
    [{ text: 'web nowhere' }, []],
    [{ severities: new Set(['failure', 'none']) }, ['failure', 'none']],
    [{ namespace: 'default' }, ['failure']],
    [{ mesh: 'eu' }, ['failure', 'none']],
    [{ mesh: 'us', namespace: 'shop' }, ['notice']],
  ])('finds by %j', (criteria, severities) => {
    expect(found(criteria)).toEqual(severities);
  });
});
