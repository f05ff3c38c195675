import type { EdgeChange } from '../reachability/change.js';
import { destinationKey } from '../reachability/destination.js';
import { workloadKey } from '../reachability/evaluate-mesh.js';

/** A part of a change, with what was seen of it alone. */
export function narrowSighting<T extends Pick<EdgeChange, 'workloads' | 'destinations' | 'sighting'>>(part: T): T {
  const { sighting, workloads, destinations } = part;
  if (sighting?.kind !== 'seen') return part;
  const [callers, called] = [new Set(workloads.map(workloadKey)), new Set(destinations.map(destinationKey))];
  const edges = sighting.edges.filter(({ workload, destination }) => callers.has(workload) && called.has(destination));
  return { ...part, sighting: { ...sighting, edges } };
}
