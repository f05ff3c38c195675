import { execFile } from 'node:child_process';
import { SourceError } from './source-files.js';

/** A program that asks a cluster, and which cluster it asks. */
export interface ClusterTool {
  /** A name to be found on PATH, or a path. */
  readonly program: string;
  /** The variable of the environment that names another one, for whoever has to be told. */
  readonly variable: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** The program is not there at all. */
export class NoSuchTool extends SourceError {}

/** For all that one run asks, in milliseconds. */
const PROCESS_TIMEOUT = 10 * 60 * 1000;
const MAX_OUTPUT = 500 * 2 ** 20;

/** Which cluster, as kubectl and istioctl take it. */
export function clusterArguments({ context, kubeconfig }: ClusterTool): readonly string[] {
  return [
    ...(context === undefined ? [] : [`--context=${context}`]),
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
  ];
}

/**
 * Runs kubectl or istioctl without a shell, and waits for it. It asks nobody: standard input is closed.
 *
 * @throws NoSuchTool; SourceError where it cannot be run, or says or takes too much.
 */
export function runClusterTool({ program, variable }: ClusterTool, args: readonly string[]): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { encoding: 'buffer', maxBuffer: MAX_OUTPUT, timeout: PROCESS_TIMEOUT, windowsHide: true },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : error.code;
        if (typeof exitCode === 'number') resolve({ exitCode, stdout, stderr: stderr.toString('utf8') });
        else if (error?.code === 'ENOENT') reject(new NoSuchTool(noSuchProgram(program, variable), true));
        else reject(new SourceError(`${program} could not be run: ${reasonOf(error)}`, true));
      },
    );
    child.stdin?.end();
  });
}

function noSuchProgram(program: string, variable: string): string {
  return `${program} could not be run: there is no such program; set ${variable} to the one to run`;
}

function reasonOf(
  error: { readonly code?: unknown; readonly killed?: boolean; readonly message: string } | null,
): string {
  if (error?.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `it printed more than ${MAX_OUTPUT / 2 ** 20} MiB`;
  if (error?.killed === true) return `it took more than ${PROCESS_TIMEOUT / 60_000} minutes`;
  return error?.message ?? 'unknown';
}

/** A tool's logs come before what it has to say. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
