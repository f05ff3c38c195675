import { findCluster } from '../istio/cluster.js';
import { hasPublicRulesOnly, servicesWithOwnRules } from '../istio/destination-rule-index.js';
import type { Service } from '../istio/service.js';
import type { SidecarScope } from '../istio/sidecar-scope.js';
import { compareWorkloads, type Workload } from '../kubernetes/workload.js';
import type { ProxyCounts, ProxyLoad } from './change.js';
import { endsAlike, type MeshComparison } from './compare-meshes.js';
import type { Checkpoint } from './checkpoint.js';
import { hasProxies, type EvaluatedGroup } from './evaluate-mesh.js';
import { clusterKeys, listedEndpoints, listedHost } from './list-endpoints.js';
import { workloadRef } from './mesh-reach.js';
import type { ProxyConfiguration } from './proxy-configuration.js';

/**
 * What the proxies of workloads that are on both sides have to know, where that is more or less than before; what changes most
 * first, all of its proxies together. A workload that gets or loses its proxy has nothing to compare.
 */
export function compareProxyLoads({ classes }: MeshComparison, checkpoint: Checkpoint): ProxyLoad[] {
  const countBefore = proxyCounter();
  const countAfter = proxyCounter();
  const loads = new Map<string, { workloads: Workload[]; before: ProxyCounts; after: ProxyCounts }>();
  for (const { before: old, after: now, workloads } of classes) {
    checkpoint();
    if (!hasProxies(old) || !hasProxies(now) || endsAlike({ before: old, after: now }) || isOfOneScope(old, now))
      continue;
    const before = countBefore(old.config());
    const after = countAfter(now.config());
    if (before.clusters === after.clusters && before.endpoints === after.endpoints) continue;
    const key = JSON.stringify([before, after]);
    const known = loads.get(key);
    if (known) known.workloads.push(...workloads);
    else loads.set(key, { workloads: [...workloads], before, after });
  }
  return [...loads.values()]
    .map((load) => ({ ...load, workloads: load.workloads.sort(compareWorkloads) }))
    .sort((a, b) => weight(b) - weight(a) || compareWorkloads(a.workloads[0]!, b.workloads[0]!))
    .map((load) => ({ ...load, workloads: load.workloads.map(workloadRef) }));
}

/** Of one stock a scope's services are the same object where its Sidecar and its namespace are. */
function isOfOneScope(old: EvaluatedGroup, now: EvaluatedGroup): boolean {
  const [a, b] = [old.config(), now.config()];
  return (
    a.scope.servicesByHostname === b.scope.servicesByHostname &&
    a.scope.namespace === b.scope.namespace &&
    a.push.lineage.stock === b.push.lineage.stock
  );
}

function weight({
  workloads,
  before,
  after,
}: { workloads: readonly Workload[] } & Omit<ProxyLoad, 'workloads'>): number {
  const changed = Math.abs(before.clusters - after.clusters) + Math.abs(before.endpoints - after.endpoints);
  return changed * workloads.length;
}

/**
 * Counts the outbound clusters of a proxy, and their endpoints as `listEndpoints` lists them, for one mesh. A service adds the
 * same to every proxy that has no DestinationRule of its own namespace for it, so that it is counted once for all of them: a
 * mesh has some millions of services known to proxies.
 */
export function proxyCounter(): (config: ProxyConfiguration) => ProxyCounts {
  /** Null for a service whose rules are not the same for everybody. */
  const shared = new Map<Service, ProxyCounts | null>();
  const share = (config: ProxyConfiguration, service: Service): ProxyCounts => {
    const counts = countService(config, service);
    const isShared = hasPublicRulesOnly(config.push.destinationRules, service);
    shared.set(service, isShared ? counts : null);
    return counts;
  };
  /** Of services that are the same for everybody: callers without a Sidecar mostly know the very same. */
  const totals = new WeakMap<SidecarScope['servicesByHostname'], ProxyCounts>();
  return (config) => {
    const { push, scope } = config;
    const own = new Set(servicesWithOwnRules(push.destinationRules, scope.namespace, scope.servicesByHostname));
    const total = own.size === 0 ? totals.get(scope.servicesByHostname) : undefined;
    if (total) return total;
    let clusters = 0;
    let endpoints = 0;
    let isForAll = own.size === 0;
    for (const service of scope.servicesByHostname.values()) {
      const known = shared.get(service);
      const isUnknown = known === undefined && !own.has(service);
      const counts = known ?? (isUnknown ? share(config, service) : countService(config, service));
      clusters += counts.clusters;
      endpoints += counts.endpoints;
      if (!shared.get(service)) isForAll = false;
    }
    if (isForAll) totals.set(scope.servicesByHostname, { clusters, endpoints });
    // What was counted as for everybody, though it is not as for everybody here.
    for (const service of own) {
      const known = shared.get(service);
      if (!known) continue;
      const counts = countService(config, service);
      clusters += counts.clusters - known.clusters;
      endpoints += counts.endpoints - known.endpoints;
    }
    return { clusters, endpoints };
  };
}

function countService(config: ProxyConfiguration, service: Service): ProxyCounts {
  let clusters = 0;
  let endpoints = 0;
  for (const key of clusterKeys(config, service)) {
    const cluster = findCluster(config.push, config.scope, config.proxy, key);
    if (cluster === null) continue;
    clusters += 1;
    const listed = listedEndpoints(cluster);
    endpoints += listed.length < 2 ? listed.length : new Set(listed.map((e) => `${listedHost(e)}:${e.port}`)).size;
  }
  return { clusters, endpoints };
}
