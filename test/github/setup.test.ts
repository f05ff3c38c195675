import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runCommand } from '../cli/run-command.js';
import { temporaryFolder } from '../source/temporary-folder.js';
import { SetupProcess } from './setup-process.js';
import type { AppManifest } from './stand-in/app-registration.js';
import { GitHubStandIn } from './stand-in/github-stand-in.js';

const MANIFEST: AppManifest = {
  name: 'egress-scope',
  url: 'https://github.com/apps/egress-scope',
  hook_attributes: { url: 'https://egress-scope.example.com/api/github/webhooks' },
  redirect_url: 'http://127.0.0.1/created',
  default_permissions: { contents: 'read' },
  default_events: ['push'],
};

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A setup, and a GitHub at which somebody has just created the App, with the code `made`. */
async function startSetup() {
  const github = await GitHubStandIn.start();
  closing.push(() => github.close());
  github.world.registrations.set('made', MANIFEST);
  const folder = temporaryFolder();
  const setup = new SetupProcess(folder, { GHE_HOST: github.host, GHE_PROTOCOL: 'http' });
  closing.push(() => setup.stop());
  const address = await setup.address();
  const created = new URL(`/created?code=made&state=${address.searchParams.get('state') ?? ''}`, address);
  return { github, folder, setup, address, created };
}

function statusWithHost(address: URL, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(address, { headers: { host } }, (response) => resolve(response.resume().statusCode))
      .once('error', reject)
      .end();
  });
}

describe('the setup’s server', () => {
  it('answers to loopback’s names alone, whoever asks', async () => {
    const { github, address, created } = await startSetup();
    expect(address.hostname).toBe('127.0.0.1');
    for (const host of [address.host, `localhost:${address.port}`, `[::1]:${address.port}`]) {
      expect(await statusWithHost(address, host), host).toBe(200);
    }
    for (const host of [
      'evil.example',
      `evil.example:${address.port}`,
      '127.0.0.1',
      `127.0.0.1.evil.example:${address.port}`,
    ]) {
      expect(await statusWithHost(address, host), host).toBe(421);
      expect(await statusWithHost(created, host), host).toBe(421);
    }
    expect(github.requests).toEqual([]);
  });

  it('takes no posts, has no other pages, and wants a code', async () => {
    const { github, address, created } = await startSetup();
    expect((await fetch(created, { method: 'POST' })).status).toBe(405);
    expect((await fetch(new URL(`/.env${address.search}`, address))).status).toBe(404);
    for (const code of ['', '../app', 'a'.repeat(201)]) {
      created.searchParams.set('code', code);
      expect((await fetch(created)).status, code).toBe(400);
    }
    expect(github.requests).toEqual([]);
  });

  it('lets no page be framed, cached, or load anything', async () => {
    const { address } = await startSetup();
    const { headers } = await fetch(address);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|script-src/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('strict-origin');
  });

  it('exchanges a code once, also when the browser asks twice', async () => {
    const { github, folder, setup, created } = await startSetup();
    github.faults.plan('POST /app-manifests/{code}/conversions', { kind: 'slow-body', milliseconds: 300 });
    const answers = await Promise.all([fetch(created), fetch(created)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await setup.exited).toBe(0);
    expect(github.count('POST /app-manifests/{code}/conversions')).toBe(1);
    expect(readdirSync(folder)).toEqual(['egress-scope.env']);
  });

  it('can be asked again after GitHub failed, and leaves no file meanwhile', async () => {
    const { github, folder, setup, created } = await startSetup();
    github.faults.plan('POST /app-manifests/{code}/conversions', { kind: 'status', status: 502 }, 1);
    const failed = await fetch(created);
    expect(failed.status).toBe(502);
    expect(await failed.text()).toContain('Loading this page again repeats it.');
    expect(readdirSync(folder)).toEqual([]);
    expect(setup.output).not.toContain('made');
    expect((await fetch(created)).status).toBe(200);
    expect(await setup.exited).toBe(0);
    expect(readdirSync(folder)).toEqual(['egress-scope.env']);
  });

  it('keeps the code where a file has appeared in the meantime, and the file too', async () => {
    const { github, folder, created } = await startSetup();
    const envFile = path.join(folder, 'egress-scope.env');
    writeFileSync(envFile, 'APP_ID=1\n');
    const answer = await fetch(created);
    expect(answer.status).toBe(502);
    expect(await answer.text()).toContain('is there already');
    expect(readFileSync(envFile, 'utf8')).toBe('APP_ID=1\n');
    expect(github.requests).toEqual([]);
  });
});

describe('serve --setup refuses', () => {
  async function refusal(folder: string, environment: Readonly<Record<string, string>>, ...args: readonly string[]) {
    const { exitCode, out, err } = await runCommand(['serve', '--setup', ...args], {
      workingDirectory: folder,
      environment: { PORT: '0', ...environment },
    });
    expect([exitCode, out]).toEqual([64, '']);
    expect(readdirSync(folder).filter((name) => name.startsWith('new'))).toEqual([]);
    return err;
  }

  it.each(['0.0.0.0', '::', '192.0.2.1', 'egress-scope.example.com'])('to listen on %s', async (HOST) => {
    expect(await refusal(temporaryFolder(), { HOST })).toContain('HOST is not localhost, 127.0.0.1 or ::1');
  });

  it('to write where a file is, or none can be', async () => {
    const folder = temporaryFolder({ 'egress-scope.env': 'APP_ID=1\n' });
    expect(await refusal(folder, {})).toContain(`${folder}/egress-scope.env is there already, and is not overwritten`);
    expect(readFileSync(path.join(folder, 'egress-scope.env'), 'utf8')).toBe('APP_ID=1\n');
    expect(await refusal(folder, {}, 'nowhere/new.env')).toContain('cannot be made (ENOENT)');
    mkdirSync(path.join(folder, 'directory'));
    expect(await refusal(folder, {}, 'directory')).toContain('is there already');
  });

  it('a port that something else has', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => other.close(resolve)));
    const { port } = other.address() as AddressInfo;
    const err = await refusal(temporaryFolder(), { PORT: String(port) }, 'new.env');
    expect(err).toContain(`127.0.0.1, port ${port}, cannot be listened on: something else listens there`);
  });
});
