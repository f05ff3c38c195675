import type { PushContext } from '../istio/push-context.js';
import { destinationKey, listDestinations, probedHost } from './destination.js';
import type { Destination } from './egress-reachability.js';

/** The destinations that one of two meshes has: of these a mesh has those which it lists itself. */
export function listedDestinations(...meshes: readonly PushContext[]): ReadonlySet<string> {
  return new Set(meshes.flatMap((push) => listDestinations(push, []).map(destinationKey)));
}

/**
 * Whether a call to a destination makes sense in a mesh: one that the mesh has, or, where neither of the meshes that are compared
 * lists it, one of a host that the mesh has or that lies outside. A name of the cluster that no Service has does not resolve.
 */
export function destinationExists(
  push: PushContext,
  listed: ReadonlySet<string>,
): (destination: Destination) => boolean {
  const known = listedDestinations(push);
  const hosts = new Set(push.services.all.map((service) => probedHost(service.hostname)));
  const clusterSuffix = `.svc.${push.clusterDomain}`;
  return (destination) => {
    const key = destinationKey(destination);
    if (known.has(key)) return true;
    if (listed.has(key)) return false;
    return hosts.has(destination.host) || !destination.host.endsWith(clusterSuffix);
  };
}
