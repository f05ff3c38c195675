import type { ProxyDump, ProxyNode } from '../envoy/proxy-dump.js';
import { inForce, judgeMesh, laidOver, type MeshInput } from '../judge-mesh.js';
import type { JudgedTree } from '../judge-tree.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { compareWorkloads, type Workload } from '../kubernetes/workload.js';
import { callJudge, type CallJudge } from '../reachability/call-judge.js';
import type { WorkloadRef } from '../reachability/egress-reachability.js';
import { workloadKey } from '../reachability/evaluate-mesh.js';
import { workloadRef } from '../reachability/mesh-reach.js';
import { proxyConfiguration, type ProxyConfiguration } from '../reachability/proxy-configuration.js';
import { compareWithDump, type Comparison, type FoundDifference } from './compare-with-dump.js';
import { listHypotheses } from './hypotheses.js';
import { explainDifferences } from './likely-causes.js';
import type { Verification } from './verification.js';

/** A mesh by its manifests, to hold proxies against. */
export interface MeshToVerify {
  readonly tree: JudgedTree;
  readonly objects: readonly KubernetesObject[];
  readonly previous: ReadonlyMap<string, KubernetesObject>;
  readonly judge: CallJudge;
}

export function meshToVerify(input: MeshInput): MeshToVerify {
  const tree = judgeMesh(input);
  return {
    tree,
    objects: laidOver(input).objects,
    previous: inForce(input.snapshot),
    judge: callJudge(tree.push),
  };
}

/**
 * Holds one workload's proxy against what the manifests make of it.
 *
 * @param source where the dump comes from, for reports.
 */
export function verifyWorkload(
  { tree, objects, previous, judge }: MeshToVerify,
  workload: WorkloadRef,
  dump: ProxyDump,
  source: string,
): Verification {
  const shared = { workload, source, istioVersion: tree.behavior.version };
  const stranger = tellStranger(workload, dump);
  const config = judge.configurationOf(workloadKey(workload));
  if (stranger !== null || !config)
    return { ...shared, ...nothingCompared(stranger ?? 'The manifests do not have it.') };
  const { isInjected, captured } = withProxy(config);
  const compare = (each: ProxyConfiguration): Comparison => compareWithDump(each, dump, tree.evaluated.destinations);
  const { differences, compared, unknown, notCompared } = compare(captured);
  const found: FoundDifference[] = isInjected
    ? [...differences]
    : [{ kind: 'injection', subject: '', manifests: 'no sidecar', proxy: 'a sidecar', host: null }, ...differences];
  const hypotheses = differences.length === 0 ? [] : listHypotheses(tree, objects, previous, captured, dump);
  const isNothing = compared.clusters + compared.endpoints + compared.edges === 0;
  return {
    ...shared,
    result: found.length > 0 ? 'different' : unknown.length > 0 || isNothing ? 'undetermined' : 'equal',
    compared,
    differences: explainDifferences(found, hypotheses, compare, { tree, config: captured, dump }),
    unknown,
    notCompared,
    remarks: [...remarksOn(dump, tree), ...dump.remarks],
  };
}

/** What is to be said where there is no proxy's configuration at all. */
export function verifyWithoutDump(
  { tree }: MeshToVerify,
  workload: WorkloadRef,
  source: string,
  why: string,
): Verification {
  return { workload, source, istioVersion: tree.behavior.version, ...nothingCompared(why) };
}

/** A pod without a sidecar: right, where the manifests give it none. */
export function verifyWithoutProxy(mesh: MeshToVerify, workload: WorkloadRef, source: string): Verification {
  const why = 'Without a sidecar there is nothing to compare but that.';
  const verification = verifyWithoutDump(mesh, workload, source, why);
  if (mesh.judge.configurationOf(workloadKey(workload))?.member.injection.injected !== true)
    return { ...verification, result: 'equal' };
  const reason =
    'In the cluster the namespace, the pods or the injector say otherwise than the manifests, or the pod is older than what the manifests say.';
  const difference = {
    kind: 'injection',
    subject: '',
    manifests: 'a sidecar',
    proxy: 'no sidecar',
    cause: 'injection',
    reason,
  } as const;
  return { ...verification, result: 'different', differences: [difference] };
}

/**
 * At most so many workloads with a sidecar, spread over all of them: of a namespace, one of those that by the manifests nothing tells
 * apart. In the cluster, namespaces can differ where in the manifests they do not.
 */
export function sampleWorkloads({ tree }: MeshToVerify, most: number): readonly WorkloadRef[] {
  const chosen: Workload[] = [];
  for (const { members } of tree.evaluated.groups) {
    const injected = members.filter(({ injection }) => injection.injected).map(({ workload }) => workload);
    const namespaces = new Set<string>();
    for (const workload of injected.sort(compareWorkloads)) {
      if (namespaces.has(workload.namespace)) continue;
      namespaces.add(workload.namespace);
      chosen.push(workload);
    }
  }
  chosen.sort(compareWorkloads);
  const step = Math.max(1, chosen.length / most);
  return Array.from({ length: Math.min(chosen.length, most) }, (_none, place) =>
    workloadRef(chosen[Math.floor(place * step)]!),
  );
}

/** The workload's proxy, also where it has none by the manifests: there is one, after all. */
function withProxy(config: ProxyConfiguration): {
  readonly isInjected: boolean;
  readonly captured: ProxyConfiguration;
} {
  const { push, scope, member } = config;
  if (member.injection.injected) return { isInjected: true, captured: config };
  const injection = { ...member.injection, injected: true };
  return { isInjected: false, captured: proxyConfiguration(push, scope, { ...member, injection }) };
}

function nothingCompared(why: string): Omit<Verification, 'workload' | 'source' | 'istioVersion'> {
  return {
    result: 'undetermined',
    compared: { clusters: 0, endpoints: 0, edges: 0 },
    differences: [],
    unknown: [],
    notCompared: [why],
    remarks: [],
  };
}

/** Why a dump is not that of the workload's sidecar; null where it can be. */
function tellStranger({ namespace, name }: WorkloadRef, { node, scope }: ProxyDump): string | null {
  if (node !== null) {
    if (node.type !== '' && node.type !== 'sidecar') return `What was read is of a ${node.type}, not of a sidecar.`;
    return isNodeOf(node, namespace, name)
      ? null
      : `What was read is of the proxy of ${node.namespace}/${node.workload || node.pod}, not of this workload.`;
  }
  return scope === null || scope.namespace === namespace
    ? null
    : `What was read is of a proxy in namespace ${scope.namespace}, not of this workload.`;
}

function isNodeOf({ namespace, workload, pod }: ProxyNode, wantedNamespace: string, name: string): boolean {
  if (namespace !== wantedNamespace) return false;
  return workload === name || pod === name || (workload === '' && pod.startsWith(`${name}-`));
}

function remarksOn({ node, scope, updatedAt }: ProxyDump, { behavior }: JudgedTree): string[] {
  const remarks: string[] = [];
  if (node === null && scope === null)
    remarks.push('Nothing in what was read tells whose proxy it is: it is taken to be this workload’s.');
  const minor = /^\d+\.\d+/.exec(node?.istioVersion ?? '')?.[0];
  if (minor !== undefined && minor !== behavior.version)
    remarks.push(
      `The proxy is of Istio ${node?.istioVersion ?? ''}; the manifests were judged by the rules of ${behavior.version}.`,
    );
  if (updatedAt !== null) remarks.push(`The proxy last took something over at ${updatedAt}.`);
  return remarks;
}
