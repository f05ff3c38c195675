import { firstDifference } from '../kubernetes/changed-objects.js';
import { objectKey, type KubernetesObject } from '../kubernetes/manifest.js';
import { haveSame } from '../kubernetes/same-items.js';
import { makesPods, type Workload } from '../kubernetes/workload.js';
import { isMadeAlike } from './other-sidecars.js';
import type { Lineage, MeshWorkload, PushContext } from './push-context.js';

/**
 * The context, as one of the earlier one's kin where Istio cannot tell their objects apart, Sidecars aside: whatever is otherwise in
 * them, such as an image or a variable, no call ends otherwise for it.
 */
export function asKin(earlier: PushContext, push: PushContext): PushContext {
  if (!areAlike(earlier, push)) return push;
  return { ...push, lineage: { ...push.lineage, kin: earlier.lineage.kin } };
}

function areAlike(earlier: PushContext, push: PushContext): boolean {
  return (
    isMadeAlike(earlier.lineage.options, push.lineage.options) &&
    hasAlikeObjects(earlier.lineage, push.lineage) &&
    haveSame(earlier.workloads, push.workloads, isAlikeMember) &&
    haveSame(earlier.gateways, push.gateways, isAlikeWorkload)
  );
}

/** Whether all objects that make no pods say the same, and are of the same ages. */
function hasAlikeObjects(a: Lineage, b: Lineage): boolean {
  const isOfOneAge = (one: KubernetesObject, other: KubernetesObject): boolean =>
    a.options.ageOf(one) === b.options.ageOf(other);
  return haveSame(a.others, b.others, (one, other) => {
    if (one === other) return isOfOneAge(one, other);
    if (objectKey(one) !== objectKey(other)) return false;
    return makesPods(one) || (isOfOneAge(one, other) && firstDifference(one.body, other.body) === null);
  });
}

/** What is captured depends on annotations and the mesh configuration. */
function isAlikeMember(a: MeshWorkload, b: MeshWorkload): boolean {
  const [one, other] = [a.injection, b.injection];
  return (
    one.injected === other.injected &&
    one.missingRevision === other.missingRevision &&
    isAlikeWorkload(a.workload, b.workload)
  );
}

/** All that Istio reads of a workload; of its pods' own sidecar, whether they count as injected tells. */
function isAlikeWorkload(a: Workload, b: Workload): boolean {
  if (a.namespace !== b.namespace || a.kind !== b.kind || a.name !== b.name || a.runs !== b.runs) return false;
  return a.object === b.object || looksOf(a) === looksOf(b);
}

function looksOf({ labels, annotations, hostNetwork, containerPorts, serviceAccount }: Workload): string {
  const texts = [labels, annotations].map((each) => Object.entries(each).sort());
  return JSON.stringify([texts, hostNetwork, containerPorts, serviceAccount]);
}
