import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { analyzeChange, analyzeMesh } from '../../src/analyze-change.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { renderHtml } from '../../src/report/html/render-html.js';
import { renderReachHtml } from '../../src/report/html/render-reach-html.js';
import { parseText, readCase } from '../conformance/conformance-case.js';
import { changeAnalysis, destination, edgeChange, MY_SHELL, SIDECAR_CAUSE } from '../report/change-analysis.js';
import { largeChange } from '../report/large-change.js';
import { bookinfoChange } from './bookinfo-change.js';
import { violations } from './accessibility.js';
import { findChromium, overflow, screenshot, WIDTHS } from './browser.js';
import { filePages } from './file-pages.js';

const chromium = findChromium();
const NO_LINKS = { blob: () => null };
const FITS = { desktop: 0, phone: 0 };

/** A change with many differences, of istiod's recorded cases. */
function middleChange(): ChangeAnalysis {
  const { beforeText, afterText } = readCase('random-0012');
  const [before, after] = [parseText(beforeText), parseText(afterText)];
  return analyzeChange({ before, after, mesh: {}, policy: DEFAULT_POLICY });
}

/** Every part of the page has something to say. */
function fullChange(): ChangeAnalysis {
  const web = { namespace: 'shop', kind: 'Deployment', name: 'web' };
  const counts = { before: { clusters: 9, endpoints: 9 }, after: { clusters: 2, endpoints: 3 } };
  return changeAnalysis({
    verdict: 'fail',
    reasons: ['One.', 'Two.'],
    changes: [
      edgeChange({ meshes: ['eu'] }),
      edgeChange({
        workloads: [web],
        severity: 'warning',
        after: 'blocked',
        causes: [1, 2].map((line) => ({ ...SIDECAR_CAUSE, line, together: 1 })),
        meshes: ['eu', 'us'],
      }),
      edgeChange({
        workloads: [web],
        destinations: [destination('a.x')],
        severity: 'notice',
        after: 'bypass',
        meshes: ['us'],
      }),
      edgeChange({
        workloads: [web],
        destinations: [destination('b.x')],
        severity: 'none',
        before: 'absent',
        after: 'meshed',
      }),
    ],
    owners: [{ workload: web, path: 'web.yaml', owners: ['@acme/shop'], causedBy: [] }],
    proxyLoads: [{ workloads: [web, MY_SHELL], ...counts }],
    renamed: [{ before: web, after: MY_SHELL }],
    rejected: [{ kind: 'Sidecar', namespace: 'a', name: 'b', path: 's.yaml', line: 2, message: 'it is invalid' }],
    fixes: [
      {
        summary: 'Add "bookinfo/*" to the hosts of Sidecar default/default.',
        edits: [],
        mends: ['a'],
        opens: 0,
        patches: [
          {
            path: 'default/sidecar.yaml',
            startLine: 9,
            endLine: 9,
            before: ['    - a'],
            after: ['    - a', '    - b'],
          },
        ],
      },
    ],
    breaches: [
      {
        contract: 'must-be-meshed',
        workload: 'shop/*',
        host: '*.x',
        reason: 'audited',
        owner: null,
        origin: { path: '.github/egress-scope.yml', line: 3 },
        workloads: [web],
        destinations: [destination('a.x')],
        before: 'meshed',
        after: 'unmeshed',
        isNew: true,
        causes: [SIDECAR_CAUSE],
      },
    ],
  });
}

if (chromium === null) console.warn('Skipped: there is no chromium on the PATH, and no CHROMIUM_BIN.');

describe.skipIf(chromium === null)('the HTML report in a browser', () => {
  const openFile = filePages(chromium);
  let page: Page;

  async function open(html: string): Promise<void> {
    page = await openFile(html);
  }

  const status = () => page.locator('#shown').innerText();
  const cards = () => page.locator('article');

  it('shows the findings with their causes, owners and fixes, and everything else that is known', async () => {
    await open(renderHtml(fullChange(), NO_LINKS));
    expect(await cards().count()).toBe(4);
    const second = cards().nth(1);
    expect(await second.innerText()).toContain('together: default/sidecar.yaml:1');
    expect(await second.innerText()).toContain('shop/Deployment/web owned by @acme/shop');
    for (const title of [
      'Contracts',
      'Refused by the cluster',
      'How to mend it',
      'What proxies have to know',
      'What the answer rests on',
    ]) {
      // prettier-ignore
      expect(await page.getByRole('heading', { name: title, level: 2 }).count(), title).toBe(1);
    }
    expect(await page.locator('#fixes pre').innerText()).toBe('     - a\n+    - b\n');
    expect(await overflow(page)).toEqual(FITS);
  });

  it('is filtered by words, severity, namespace and mesh, and says how much is left', async () => {
    await open(renderHtml(fullChange(), NO_LINKS));
    expect(await status()).toBe('4 of 4 findings, 4 calls, in a matrix of 2 × 3');
    await page.getByLabel('Search workloads').fill('@acme/shop');
    await expect.poll(status).toBe('3 of 4 findings, 3 calls, in a matrix of 1 × 3');
    await page.getByRole('checkbox', { name: 'warning' }).check();
    await expect.poll(status).toBe('1 of 4 findings, 1 call, in a matrix of 1 × 1');
    expect(await cards().first().innerText()).toContain('blocked');
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => cards().count()).toBe(4);
    await page.getByLabel('Namespace of the caller').selectOption('default');
    await expect.poll(() => cards().count()).toBe(1);
    await page.getByLabel('Mesh', { exact: true }).selectOption('us');
    await expect.poll(() => cards().count()).toBe(0);
    expect(await page.getByText('No finding fits the filter.').isVisible()).toBe(true);
    expect(await page.getByText('Nothing fits the filter.').isVisible()).toBe(true);
  });

  it('has a matrix that is walked by the keyboard, and leads from a cell to its finding', async () => {
    await open(renderHtml(fullChange(), NO_LINKS));
    const grid = page.getByRole('grid');
    expect(await grid.locator('[tabindex="0"]').count()).toBe(1);
    const focused = () => page.evaluate<string>('document.activeElement.getAttribute("aria-label")');
    await grid.locator('[tabindex="0"]').focus();
    expect(await focused()).toContain('default/Pod/my-shell to reviews.bookinfo');
    expect(await focused()).toContain('meshed before, unmeshed after');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toContain('does not change');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toContain('shop/Deployment/web to a.x:9080 (http): meshed before, bypass after');
    await page.keyboard.press('End');
    expect(await focused()).toContain('b.x');
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('ArrowUp');
    expect(await focused()).toBe('reviews.bookinfo.svc.cluster.local:9080 (http)');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const selected = page.getByRole('region', { name: 'Selected call' });
    expect(await selected.innerText()).toContain('default/Pod/my-shell');
    await selected.getByRole('link', { name: 'Finding 1' }).click();
    expect(await page.evaluate('document.activeElement.id')).toBe('finding-1');
  });

  it('shows in the matrix what was before, and what is after', async () => {
    await open(renderHtml(fullChange(), NO_LINKS));
    const cell = page.getByRole('gridcell', { name: 'my-shell to reviews' });
    expect(await cell.innerText()).toBe('○');
    await page.getByLabel('before', { exact: true }).check();
    expect(await cell.innerText()).toBe('●');
    await page.getByLabel('after', { exact: true }).check();
    expect(await cell.innerText()).toBe('○');
  });

  it('can be skipped into by the keyboard, and every control has a visible focus', async () => {
    await open(renderHtml(fullChange(), NO_LINKS));
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  it.each(['light', 'dark'] as const)(
    'has nothing serious against it from an accessibility checker, in %s',
    async (scheme) => {
      const reach = analyzeMesh({ manifests: parseText(readCase('random-0012').beforeText), mesh: {} });
      const reports = { full: renderHtml(fullChange(), NO_LINKS), middle: renderHtml(middleChange(), NO_LINKS), reach: renderReachHtml(reach) }; // prettier-ignore
      for (const [name, report] of Object.entries(reports)) {
        await open(report);
        // The system says otherwise: the switch is what decides.
        await page.emulateMedia({ colorScheme: scheme === 'light' ? 'dark' : 'light' });
        await page.getByLabel('Theme').selectOption(scheme);
        await page.getByRole('gridcell').first().click();
        expect(await violations(page), `${name} in ${scheme}`).toEqual([]);
        if (name !== 'reach') await page.close();
      }
    },
  );

  it('stays usable where 2,000 workloads are touched', async () => {
    await open(renderHtml(largeChange(20, 100), NO_LINKS));
    expect(await status()).toContain('2,020 of 2,020 findings');
    expect(await cards().count()).toBe(50);
    await page.getByRole('button', { name: /^Show 50 more/ }).click();
    expect(await cards().count()).toBe(100);
    const grid = page.getByRole('grid');
    expect(Number(await grid.getAttribute('aria-rowcount'))).toBeGreaterThan(1_000);
    const inPage = () => grid.locator('[role=gridcell]').count();
    expect(await inPage()).toBeLessThan(3_000);
    await grid.locator('[tabindex="0"]').focus();
    await page.keyboard.press('Control+End');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toContain(
      'team-019/Deployment/service-9',
    );
    expect(await inPage()).toBeLessThan(3_000);
    const started = Date.now();
    await page.getByLabel('Search workloads').fill('service-42.team-007');
    // The call that the namespace before it names, and the groups of the 18 that neither name it nor have it.
    await expect.poll(status).toContain('19 of 2,020 findings');
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it('is a page to print: without controls, and with everything unfolded', async () => {
    await open(renderHtml(fullChange(), NO_LINKS));
    await page.emulateMedia({ media: 'print' });
    await page.evaluate('window.dispatchEvent(new Event("beforeprint"))');
    expect(await page.locator('#filter').isVisible()).toBe(false);
    expect(await page.locator('#proxies details code').nth(1).isVisible()).toBe(true);
    expect(await cards().count()).toBe(4);
  });

  it('says all of it without scripts', async () => {
    page = await openFile(renderHtml(fullChange(), NO_LINKS), { javaScriptEnabled: false });
    expect(await page.locator('noscript pre').innerText()).toContain('failure default/Pod/my-shell');
    expect(await page.locator('#filter').isVisible()).toBe(false);
    expect(await page.locator('#matrix').isVisible()).toBe(false);
  });

  it.each([
    ['small', bookinfoChange],
    ['middle', () => Promise.resolve(middleChange())],
    ['huge', () => Promise.resolve(largeChange(20, 100))],
  ] as const)('is no wider than a window, however %s', async (size, change) => {
    await open(renderHtml(await change(), NO_LINKS));
    expect(await overflow(page)).toEqual(FITS);
    for (const [device, window] of Object.entries(WIDTHS)) {
      for (const scheme of ['light', 'dark'] as const) {
        await page.setViewportSize(window);
        await page.emulateMedia({ colorScheme: scheme });
        await screenshot(page, `report-${size}-${device}-${scheme}`);
      }
    }
  });
});
