import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { until } from './app-process.js';

const MAIN = path.join(import.meta.dirname, '../../dist/bin/egress-scope.js');

/** `egress-scope serve --setup` as a process of its own, on a free port. */
export class SetupProcess {
  readonly #child: ChildProcess;
  /** Everything that it has written. */
  output = '';
  readonly exited: Promise<number | null>;
  #hasEnded = false;

  /** @param folder where it writes. */
  constructor(folder: string, env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [MAIN, 'serve', '--setup'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
    }
    this.exited = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        this.#hasEnded = true;
        resolve(code);
      });
    });
  }

  /** The address that it shows, with the state. */
  async address(): Promise<URL> {
    await until(() => this.#hasEnded || this.output.includes('state='));
    const address = /http:\/\/\S+/.exec(this.output)?.[0];
    if (address === undefined) throw new Error(`The setup did not start:\n${this.output}`);
    return new URL(address);
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await this.exited;
  }
}
