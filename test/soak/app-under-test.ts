import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../github/free-port.js';

const START_TIMEOUT_MS = 60_000;

/** The App as a process on a port that stays the same, so that it can be killed and started again. */
export class AppUnderTest {
  #child: ChildProcess | null = null;
  kills = 0;
  /** How often the process ended without being told to. */
  crashes = 0;

  private constructor(
    private readonly command: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
    private readonly port: number,
    private readonly logFile: string,
  ) {}

  static async create(
    command: readonly string[],
    env: Readonly<Record<string, string>>,
    logFile: string,
  ): Promise<AppUnderTest> {
    return new AppUnderTest(command, env, await freePort(), logFile);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [...this.command], {
      env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: String(this.port), ...this.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => appendFileSync(this.logFile, chunk));
    child.once('exit', () => {
      if (this.#child === child) this.crashes += 1;
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await this.#isUp())) {
      if (Date.now() > deadline || child.exitCode !== null)
        throw new Error(`The App did not start; see ${this.logFile}.`);
      await wait(50);
    }
  }

  /** Takes the process away without a warning. */
  async kill(): Promise<void> {
    this.kills += 1;
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  async #isUp(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/healthz`)).ok;
    } catch {
      return false;
    }
  }
}
