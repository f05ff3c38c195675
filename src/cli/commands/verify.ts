import type { Mesh } from '../../source/discovery.js';
import {
  fetchProxyDump,
  isMadeBy,
  listRunningPods,
  type ProxyTools,
  type RunningPod,
} from '../../source/fetch-proxy-dump.js';
import { SourceError } from '../../source/source-files.js';
import type { WorkloadRef } from '../../reachability/egress-reachability.js';
import { renderVerifyJson } from '../../report/verify-json.js';
import { renderVerifyText } from '../../report/verify-text.js';
import type { Verification } from '../../verify/verification.js';
import {
  meshToVerify,
  sampleWorkloads,
  verifyWithoutDump,
  verifyWithoutProxy,
  verifyWorkload,
  type MeshToVerify,
} from '../../verify/verify-workload.js';
import { clusterTool, type ClusterOptions } from '../cluster-tools.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import { readMeshes, noteSnapshot, type ReadMeshes } from '../read-mesh.js';
import { parseProxyDump, readProxyDumps } from '../read-proxy-dump.js';
import { noteUnrendered } from '../read-result.js';
import type { CommonOptions } from '../read-settings.js';
import { inputOfOnlyMesh, selectInMeshes } from '../select-mesh.js';
import { textOptions, withProgress, type Terminal } from '../terminal.js';

export interface VerifyOptions extends CommonOptions<'text' | 'json'>, ClusterOptions {
  readonly workload?: string;
  readonly proxyConfig?: readonly string[];
  readonly live?: boolean;
  /** How many workloads at most. */
  readonly all?: number;
}

/** `egress-scope verify PATH… --workload W --proxy-config FILE`: what the manifests make of a proxy against what it has.
 *
 * @throws UsageError, SourceError */
export async function verify(paths: readonly string[], options: VerifyOptions, terminal: Terminal): Promise<number> {
  refuseContradictions(paths, options);
  const dump = options.proxyConfig && (await readProxyDumps(options.proxyConfig, terminal));
  const read = await readMeshes(paths, options, terminal);
  noteUnrendered(read.meshes, terminal);
  const { input, workloads } = choose(read, options);
  noteSnapshot(input, terminal);
  const mesh = meshToVerify(input);
  const chosen = workloads ?? sampleWorkloads(mesh, options.all ?? 0);
  const verifications = dump
    ? chosen.map((workload) => verifyWorkload(mesh, workload, dump, options.proxyConfig!.join(', ')))
    : await verifyLive(mesh, chosen, options, terminal);
  const shown = { istioVersion: mesh.tree.behavior.version, verifications };
  if (options.format === 'json') terminal.writeOut(renderVerifyJson(shown));
  else terminal.writeOut(renderVerifyText(shown, textOptions(terminal, options.verbose)));
  return exitCodeOf(verifications, read.meshes);
}

function refuseContradictions(paths: readonly string[], { workload, proxyConfig, live, all }: VerifyOptions): void {
  if ((proxyConfig === undefined) === (live !== true))
    throw new UsageError('name either --proxy-config or --live: where the proxy’s configuration comes from');
  if ((workload === undefined) === (all === undefined)) throw new UsageError('name either --workload or --all');
  if (all !== undefined && live !== true) throw new UsageError('--all asks the cluster: it goes with --live');
  const inputs = [...paths, ...(proxyConfig ?? [])].filter((each) => each === '-');
  if (inputs.length > 1) throw new UsageError('standard input can be read once');
}

/** The mesh, and the workload that was named; null where several are to be sampled. */
function choose(
  read: ReadMeshes,
  { workload }: VerifyOptions,
): Pick<ReturnType<typeof selectInMeshes>, 'input'> & {
  readonly workloads: readonly WorkloadRef[] | null;
} {
  if (workload === undefined) return { input: inputOfOnlyMesh(read), workloads: null };
  const selected = selectInMeshes(workload, read);
  return { input: selected.input, workloads: [selected.workload] };
}

/** One pod of each workload, one after the other. */
async function verifyLive(
  mesh: MeshToVerify,
  workloads: readonly WorkloadRef[],
  options: VerifyOptions,
  terminal: Terminal,
): Promise<readonly Verification[]> {
  const tools: ProxyTools = {
    kubectl: clusterTool('kubectl', options, terminal),
    istioctl: clusterTool('istioctl', options, terminal),
  };
  const podsOf = new Map<string, readonly RunningPod[]>();
  const verifications: Verification[] = [];
  for (const workload of workloads) {
    const { namespace } = workload;
    let pods = podsOf.get(namespace);
    if (!pods) podsOf.set(namespace, (pods = await listRunningPods(tools.kubectl, namespace)));
    const own = pods.filter((pod) => isMadeBy(pod, workload));
    const pod = own.find(({ hasProxy }) => hasProxy) ?? own[0];
    if (!pod) {
      verifications.push(verifyWithoutDump(mesh, workload, 'the cluster', 'The cluster has no running pod of it.'));
      continue;
    }
    const source = `pod ${pod.namespace}/${pod.name}`;
    if (!pod.hasProxy) {
      verifications.push(verifyWithoutProxy(mesh, workload, source));
      continue;
    }
    try {
      const bytes = await withProgress(terminal, `asking ${source}`, () => fetchProxyDump(tools, pod));
      const dump = parseProxyDump(bytes, `the configuration of ${source}`);
      verifications.push(verifyWorkload(mesh, workload, dump, source));
    } catch (error) {
      // Of a sample, the others can still be told.
      const isTold = error instanceof SourceError || error instanceof UsageError;
      if (!isTold || options.all === undefined) throw error;
      verifications.push(verifyWithoutDump(mesh, workload, source, `${error.message}.`));
    }
  }
  return verifications;
}

function exitCodeOf(verifications: readonly Verification[], meshes: readonly Mesh[]): number {
  if (verifications.some(({ result }) => result === 'different')) return EXIT_CODES.fail;
  const isIncomplete = meshes.some(({ manifests }) => manifests.unreadable.some(({ isRoot }) => isRoot === true));
  const isEqual = verifications.length > 0 && verifications.every(({ result }) => result === 'equal');
  return isEqual && !isIncomplete ? EXIT_CODES.pass : EXIT_CODES.undetermined;
}
