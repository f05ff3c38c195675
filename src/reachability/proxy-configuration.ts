import { memoize } from '../kubernetes/memoize.js';
import { findCluster, type Cluster } from '../istio/cluster.js';
import { parseClusterName } from '../istio/destination-cluster.js';
import { buildOutboundListeners, type OutboundListener } from '../istio/outbound-listener.js';
import type { Proxy } from '../istio/proxy.js';
import type { MeshWorkload, PushContext } from '../istio/push-context.js';
import type { SidecarScope } from '../istio/sidecar-scope.js';
import { buildVirtualHosts } from '../istio/virtual-host.js';
import type { VirtualHostTable } from '../istio/virtual-host-table.js';

/** What istiod would send to one sidecar, made when it is asked for. */
export interface ProxyConfiguration {
  readonly push: PushContext;
  readonly scope: SidecarScope;
  readonly proxy: Proxy;
  readonly member: MeshWorkload;
  readonly listenersOn: (port: number) => ReadonlyMap<string, OutboundListener>;
  readonly virtualHostsOn: (port: number) => VirtualHostTable;
  /** Null for a cluster that the proxy does not have. */
  readonly cluster: (name: string) => Cluster | null;
}

export function proxyConfiguration(push: PushContext, scope: SidecarScope, member: MeshWorkload): ProxyConfiguration {
  const { workload } = member;
  const proxy: Proxy = { namespace: workload.namespace, labels: workload.labels, workload };
  return {
    push,
    scope,
    proxy,
    member,
    listenersOn: memoize((port: number) => buildOutboundListeners(push, scope, proxy, port)),
    virtualHostsOn: memoize((port: number) => buildVirtualHosts(scope, proxy, port, push.clusterDomain)),
    cluster: memoize((name: string) => {
      const key = parseClusterName(name);
      return key === null ? null : findCluster(push, scope, proxy, key);
    }),
  };
}
