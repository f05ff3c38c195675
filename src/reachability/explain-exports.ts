import { EXPORT_TO_ANNOTATION } from '../istio/kubernetes-service.js';
import type { PushContext } from '../istio/push-context.js';
import { defaultExportTo, isVisible, type ExportTo } from '../istio/visibility.js';
import { asObject, asStrings } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { ValueDifference } from '../kubernetes/object-differences.js';
import { namespacesOf, type ExplainContext, type ExplainedDifference, type Fact } from './explained-difference.js';
import { nameNamespaces, tellDifferences } from './words.js';

/** What an edit of `exportTo` says, and whom of the callers it takes the object from, or gives it to. */
export function explainExports(
  before: KubernetesObject,
  after: KubernetesObject,
  differences: readonly ValueDifference[],
  difference: ExplainedDifference,
  context: ExplainContext,
): Fact[] {
  const found = differences.filter(isOfExports);
  if (found.length === 0) return [];
  const viewers = namespacesOf(difference);
  const [saw, see] = [viewersOf(before, viewers, context.before), viewersOf(after, viewers, context.after)];
  return [{ path: found[0]!.path, text: tellDifferences(after, found) + tellViewers(saw, see) }];
}

export function isOfExports({ path }: ValueDifference): boolean {
  return path.includes('exportTo') || path.includes(EXPORT_TO_ANNOTATION);
}

/** Continues a change of what may be seen: `; namespace shop no longer sees it`. Empty where it is the same for all of them. */
export function tellViewers(saw: readonly string[], see: readonly string[], what = 'it'): string {
  const lost = saw.filter((viewer) => !see.includes(viewer));
  if (lost.length > 0) return `; ${nameNamespaces(lost)} no longer ${lost.length === 1 ? 'sees' : 'see'} ${what}`;
  const gained = see.filter((viewer) => !saw.includes(viewer));
  return gained.length > 0 ? `; ${nameNamespaces(gained)} ${gained.length === 1 ? 'sees' : 'see'} ${what} now` : '';
}

/** Of some namespaces those that see an object. */
export function viewersOf(object: KubernetesObject, viewers: readonly string[], push: PushContext): string[] {
  const [own, meshDefault] = [exportToOf(object), defaultFor(object, push)];
  return viewers.filter((viewer) => isVisible(own, meshDefault, object.metadata.namespace, viewer));
}

function exportToOf({ kind, metadata, body }: KubernetesObject): ExportTo | null {
  if (kind !== 'Service') return new Set(asStrings(asObject(body['spec'])['exportTo']));
  const text = metadata.annotations[EXPORT_TO_ANNOTATION];
  return text ? new Set(text.split(',').map((item) => item.trim())) : null;
}

function defaultFor({ kind }: KubernetesObject, { meshConfig, behavior }: PushContext): ExportTo {
  if (kind === 'DestinationRule') return meshConfig.defaultDestinationRuleExportTo;
  const configured =
    kind === 'VirtualService' ? meshConfig.defaultVirtualServiceExportTo : meshConfig.defaultServiceExportTo;
  return defaultExportTo(configured, behavior.exportsToNamespacesByDefault);
}
