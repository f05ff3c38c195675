import { shownVersions } from '../istio/detect-version.js';
import { shownFlags } from '../istio/feature-flags.js';
import { asObject } from '../kubernetes/json.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { objectKey, type KubernetesObject } from '../kubernetes/manifest.js';
import { listDifferences, type ValueDifference, type ValuePath } from '../kubernetes/object-differences.js';
import { TEMPLATE_PATHS } from '../kubernetes/workload.js';

const EXPORT_TO = 'networking.istio.io/exportTo';

/** Kinds of which the spec decides where calls go. */
const BY_SPEC: ReadonlySet<string> = new Set([
  'gateway.networking.k8s.io/GRPCRoute',
  'gateway.networking.k8s.io/HTTPRoute',
  'gateway.networking.k8s.io/ReferenceGrant',
  'gateway.networking.k8s.io/TCPRoute',
  'gateway.networking.k8s.io/TLSRoute',
  'install.istio.io/IstioOperator',
  'networking.istio.io/DestinationRule',
  'networking.istio.io/ServiceEntry',
  'networking.istio.io/Sidecar',
  'networking.istio.io/VirtualService',
  'networking.istio.io/WorkloadEntry',
  'sailoperator.io/Istio',
  'sailoperator.io/IstioRevision',
  'sailoperator.io/IstioRevisionTag',
  'security.istio.io/PeerAuthentication',
]);

/**
 * Whether a change of an object can have a bearing on where calls go. A new image or another comment has none, so that of a
 * change of many objects only few are asked about.
 */
export function hasBearing({ before, after }: ChangedObject): boolean {
  if (versionsOf(before) !== versionsOf(after)) return true;
  if (!before || !after) return decisivePaths((after ?? before)!) !== null;
  if (isRenamed(before, after)) return true;
  return listDecisiveDifferences(before, after).length > 0;
}

/** Whether one workload has another name, namespace or kind on each side. */
export function isRenamed(before: KubernetesObject, after: KubernetesObject): boolean {
  return objectKey(before) !== objectKey(after);
}

/** The differences between two versions of an object that can have a bearing on where calls go. */
export function listDecisiveDifferences(before: KubernetesObject, after: KubernetesObject): ValueDifference[] {
  const paths = decisivePaths(after);
  if (paths === null) return [];
  const differences = listDifferences(before.body, after.body);
  return differences.filter(({ path }) => paths.some((decisive) => isAlong(path, decisive)));
}

/** One of the two ways leads through the other. */
function isAlong(path: ValuePath, decisive: ValuePath): boolean {
  return decisive.every((step, i) => i >= path.length || step === '*' || path[i] === step);
}

/** The values of an object that decide where calls go; null for an object that decides nothing. */
function decisivePaths(object: KubernetesObject): readonly ValuePath[] | null {
  const kind = `${object.group}/${object.kind}`;
  const template = TEMPLATE_PATHS[kind];
  if (template !== undefined) return workloadPaths(template);
  if (BY_SPEC.has(kind)) return [['spec'], ['metadata', 'labels'], ['metadata', 'creationTimestamp']];
  switch (kind) {
    case '/Namespace':
      return [['metadata', 'labels']];
    case '/Service':
      return [['spec'], ['metadata', 'labels'], ['metadata', 'annotations', EXPORT_TO]];
    case 'admissionregistration.k8s.io/MutatingWebhookConfiguration':
      return [['metadata', 'labels']];
    case '/ConfigMap':
      return isMeshConfig(object) ? [['data', 'mesh']] : null;
    case '/Endpoints':
      return [['subsets'], ['metadata', 'labels']];
    case 'discovery.k8s.io/EndpointSlice':
      return [['endpoints'], ['ports'], ['addressType'], ['metadata', 'labels']];
    default:
      return null;
  }
}

function workloadPaths(template: ValuePath): ValuePath[] {
  const spec = [...template, 'spec'];
  return [
    ['metadata', 'labels', 'istio.io/rev'],
    [...template, 'metadata', 'labels'],
    [...template, 'metadata', 'annotations'],
    [...spec, 'hostNetwork'],
    [...spec, 'serviceAccountName'],
    [...spec, 'containers', '*', 'ports'],
    [...spec, 'initContainers', '*', 'ports'],
    ['spec', 'replicas'],
    ['spec', 'parallelism'],
    ['spec', 'jobTemplate', 'spec', 'parallelism'],
    ['spec', 'workloadRef'],
    ['metadata', 'ownerReferences'],
  ];
}

/** The Istio versions that an object shows, and the flags of istiod, as text. */
function versionsOf(object: KubernetesObject | null): string {
  if (!object) return '';
  return [...shownVersions(object), ...shownFlags(object).map(({ name, value }) => `${name}=${value}`)].join();
}

function isMeshConfig({ metadata, body }: KubernetesObject): boolean {
  const named = metadata.name === 'istio' || metadata.name.startsWith('istio-');
  return named && 'mesh' in asObject(body['data']);
}
