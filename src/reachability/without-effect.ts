import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { PushContext } from '../istio/push-context.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { once } from '../kubernetes/once.js';
import { makesPods, type Workload } from '../kubernetes/workload.js';

/** What a change says where nobody looks for it. `changed` and `live` are what is in force. */
export function findWithoutEffect(
  changed: readonly ChangedObject[],
  live: readonly KubernetesObject[],
  push: PushContext,
): Diagnostic[] {
  const workloads = once(() => new Map(push.workloads.map(({ workload }) => [workload.object, workload])));
  const empty = once(() => emptyNamespaces(live, push));
  return changed.flatMap((change) => {
    const { before, after } = change;
    if (after === null) return [];
    if (before === null && after.kind === 'Sidecar') return findLonelySidecar(after, push, empty());
    const workload = makesPods(after) ? workloads().get(after) : undefined;
    return workload ? findMisplacedAnnotations(change, workload) : [];
  });
}

/** The namespaces that the manifests have without a workload in them; none where they have no workloads at all. */
function emptyNamespaces(live: readonly KubernetesObject[], { workloads, gateways }: PushContext): ReadonlySet<string> {
  if (workloads.length === 0) return new Set();
  const used = new Set([...workloads.map(({ workload }) => workload), ...gateways].map(({ namespace }) => namespace));
  const declared = live.filter(({ kind, group }) => kind === 'Namespace' && group === '');
  return new Set(declared.map(({ metadata }) => metadata.name).filter((name) => !used.has(name)));
}

/** A Sidecar for a namespace that has no workload. */
function findLonelySidecar(
  object: KubernetesObject,
  { sidecars, meshConfig: { rootNamespace } }: PushContext,
  empty: ReadonlySet<string>,
): Diagnostic[] {
  const { namespace, name } = object.metadata;
  if (namespace === rootNamespace || !empty.has(namespace)) return [];
  if (!sidecars.byNamespace.get(namespace)?.some((sidecar) => sidecar.object === object)) return [];
  const message = `Sidecar ${namespace}/${name} governs nobody: namespace ${namespace} has no workload, and the root namespace, whose Sidecar is for all that have none of their own, is ${rootNamespace}.`;
  return [diagnostic('sidecar-without-workloads', message, object.origin)];
}

/** What the injector and the sidecar read, of the pods alone. */
const OF_PODS = /^(?:(?:traffic\.)?sidecar\.istio\.io\/|proxy\.istio\.io\/config$|inject\.istio\.io\/)/;

/** Annotations on the object that makes pods, which nobody looks for there. */
function findMisplacedAnnotations({ before, after }: ChangedObject, workload: Workload): Diagnostic[] {
  if (workload.templatePath.length === 0) return [];
  return Object.entries(after!.metadata.annotations).flatMap(([key, value]) => {
    if (!OF_PODS.test(key)) return [];
    if (before?.metadata.annotations[key] === value || workload.annotations[key] === value) return [];
    const place = [...workload.templatePath, 'metadata', 'annotations'].join('.');
    const message = `${workload.kind} ${workload.namespace}/${workload.name} has the annotation ${key} on itself, where it has no effect: it belongs to its pods, at ${place}.`;
    return [diagnostic('annotation-without-effect', message, after!.locate(['metadata', 'annotations', key]))];
  });
}
