import { describe, expect, it } from 'vitest';
import { buildAnnotations } from '../../src/report/annotations.js';
import { diffData } from '../../src/report/html/diff-data.js';
import { renderHtml } from '../../src/report/html/render-html.js';
import { buildInlineComments } from '../../src/report/inline-comments.js';
import { renderJunit } from '../../src/report/render-junit.js';
import { renderMarkdown, renderSummary } from '../../src/report/render-markdown.js';
import { renderText, textParts } from '../../src/report/render-text.js';
import { changeAnalysis, edgeChange, SIDECAR_CAUSE } from './change-analysis.js';
import { largeChange } from './large-change.js';

const NO_LINKS = { blob: () => null };
const PLAIN = { color: false, width: 100 };

/** One line that, with the Sidecar of each of many namespaces, takes the same from their workloads. */
function lineOfMany(namespaces: number) {
  const line = { ...SIDECAR_CAUSE, kind: 'ConfigMap', namespace: 'istio-system', name: 'istio', path: 'mesh.yaml' };
  return changeAnalysis({
    verdict: 'fail',
    changes: Array.from({ length: namespaces }, (_unused, index) =>
      edgeChange({
        workloads: [{ namespace: `team-${index}`, kind: 'Deployment', name: 'app' }],
        causes: [
          { ...line, explanation: `The mesh is closed, and Sidecar team-${index}/default does not list the host.` },
        ],
      }),
    ),
  });
}

describe('reports of a change that touches a whole mesh', () => {
  // 2,000 workloads and 2,000 calls that fail, each for a manifest that names it, and 3,960,000 others.
  const analysis = largeChange(200, 10);

  it('are a review and a summary that GitHub takes', () => {
    for (const text of [renderMarkdown(analysis, NO_LINKS), renderSummary(analysis)]) {
      expect(text.length).toBeLessThan(60_000);
      expect(text).toMatch(/\d+ further rows of \d+ cut for length/);
    }
  });

  it('are read on a terminal, and say what they leave out', () => {
    const text = renderText(analysis, PLAIN);
    expect(text.split('\n').length).toBeLessThan(2_000);
    expect(text.match(/^failure /gm)).toHaveLength(100);
    expect(text).toContain('… 1900 more; --verbose shows all, and --format html can be searched\n');
    expect(text).toMatch(/… \d+ more\n/);
  });

  it('name every call where all are asked for, in parts none of which is long', () => {
    let [failures, names, longest] = [0, 0, 0];
    for (const part of textParts(analysis, { ...PLAIN, isVerbose: true })) {
      failures += part.match(/^failure /gm)?.length ?? 0;
      names += part.match(/^ {4}\S+:8080 \(http\)$/gm)?.length ?? 0;
      longest = Math.max(longest, part.length);
    }
    expect([failures, names]).toEqual([2_000, 2_000 + 200 * 1_980]);
    expect(longest).toBeLessThan(500_000);
  });

  it('are a page whose size grows with what differs', () => {
    expect(renderHtml(analysis, NO_LINKS).length).toBeLessThan(2_500_000);
    const { findings, sets } = diffData(analysis, NO_LINKS);
    const texts = new Set(findings.map(({ w, d }) => `${sets[w]} ${sets[d]}`));
    expect(texts.size).toBe(findings.length);
  });

  it('are a test report with a case for each workload, none of them long', () => {
    const cases = renderJunit(analysis).split('<testcase').slice(2);
    expect(cases).toHaveLength(2_000);
    expect(Math.max(...cases.map(({ length }) => length))).toBeLessThan(3_000);
  });
});

describe('a line that matters in every namespace', () => {
  it('is said in one comment and one annotation that GitHub takes, with the first reasons and calls', () => {
    const analysis = lineOfMany(2_000);
    const [comment, ...comments] = buildInlineComments(analysis);
    const [annotation, ...annotations] = buildAnnotations(analysis);
    expect([...comments, ...annotations]).toEqual([]);
    for (const text of [comment!.body, annotation!.message]) {
      expect(text.length).toBeLessThan(8_000);
      expect(text).toContain('And 1995 more reasons.');
      expect(text).toMatch(/team-0\/Deployment\/app.* to /);
      expect(text).toMatch(/and 19\d\d more/);
    }
  });
});
