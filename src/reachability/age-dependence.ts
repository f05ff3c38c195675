import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { AgeOf } from '../istio/istio-object.js';
import type { PushContext } from '../istio/push-context.js';
import { selectSidecar } from '../istio/sidecar.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Checkpoint } from './checkpoint.js';
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
  readonly rebuild: (objects: readonly KubernetesObject[], ageOf: AgeOf) => PushContext;
  readonly checkpoint: Checkpoint;
}

/** Says where applying everything afresh would decide otherwise than the change does, with both answers. `afresh` is the age there. */
export function findAgeDependence(tree: AgedTree, changed: readonly ChangedObject[], afresh: AgeOf): Diagnostic[] {
  const added = changed.filter(({ before, after }) => before === null && after !== null && AGED.has(after.kind));
  if (added.length === 0) return [];
  const push = tree.rebuild(tree.admitted.live, afresh);
  if (added.every(({ after }) => after!.kind === 'Sidecar') && governsAlike(tree.evaluated.push, push)) return [];
  const fresh = evaluateMesh(push, [], tree.checkpoint);
  const found = new Map<string, Diagnostic>();
  for (const group of tree.evaluated.groups) {
    for (const [other, members] of membersByGroup(group, fresh)) {
      const difference = describeDifference(tree.evaluated, group, fresh, other);
      if (difference === null || found.has(difference)) continue;
      const more = members.length > 1 ? ` (and ${members.length - 1} more)` : '';
      const message = `${workloadKey(members[0]!)}${more}: ${difference} Git carries no ages; make the answer the same for both orders.`;
      const origin = (group.sidecar ?? other.sidecar)?.object.origin ?? null;
      found.set(difference, diagnostic('depends-on-age', message, origin));
    }
  }
  return [...found.values()];
}

/** Whether every workload has the same Sidecar in both meshes. */
function governsAlike(a: PushContext, b: PushContext): boolean {
  return a.workloads.every(({ workload: { namespace, labels } }) => {
    const [one, other] = [a, b].map(({ sidecars }) => selectSidecar(sidecars, namespace, labels)?.object);
    return one === other;
  });
}

/** Workloads that are alike with one order may differ with the other. */
function membersByGroup(group: EvaluatedGroup, fresh: EvaluatedMesh): Map<EvaluatedGroup, Workload[]> {
  const members = new Map<EvaluatedGroup, Workload[]>();
  for (const { workload } of group.members) {
    const other = fresh.groupOf.get(workloadKey(workload));
    if (!other) continue;
    const list = members.get(other);
    if (list) list.push(workload);
    else members.set(other, [workload]);
  }
  return members;
}

/** Null where both orders give the same answers. */
function describeDifference(
  mesh: EvaluatedMesh,
  group: EvaluatedGroup,
  fresh: EvaluatedMesh,
  other: EvaluatedGroup,
): string | null {
  const edge = describeEdge(mesh, group, fresh, other);
  if (group.sidecar?.object !== other.sidecar?.object) {
    const effect = edge ? ` Then ${edge}.` : '';
    return `after this change ${nameOf(group)} governs; if everything were applied afresh, ${nameOf(other)} would.${effect}`;
  }
  return edge && `${edge}.`;
}

/** The first edge for which the orders give different answers. */
function describeEdge(
  mesh: EvaluatedMesh,
  group: EvaluatedGroup,
  fresh: EvaluatedMesh,
  other: EvaluatedGroup,
): string | null {
  for (const [index, destination] of mesh.destinations.entries()) {
    const place = fresh.placeOf(destination);
    if (place === undefined) continue;
    const now = mesh.outcomes[group.outcomes().at(index)]!;
    const then = fresh.outcomes[other.outcomes().at(place)]!;
    if (compareOutcomes(now, then).length === 0) continue;
    const tell = ({ verdict, clusters }: typeof now): string => `${verdict} (${clusters.join(', ')})`;
    return `${destinationKey(destination)} is ${tell(now)} after this change, and would be ${tell(then)} if everything were applied afresh`;
  }
  return null;
}

function nameOf({ sidecar }: EvaluatedGroup): string {
  return sidecar ? `Sidecar ${sidecar.namespace}/${sidecar.name}` : 'no Sidecar';
}
