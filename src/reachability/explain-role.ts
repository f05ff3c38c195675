import { parseVirtualService, type VirtualService } from '../istio/virtual-service.js';
import { UNSPECIFIED_IP } from '../istio/service.js';
import type { PushContext } from '../istio/push-context.js';
import { TEMPLATE_PATHS } from '../kubernetes/workload.js';
import { asArray, asObject, asString, asStrings } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Destination } from './egress-reachability.js';
import type { ItemList } from './item-list.js';
import { tellMissingTargets } from './explain-routing.js';
import type { ExplainContext, ExplainedDifference } from './explained-difference.js';
import { tellPlaceTaken } from './served-otherwise.js';
import { nameHosts, quoteList } from './words.js';

/**
 * What an object that is new, or gone, does in the mesh; continues `it …` and `which …`.
 *
 * @param mesh the side on which it is.
 */
export function describeRole(
  object: KubernetesObject,
  difference: ExplainedDifference,
  context: ExplainContext,
  mesh: PushContext,
): string {
  const { destinations } = difference;
  const spec = asObject(object.body['spec']);
  switch (object.kind) {
    case 'VirtualService':
      return describeVirtualService(object, difference, context);
    case 'DestinationRule':
      return describeDestinationRule(object);
    case 'ServiceEntry':
      return `registers ${quoteList(asStrings(spec['hosts']))}${tellPlaceTaken(object, difference, context)}${capturesPort(object, difference, mesh)}`;
    case 'Service':
      return `serves ${hostOf(object, destinations)}${tellPlaceTaken(object, difference, context)}`;
    case 'PeerAuthentication':
      return `sets mutual TLS to ${asString(asObject(spec['mtls'])['mode']) || describePorts(object)} for ${describeScope(object, mesh.meshConfig.rootNamespace)}`;
    case 'Namespace':
      return 'decides whether its pods get a sidecar';
    case 'HTTPRoute':
    case 'GRPCRoute':
    case 'TCPRoute':
    case 'TLSRoute':
      return `routes calls to ${quoteList(asArray(spec['parentRefs']).map((parent) => asString(asObject(parent)['name'])))}`;
    case 'ReferenceGrant':
      return `lets routes of other namespaces lead into namespace ${object.metadata.namespace}`;
    case 'EndpointSlice':
    case 'Endpoints':
      return `lists the endpoints of ${nameHosts(destinations)}`;
    case 'WorkloadEntry':
      return `is an endpoint of ${nameHosts(destinations)}`;
    case 'MutatingWebhookConfiguration':
      return 'gives pods their sidecars';
    case 'IstioOperator':
    case 'Istio':
    case 'IstioRevision':
    case 'IstioRevisionTag':
      return 'installs Istio';
    default:
      return TEMPLATE_PATHS[`${object.group}/${object.kind}`] === undefined
        ? 'has a part in it'
        : describePods(object, destinations, mesh);
  }
}

function describePods(
  { kind, metadata }: KubernetesObject,
  destinations: ItemList<Destination>,
  mesh: PushContext,
): string {
  const served = destinations.filter(({ host }) =>
    [...(mesh.services.byHostname.get(host)?.values() ?? [])].some((service) =>
      mesh
        .podsBehind(service)
        .some(
          ({ workload }) =>
            workload?.kind === kind && workload.name === metadata.name && workload.namespace === metadata.namespace,
        ),
    ),
  );
  return served.length > 0 ? `runs pods of ${nameHosts(served)}` : 'runs pods';
}

function describeVirtualService(
  object: KubernetesObject,
  difference: ExplainedDifference,
  context: ExplainContext,
): string {
  const { clusterDomain } = context.after;
  const written = asStrings(asObject(object.body['spec'])['hosts']);
  const { spec } = parseVirtualService(object, clusterDomain, () => 0);
  if (written.length === 0) return 'holds routes for VirtualServices that delegate to it';
  const targets = targetsOf(spec);
  const missing = tellMissingTargets(spec, difference, context);
  if (targets.every((target) => spec.hosts.includes(target))) return `routes calls to ${quoteList(written)}${missing}`;
  return `sends calls to ${quoteList(written)} on to ${quoteList(targets)}${missing}`;
}

/** `reviews.shop.svc.cluster.local`, and `reviews.shop.svc.cluster.local subset v2` */
function targetsOf({ http, tls, tcp }: VirtualService): string[] {
  const targets = [...http, ...tls, ...tcp].flatMap(({ route }) =>
    route.map(({ destination: { host, subset } }) => (subset === '' ? host : `${host} subset ${subset}`)),
  );
  return [...new Set(targets)];
}

/** Without an address a TCP port of a ServiceEntry takes all calls to that port; said where a call was caught by it. */
function capturesPort(
  object: KubernetesObject,
  { before, after }: ExplainedDifference,
  { services }: PushContext,
): string {
  if (before !== 'misrouted' && after !== 'misrouted') return '';
  const own = services.all.filter((service) => service.object === object && service.address === UNSPECIFIED_IP);
  const ports = [...new Set(own.flatMap((service) => service.ports.map(({ port }) => port)))];
  return ports.length === 0 ? '' : `, and without an address it takes every call to port ${ports.join(', ')}`;
}

function hostOf({ metadata }: KubernetesObject, destinations: ItemList<Destination>): string {
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

/** `every workload of namespace pay` */
export function describeScope({ metadata, body }: KubernetesObject, rootNamespace: string): string {
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
