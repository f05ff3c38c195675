import type { Lineage, PushContext } from '../istio/push-context.js';
import { destinationKey, listDestinations, probedHost } from './destination.js';
import type { Destination } from './egress-reachability.js';

const listedBy = new WeakMap<Lineage, ReadonlySet<string>>();

/** The destinations that one of two meshes has: of these a mesh has those which it lists itself. */
export function listedDestinations(...meshes: readonly PushContext[]): ReadonlySet<string> {
  const [first, ...others] = new Set(meshes.map(listed));
  return first && others.length === 0 ? first : new Set([first ?? [], ...others].flatMap((each) => [...each]));
}

function listed(push: PushContext): ReadonlySet<string> {
  let known = listedBy.get(push.lineage);
  if (!known) listedBy.set(push.lineage, (known = new Set(listDestinations(push, []).map(destinationKey))));
  return known;
}

const hostsKnownTo = new WeakMap<Lineage, ReadonlySet<string>>();

function hostsOf({ lineage, services }: PushContext): ReadonlySet<string> {
  let hosts = hostsKnownTo.get(lineage);
  if (!hosts) hostsKnownTo.set(lineage, (hosts = new Set(services.all.map(({ hostname }) => probedHost(hostname)))));
  return hosts;
}

/**
 * Whether a call to a destination makes sense in a mesh: one that the mesh has, or, where neither of the meshes that are compared
 * lists it, one of a host that the mesh has or that lies outside. A name of the cluster that no Service has does not resolve.
 */
export function destinationExists(
  push: PushContext,
  listedByEither: ReadonlySet<string>,
): (destination: Destination) => boolean {
  const known = listed(push);
  const hosts = hostsOf(push);
  const clusterSuffix = `.svc.${push.clusterDomain}`;
  return (destination) => {
    const key = destinationKey(destination);
    if (known.has(key)) return true;
    if (listedByEither.has(key)) return false;
    return hosts.has(destination.host) || !destination.host.endsWith(clusterSuffix);
  };
}
