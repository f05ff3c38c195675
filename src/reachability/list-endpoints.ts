import { findCluster, type Cluster } from '../istio/cluster.js';
import { clusterName, type ClusterKey } from '../istio/destination-cluster.js';
import { parseIpv4 } from '../istio/filter-chain.js';
import { selectDestinationRule, destinationRulesFor } from '../istio/destination-rule-index.js';
import type { Endpoint } from '../istio/endpoint.js';
import type { Service } from '../istio/service.js';
import type { EndpointRow } from './egress-reachability.js';
import type { ProxyConfiguration } from './proxy-configuration.js';
import { compareText } from '../diagnostic/compare-text.js';

/**
 * The endpoints that a workload's proxy has, as `istioctl proxy-config endpoint` lists them: by address, port and cluster. Pods
 * whose address the manifests do not know stand as `namespace/Kind/name`.
 */
export function listEndpoints(config: ProxyConfiguration): EndpointRow[] {
  const { push, scope, proxy } = config;
  const rows: ListedRow[] = [];
  for (const service of scope.servicesByHostname.values()) {
    for (const key of clusterKeys(config, service)) {
      const cluster = clusterName(key);
      for (const listed of listedEndpoints(findCluster(push, scope, proxy, key))) {
        const host = listedHost(listed);
        const endpoint = `${host}:${listed.port}`;
        const own = { host, ip: parseIpv4(host), port: listed.port };
        rows.push({ endpoint, status: 'HEALTHY', outlierCheck: 'OK', cluster, ...own });
      }
    }
  }
  return rows
    .sort((a, b) => compareHosts(a, b) || a.port - b.port || compareText(a.cluster, b.cluster))
    .filter(({ endpoint, cluster }, at) => endpoint !== rows[at - 1]?.endpoint || cluster !== rows[at - 1]?.cluster)
    .map(({ endpoint, status, outlierCheck, cluster }) => ({ endpoint, status, outlierCheck, cluster }));
}

/** The clusters that a proxy may have for a service: one a port, and one a port and subset. */
export function clusterKeys({ push, scope, proxy }: ProxyConfiguration, service: Service): ClusterKey[] {
  const { hostname } = service;
  const rules = destinationRulesFor(push.destinationRules, scope.namespace, service);
  const subsets = selectDestinationRule(rules, scope.namespace, proxy.labels)?.rule.subsets ?? [];
  // One number can be there twice, for TCP and UDP.
  const ports =
    service.ports.length === 1 ? [service.ports[0]!.port] : [...new Set(service.ports.map(({ port }) => port))];
  if (subsets.length === 0) return ports.map((port) => ({ port, subset: '', hostname }));
  const names = [...new Set(['', ...subsets.map((subset) => subset.name)])];
  return ports.flatMap((port) => names.map((subset) => ({ port, subset, hostname })));
}

/** What istioctl lists of a cluster: nothing where the address that was called is the endpoint. */
export function listedEndpoints(cluster: Cluster | null): readonly Endpoint[] {
  return cluster === null || cluster.type === 'ORIGINAL_DST' ? [] : cluster.endpoints;
}

/** The address, or the pod's workload where the manifests do not know it. */
export function listedHost({ address, workload }: Endpoint): string {
  return address || (workload ? `${workload.namespace}/${workload.kind}/${workload.name}` : 'unknown');
}

interface ListedRow extends EndpointRow {
  readonly host: string;
  /** The host as a number, where it is an IPv4 address. */
  readonly ip: number | null;
  readonly port: number;
}

/** Addresses by number, before names by text. */
function compareHosts({ host: a, ip: x }: ListedRow, { host: b, ip: y }: ListedRow): number {
  if (x !== null && y !== null) return x - y;
  if (x !== null || y !== null) return x !== null ? -1 : 1;
  return compareText(a, b);
}
