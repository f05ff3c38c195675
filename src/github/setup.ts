import { createPrivateKey, randomBytes } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { Octokit } from '@octokit/rest';
import { visibleText } from '../report/visible-text.js';
import { ConfigurationError, webUrlOf, type SetupConfiguration } from './app-configuration.js';
import { readAppManifest } from './app-manifest.js';
import { statusOf } from './cannot-judge.js';
import { fetchFromGitHub } from './github-client.js';
import { listen } from './listen.js';
import type { NextSteps } from './setup-pages.js';
import { createSetupServer, SetupError } from './setup-server.js';

const LINGER_MS = 1000;

export interface SetupOptions {
  readonly configuration: SetupConfiguration;
  /** Absolute. Must not be there yet. */
  readonly envFile: string;
  /** Writes a text for the person at the terminal. */
  readonly say: (text: string) => void;
}

/** What GitHub hands over for a code, as far as it is kept. */
interface Credentials {
  readonly id: number;
  readonly name: string;
  readonly htmlUrl: string;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string | null;
}

/**
 * Registers the App with the help of a person and their browser, writes what `serve` needs to `envFile`, and returns once the
 * last page is out.
 *
 * @throws ConfigurationError where the file is there already or cannot be made, or the port is taken.
 */
export async function setUpApp({ configuration, envFile, say }: SetupOptions): Promise<void> {
  const { host, port, apiUrl } = configuration;
  await (await reserve(envFile)).release();
  const manifest = await readAppManifest();
  const state = randomBytes(32).toString('base64url');
  let finish: () => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const server = createSetupServer({
    manifest,
    webUrl: webUrlOf(apiUrl),
    state,
    register: async (code) => {
      const steps = await register(code, apiUrl, envFile);
      say(nextSteps(steps));
      return steps;
    },
    onDone: finish,
    onDefect: fail,
  });
  // The address itself: what `localhost` means, the browser might see otherwise, and take the state elsewhere.
  const address = host === '::1' ? '[::1]' : host;
  const root = `http://${address}:${await listen(server, host, port)}`;
  say(`To register the App, open this address in a browser on this machine:\n\n  ${root}/?state=${state}\n\n`);
  try {
    await done;
  } finally {
    // Browsers keep connections in reserve, on which no request ever comes.
    setTimeout(() => server.closeAllConnections(), LINGER_MS);
    await new Promise((resolve) => server.close(resolve));
  }
}

/** @throws SetupError where GitHub does not hand the credentials over, or they cannot be kept. */
async function register(code: string, apiUrl: string | undefined, envFile: string): Promise<NextSteps> {
  // Before the code is used up: the key that it gives is shown once.
  const file = await reserve(envFile).catch((error: unknown) => {
    throw new SetupError(error instanceof ConfigurationError ? error.problems.join(' ') : 'The file cannot be made.');
  });
  let credentials: Credentials;
  try {
    credentials = await exchange(code, apiUrl);
  } catch (error) {
    await file.release();
    throw error;
  }
  await file.write(environmentText(credentials, apiUrl)).catch(() => {
    throw new SetupError(`${envFile} cannot be written. Generate another private key on the App’s settings page.`);
  });
  const { name, htmlUrl, webhookSecret } = credentials;
  const load = `set -a; . ${shellWord(envFile)}; set +a`;
  return {
    name,
    installUrl: `${htmlUrl}/installations/new`,
    envFile,
    secretUrl: webhookSecret === null ? htmlUrl : null,
    start: `${load}\nnpx egress-scope serve`,
    check: `${load}\nnpx egress-scope doctor`,
  };
}

interface ReservedFile {
  readonly write: (text: string) => Promise<void>;
  /** Leaves no file behind. */
  readonly release: () => Promise<void>;
}

/** Makes an empty file that only this user may read, in the certainty that none was there.
 *
 * @throws ConfigurationError */
async function reserve(path: string): Promise<ReservedFile> {
  const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const problem =
      code === 'EEXIST'
        ? `${path} is there already, and is not overwritten: name another file, or move it away.`
        : `${path} cannot be made (${code}).`;
    throw new ConfigurationError([problem]);
  });
  return {
    write: async (text) => {
      await handle.writeFile(text);
      await handle.close();
    },
    release: async () => {
      await handle.close();
      await unlink(path);
    },
  };
}

/** Credentials for a code, which works once and for an hour.
 *
 * https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest
 *
 * @throws SetupError */
async function exchange(code: string, apiUrl: string | undefined): Promise<Credentials> {
  const nothing = (): void => undefined;
  const octokit = new Octokit({
    ...(apiUrl === undefined ? {} : { baseUrl: apiUrl }),
    request: { fetch: fetchFromGitHub },
    // Octokit's own names each failed request with its path, and the path holds the code.
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  });
  const answer = await octokit.rest.apps.createFromManifest({ code }).catch((error: unknown) => {
    const status = statusOf(error);
    throw new SetupError(
      status === 404 || status === 422
        ? 'GitHub does not know this code: it works once, and for an hour. If an App was made, delete it on GitHub.'
        : 'GitHub could not be asked for the App’s key. Loading this page again repeats it.',
    );
  });
  const { id, name, html_url: htmlUrl, pem, webhook_secret: webhookSecret } = answer.data;
  try {
    createPrivateKey(pem);
  } catch {
    throw new SetupError('GitHub sent a private key that cannot be read. Generate another on the App’s settings page.');
  }
  return { id, name, htmlUrl, privateKey: pem, webhookSecret: webhookSecret ?? null };
}

/** Lines that a shell, docker, systemd and Kubernetes read alike: the key is base64, GitHub's secrets are hexadecimal, and so
 * no value needs quotes. */
function environmentText({ id, privateKey, webhookSecret }: Credentials, apiUrl: string | undefined): string {
  const github = apiUrl === undefined ? null : new URL(apiUrl);
  return [
    `APP_ID=${id}`,
    `PRIVATE_KEY=${Buffer.from(privateKey).toString('base64')}`,
    ...(webhookSecret === null ? [] : [`WEBHOOK_SECRET=${shellWord(webhookSecret)}`]),
    ...(github === null ? [] : [`GHE_HOST=${github.host}`, `GHE_PROTOCOL=${github.protocol.slice(0, -1)}`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function nextSteps({ name, envFile, start, installUrl, check, secretUrl }: NextSteps): string {
  const indent = (text: string): string => text.replaceAll(/^/gm, '     ');
  return [
    `${visibleText(name)} is registered. Its number, private key and webhook secret are in ${envFile}.\n`,
    ...(secretUrl === null ? [] : [`GitHub gave no webhook secret: set one at ${secretUrl}, and add WEBHOOK_SECRET.`]),
    `  1. Start it, behind a proxy that terminates TLS:\n${indent(start)}`,
    `  2. Install it:\n${indent(installUrl)}`,
    `  3. Check that all is right:\n${indent(check)}`,
    '',
  ].join('\n');
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
