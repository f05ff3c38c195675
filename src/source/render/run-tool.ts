import { execFile, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** What one run of a tool may use. */
export interface ToolLimits {
  /** Of the clock. */
  readonly milliseconds: number;
  /** That the process may write to. Only where `prlimit` is there (Linux). */
  readonly memoryBytes: number;
  readonly outputBytes: number;
}

export interface ToolRun {
  /** Absolute. */
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly needsNetwork: boolean;
  readonly limits: ToolLimits;
  readonly signal: AbortSignal;
}

export type ToolResult =
  | { readonly kind: 'done'; readonly stdout: Buffer }
  /** With the tool's own words. */
  | { readonly kind: 'failed'; readonly stderr: string }
  | { readonly kind: 'limit'; readonly what: 'time' | 'memory' | 'output' };

/** Programs that a run is started by, each of which confines it. */
export interface Confinement {
  /** `unshare --net` and what it needs here; empty where the system does not allow it. */
  readonly noNetwork: readonly string[];
  /** `prlimit`; empty where there is none. */
  readonly limits: readonly string[];
}

const MAX_ANSWER_MILLISECONDS = 20_000;
const MAX_STDERR = 16 * 1024;
/** No file that a tool writes may be larger: it is given no reason to write any, but for charts that are fetched. */
const MAX_FILE_BYTES = 64 * 2 ** 20;

/** The absolute path of a program, or null where there is none. */
export async function findProgram(name: string, path = process.env['PATH'] ?? ''): Promise<string | null> {
  const candidates = name.includes('/')
    ? [isAbsolute(name) ? name : join(process.cwd(), name)]
    : path
        .split(delimiter)
        .filter(isAbsolute)
        .map((folder) => join(folder, name));
  for (const candidate of candidates) {
    if (
      await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  }
  return null;
}

/** What a program of this machine prints about itself, without an environment; null where it fails or takes too long. */
export function programOutput(command: string, args: readonly string[]): Promise<string | null> {
  const options = { env: { HOME: '/nonexistent', PATH: '/nonexistent' }, timeout: MAX_ANSWER_MILLISECONDS };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout) => resolve(error === null ? stdout.trim() : null));
  });
}

/** Finds out how this system can confine a process. */
export async function findConfinement(): Promise<Confinement> {
  const [unshare, prlimit, nothing] = await Promise.all(
    ['unshare', 'prlimit', 'true'].map((name) => findProgram(name)),
  );
  if (nothing === null || nothing === undefined) return { noNetwork: [], limits: [] };
  const works = async ([command = '', ...args]: readonly string[]): Promise<boolean> =>
    (await programOutput(command, [...args, nothing])) !== null;
  let noNetwork: readonly string[] = [];
  for (const options of unshare ? [['--net'], ['--map-root-user', '--net']] : []) {
    const prefix = [unshare!, ...options, '--'];
    if (noNetwork.length === 0 && (await works(prefix))) noNetwork = prefix;
  }
  const limits = prlimit && (await works([prlimit, '--core=0', '--'])) ? [prlimit] : [];
  return { noNetwork, limits };
}

/** Runs a tool without a shell, in a process group of its own that ends with it, within limits. */
export function runTool(confinement: Confinement, run: ToolRun): Promise<ToolResult> {
  const { limits, signal } = run;
  const seconds = Math.ceil(limits.milliseconds / 1000);
  const argv = [
    ...(run.needsNetwork ? [] : confinement.noNetwork),
    ...confinement.limits.flatMap((prlimit) => [
      prlimit,
      `--data=${limits.memoryBytes}`,
      `--fsize=${MAX_FILE_BYTES}`,
      `--cpu=${2 * seconds}`,
      '--core=0',
      '--',
    ]),
    run.command,
    ...run.args,
  ];
  return new Promise((resolve) => {
    const child = spawn(argv[0]!, argv.slice(1), {
      cwd: run.folder,
      env: run.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = '';
    let exceeded: 'time' | 'output' | null = null;
    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    const stop = (what: 'time' | 'output'): void => {
      exceeded ??= what;
      end();
    };
    const timer = setTimeout(() => stop('time'), limits.milliseconds);
    signal.addEventListener('abort', end);
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > limits.outputBytes) stop('output');
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('utf8')).slice(0, MAX_STDERR);
    });
    const finish = (result: ToolResult): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      end();
      resolve(result);
    };
    child.on('error', (error) => finish({ kind: 'failed', stderr: error.message }));
    child.on('close', (code, killedBy) => {
      if (exceeded !== null) finish({ kind: 'limit', what: exceeded });
      else if (killedBy === 'SIGXCPU') finish({ kind: 'limit', what: 'time' });
      else if (code === 0) finish({ kind: 'done', stdout: Buffer.concat(chunks) });
      else if (isOutOfMemory(stderr)) finish({ kind: 'limit', what: 'memory' });
      else finish({ kind: 'failed', stderr: stderr.trim() || `it was ended by ${killedBy ?? `code ${String(code)}`}` });
    });
    if (signal.aborted) end();
  });
}

/** How Go's runtime says that the system gives it no more memory. */
function isOutOfMemory(stderr: string): boolean {
  return /fatal error: (?:runtime: )?(?:out of memory|cannot allocate memory|failed to reserve)|newosproc/.test(stderr);
}
