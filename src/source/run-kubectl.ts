import { execFile } from 'node:child_process';
import type { JsonObject } from '../kubernetes/manifest.js';
import { asArray, asObject, asString, isObject } from '../kubernetes/json.js';
import { SourceError } from './source-files.js';

/** Which kubectl is run, and what cluster it asks. */
export interface KubectlOptions {
  /** A name to be found on PATH, or a path. */
  readonly program: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** What is asked for. */
export interface ListQuery {
  /** `deployments.apps` */
  readonly resource: string;
  /** Null for all of them, or for what lives in none. */
  readonly namespace: string | null;
  readonly fieldSelector?: string;
}

export type ListAnswer =
  | { readonly kind: 'items'; readonly items: readonly JsonObject[] }
  | { readonly kind: 'not-installed' }
  | { readonly kind: 'forbidden' };

/** Objects that the API server hands out at a time; kubectl asks for all pages. */
const CHUNK_SIZE = 500;
const REQUEST_TIMEOUT_SECONDS = 60;
/** For all pages of one kind, in milliseconds. */
const PROCESS_TIMEOUT = 10 * 60 * 1000;
const MAX_OUTPUT = 500 * 2 ** 20;

/** kubectl's and the API server's words for a kind that is not there. */
const NOT_INSTALLED =
  /the server doesn't have a resource type|the server could not find the requested resource|no matches for kind/;
const FORBIDDEN = /\(Forbidden\)/;

/**
 * The objects of one kind. kubectl: `get --output json`.
 *
 * @throws SourceError where kubectl cannot be started, or fails for another reason than the ones that are an answer.
 */
export async function listObjects(
  options: KubectlOptions,
  { resource, namespace, fieldSelector }: ListQuery,
): Promise<ListAnswer> {
  const { exitCode, stdout, stderr } = await runKubectl(options, [
    'get',
    resource,
    namespace === null ? '--all-namespaces' : `--namespace=${namespace}`,
    ...(fieldSelector === undefined ? [] : [`--field-selector=${fieldSelector}`]),
    `--chunk-size=${CHUNK_SIZE}`,
    '--output=json',
  ]);
  if (exitCode !== 0) {
    if (NOT_INSTALLED.test(stderr)) return { kind: 'not-installed' };
    if (FORBIDDEN.test(stderr)) return { kind: 'forbidden' };
    throw new SourceError(`kubectl get ${resource} failed: ${lastLine(stderr) || `exit code ${exitCode}`}`, true);
  }
  const { items } = parse(resource, stdout);
  if (!Array.isArray(items)) throw new SourceError(`kubectl get ${resource} gave no list`, true);
  return { kind: 'items', items: asArray(items).filter(isObject) };
}

/** `v1.34.1`; null where the cluster does not tell. kubectl: `version --output json`. */
export async function readServerVersion(options: KubectlOptions): Promise<string | null> {
  const { exitCode, stdout } = await runKubectl(options, ['version', '--output=json']);
  if (exitCode !== 0) return null;
  return asString(asObject(parse('version', stdout)['serverVersion'])['gitVersion']) || null;
}

function parse(what: string, output: string): JsonObject {
  try {
    return asObject(JSON.parse(output) as JsonObject);
  } catch {
    throw new SourceError(`kubectl's answer for ${what} is not JSON`, true);
  }
}

interface KubectlResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl without a shell, and waits for it. It asks nobody: standard input is closed. */
function runKubectl({ program, context, kubeconfig }: KubectlOptions, args: readonly string[]): Promise<KubectlResult> {
  const global = [
    ...(context === undefined ? [] : [`--context=${context}`]),
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
    `--request-timeout=${REQUEST_TIMEOUT_SECONDS}s`,
  ];
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...args, ...global],
      { encoding: 'utf8', maxBuffer: MAX_OUTPUT, timeout: PROCESS_TIMEOUT, windowsHide: true },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : error.code;
        if (typeof exitCode === 'number') resolve({ exitCode, stdout, stderr });
        else reject(new SourceError(`${program} could not be run: ${reasonOf(error)}`, true));
      },
    );
    child.stdin?.end();
  });
}

function reasonOf(
  error: { readonly code?: unknown; readonly killed?: boolean; readonly message: string } | null,
): string {
  if (error?.code === 'ENOENT') return 'there is no such program; set KUBECTL_BIN to the one to run';
  if (error?.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `it printed more than ${MAX_OUTPUT / 2 ** 20} MiB`;
  if (error?.killed === true) return `it took more than ${PROCESS_TIMEOUT / 60_000} minutes`;
  return error?.message ?? 'unknown';
}

/** kubectl's logs come before what it has to say. */
function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
