import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** Where screenshots for the documents go; null unless they are to be taken anew (UPDATE_SCREENSHOTS=1). */
export const SCREENSHOTS =
  process.env['UPDATE_SCREENSHOTS'] === '1' ? path.join(import.meta.dirname, '../../docs/screenshots') : null;

export const WIDTHS = { desktop: { width: 1000, height: 760 }, phone: { width: 375, height: 760 } } as const;

/** Chromium's program: `CHROMIUM_BIN`, or `chromium` on the PATH. */
export function findChromium(): string | null {
  return findProgram('chromium', 'CHROMIUM_BIN');
}

/** GitHub's own Markdown library: `CMARK_GFM_BIN`, or `cmark-gfm` on the PATH. */
export function findCmark(): string | null {
  return findProgram('cmark-gfm', 'CMARK_GFM_BIN');
}

/** A program that a variable names, or that is on the PATH. Null where there is none, but for CI, which has to have one. */
function findProgram(name: string, variable: string): string | null {
  const { [variable]: named, PATH = '', CI } = process.env;
  const places = named ? [named] : PATH.split(path.delimiter).map((folder) => path.join(folder, name));
  const found = places.find(isProgram) ?? null;
  if (found === null && (CI || named)) throw new Error(`There is no ${name} at ${places.join(', ')}.`);
  return found;
}

export async function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath });
}

/** A page, and everything that the browser complains about meanwhile, such as a breach of the content security policy. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const page = await browser.newPage({ viewport: WIDTHS.desktop, ...options });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A page that is refused is in the console by its status, too.
    if (message.type() === 'error' && !/responded with a status of/.test(message.text()))
      complaints.push(message.text());
  });
  return { page, complaints };
}

/** A page as it is, for the documents; nothing unless pictures are to be taken. */
export async function screenshot(page: Page, picture: string, fullPage = true): Promise<void> {
  if (SCREENSHOTS !== null) await page.screenshot({ path: path.join(SCREENSHOTS, `${picture}.png`), fullPage });
}

/** By how many pixels a page is wider than the window, at each of `WIDTHS`.
 *
 * @param picture what its screenshot in the documents is called, with the width at the end; without it there is none. */
export async function overflow(page: Page, picture?: string): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const [device, size] of Object.entries(WIDTHS)) {
    await page.setViewportSize(size);
    found[device] = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    if (picture?.endsWith(device)) await screenshot(page, picture);
  }
  await page.setViewportSize(WIDTHS.desktop);
  return found;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
