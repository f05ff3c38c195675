import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { temporaryFolder } from '../source/temporary-folder.js';
import { launch, openPage } from './browser.js';

/**
 * A browser for the tests of a `describe`. What it gives opens HTML as the file that it is; a test fails where the page asks for
 * anything else, or the browser complains. The page is closed after the test.
 */
export function filePages(chromium: string | null): (html: string, options?: BrowserContextOptions) => Promise<Page> {
  let browser: Browser;
  let page: Page | undefined;
  let found: string[] = [];

  beforeAll(async () => {
    browser = await launch(chromium ?? '');
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await page?.close();
    expect(found).toEqual([]);
  });

  return async (html, options) => {
    const file = path.join(temporaryFolder(), 'page.html');
    writeFileSync(file, html);
    const opened = await openPage(browser, options);
    page = opened.page;
    found = opened.complaints;
    page.on('request', (request) => {
      if (request.url() !== `file://${file}`) opened.complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(`file://${file}`);
    return page;
  };
}
