import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { TYPESCRIPT, until } from '../github/app-process.js';
import type { Measurement } from './measured-server.js';

const MEASURED = join(import.meta.dirname, 'measured-server.ts');

/** The App as it is built, in a process that measures itself. */
export class MeasuredApp<Told = Measurement> {
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  #port: string | null = null;
  #lines = '';

  /**
   * @param main the program, `dist/cli/main.js`.
   * @param options.measuring what is imported into it, and answers the message `measure`.
   * @param options.nodeOptions of Node's, for the process.
   */
  constructor(
    main: string,
    env: Readonly<Record<string, string>>,
    logFile: string,
    {
      measuring = MEASURED,
      nodeOptions = [],
    }: { readonly measuring?: string; readonly nodeOptions?: readonly string[] } = {},
  ) {
    this.#log = createWriteStream(logFile, { flags: 'a' });
    const args = ['--expose-gc', ...nodeOptions, ...TYPESCRIPT, '--import', measuring, main, 'serve'];
    this.#child = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: '0', ...env },
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#log.write(chunk);
      if (this.#port !== null) return;
      this.#lines += chunk.toString('utf8');
      this.#port = /"port":(\d+)/.exec(this.#lines)?.[1] ?? null;
    });
  }

  async url(): Promise<string> {
    await until(() => this.#port !== null || this.#child.exitCode !== null);
    if (this.#port === null) throw new Error(`The App did not start:\n${this.#lines}`);
    return `http://127.0.0.1:${this.#port}`;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Of the time since the last one; takes some seconds, since it collects garbage. */
  measure(): Promise<Told> {
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error('The App has ended.'));
      this.#child.once('exit', fail);
      this.#child.once('message', (message) => {
        this.#child.off('exit', fail);
        resolve(message as Told);
      });
      this.#child.send('measure');
    });
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Takes the process away without a warning. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!this.hasEnded) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill(signal);
      await ended;
    }
    this.#log.end();
  }
}
