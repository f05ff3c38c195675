import type { HostName } from './host-name.js';
import type { Service } from './service.js';
import type { RouteDestination } from './virtual-service.js';

export const PASSTHROUGH_CLUSTER = 'PassthroughCluster';
export const BLACK_HOLE_CLUSTER = 'BlackHoleCluster';
/** The virtual host that answers 502 for hosts nobody registered. Istio: util.BlackHole */
export const BLOCK_ALL = 'block_all';

export interface ClusterKey {
  readonly port: number;
  readonly subset: string;
  readonly hostname: HostName;
}

/** Istio: BuildSubsetKey */
export function clusterName({ port, subset, hostname }: ClusterKey): string {
  return `outbound|${port}|${subset}|${hostname}`;
}

const OUTBOUND = 'outbound|';

/** Null for clusters that are no service's. Istio: ParseSubsetKey */
export function parseClusterName(name: string): ClusterKey | null {
  if (!name.startsWith(OUTBOUND)) return null;
  const afterPort = name.indexOf('|', OUTBOUND.length);
  const afterSubset = name.indexOf('|', afterPort + 1);
  if (afterPort < 0 || afterSubset < 0) return null;
  return {
    port: Number(name.slice(OUTBOUND.length, afterPort)),
    subset: name.slice(afterPort + 1, afterSubset),
    hostname: name.slice(afterSubset + 1),
  };
}

/** What of a service decides which of its clusters a route leads to. */
export type RouteTarget = Pick<Service, 'ports' | 'externalName'>;

/** The cluster a route's destination names; the proxy may not have it. Istio: route.GetDestinationCluster */
export function destinationCluster(
  destination: RouteDestination,
  service: RouteTarget | undefined,
  listenerPort: number,
): string {
  if (destination.host === '') return 'UnknownService';
  const onlyPort = service?.ports.length === 1 ? service.ports[0]?.port : undefined;
  return clusterName({
    port: destination.port ?? onlyPort ?? listenerPort,
    subset: destination.subset,
    hostname: service !== undefined && service.externalName !== '' ? service.externalName : destination.host,
  });
}
