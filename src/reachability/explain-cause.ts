import { shownVersions } from '../istio/detect-version.js';
import { exactness, type Origin } from '../diagnostic/diagnostic.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { asArray, asObject, asString, asStrings } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { isRenamed, listDecisiveDifferences } from './bearing.js';
import type { Cause, Reference } from './change.js';
import type { FoundCauses } from './described-change.js';
import type { Destination } from './egress-reachability.js';
import { explainMeshConfig } from './explain-mesh-config.js';
import { explainSidecar } from './explain-sidecar.js';
import { hostLinesFor, listsHost, type HostContext } from './sidecar-host-lines.js';
import type { ComparedVerdict } from './verdict.js';
import { nameHosts, quoteList, tellDifferences, titleOf, writtenPath } from './words.js';

/** What a cause is to explain. */
export interface ExplainedDifference {
  readonly destinations: readonly Destination[];
  readonly before: ComparedVerdict;
  readonly after: ComparedVerdict;
  /** Where the destinations are newly named, if that is the change. */
  readonly newReferences?: readonly Reference[];
  /** The Sidecar that governs the workloads after the change, where it has one. */
  readonly governing?: KubernetesObject | null;
}

/** What explaining needs to know of the mesh. */
export interface ExplainContext extends HostContext {
  readonly rootNamespace: string;
}

/** The causes of a difference, set by set; those that make it only together have one number. */
export function explainCauses(
  { sets }: FoundCauses,
  difference: ExplainedDifference,
  context: ExplainContext,
): Cause[] {
  let number = 0;
  return sets.flatMap((set) => {
    const together = set.length > 1 ? { together: ++number } : {};
    return set.map((changed) => ({ ...explainCause(changed, difference, context), ...together }));
  });
}

/** A changed object as a cause: the line a reader should look at, and why it matters, in one sentence. */
function explainCause(changed: ChangedObject, difference: ExplainedDifference, context: ExplainContext): Cause {
  const object = (changed.after ?? changed.before)!;
  const { name, namespace } = object.metadata;
  const { origin, explanation } = explain(changed, object, difference, context);
  const place = origin ?? (changed.isMoved ? object.locate(['metadata', 'namespace']) : object.origin);
  const { path, line } = place;
  const side = changed.after ? 'after' : 'before';
  return { kind: object.kind, namespace, name, path, line, ...exactness(place), explanation, side };
}

interface Explanation {
  /** Null for the object's own place. */
  readonly origin: Origin | null;
  readonly explanation: string;
}

function explain(
  changed: ChangedObject,
  object: KubernetesObject,
  difference: ExplainedDifference,
  context: ExplainContext,
): Explanation {
  const subject = titleOf(object);
  const named = explainNaming(changed, subject, difference, context);
  if (named) return named;
  if (object.kind === 'Sidecar')
    return explainSidecar(subject, changed, hostLinesFor(difference.destinations, context));
  if (object.kind === 'ConfigMap') return explainMeshConfig(subject, changed);
  const { before, after } = changed;
  const versions = explainVersion(changed, subject);
  if (versions) return versions;
  if (!after)
    return { origin: null, explanation: `${subject}, which ${describeRole(object, difference, context)}, is gone.` };
  if (!before)
    return { origin: null, explanation: `${subject} is new: it ${describeRole(object, difference, context)}.` };
  if (isRenamed(before, after)) return explainRenaming(before, after);
  const differences = listDecisiveDifferences(before, after);
  const first = differences[0];
  const origin = after.locate(first ? writtenPath(after, first.path) : changed.path);
  const told = differences.length > 0 ? tellDifferences(object, differences) : 'is changed';
  return { origin, explanation: `${subject} ${told}${consequence(object, difference, context)}.` };
}

/** A workload that has another name, or stands elsewhere, and what else of it is decisive. */
function explainRenaming(before: KubernetesObject, after: KubernetesObject): Explanation {
  const differences = before.kind === after.kind ? listDecisiveDifferences(before, after) : [];
  const told = differences.length > 0 ? `, and ${tellDifferences(after, differences)}` : '';
  const isMoved = before.metadata.namespace !== after.metadata.namespace;
  const place = before.kind !== after.kind ? ['kind'] : ['metadata', isMoved ? 'namespace' : 'name'];
  return {
    origin: after.locate(place),
    explanation: `${titleOf(after)} was ${titleOf(before)} before${told}.`,
  };
}

/** A destination that a manifest newly names, and why the call does not go through the mesh. */
function explainNaming(
  { key, after }: ChangedObject,
  subject: string,
  difference: ExplainedDifference,
  context: ExplainContext,
): Explanation | null {
  const { newReferences, governing, destinations } = difference;
  const reference = newReferences?.find(({ heldBy }) => heldBy === key) ?? newReferences?.[0];
  if (!reference || !after) return null;
  const isHere = reference.heldBy === key;
  const where = isHere ? ` (${reference.where})` : '';
  const hosts = nameHosts(destinations);
  const isLeftOut =
    governing && difference.after !== 'absent' && !listsHost(governing, hostLinesFor(destinations, context));
  const why =
    difference.after === 'absent'
      ? ', which the manifests do not have'
      : isLeftOut
        ? `; nothing that ${titleOf(governing)} lists matches it`
        : '';
  return {
    origin: isHere ? reference : null,
    explanation: `${subject} newly names ${hosts}${where}${why}.`,
  };
}

/** Another Istio decides otherwise. */
function explainVersion({ before, after }: ChangedObject, subject: string): Explanation | null {
  const [old, now] = [before, after].map((object) => (object ? shownVersions(object).join(', ') : ''));
  if (old === now || !before || !after) return null;
  const difference = listDecisiveDifferences(before, after)[0];
  return {
    origin: difference ? after.locate(writtenPath(after, difference.path)) : null,
    explanation: `${subject} moves Istio from ${old || 'an unnamed version'} to ${now || 'an unnamed version'}.`,
  };
}

/** What an object that is new, or gone, does in the mesh; continues `it …`. */
function describeRole(
  object: KubernetesObject,
  { destinations }: ExplainedDifference,
  { rootNamespace }: ExplainContext,
): string {
  const spec = asObject(object.body['spec']);
  switch (object.kind) {
    case 'VirtualService':
      return `routes calls to ${quoteList(asStrings(spec['hosts']))}`;
    case 'DestinationRule':
      return describeDestinationRule(object);
    case 'ServiceEntry':
      return `registers ${quoteList(asStrings(spec['hosts']))}`;
    case 'Service':
      return `serves ${hostOf(object, destinations)}`;
    case 'PeerAuthentication':
      return `sets mutual TLS to ${asString(asObject(spec['mtls'])['mode']) || describePorts(object)} for ${describeScope(object, rootNamespace)}`;
    case 'Namespace':
      return 'decides whether its pods get a sidecar';
    case 'HTTPRoute':
    case 'GRPCRoute':
    case 'TCPRoute':
    case 'TLSRoute':
      return `routes calls to ${quoteList(asArray(spec['parentRefs']).map((parent) => asString(asObject(parent)['name'])))}`;
    case 'EndpointSlice':
    case 'Endpoints':
    case 'WorkloadEntry':
      return 'gives endpoints';
    default:
      return 'runs pods';
  }
}

function hostOf({ metadata }: KubernetesObject, destinations: readonly Destination[]): string {
  const own = `${metadata.name}.${metadata.namespace}.`;
  return (
    destinations.find(({ host }) => host.startsWith(own))?.host ?? `${metadata.name} in namespace ${metadata.namespace}`
  );
}

function describeDestinationRule(object: KubernetesObject): string {
  const spec = asObject(object.body['spec']);
  const mode = asString(asObject(asObject(spec['trafficPolicy'])['tls'])['mode']);
  const subsets = asArray(spec['subsets']).map((subset) => asString(asObject(subset)['name']));
  const parts = [
    ...(mode ? [`sets the TLS mode ${mode}`] : []),
    ...(subsets.length > 0 ? [`defines the subsets ${quoteList(subsets)}`] : []),
  ];
  return `${parts.join(' and ') || 'sets the traffic policy'} for ${asString(spec['host'])}`;
}

function describeScope({ metadata, body }: KubernetesObject, rootNamespace: string): string {
  const labels = asObject(asObject(asObject(body['spec'])['selector'])['matchLabels']);
  const selected = Object.entries(labels).map(([key, value]) => `${key}=${asString(value)}`);
  if (selected.length > 0) return `the pods with ${selected.join(', ')} in namespace ${metadata.namespace}`;
  return metadata.namespace === rootNamespace
    ? 'every workload of the mesh'
    : `every workload of namespace ${metadata.namespace}`;
}

function describePorts(object: KubernetesObject): string {
  const ports = Object.entries(asObject(asObject(object.body['spec'])['portLevelMtls']));
  if (ports.length === 0) return 'what the policy above it says';
  return ports.map(([port, policy]) => `${asString(asObject(policy)['mode'])} on port ${port}`).join(', ');
}

/** What a change of this kind comes to, where the words of the change alone do not tell. */
function consequence(
  object: KubernetesObject,
  { before, after }: ExplainedDifference,
  { rootNamespace }: ExplainContext,
): string {
  if (object.kind === 'PeerAuthentication') return ` for ${describeScope(object, rootNamespace)}`;
  const changesSidecar = (after === 'bypass') !== (before === 'bypass');
  if (changesSidecar && object.kind === 'Namespace')
    return after === 'bypass' ? '; its pods get no sidecar' : '; its pods get a sidecar';
  return '';
}
