import type { JsonObject } from '../kubernetes/manifest.js';
import { nearest } from './admission/unknown-fields.js';

/** The fields of Istio's MeshConfig, up to 1.31, by the names that protocol buffers give them in the definition. */
const DEFINED = [
  'access_log_encoding',
  'access_log_file',
  'access_log_format',
  'ca',
  'ca_certificates',
  'certificates',
  'config_sources',
  'connect_timeout',
  'default_config',
  'default_destination_rule_export_to',
  'default_http_retry_policy',
  'default_providers',
  'default_service_export_to',
  'default_traffic_policy',
  'default_virtual_service_export_to',
  'disable_envoy_listener_log',
  'discovery_selectors',
  'dns_refresh_rate',
  'enable_auto_mtls',
  'enable_envoy_access_log_service',
  'enable_prometheus_merge',
  'enable_tracing',
  'extension_providers',
  'h2_upgrade_policy',
  'hbone_idle_timeout',
  'inbound_cluster_stat_name',
  'inbound_traffic_policy',
  'ingress_class',
  'ingress_controller_mode',
  'ingress_selector',
  'ingress_service',
  'locality_lb_setting',
  'mesh_mTLS',
  'outbound_cluster_stat_name',
  'outbound_traffic_policy',
  'path_normalization',
  'protocol_detection_timeout',
  'proxy_http_port',
  'proxy_inbound_listen_port',
  'proxy_listen_port',
  'root_namespace',
  'service_entry_visibility',
  'service_scope_configs',
  'service_settings',
  'tcp_keepalive',
  'tls_defaults',
  'trust_domain',
  'trust_domain_aliases',
  'verify_certificate_at_client',
  'zone_aware_lb_setting',
];

const WRITTEN: ReadonlyMap<string, string> = new Map(DEFINED.map((name) => [camelCase(name), name]));

/** What istiod takes from the text by the name in camelCase alone. Istio: mesh.ApplyMeshConfig, extractYamlField */
const CAMEL_CASE_ALONE: ReadonlySet<string> = new Set(['defaultConfig', 'defaultProviders']);

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/gi, (_match, letter: string) => letter.toUpperCase());
}

/** The value of a field, which may have the name of the definition too; that in camelCase counts first. Istio: protomarshal.ApplyYAML */
export function meshConfigField(mesh: JsonObject, name: string): JsonObject[string] {
  if (Object.hasOwn(mesh, name)) return mesh[name];
  const defined = CAMEL_CASE_ALONE.has(name) ? undefined : WRITTEN.get(name);
  return defined !== undefined && Object.hasOwn(mesh, defined) ? mesh[defined] : undefined;
}

/** The keys that istiod passes over, with what was probably meant. */
export function unknownMeshConfigFields(mesh: JsonObject): { readonly key: string; readonly meant: string | null }[] {
  const isKnown = (key: string): boolean =>
    WRITTEN.has(key) || (DEFINED.includes(key) && !CAMEL_CASE_ALONE.has(camelCase(key)));
  return Object.keys(mesh)
    .filter((key) => !isKnown(key))
    .map((key) => ({ key, meant: nearest(key, [...WRITTEN.keys()]) }));
}
