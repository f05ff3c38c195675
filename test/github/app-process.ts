import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

export const PRIVATE_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;

const PROGRAM = path.join(import.meta.dirname, 'hurried-app.js');
/** `--import tsx` sees to the main thread alone. */
const TSX = new URL(
  'dist/esm/api/index.mjs',
  pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json')),
);
const TSX_IN_THREADS = `import { isMainThread } from 'node:worker_threads';
if (!isMainThread) (await import('${TSX.href}')).register();`;
/** What Node is started with to run TypeScript as it is, in all threads. */
export const TYPESCRIPT = [
  ...['--import', 'tsx'],
  ...['--import', `data:text/javascript,${encodeURIComponent(TSX_IN_THREADS)}`],
];

/** What Node is started with, where and as whom. */
export interface Start extends Pick<SpawnOptions, 'cwd' | 'uid' | 'gid'> {
  readonly args: readonly string[];
  /** The Node to start, if not the one that runs the tests. */
  readonly node?: string;
}

/** The App as a process of its own, on a free port. */
export class AppProcess {
  readonly #child: ChildProcess;
  #url: string | null = null;
  log = '';
  exitCode: number | null = null;
  readonly exited: Promise<number | null>;

  constructor(env: Readonly<Record<string, string>>, start: Start = { args: [PROGRAM] }) {
    const { args, node = process.execPath, ...options } = start;
    this.#child = spawn(node, [...args], {
      ...options,
      env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: '0', ...env },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.log += chunk.toString('utf8');
    });
    this.exited = new Promise((resolve) => {
      const end = (code: number | null): void => {
        this.exitCode = code;
        resolve(code);
      };
      this.#child.once('close', end);
      this.#child.once('error', (error) => {
        this.log += String(error);
        end(-1);
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Tests forget the log; where the App listens stays the same. */
  async url(): Promise<string> {
    if (this.#url !== null) return this.#url;
    await until(() => this.exitCode !== null || this.log.includes('"port":'));
    const port = /"port":(\d+)/.exec(this.log)?.[1];
    if (port === undefined) throw new Error(`The App did not start:\n${this.log}`);
    return (this.#url = `http://127.0.0.1:${port}`);
  }

  stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.exited;
  }
}

/** Waits for something to become true. How long it may take is only to tell a hang from a machine that is busy.
 *
 * @param expected what should have been, for the error. */
export async function until(condition: () => boolean, expected = (): string => String(condition)): Promise<void> {
  const end = Date.now() + 90_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Did not become true in time: ${expected()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
