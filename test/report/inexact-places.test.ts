import { describe, expect, it } from 'vitest';
import { diagnostic, type Origin } from '../../src/diagnostic/diagnostic.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { buildAnnotations } from '../../src/report/annotations.js';
import { renderExplainMarkdown, renderExplainText } from '../../src/report/explain-text.js';
import { buildInlineComments } from '../../src/report/inline-comments.js';
import { renderDiffJson, renderExplainJson } from '../../src/report/render-json.js';
import { renderMarkdown } from '../../src/report/render-markdown.js';
import { renderText } from '../../src/report/render-text.js';
import { MY_SHELL, SIDECAR_CAUSE, changeAnalysis, edgeChange } from './change-analysis.js';

const EXACT: Origin = { path: 'values.yaml', line: 12 };
const NEAR: Origin = { path: 'values.yaml', line: 12, isExact: false };
const FILE: Origin = { path: 'values.yaml', line: 1, isExact: false };
const PLAIN = { width: 200, color: false };
const LINKS = { blob: (path: string, line: number) => `https://example.com/${path}#L${line}` };

/** An analysis that says everything of one place. */
function about(place: Origin): ChangeAnalysis {
  return changeAnalysis({
    verdict: 'fail',
    reasons: ['one.'],
    changes: [
      edgeChange({
        causes: [{ ...SIDECAR_CAUSE, ...place }],
        need: 'referenced',
        references: [
          { ...place, text: 'http://reviews', where: 'env API of container app', heldBy: '/Pod/default/my-shell' },
        ],
      }),
    ],
    rejected: [{ ...MY_SHELL, kind: 'Sidecar', ...place, message: 'refused' }],
    diagnostics: [diagnostic('yaml-syntax', 'broken', place)],
  });
}

describe('a place that is not exact', () => {
  it.each([
    [EXACT, 'because of values.yaml:12', 'named in values.yaml:12', 'error yaml-syntax values.yaml:12'],
    [NEAR, 'because of something near values.yaml:12', 'named near values.yaml:12', 'yaml-syntax near values.yaml:12'],
    [FILE, 'because of something in values.yaml\n', 'named in values.yaml\n', 'error yaml-syntax values.yaml\n'],
  ])('is told from one that is, in text: %o', (place, ...expected) => {
    const text = renderText(about(place), PLAIN);
    for (const words of expected) expect(text).toContain(words);
    expect(text.includes('near')).toBe(place === NEAR);
    expect(text.includes(':1\n')).toBe(false);
  });

  it.each([
    [EXACT, '[`values.yaml:12`](https://example.com/values.yaml#L12)'],
    [NEAR, 'near [`values.yaml:12`](https://example.com/values.yaml#L12)'],
    [FILE, '[`values.yaml`](https://example.com/values.yaml#L1)'],
  ])('is told from one that is, in Markdown: %o', (place, expected) => {
    const text = renderMarkdown(about(place), LINKS);
    // The cause, the reference, the refused object and the diagnostic.
    expect(text.split(expected)).toHaveLength(5);
    expect(text.includes('near [')).toBe(place === NEAR);
  });

  it.each([
    [EXACT, { path: 'values.yaml', line: 12 }],
    [NEAR, { path: 'values.yaml', line: 12, exact: false }],
    [FILE, { path: 'values.yaml', line: null, exact: false }],
  ])('is told from one that is, in JSON: %o', (place, expected) => {
    const json = JSON.parse(renderDiffJson(about(place))) as {
      changes: { causes: object[] }[];
      rejected: object[];
      diagnostics: object[];
    };
    const steps = JSON.parse(
      renderExplainJson(MY_SHELL, { host: 'a', port: 1 }, [{ title: 'a', detail: '', origin: place }]),
    ) as { steps: object[] };
    const all = [json.changes[0]?.causes[0], json.rejected[0], json.diagnostics[0], steps.steps[0]];
    for (const item of all) {
      expect(item).toMatchObject(expected);
      expect(item && 'exact' in item).toBe('exact' in expected);
    }
  });

  it('is told at the line of an annotation, which has to have one', () => {
    const messages = (place: Origin): readonly (readonly [number, boolean])[] =>
      buildAnnotations(about(place)).map(({ start_line: line, message }) => [
        line,
        / near what is meant/.test(message),
      ]);
    expect(messages(EXACT)).toEqual([[12, false], [12, false], [12, false]]); // prettier-ignore
    expect(messages(NEAR)).toEqual([[12, true], [12, true], [12, true]]); // prettier-ignore
    for (const { start_line: line, message } of buildAnnotations(about(FILE))) {
      expect([line, message.split('\n')[0]]).toEqual([
        1,
        'The file is what is known: the line could not be found in what it was rendered from.',
      ]);
    }
  });

  it('has a comment on its line only where a line is known', () => {
    expect(buildInlineComments(about(EXACT))[0]?.body).not.toContain('near');
    expect(buildInlineComments(about(NEAR))).toMatchObject([
      { line: 12, body: expect.stringContaining('The line is near what is meant') as string },
    ]);
    expect(buildInlineComments(about(FILE))).toEqual([]);
  });

  it('is told by an explanation, too', () => {
    const steps = (origin: Origin) => [{ title: 'Service', detail: '', origin }];
    expect(renderExplainText(steps(NEAR), PLAIN)).toContain('near values.yaml:12');
    expect(renderExplainMarkdown(steps(NEAR))).toContain('(near `values.yaml:12`)');
    expect(renderExplainMarkdown(steps(FILE))).toContain('(`values.yaml`)');
  });
});
