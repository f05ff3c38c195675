import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { APP_ID, type FakeGitHub, type FakePull } from './fake-github.js';

export const WEBHOOK_SECRET = 'a secret for tests';

export const PRIVATE_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;

const ENTRY = `import { serve } from './src/github/serve.ts';
serve().catch((error) => { console.error(error.message); process.exitCode = 64; });`;

/** The App as a process of its own, on a free port. */
export class AppProcess {
  readonly #child: ChildProcess;
  log = '';
  exitCode: number | null = null;
  readonly exited: Promise<number | null>;

  constructor(env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', ENTRY], {
      env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: '0', ...env },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.log += chunk.toString('utf8');
    });
    this.exited = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        this.exitCode = code;
        resolve(code);
      });
    });
  }

  static against(github: FakeGitHub, env: Readonly<Record<string, string>> = {}): AppProcess {
    return new AppProcess({
      APP_ID: String(APP_ID),
      PRIVATE_KEY,
      WEBHOOK_SECRET,
      GHE_HOST: github.host,
      GHE_PROTOCOL: 'http',
      LOG_LEVEL: 'trace',
      ...env,
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async url(): Promise<string> {
    await until(() => this.exitCode !== null || this.log.includes('"port":'));
    const port = /"port":(\d+)/.exec(this.log)?.[1];
    if (port === undefined) throw new Error(`The App did not start:\n${this.log}`);
    return `http://127.0.0.1:${port}`;
  }

  stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.exited;
  }
}

export interface WebhookOptions {
  readonly secret?: string;
  readonly delivery?: string;
  readonly changes?: object;
}

/** Sends a `pull_request` event as GitHub does. */
export async function sendPullRequest(
  appUrl: string,
  github: FakeGitHub,
  pull: FakePull,
  action: string,
  { secret = WEBHOOK_SECRET, delivery = randomUUID(), changes }: WebhookOptions = {},
): Promise<Response> {
  const body = JSON.stringify({
    action,
    number: pull.number,
    pull_request: {
      ...github.pullPayload({ ...pull, looksUntilMerged: 1 }),
      updated_at: new Date(pull.updatedAt).toISOString(),
    },
    repository: github.repositoryPayload(),
    installation: { id: 1 },
    sender: { login: 'someone' },
    ...(changes ? { changes } : {}),
  });
  return fetch(`${appUrl}/api/github/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'pull_request',
      'x-github-delivery': delivery,
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  });
}

/** Waits for something to become true. */
export async function until(condition: () => boolean, timeoutMs = 30_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error('It did not become true in time.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
