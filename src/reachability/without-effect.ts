import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { IstioObject } from '../istio/istio-object.js';
import type { MeshWorkload, PushContext } from '../istio/push-context.js';
import { selectSidecar, type Sidecar } from '../istio/sidecar.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { isSubset } from '../kubernetes/label-selector.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import { workloadKey, type EvaluatedMesh } from './evaluate-mesh.js';
import { hostNearMiss, namedHosts, type NamedHosts } from './host-near-miss.js';
import { hostLinesOf, listenersOf } from './sidecar-host-lines.js';

/** What a change says to no effect, though its author must think that it has one. `changed` and `live` are what is in force. */
export function findWithoutEffect(
  changed: readonly ChangedObject[],
  live: readonly KubernetesObject[],
  { push }: EvaluatedMesh,
): Diagnostic[] {
  const declared = live
    .filter(({ kind, group }) => kind === 'Namespace' && group === '')
    .map(({ metadata }) => metadata.name);
  const sidecars = new Map([...push.sidecars.byNamespace.values()].flat().map((sidecar) => [sidecar.object, sidecar]));
  const workloads = new Map(push.workloads.map(({ workload }) => [workload.object, workload]));
  let named: NamedHosts | null = null;
  let byNamespace: ReadonlyMap<string, readonly MeshWorkload[]> | null = null;
  const inNamespace = (namespace: string): readonly MeshWorkload[] => {
    byNamespace ??= groupByNamespace(push.workloads);
    return byNamespace.get(namespace) ?? [];
  };
  return changed.flatMap((change) => {
    const { after } = change;
    if (after === null) return [];
    const sidecar = sidecars.get(after);
    if (sidecar) {
      named ??= namedHosts(push, declared);
      return [...emptyLines(change, sidecar, named), ...governsNobody(change, sidecar, push, inNamespace, declared)];
    }
    const workload = workloads.get(after);
    return workload ? misplacedAnnotations(change, workload) : [];
  });
}

function groupByNamespace(workloads: readonly MeshWorkload[]): ReadonlyMap<string, readonly MeshWorkload[]> {
  const groups = new Map<string, MeshWorkload[]>();
  for (const each of workloads) {
    const list = groups.get(each.workload.namespace);
    if (list) list.push(each);
    else groups.set(each.workload.namespace, [each]);
  }
  return groups;
}

/** The host lines that the change brings and that bring nothing. */
function emptyLines({ before, after }: ChangedObject, sidecar: IstioObject<Sidecar>, named: NamedHosts): Diagnostic[] {
  const old = new Set(before ? hostLinesOf(before) : []);
  const { namespace, name } = sidecar;
  // The root namespace's Sidecar is for callers of many namespaces: a dot is another one for each.
  const isForAll = named.push.sidecars.root === sidecar;
  return listenersOf(after!).flatMap(({ hosts }, listener) =>
    hosts.flatMap((line, index) => {
      if (old.has(line) || (isForAll && line.startsWith('./'))) return [];
      const why = hostNearMiss(line, namespace, named);
      if (why === null) return [];
      const place = after!.locate(['spec', 'egress', listener, 'hosts', index]);
      return [
        diagnostic('host-without-effect', `Sidecar ${namespace}/${name} lists "${line}", and ${stop(why)}`, place),
      ];
    }),
  );
}

function stop(sentence: string): string {
  return sentence.endsWith('?') ? sentence : `${sentence}.`;
}

function governsNobody(
  { before, after }: ChangedObject,
  sidecar: IstioObject<Sidecar>,
  push: PushContext,
  inNamespace: (namespace: string) => readonly MeshWorkload[],
  declared: readonly string[],
): Diagnostic[] {
  const { namespace, name, spec } = sidecar;
  const say = (why: string, path: readonly string[] = []): Diagnostic[] => [
    diagnostic('sidecar-without-effect', `Sidecar ${namespace}/${name} governs nobody: ${why}.`, after!.locate(path)),
  ];
  const isForAll = push.sidecars.root === sidecar;
  const own = inNamespace(namespace);
  const governed = (isForAll ? push.workloads : own).filter(
    ({ workload }) => selectSidecar(push.sidecars, workload.namespace, workload.labels) === sidecar,
  );
  if (governed.some(({ injection }) => injection.injected)) return [];
  if (governed.length > 0) {
    const { reason } = governed[0]!.injection;
    return say(`${nameAll(governed.map(({ workload }) => workload))} has no sidecar (${reason})`);
  }
  // The root namespace's is for namespaces that may have no workload in the manifests yet.
  if (isForAll) return [];
  if (own.length === 0) {
    // Where the namespace stands in the manifests, and workloads of others do, its own would too.
    if (before !== null || push.workloads.length === 0 || !declared.includes(namespace)) return [];
    const { rootNamespace } = push.meshConfig;
    return say(
      `no workload stands in namespace ${namespace}, and the root namespace, whose Sidecar is for all others, is ${rootNamespace}`,
    );
  }
  const selected = own.filter(({ workload }) => spec.selector === null || isSubset(spec.selector, workload.labels));
  if (selected.length === 0) {
    const labels = Object.entries(spec.selector ?? {}).map(([key, value]) => `${key}=${value}`);
    return say(`its selector (${labels.join(', ')}) fits no workload of namespace ${namespace}`, [
      'spec',
      'workloadSelector',
    ]);
  }
  const { workload } = selected[0]!;
  const winner = selectSidecar(push.sidecars, namespace, workload.labels)!;
  const others = new Set(selected.map(({ workload: each }) => selectSidecar(push.sidecars, namespace, each.labels)));
  const more = others.size > 1 ? ` and ${String(others.size - 1)} more` : '';
  return say(`Sidecar ${winner.namespace}/${winner.name}${more} stands above it for all that it selects`);
}

/** What the sidecar's injector and its traffic capture read, of the pods alone. */
const OF_PODS = /^(?:(?:traffic\.)?sidecar\.istio\.io\/|proxy\.istio\.io\/config$|inject\.istio\.io\/)/;

/** Annotations on the object that makes pods, which nobody looks for there. */
function misplacedAnnotations({ before, after }: ChangedObject, workload: Workload): Diagnostic[] {
  if (workload.templatePath.length === 0) return [];
  return Object.entries(after!.metadata.annotations).flatMap(([key, value]) => {
    if (!OF_PODS.test(key) || before?.metadata.annotations[key] === value || workload.annotations[key] === value)
      return [];
    const message = `${workload.kind} ${workload.namespace}/${workload.name} has the annotation ${key} on itself, where it has no effect: it belongs to its pods, at ${[...workload.templatePath, 'metadata', 'annotations'].join('.')}.`;
    return [diagnostic('annotation-without-effect', message, after!.locate(['metadata', 'annotations', key]))];
  });
}

const MOST_NAMED = 3;

function nameAll(workloads: readonly Workload[]): string {
  const named = workloads.slice(0, MOST_NAMED).map(workloadKey).join(', ');
  return workloads.length > MOST_NAMED ? `${named} and ${String(workloads.length - MOST_NAMED)} more` : named;
}
