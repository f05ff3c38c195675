import { isMadeAlike } from './istio/other-sidecars.js';
import type { Lineage, PushContext } from './istio/push-context.js';
import type { Service } from './istio/service.js';
import type { JudgedTree } from './judge-tree.js';
import { haveSame } from './kubernetes/same-items.js';
import { collectNeeds, type MeshNeeds } from './reachability/need.js';

/** What workloads need on both sides. Where names mean the same on both, only workloads that differ are read again. */
export function needsOfSides(
  before: JudgedTree,
  after: JudgedTree,
): { readonly before: MeshNeeds; readonly after: MeshNeeds } {
  const meshes = [before.push, after.push];
  const [old, now] = meshes.map(({ lineage }) => lineage) as [Lineage, Lineage];
  if (old.stock === now.stock || old.kin === now.kin || isNamedAlike(before.push, after.push)) {
    const needs = needsOfLineage(before);
    if (old === now) return { before: needs, after: needs };
    return { before: needs, after: collectNeeds(after.push, after.admitted.live, meshes, needs) };
  }
  return {
    before: collectNeeds(before.push, before.admitted.live, meshes),
    after: collectNeeds(after.push, after.admitted.live, meshes),
  };
}

/** Whether both meshes have the same services, in the same order: all that names in manifests are looked up in. */
function isNamedAlike(old: PushContext, now: PushContext): boolean {
  return (
    isMadeAlike(old.lineage.options, now.lineage.options) && haveSame(old.services.all, now.services.all, isServedAlike)
  );
}

/** Whether a name, an address or a selector finds the one where it finds the other. */
function isServedAlike(a: Service, b: Service): boolean {
  if (a.hostname !== b.hostname || a.namespace !== b.namespace || a.registry !== b.registry) return false;
  if (a.object === b.object) return true;
  const [one, other] = [a, b].map(({ resolution, ports, addresses, labelSelectors }) =>
    JSON.stringify([resolution, ports, addresses, labelSelectors]),
  );
  return one === other;
}

const lineageNeeds = new WeakMap<Lineage, MeshNeeds>();

function needsOfLineage({ push, admitted }: JudgedTree): MeshNeeds {
  let needs = lineageNeeds.get(push.lineage);
  if (!needs) lineageNeeds.set(push.lineage, (needs = collectNeeds(push, admitted.live, [push])));
  return needs;
}
