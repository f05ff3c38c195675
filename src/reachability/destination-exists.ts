import type { PushContext } from '../istio/push-context.js';
import { destinationKey, listDestinations, probedHost } from './destination.js';
import type { Destination } from './egress-reachability.js';

/**
 * Whether a call to a destination makes sense in a mesh: one that the mesh has, or one of a host that lies outside. A name of the
 * cluster that no Service has does not resolve.
 */
export function destinationExists(push: PushContext): (destination: Destination) => boolean {
  const known = new Set(listDestinations(push, []).map(destinationKey));
  const hosts = new Set(push.services.all.map((service) => probedHost(service.hostname)));
  const clusterSuffix = `.svc.${push.clusterDomain}`;
  return (destination) =>
    known.has(destinationKey(destination)) || hosts.has(destination.host) || !destination.host.endsWith(clusterSuffix);
}
