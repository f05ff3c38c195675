import { clusterName } from '../istio/destination-cluster.js';
import { parseIpv4 } from '../istio/filter-chain.js';
import { selectDestinationRule, destinationRulesFor } from '../istio/destination-rule-index.js';
import type { EndpointRow } from './egress-reachability.js';
import type { ProxyConfiguration } from './proxy-configuration.js';

/**
 * The endpoints that a workload's proxy has, as `istioctl proxy-config endpoint` lists them: by address, port and cluster. Pods
 * whose address the manifests do not know stand as `namespace/Kind/name`.
 */
export function listEndpoints(config: ProxyConfiguration): EndpointRow[] {
  const rows = new Map<string, EndpointRow & { readonly host: string; readonly port: number }>();
  for (const cluster of clusterNames(config)) {
    const found = config.cluster(cluster);
    if (found === null || found.type === 'ORIGINAL_DST') continue;
    for (const { address, workload, port } of found.endpoints) {
      const host = address || (workload ? `${workload.namespace}/${workload.kind}/${workload.name}` : 'unknown');
      const endpoint = `${host}:${port}`;
      rows.set(`${endpoint} ${cluster}`, { endpoint, status: 'HEALTHY', outlierCheck: 'OK', cluster, host, port });
    }
  }
  return [...rows.values()]
    .sort((a, b) => compareHosts(a.host, b.host) || a.port - b.port || (a.cluster < b.cluster ? -1 : 1))
    .map(({ endpoint, status, outlierCheck, cluster }) => ({ endpoint, status, outlierCheck, cluster }));
}

/** Every cluster of the proxy's services, with those of their subsets. */
function clusterNames({ push, scope, proxy }: ProxyConfiguration): string[] {
  return [...scope.servicesByHostname.values()].flatMap((service) => {
    const rules = destinationRulesFor(push.destinationRules, scope.namespace, service);
    const subsets = selectDestinationRule(rules, scope.namespace, proxy.labels)?.rule.subsets ?? [];
    const names = ['', ...subsets.map((subset) => subset.name)];
    return service.ports.flatMap(({ port }) =>
      names.map((subset) => clusterName({ port, subset, hostname: service.hostname })),
    );
  });
}

/** Addresses by number, before names by text. */
function compareHosts(a: string, b: string): number {
  const [x, y] = [parseIpv4(a), parseIpv4(b)];
  if (x !== null && y !== null) return x - y;
  if (x !== null || y !== null) return x !== null ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
