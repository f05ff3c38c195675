import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../src/report/render-markdown.js';
import { diagramsIn } from '../mermaid.js';
import { largeChange } from '../report/large-change.js';
import { analyzeScenario, listScenarios } from '../scenarios/scenario.js';
import { violations } from './accessibility.js';
import { bookinfoChange } from './bookinfo-change.js';
import { findChromium, findCmark, overflow, screenshot } from './browser.js';
import { filePages } from './file-pages.js';

const chromium = findChromium();
const cmark = findCmark();
const LINKS = { blob: (file: string, line: number) => `https://github.com/acme/mesh/blob/HEAD/${file}#L${line}` };
const { resolve } = createRequire(import.meta.url);
const STYLE = readFileSync(resolve('github-markdown-css/github-markdown.css'), 'utf8');
const MERMAID = readFileSync(path.join(path.dirname(resolve('mermaid')), 'mermaid.min.js'), 'utf8');

/** Code in a link, whose contrast in shaded rows is 4.33 by GitHub's own style sheet. */
const COLOURS_OF_GITHUB = 'a > code';

const PAGE = 20;

/** A review as GitHub shows it: by its own Markdown library and style sheet, and with the diagrams drawn. */
function reviewPage(markdown: string): string {
  const extensions = ['table', 'strikethrough', 'autolink', 'tagfilter', 'tasklist'];
  const args = ['--unsafe', ...extensions.flatMap((name) => ['--extension', name])];
  const body = execFileSync(cmark ?? '', args, { input: markdown, encoding: 'utf8' });
  const drawn = body.replace(
    /<pre><code class="language-mermaid">([^]*?)<\/code><\/pre>/g,
    '<div class="mermaid" role="img" aria-label="diagram">$1</div>',
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Review</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}
body { margin: 0; padding: 16px; } .markdown-body { max-width: 860px; } .mermaid { overflow: auto; }</style></head>
<body><main class="markdown-body"><h1>Review</h1>${drawn}</main></body></html>`;
}

/** Scenarios, some to a page: what takes long is to open one. */
function pages(): string[][] {
  const all = listScenarios();
  return Array.from({ length: Math.ceil(all.length / PAGE) }, (_unused, index) => {
    const [first = '', ...others] = all.slice(index * PAGE, (index + 1) * PAGE);
    return [first, ...others.slice(-1), ...others.slice(0, -1)];
  });
}

if (chromium === null) console.warn('Skipped: there is no chromium on the PATH, and no CHROMIUM_BIN.');
if (cmark === null) console.warn('Skipped: there is no cmark-gfm on the PATH, and no CMARK_GFM_BIN.');

describe.skipIf(chromium === null || cmark === null)('the review in a browser', () => {
  const openFile = filePages(chromium);
  let page: Page;

  async function open(markdown: string): Promise<void> {
    page = await openFile(reviewPage(markdown));
    await page.addScriptTag({ content: MERMAID });
    await page.evaluate("mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' }); mermaid.run()");
  }

  /** Whether what is drawn is a diagram, and not the picture of a bomb. */
  async function expectDiagrams(count: number): Promise<void> {
    await expect.poll(() => page.locator('.mermaid svg').count()).toBe(count);
    expect(await page.locator('.mermaid svg .error-icon').count()).toBe(0);
  }

  it('shows the example: a table, a diagram, the endpoints, and links to the lines', async () => {
    const markdown = renderMarkdown(await bookinfoChange(), LINKS);
    await open(markdown);
    await expectDiagrams(1);
    const graph = page.locator('.mermaid svg');
    expect(await graph.textContent()).toContain('reviews.bookinfo:9080');
    expect((await graph.boundingBox())?.height).toBeGreaterThan(100);
    expect(await page.locator('table').first().innerText()).toContain('still works, but past the mesh');
    const place = page.getByRole('link', { name: 'default/sidecar.yaml:11' });
    expect(await place.getAttribute('href')).toBe('https://github.com/acme/mesh/blob/HEAD/default/sidecar.yaml#L11');
    expect(await page.locator('code.language-diff').innerText()).toContain('-10.244.1.31:9080');
    expect((await overflow(page)).desktop).toBe(0);
    await screenshot(page, 'review');
    expect(await violations(page, COLOURS_OF_GITHUB)).toEqual([]);
  });

  it('unfolds what is folded, with the keyboard', async () => {
    await open(renderMarkdown(largeChange(3, 40), LINKS));
    const folded = page.locator('details').first();
    expect(await folded.getAttribute('open')).toBe(null);
    await folded.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await folded.getAttribute('open')).toBe('');
    expect(await folded.locator('table, p, ul').first().isVisible()).toBe(true);
  });

  it.each(pages())('of %s to %s is well-formed, draws its diagrams, and fits the window', async (...scenarios) => {
    const markdown = scenarios.map((scenario) => renderMarkdown(analyzeScenario(scenario), LINKS)).join('\n\n---\n\n');
    await open(markdown);
    await expectDiagrams(diagramsIn(markdown).length);
    // What is left of Markdown or HTML in what a reader sees was not understood as such.
    const prose = await page.evaluate<string>(`(() => {
      const copy = document.querySelector('main').cloneNode(true);
      for (const node of copy.querySelectorAll('code, pre, .mermaid')) node.remove();
      return copy.textContent;
    })()`);
    expect(prose).not.toMatch(/\*\*|<\/?[a-z]+>|\|\s*-+\s*\||^#+ |```|&[a-z]+;/m);
    expect((await overflow(page)).desktop).toBe(0);
    expect(await violations(page, COLOURS_OF_GITHUB)).toEqual([]);
  });
});
