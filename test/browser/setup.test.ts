import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../cli/run-command.js';
import { AppProcess } from '../github/app-process.js';
import { SetupProcess } from '../github/setup-process.js';
import { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import { temporaryFolder } from '../source/temporary-folder.js';
import { findChromium, launch, openPage, overflow } from './browser.js';

const chromium = findChromium();
const FITS = { desktop: 0, phone: 0 };
const ADDRESS = 'https://egress-scope.example.invalid';

if (chromium === null) console.warn('Skipped: there is no chromium on the PATH, and no CHROMIUM_BIN.');

describe.skipIf(chromium === null)('the setup in a browser', () => {
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    browser = await launch(chromium ?? '');
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    expect(complaints).toEqual([]);
  });

  async function startSetup(env: Readonly<Record<string, string>> = {}) {
    const folder = temporaryFolder();
    const setup = new SetupProcess(folder, env);
    closing.push(() => setup.stop());
    ({ page, complaints } = await openPage(browser));
    const opened = page;
    closing.push(() => opened.close());
    return { setup, envFile: path.join(folder, 'egress-scope.env'), address: await setup.address() };
  }

  async function startWithGitHub() {
    const github = await GitHubStandIn.start();
    closing.push(() => github.close());
    return { github, ...(await startSetup({ GHE_HOST: github.host, GHE_PROTOCOL: 'http' })) };
  }

  it('asks for an address that GitHub can reach, and says what is wrong with another', async () => {
    const { address } = await startSetup();
    await page.goto(address.href);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Register the GitHub App');
    expect(await overflow(page, 'setup-1-address-desktop')).toEqual(FITS);
    const field = page.getByLabel('Address of the App');
    for (const [typed, problem] of [
      ['', 'missing'],
      ['egress-scope.example.com', 'begin with https://'],
      ['https://user@egress-scope.example.com', 'more than a host'],
      ['https://egress-scope.example.com/hooks', 'has a path'],
      ['https://localhost:3000', 'cannot reach it'],
      ['https://"><script>alert(1)</script>', 'begin with https://'],
      ['http://egress-scope.example.com', 'begin with https://'],
    ] as const) {
      await field.fill(typed);
      await page.getByRole('button', { name: 'Continue' }).click();
      expect(await page.getByRole('alert').innerText(), typed).toContain(problem);
      expect(await field.inputValue()).toBe(typed);
      expect(await field.getAttribute('aria-invalid')).toBe('true');
    }
    expect(await overflow(page, 'setup-1-refused-phone')).toEqual(FITS);
    await field.fill('https://egress-scope.example.com');
    await page.getByLabel('Organisation').fill('no/organisation');
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('no name of an organisation');
  });

  it('shows what the App will be before GitHub does, and leads to github.com unless told otherwise', async () => {
    const { address } = await startSetup();
    await page.goto(address.href);
    await page.getByLabel('Address of the App').fill('https://egress-scope.example.com/');
    await page.getByLabel('Organisation').fill('octo-org');
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await overflow(page, 'setup-2-review-desktop')).toEqual(FITS);
    expect(await page.getByRole('row').allInnerTexts()).toContain('pull_requests\twrite');
    expect(await page.getByText('https://egress-scope.example.com/api/github/webhooks').count()).toBe(1);
    const action = new URL((await page.locator('form').getAttribute('action')) ?? '');
    expect(action.origin + action.pathname).toBe('https://github.com/organizations/octo-org/settings/apps/new');
    expect(action.searchParams.get('state')).toBe(address.searchParams.get('state'));
    await page.getByRole('link', { name: 'Change the address' }).click();
    expect(await page.getByLabel('Address of the App').inputValue()).toBe('https://egress-scope.example.com/');
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('registers the App on GitHub, keeps its key in a file for this user alone, and ends', async () => {
    const { github, setup, envFile, address } = await startWithGitHub();
    await page.goto(address.href);
    await page.getByLabel('Address of the App').fill(ADDRESS);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Create the App on GitHub' }).click();
    expect(await page.getByRole('heading').innerText()).toBe('Create GitHub App');
    await page.getByLabel('GitHub App name').fill('acme egress');
    await page.getByRole('button', { name: 'Create GitHub App' }).click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('The App is registered');
    expect(await overflow(page, 'setup-3-registered-desktop')).toEqual(FITS);
    const install = await page.getByRole('link', { name: 'Install on GitHub' }).getAttribute('href');
    expect(install).toBe(`http://${github.host}/apps/acme-egress/installations/new`);
    expect(await setup.exited).toBe(0);
    expect(setup.output).toContain(install);

    expect(statSync(envFile).mode & 0o777).toBe(0o600);
    const text = readFileSync(envFile, 'utf8');
    const environment = Object.fromEntries(
      text
        .trimEnd()
        .split('\n')
        .map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]),
    );
    expect(environment).toMatchObject({ APP_ID: '4242', GHE_HOST: github.host, GHE_PROTOCOL: 'http' });
    const { privateKey, webhookSecret } = github.world.app;
    expect(Buffer.from(environment['PRIVATE_KEY'] ?? '', 'base64').toString('utf8')).toBe(privateKey);
    expect(environment['WEBHOOK_SECRET']).toBe(webhookSecret);
    for (const secret of [environment['PRIVATE_KEY'] ?? '-', privateKey.slice(40, 100), webhookSecret]) {
      expect(setup.output).not.toContain(secret);
      expect(await page.content()).not.toContain(secret);
    }
    expect([github.violations, github.ownProblems]).toEqual([[], []]);

    // What was registered is what the App and the doctor ask for.
    await github.createRepository();
    const { exitCode, out } = await runCommand(['doctor'], { workingDirectory: '/', environment });
    expect(exitCode).toBe(1);
    expect(out.match(/^wrong .*/gm)).toEqual([
      expect.stringMatching(`^wrong  reachability   ${ADDRESS}/api/github/webhooks does not answer`),
    ]);
    const app = new AppProcess({ ...environment, RECONCILE_SECONDS: '0' });
    closing.push(() => app.stop());
    for (const health of ['healthz', 'readyz']) {
      const url = `${await app.url()}/${health}`;
      await expect.poll(async () => (await page.goto(url))?.status(), { timeout: 20_000 }).toBe(200);
      expect(await page.innerText('body')).toBe('ok\n');
    }
    await page.goto(`${await app.url()}/`);
    expect(await page.innerText('body')).toBe('There is nothing here.\n');
  });

  it('refuses another state, and a code that GitHub does not know, and goes on', async () => {
    const { github, setup, envFile, address } = await startWithGitHub();
    for (const [where, query] of [
      ['/', ''],
      ['/', '?state=guessed'],
      ['/created', '?code=abc&state=guessed'],
      ['/created', '?code=abc'],
    ] as const) {
      const answer = await page.goto(`${address.origin}${where}${query}`);
      expect(answer?.status()).toBe(403);
      expect(await page.innerText('main')).toContain('Open the address from the terminal');
    }
    expect(await overflow(page, 'setup-refused-desktop')).toEqual(FITS);
    expect(github.requests).toEqual([]);
    const state = address.searchParams.get('state') ?? '';
    const answer = await page.goto(`${address.origin}/created?code=abc&state=${state}`);
    expect(answer?.status()).toBe(502);
    expect(await page.innerText('main')).toContain('GitHub does not know this code');
    expect(github.count('POST /app-manifests/{code}/conversions')).toBe(1);
    expect(() => statSync(envFile)).toThrow('ENOENT');
    expect(setup.output).not.toContain('abc');
    await page.getByRole('link', { name: 'Begin again' }).click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Register the GitHub App');
  });
});
