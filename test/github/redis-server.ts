import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';

const PROGRAM = process.env['REDIS_SERVER_BIN'] ?? 'redis-server';
const PASSWORD = 'hush-hush';

/** Whether tests can start a Redis. In CI they have to. */
export const HAS_REDIS = ((): boolean => {
  try {
    execFileSync(PROGRAM, ['--version']);
    return true;
  } catch (error) {
    if (process.env['CI']) throw error;
    console.warn('Skipped: there is no redis-server on the PATH, and no REDIS_SERVER_BIN.');
    return false;
  }
})();

/** A Redis on loopback, which can be taken away and come back, with what it knew or without. */
export class RedisServer {
  #child: ChildProcess | null = null;

  private constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly isPersistent: boolean,
  ) {}

  static async start({ isPersistent = false } = {}): Promise<RedisServer> {
    const server = new RedisServer(
      await freePort(),
      mkdtempSync(path.join(tmpdir(), 'egress-scope-redis-')),
      isPersistent,
    );
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://:${PASSWORD}@127.0.0.1:${this.port}/0`;
  }

  async start(): Promise<void> {
    const { port, folder, isPersistent } = this;
    const persistence = isPersistent ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no'];
    this.#child = spawn(
      PROGRAM,
      [
        '--bind',
        '127.0.0.1',
        '--port',
        String(port),
        '--dir',
        folder,
        '--save',
        '',
        '--requirepass',
        PASSWORD,
        ...persistence,
      ],
      { stdio: 'ignore' },
    );
    const client = new Redis(this.url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 20 });
    client.on('error', () => undefined);
    await client.connect().catch(() => undefined);
    await client.ping();
    client.disconnect();
  }

  /** As when its machine loses power. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  async restart({ downMs = 0, isForgetful = false } = {}): Promise<void> {
    await this.kill();
    if (isForgetful) rmSync(path.join(this.folder, 'appendonlydir'), { recursive: true, force: true });
    await wait(downMs);
    await this.start();
  }

  /** A client for questions of a test's own. */
  client(): Redis {
    return new Redis(this.url);
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
