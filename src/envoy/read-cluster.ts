import { asStrings, stringMap } from '../kubernetes/json.js';
import type { JsonObject } from '../kubernetes/manifest.js';
import { field, has, messageIn, messagesIn, numberIn, textIn, typedConfig } from './proto-json.js';
import type { DumpCluster, DumpDiscovery, DumpEndpoint, DumpTls, DumpWorkload } from './proxy-dump.js';

/** Istio: clusters that its generator leaves to Envoy's default carry no type. */
const DISCOVERY: Readonly<Record<string, DumpDiscovery>> = {
  STATIC: 'STATIC',
  STRICT_DNS: 'STRICT_DNS',
  LOGICAL_DNS: 'LOGICAL_DNS',
  EDS: 'EDS',
  ORIGINAL_DST: 'ORIGINAL_DST',
};

const EXTENSIONS: Readonly<Record<string, DumpDiscovery>> = {
  'envoy.clusters.dynamic_forward_proxy': 'FORWARD_PROXY',
  'envoy.cluster.strict_dns': 'STRICT_DNS',
  'envoy.cluster.logical_dns': 'LOGICAL_DNS',
  'envoy.clusters.dns': 'STRICT_DNS',
  'envoy.cluster.eds': 'EDS',
  'envoy.cluster.static': 'STATIC',
  'envoy.cluster.original_dst': 'ORIGINAL_DST',
};

/** Envoy: config.cluster.v3.Cluster */
export function readCluster(cluster: JsonObject): DumpCluster {
  return {
    name: textIn(cluster, 'name'),
    type: discoveryOf(cluster),
    endpoints: readLoadAssignment(messageIn(cluster, 'load_assignment')),
    socketMatches: messagesIn(cluster, 'transport_socket_matches').map((match) => ({
      labels: stringMap(field(match, 'match')),
      tls: tlsOf(messageIn(match, 'transport_socket')),
    })),
    tls: has(cluster, 'transport_socket') ? tlsOf(messageIn(cluster, 'transport_socket')) : 'none',
  };
}

function discoveryOf(cluster: JsonObject): DumpDiscovery {
  if (has(cluster, 'cluster_type')) return lookUp(EXTENSIONS, textIn(messageIn(cluster, 'cluster_type'), 'name'));
  // The zero value of the type is STATIC, which istioctl does not write.
  return lookUp(DISCOVERY, textIn(cluster, 'type') || 'STATIC');
}

function lookUp(table: Readonly<Record<string, DumpDiscovery>>, name: string): DumpDiscovery {
  return (Object.hasOwn(table, name) ? table[name] : undefined) ?? 'OTHER';
}

/** Istio: the TLS contexts of buildUpstreamClusterTLSContext, and of its wrappers for HBONE, which are not known here. */
function tlsOf(socket: JsonObject): DumpTls {
  const { type, config } = typedConfig(socket);
  if (type.endsWith('RawBuffer')) return 'none';
  if (!type.endsWith('UpstreamTlsContext')) return 'unknown';
  const context = messageIn(config, 'common_tls_context');
  const protocols = asStrings(field(context, 'alpn_protocols'));
  const certificates = messagesIn(context, 'tls_certificate_sds_secret_configs').map((secret) =>
    textIn(secret, 'name'),
  );
  return protocols.some((protocol) => protocol.startsWith('istio')) || certificates.includes('default')
    ? 'istio-mutual'
    : 'other-tls';
}

/** Envoy: config.endpoint.v3.ClusterLoadAssignment */
export function readLoadAssignment(assignment: JsonObject): readonly DumpEndpoint[] {
  return messagesIn(assignment, 'endpoints').flatMap((locality) =>
    messagesIn(locality, 'lb_endpoints').map((endpoint) => {
      const metadata = messageIn(messageIn(endpoint, 'metadata'), 'filter_metadata');
      return {
        ...addressOf(messageIn(messageIn(endpoint, 'endpoint'), 'address')),
        workload: readWorkload(textIn(messageIn(metadata, 'istio'), 'workload')),
        socketLabels: stringMap(metadata['envoy.transport_socket_match']),
      };
    }),
  );
}

/** Envoy: admin.v3.ClusterStatus, which tells neither workloads nor labels. */
export function readClusterStatus(status: JsonObject): readonly DumpEndpoint[] {
  return messagesIn(status, 'host_statuses').map((host) => ({
    ...addressOf(messageIn(host, 'address')),
    workload: null,
    socketLabels: null,
  }));
}

function addressOf(address: JsonObject): { readonly address: string; readonly port: number } {
  const socket = messageIn(address, 'socket_address');
  const pipe = textIn(messageIn(address, 'pipe'), 'path');
  return { address: textIn(socket, 'address') || pipe, port: numberIn(socket, 'port_value') ?? 0 };
}

/** `reviews-v1;bookinfo;reviews;v1;Kubernetes`. Istio: labelutil.WorkloadLabels, encoded by EndpointMetadata */
function readWorkload(text: string): DumpWorkload | null {
  const [name = '', namespace = '', canonicalName = '', canonicalRevision = ''] = text.split(';');
  return text === '' ? null : { name, namespace, canonicalName, canonicalRevision };
}
