import type { ConsolidatedDestinationRule } from './destination-rule-index.js';
import { destinationRulesFor, selectDestinationRule, subsetByName } from './destination-rule-index.js';
import { effectiveSettings, type ClientTlsMode, type Subset } from './destination-rule.js';
import type { ClusterKey } from './destination-cluster.js';
import type { Endpoint } from './endpoint.js';
import { isWildcarded } from './host-name.js';
import { effectiveMode, inferServiceMode, type AuthenticationPolicies } from './peer-authentication.js';
import type { Protocol } from './protocol.js';
import type { Proxy } from './proxy.js';
import type { PushContext, Stock } from './push-context.js';
import { hasAddress } from './service-endpoints.js';
import { portByNumber, type Service } from './service.js';
import type { SidecarScope } from './sidecar-scope.js';
import { isSubset } from '../kubernetes/label-selector.js';

/** How a proxy finds a cluster's endpoints. Envoy: Cluster.DiscoveryType */
export type DiscoveryType = 'EDS' | 'DNS' | 'ORIGINAL_DST' | 'DYNAMIC_FORWARD_PROXY';

/** What the client's proxy puts around the bytes: nothing, Istio's mutual TLS, or TLS by other certificates. */
export type ClientTls = 'none' | 'istio-mutual' | 'other-tls';

/** A cluster as one proxy has it. */
export interface Cluster {
  readonly service: Service;
  readonly type: DiscoveryType;
  /** For DNS and original-destination clusters, what the manifests say stands behind them. */
  readonly endpoints: readonly Endpoint[];
  readonly tlsTo: (endpoint: Endpoint) => ClientTls;
  readonly destinationRule: ConsolidatedDestinationRule | null;
}

const FORWARDABLE: ReadonlySet<Protocol> = new Set<Protocol>(['http', 'tls', 'grpc', 'http2']);

/**
 * The cluster of a name, or null where the proxy has none. Proxies that have one service by one rule have one cluster of it.
 * Istio: ConfigGeneratorImpl.buildOutboundClusters
 */
export function findCluster(push: PushContext, scope: SidecarScope, proxy: Proxy, key: ClusterKey): Cluster | null {
  const service = scope.servicesByHostname.get(key.hostname);
  if (service === undefined) return null;
  const destinationRule = findDestinationRule(push, scope, proxy, service);
  let ofPush = built.get(push.lineage.stock);
  if (!ofPush) built.set(push.lineage.stock, (ofPush = new Map<Service, BuiltCluster[]>()));
  let ofService = ofPush.get(service);
  if (!ofService) ofPush.set(service, (ofService = []));
  const known = ofService.find(
    ({ rule, port, subset }) => rule === destinationRule && port === key.port && subset === key.subset,
  );
  if (known) return known.cluster;
  const cluster = buildCluster(push, service, destinationRule, key);
  ofService.push({ rule: destinationRule, port: key.port, subset: key.subset, cluster });
  return cluster;
}

/** The DestinationRule by which a proxy calls a service. Istio: SidecarScope.DestinationRule */
export function findDestinationRule(
  push: PushContext,
  { namespace }: SidecarScope,
  { labels }: Proxy,
  service: Service,
): ConsolidatedDestinationRule | null {
  return selectDestinationRule(destinationRulesFor(push.destinationRules, namespace, service), namespace, labels);
}

interface BuiltCluster extends Omit<ClusterKey, 'hostname'> {
  readonly rule: ConsolidatedDestinationRule | null;
  readonly cluster: Cluster | null;
}

const built = new WeakMap<Stock, Map<Service, BuiltCluster[]>>();

function buildCluster(
  push: PushContext,
  service: Service,
  destinationRule: ConsolidatedDestinationRule | null,
  key: ClusterKey,
): Cluster | null {
  const port = portByNumber(service, key.port);
  if (!port || port.protocol === 'udp' || service.resolution === 'Alias') return null;
  const dynamic = isWildcarded(service.hostname) && service.resolution === 'DynamicDNS';
  if (dynamic && (key.subset !== '' || !FORWARDABLE.has(port.protocol))) return null;
  let subset: Subset | null = null;
  if (key.subset !== '') {
    subset = (destinationRule && subsetByName(destinationRule.rule, key.subset)) ?? null;
    if (subset === null) return null;
  }
  const settings = destinationRule ? effectiveSettings(destinationRule.rule, subset, key.port) : null;
  const resolved = dynamic ? 'DYNAMIC_FORWARD_PROXY' : convertResolution(service);
  const instances = push.instancesByPort(service, key.port);
  const all = resolved === 'DNS' ? instances : push.endpointsByPort(service, key.port);
  const selected = subset ? all.filter((endpoint) => isSubset(subset.labels, endpoint.labels)) : all;
  const type = dynamic ? resolved : discoveryType(resolved, destinationRule, subset, key.port);
  // A DNS cluster without endpoints is left out.
  if (resolved === 'DNS' && selected.length === 0) return null;
  const endpoints = type !== 'EDS' || selected.every(hasAddress) ? selected : selected.filter(hasAddress);
  const passthrough = service.resolution === 'Passthrough' || destinationRule?.rule.trafficPolicy?.passthrough === true;
  const tlsTo = tlsChooser(push, service, {
    tls: settings?.tls ?? null,
    endpointTls: destinationRule ? endpointTlsOverride(destinationRule, subset, key.port) : null,
    original: type === 'ORIGINAL_DST',
    passthroughInstances: passthrough ? instances : null,
  });
  return { service, type, endpoints, tlsTo, destinationRule };
}

/** Istio: convertResolution */
function convertResolution(service: Service): DiscoveryType {
  switch (service.resolution) {
    case 'DNSLB':
    case 'DNSRoundRobinLB':
      return 'DNS';
    case 'Passthrough':
      return 'ORIGINAL_DST';
    case 'ClientSideLB':
    case 'DynamicDNS':
    case 'Alias':
      return 'EDS';
  }
}

/**
 * A load balancer that passes through makes the address that was called the cluster's endpoint; a subset's own balancer does not undo
 * what its rule says. Istio: applyLoadBalancer, ClusterBuilder.buildSubsetCluster
 */
function discoveryType(
  resolved: DiscoveryType,
  rule: ConsolidatedDestinationRule | null,
  subset: Subset | null,
  port: number,
): DiscoveryType {
  if (rule === null) return resolved;
  const passes =
    subset?.trafficPolicy?.passthrough === true ||
    [null, subset].some((part) => effectiveSettings(rule.rule, part, port)?.passthrough === true);
  return passes ? 'ORIGINAL_DST' : resolved;
}

/** The mode that decides an endpoint's label, where a rule sets one. Istio: tlsModeForDestinationRule */
function endpointTlsOverride(
  { rule }: ConsolidatedDestinationRule,
  subset: Subset | null,
  port: number,
): ClientTlsMode | null {
  const policy = subset ? subset.trafficPolicy : rule.trafficPolicy;
  return policy?.portLevel.get(port)?.tls ?? policy?.tls ?? null;
}

interface TlsInput {
  readonly tls: ClientTlsMode | null;
  readonly endpointTls: ClientTlsMode | null;
  readonly original: boolean;
  /** The endpoints whose lack of a sidecar turns automatic mutual TLS off; null where each endpoint counts for itself. */
  readonly passthroughInstances: readonly Endpoint[] | null;
}

/** Istio: buildUpstreamTLSSettings, applyUpstreamTLSSettings, mtlsChecker.checkMtlsEnabled */
function tlsChooser(push: PushContext, service: Service, input: TlsInput): (endpoint: Endpoint) => ClientTls {
  switch (input.tls) {
    case 'DISABLE':
      return () => 'none';
    case 'SIMPLE':
    case 'MUTUAL':
      return () => 'other-tls';
    case 'ISTIO_MUTUAL':
      return () => 'istio-mutual';
    case null:
      break;
  }
  if (service.meshExternal || !push.meshConfig.enableAutoMtls) return () => 'none';
  const instances = input.passthroughInstances;
  if (instances && (instances.length === 0 || instances.some(({ tlsMode }) => tlsMode !== 'istio')))
    return () => 'none';
  if (inferServiceMode(push.authentication, service.namespace) === 'DISABLE') return () => 'none';
  if (input.original) return () => 'istio-mutual';
  if (input.endpointTls === null) return automaticTls(push.authentication);
  const tls = input.endpointTls === 'ISTIO_MUTUAL' ? 'istio-mutual' : 'none';
  return (endpoint) => (endpoint.tlsMode === 'istio' ? tls : 'none');
}

const automatic = new WeakMap<AuthenticationPolicies, (endpoint: Endpoint) => ClientTls>();

/** By what the server demands, where neither side's configuration says more: the same for nearly all clusters of a mesh. */
function automaticTls(policies: AuthenticationPolicies): (endpoint: Endpoint) => ClientTls {
  let tlsTo = automatic.get(policies);
  if (!tlsTo) {
    tlsTo = ({ tlsMode, namespace, labels, port }) => {
      if (tlsMode !== 'istio') return 'none';
      return effectiveMode(policies, namespace, labels, port).mode === 'DISABLE' ? 'none' : 'istio-mutual';
    };
    automatic.set(policies, tlsTo);
  }
  return tlsTo;
}
