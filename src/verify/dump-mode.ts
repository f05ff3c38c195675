import type { ProxyDump } from '../envoy/proxy-dump.js';
import { BLACK_HOLE_CLUSTER, BLOCK_ALL } from '../istio/destination-cluster.js';
import type { OutboundTrafficPolicyMode } from '../istio/mesh-config.js';

/**
 * What a proxy does with what nobody registered: by istiod's record, else by the last resort of its listeners, else by that of its
 * routes. Null where nothing tells. Istio: buildOutboundCatchAllNetworkFiltersOnly, buildCatchAllVirtualHost
 */
export function dumpMode({ scope, listeners, routes }: ProxyDump): OutboundTrafficPolicyMode | null {
  if (scope?.mode === 'ALLOW_ANY' || scope?.mode === 'REGISTRY_ONLY') return scope.mode;
  const redirected = listeners?.find((listener) => listener.usesOriginalDestination && !listener.isInbound);
  const chain = redirected?.chains.find(({ match }) => match.port === null) ?? redirected?.defaultChain;
  if (chain?.action.kind === 'tcp')
    return chain.action.clusters.includes(BLACK_HOLE_CLUSTER) ? 'REGISTRY_ONLY' : 'ALLOW_ANY';
  const names = new Set(
    [...(routes?.values() ?? [])].flatMap(({ virtualHosts }) => virtualHosts.map(({ name }) => name)),
  );
  if (names.has(BLOCK_ALL)) return 'REGISTRY_ONLY';
  return names.has('allow_any') ? 'ALLOW_ANY' : null;
}
