import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { PushContext } from '../istio/push-context.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { compareOutcomes } from './edge-deltas.js';
import { destinationKey } from './destination.js';
import { evaluateMesh, workloadKey, type EvaluatedGroup, type EvaluatedMesh } from './evaluate-mesh.js';

/** Kinds of which the older one wins. */
const AGED: ReadonlySet<string> = new Set([
  'DestinationRule',
  'GRPCRoute',
  'HTTPRoute',
  'PeerAuthentication',
  'Service',
  'ServiceEntry',
  'Sidecar',
  'TCPRoute',
  'VirtualService',
]);

interface AgedTree {
  readonly evaluated: EvaluatedMesh;
  readonly admitted: { readonly live: readonly KubernetesObject[] };
  readonly rebuild: (objects: readonly KubernetesObject[], ageOf: () => number) => PushContext;
}

/** Says where applying everything afresh would decide otherwise than the change does, with both answers. */
export function findAgeDependence(tree: AgedTree, changed: readonly ChangedObject[]): Diagnostic[] {
  const added = changed.filter(({ before, after }) => before === null && after !== null && AGED.has(after.kind));
  if (added.length === 0) return [];
  const fresh = evaluateMesh(tree.rebuild(tree.admitted.live, () => 0), []);
  const found = new Map<string, Diagnostic>();
  for (const group of tree.evaluated.groups) {
    const { workload } = group.members[0]!;
    const other = fresh.groupOf.get(workloadKey(workload));
    if (!other) continue;
    const difference = describeDifference(tree.evaluated, group, fresh, other);
    if (difference === null || found.has(difference)) continue;
    const members = group.members.length > 1 ? ` (and ${group.members.length - 1} more)` : '';
    const message = `${workloadKey(workload)}${members}: ${difference} Git carries no ages; make the answer the same for both orders.`;
    found.set(difference, diagnostic('depends-on-age', message, (group.sidecar ?? other.sidecar)?.object.origin ?? null));
  }
  return [...found.values()];
}

/** Null where both orders give the same answers. */
function describeDifference(
  mesh: EvaluatedMesh,
  group: EvaluatedGroup,
  fresh: EvaluatedMesh,
  other: EvaluatedGroup,
): string | null {
  if (group.sidecar?.object !== other.sidecar?.object) {
    return `after this change ${nameOf(group)} governs, applied afresh ${nameOf(other)} would.`;
  }
  const places = new Map(fresh.destinations.map((destination, index) => [destinationKey(destination), index]));
  for (const [index, destination] of mesh.destinations.entries()) {
    const place = places.get(destinationKey(destination));
    if (place === undefined) continue;
    const now = mesh.outcomes[group.outcomes[index]!]!;
    const then = fresh.outcomes[other.outcomes[place]!]!;
    if (compareOutcomes(now, then).length === 0) continue;
    const tell = ({ verdict, clusters }: typeof now): string => `${verdict} (${clusters.join(', ')})`;
    return `after this change ${destinationKey(destination)} is ${tell(now)}, applied afresh it would be ${tell(then)}.`;
  }
  return null;
}

function nameOf({ sidecar }: EvaluatedGroup): string {
  return sidecar ? `Sidecar ${sidecar.namespace}/${sidecar.name}` : 'no Sidecar';
}
