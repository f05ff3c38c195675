import type { PushContext, Stock } from '../istio/push-context.js';
import { destinationKey, listDestinations, probedHost } from './destination.js';
import type { Destination } from './egress-reachability.js';

const listedBy = new WeakMap<Stock, ReadonlySet<string>>();

/** The destinations that some meshes have, by their keys. They are listed when one is asked for: mostly nobody asks. */
export type ListedDestinations = Pick<ReadonlySet<string>, 'has'>;

/** The destinations that one of two meshes has: of these a mesh has those which it lists itself. */
export function listedDestinations(...meshes: readonly PushContext[]): ListedDestinations {
  return { has: (key) => meshes.some((push) => listed(push).has(key)) };
}

function listed(push: PushContext): ReadonlySet<string> {
  const { stock } = push.lineage;
  let known = listedBy.get(stock);
  if (!known) listedBy.set(stock, (known = new Set(listDestinations(push, []).map(destinationKey))));
  return known;
}

const hostsKnownTo = new WeakMap<Stock, ReadonlySet<string>>();

function hostsOf({ lineage: { stock }, services }: PushContext): ReadonlySet<string> {
  let hosts = hostsKnownTo.get(stock);
  if (!hosts) hostsKnownTo.set(stock, (hosts = new Set(services.all.map(({ hostname }) => probedHost(hostname)))));
  return hosts;
}

/**
 * Whether a call to a destination makes sense in a mesh: one that the mesh has, or, where neither of the meshes that are compared
 * lists it, one of a host that the mesh has or that lies outside. A name of the cluster that no Service has does not resolve.
 */
export function destinationExists(
  push: PushContext,
  listedByEither: ListedDestinations,
): (destination: Destination) => boolean {
  const clusterSuffix = `.svc.${push.clusterDomain}`;
  return (destination) => {
    const key = destinationKey(destination);
    if (listed(push).has(key)) return true;
    if (listedByEither.has(key)) return false;
    return hostsOf(push).has(destination.host) || !destination.host.endsWith(clusterSuffix);
  };
}
