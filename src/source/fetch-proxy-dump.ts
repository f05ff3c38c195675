import { asArray, asObject, asString, isObject } from '../kubernetes/json.js';
import type { JsonObject } from '../kubernetes/manifest.js';
import { clusterArguments, lastLine, NoSuchTool, runClusterTool, type ClusterTool } from './run-cluster-tool.js';
import { listObjects } from './run-kubectl.js';
import { SourceError } from './source-files.js';

/** What asks a cluster about its proxies. */
export interface ProxyTools {
  readonly kubectl: ClusterTool;
  readonly istioctl: ClusterTool;
}

/** A pod that runs. */
export interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  readonly hasProxy: boolean;
  readonly owners: readonly { readonly kind: string; readonly name: string }[];
  readonly templateHash: string;
}

/** What makes pods. */
export interface PodMaker {
  readonly kind: string;
  readonly name: string;
}

const PROXY_CONTAINER = 'istio-proxy';

/** The pods of a namespace that run, by name. */
export async function listRunningPods(kubectl: ClusterTool, namespace: string): Promise<readonly RunningPod[]> {
  const answer = await listObjects(kubectl, { resource: 'pods', namespace });
  if (answer.kind !== 'items')
    throw new SourceError(`the cluster does not let the pods of ${namespace} be listed`, true);
  return answer.items
    .filter(isRunning)
    .map(readPod)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isRunning(pod: JsonObject): boolean {
  return asObject(pod['status'])['phase'] === 'Running' && !('deletionTimestamp' in asObject(pod['metadata']));
}

function readPod(pod: JsonObject): RunningPod {
  const metadata = asObject(pod['metadata']);
  const spec = asObject(pod['spec']);
  // As a native sidecar, the proxy is an init container that goes on running.
  const containers = [...asArray(spec['containers']), ...asArray(spec['initContainers'])].filter(isObject);
  return {
    namespace: asString(metadata['namespace']),
    name: asString(metadata['name']),
    hasProxy: containers.some(({ name }) => name === PROXY_CONTAINER),
    owners: asArray(metadata['ownerReferences'])
      .filter(isObject)
      .map((owner) => ({ kind: asString(owner['kind']), name: asString(owner['name']) })),
    templateHash: asString(
      asObject(metadata['labels'])['pod-template-hash'] ?? asObject(metadata['labels'])['rollouts-pod-template-hash'],
    ),
  };
}

/** Whether a workload made a pod, as far as the names in between tell. */
export function isMadeBy(pod: RunningPod, { kind, name }: PodMaker): boolean {
  switch (kind) {
    case 'Pod':
      return pod.name === name;
    case 'Deployment':
    case 'Rollout':
      return pod.owners.some((owner) => owner.kind === 'ReplicaSet' && owner.name === `${name}-${pod.templateHash}`);
    case 'CronJob':
      return pod.owners.some(
        (owner) =>
          owner.kind === 'Job' && owner.name.startsWith(`${name}-`) && /^\d+$/.test(owner.name.slice(name.length + 1)),
      );
    default:
      return pod.owners.some((owner) => owner.kind === kind && owner.name === name);
  }
}

/**
 * A proxy's configuration with its endpoints, from istioctl, or, where there is none, from the proxy itself by kubectl. Only reads.
 *
 * @throws SourceError where neither gets it.
 */
export async function fetchProxyDump(
  { kubectl, istioctl }: ProxyTools,
  { namespace, name }: RunningPod,
): Promise<Uint8Array> {
  const asked = await runClusterTool(istioctl, [
    'proxy-config',
    'all',
    `${name}.${namespace}`,
    '--output=json',
    ...clusterArguments(istioctl),
  ]).catch((error: unknown) => {
    if (error instanceof NoSuchTool) return null;
    throw error;
  });
  const { exitCode, stdout, stderr } = asked ?? (await askProxy(kubectl, namespace, name));
  if (exitCode === 0) return stdout;
  const tool = asked === null ? 'kubectl exec' : 'istioctl proxy-config all';
  throw new SourceError(`${tool} ${name}.${namespace} failed: ${lastLine(stderr) || `exit code ${exitCode}`}`, true);
}

function askProxy(kubectl: ClusterTool, namespace: string, name: string): ReturnType<typeof runClusterTool> {
  return runClusterTool(kubectl, [
    'exec',
    name,
    `--namespace=${namespace}`,
    `--container=${PROXY_CONTAINER}`,
    ...clusterArguments(kubectl),
    '--',
    'pilot-agent',
    'request',
    'GET',
    'config_dump?include_eds=true',
  ]);
}
