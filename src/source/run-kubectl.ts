import type { JsonObject } from '../kubernetes/manifest.js';
import { asArray, asObject, asString, isObject } from '../kubernetes/json.js';
import { clusterArguments, lastLine, runClusterTool, type ClusterTool } from './run-cluster-tool.js';
import { SourceError } from './source-files.js';

/** Which kubectl is run, and what cluster it asks. */
export type KubectlOptions = ClusterTool;

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

async function runKubectl(options: KubectlOptions, args: readonly string[]): Promise<KubectlResult> {
  const global = [...clusterArguments(options), `--request-timeout=${REQUEST_TIMEOUT_SECONDS}s`];
  const { exitCode, stdout, stderr } = await runClusterTool(options, [...args, ...global]);
  return { exitCode, stdout: Buffer.from(stdout).toString('utf8'), stderr };
}
