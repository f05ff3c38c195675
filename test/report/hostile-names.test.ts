import { beforeAll, describe, expect, it } from 'vitest';
import { diagnostic } from '../../src/diagnostic/diagnostic.js';
import { linkSources } from '../../src/github/analyze-sides.js';
import { renderRecord } from '../../src/github/check-record.js';
import { failureResult } from '../../src/github/check-result.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { buildAnnotations } from '../../src/report/annotations.js';
import { DOCS_URL } from '../../src/report/doc-links.js';
import { renderExplainMarkdown } from '../../src/report/explain-text.js';
import { buildInlineComments } from '../../src/report/inline-comments.js';
import { renderMarkdown } from '../../src/report/render-markdown.js';
import { renderText } from '../../src/report/render-text.js';
import { SKIP_REASONS } from '../../src/kubernetes/ledger.js';
import { diagramsIn, loadMermaid, type MermaidParser } from '../mermaid.js';
import { readMarkdown } from '../rendered-markdown.js';
import { changeAnalysis, destination, edgeChange, fullLedger, MY_SHELL, SIDECAR_CAUSE } from './change-analysis.js';

let mermaid: MermaidParser;

beforeAll(async () => {
  mermaid = await loadMermaid();
});

const REPOSITORY = 'https://github.example/acme/mesh';

/** Names that want to be more than a name. */
const HOSTILE: readonly string[] = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '<a href="https://evil.example">x</a>',
  '</code></sub></details><b>x',
  '<!-- egress-scope record {} -->',
  '--> <b>x</b>',
  '&lt;b&gt;',
  '](javascript:alert(1))',
  '[x](https://evil.example)',
  '[x]: https://evil.example',
  '![x](https://evil.example/x.png)',
  '<https://evil.example>',
  'https://evil.example',
  'HTTPS://evil.example',
  'ftp://evil.example',
  'www.evil.example',
  'mailto:me@evil.example',
  'me@evil.example',
  '@acme/team',
  'x@acme',
  '#1',
  'acme/mesh#1',
  'GH-1',
  'a | b | c',
  'a\\| b',
  '\\',
  '`',
  '``',
  '`x`<b>y</b>`',
  '```\n<b>x</b>\n```',
  '~~~mermaid',
  '```mermaid\ngraph TD; A-->B\n```',
  '%%{init: {}}%% A["<b>"] --> B',
  '$$x$$',
  '**x**',
  '# heading',
  'x\n# heading\n',
  '\n\n---\n\n',
  '- [ ] task',
  '1. one',
  '> quote',
  '::error::x',
  '\u202egnp.exe',
  '\u001b[31mred\u001b[0m',
  '\u0000\u0007\u200b\ufeff',
  '\ud800',
  'x'.repeat(2000),
  '<'.repeat(2000),
];

/** Keys whose values are the program's own words. */
const OWN = new Set([
  'verdict',
  'before',
  'after',
  'need',
  'severity',
  'code',
  'side',
  'at',
  'expires',
  'contract',
  'protocol',
]);

/** Puts a text in the place of every name, and after every sentence, that an analysis can take from elsewhere. */
function spoil<T>(value: T, text: string, key = ''): T {
  if (typeof value === 'string') return (OWN.has(key) || isOwnWord(value) ? value : spoiled(value, text)) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => spoil(each, text)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, spoil(each, text, name)])) as T;
}

function isOwnWord(value: string): boolean {
  return ['waived', 'accepted', 'helm', 'kustomize', ...SKIP_REASONS].includes(value);
}

/** A sentence quotes a name in its middle. */
function spoiled(value: string, text: string): string {
  return value.includes(' ') ? `${value} ${text} and ${text}.` : text;
}

const SENTENCE = 'Something is said.';
const row = { endpoint: '10.0.0.1:80', status: 'HEALTHY', outlierCheck: 'OK', cluster: 'outbound|80||a.x' } as const;
const reference = {
  path: 'a.yaml',
  line: 3,
  text: 'http://a:80',
  where: 'env A of container b',
  heldBy: '/Pod/default/my-shell',
};
const change = edgeChange({
  branch: '/x',
  causes: [SIDECAR_CAUSE, { ...SIDECAR_CAUSE, side: 'before', explanation: SENTENCE }],
  references: [reference],
  need: 'referenced',
});
const COUNTS = { before: { clusters: 2, endpoints: 3 }, after: { clusters: 1, endpoints: 1 } };
const rerouted = { before: ['outbound|80||a'], after: ['outbound|80||b'] };

/** An analysis in which every part of a report has something to say. */
const WHOLE = (verdict: ChangeAnalysis['verdict']): ChangeAnalysis =>
  changeAnalysis({
    verdict,
    reasons: [SENTENCE, SENTENCE],
    changes: [
      change,
      edgeChange({ after: 'meshed', rerouted, severity: 'warning', newReference: true, references: [reference] }),
      edgeChange({ need: 'potential', severity: 'notice', destinations: [destination('b.c')] }),
      edgeChange({ before: 'unmeshed', after: 'meshed', severity: 'none', destinations: [destination('d.e')] }),
      { ...change, exemption: { kind: 'waived', reason: SENTENCE, owner: 'us', expires: '2099-12-31' } },
      { ...change, exemption: { kind: 'accepted', by: 'me', at: '2031-01-01T00:00:00Z', reason: SENTENCE } },
    ],
    workloads: { added: [MY_SHELL], removed: [MY_SHELL] },
    rejected: [{ kind: 'Sidecar', namespace: 'a', name: 'b', path: 'c.yaml', line: 1, message: SENTENCE }],
    diagnostics: [
      diagnostic('yaml-syntax', SENTENCE, { path: 'a.yaml', line: 1 }),
      diagnostic('undeclared-namespace', SENTENCE, { path: 'b.yaml', line: 1 }),
    ],
    ledger: fullLedger('name'),
    endpointTables: [{ workload: MY_SHELL, before: [row, { ...row, cluster: 'x' }], after: [row] }],
    proxyLoads: [{ workloads: [MY_SHELL], ...COUNTS, meshes: ['a'] }],
    owners: [{ workload: MY_SHELL, owners: ['a', 'b'], path: 'shells.yaml', causedBy: [] }],
    renamed: [{ before: MY_SHELL, after: MY_SHELL }],
    breaches: [
      {
        contract: 'must-be-meshed',
        workload: 'a/*',
        host: '*.b',
        reason: SENTENCE,
        owner: null,
        origin: { path: 'c.yml', line: 9 },
        workloads: [MY_SHELL],
        destinations: [destination('a.b')],
        before: 'meshed',
        after: 'unmeshed',
        isNew: true,
        causes: [{ ...SIDECAR_CAUSE, together: 1 }],
        meshes: ['a'],
      },
    ],
    expiredWaivers: [{ workload: 'a/b', host: 'c', owner: 'us', expires: '2001-01-01' }],
  });

function markdownOf(analysis: ChangeAnalysis, text: string): readonly string[] {
  const sides = {
    kind: 'merge-commit',
    headSha: 'a'.repeat(40),
    before: 'b'.repeat(40),
    after: 'c'.repeat(40),
  } as const;
  const links = linkSources(REPOSITORY, sides, [text], (_path, line) => line);
  const [by, reason, base] = [text.slice(0, 39), text.slice(0, 500), text.slice(0, 244)];
  const acceptance = { by, at: '2031-01-01T00:00:00Z', reason, findings: ['a'], bases: [base] };
  return [
    renderMarkdown(analysis, links),
    ...buildInlineComments(analysis).map(({ body }) => body),
    renderRecord({ findings: ['a'], since: null, acceptances: [acceptance] }),
    renderExplainMarkdown([{ title: text, detail: `${SENTENCE} ${text}`, origin: { path: text, line: 1 } }]),
    failureResult(`${SENTENCE} ${text}`, text).summary,
  ];
}

/** What the App itself writes. */
const OWN_TAGS = /^(?:<br>|<\/?(?:sub|code|details|summary)>|<!-- egress-scope record \{[^<>]*\} -->)$/;

describe.each(HOSTILE.map((text) => [text.slice(0, 40), text] as const))('the name %j', (_shown, text) => {
  it.each(['pass', 'fail', 'undetermined'] as const)(
    'stays a name on GitHub, where the verdict is %s',
    async (verdict) => {
      for (const markdown of markdownOf(spoil(WHOLE(verdict), text), text)) {
        const { tags, addresses, images, languages, prose } = readMarkdown(markdown);
        expect(tags.filter((tag) => !OWN_TAGS.test(tag))).toEqual([]);
        const own = [`${REPOSITORY}/blob/`, `${DOCS_URL}/`];
        expect(addresses.filter((address) => !own.some((start) => address.startsWith(start)))).toEqual([]);
        expect(images).toBe(0);
        expect(languages.filter((language) => language !== 'diff' && language !== 'mermaid')).toEqual([]);
        for (const diagram of diagramsIn(markdown)) await mermaid.parse(diagram);
        expect(prose).not.toMatch(/@[a-z\d]|#\d|\bGH-\d/i);
        expect(markdown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/u);
        expect(markdown.length).toBeLessThan(65_535);
      }
    },
  );

  it('turns neither a terminal nor an annotation round', () => {
    const analysis = spoil(WHOLE('fail'), text);
    const annotations = buildAnnotations(analysis).flatMap(({ title, message }) => [title, message]);
    const plain = renderText(analysis, { color: false, width: 80 });
    for (const each of [...annotations, plain]) {
      expect(each).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e\ufeff]/u);
    }
  });
});
