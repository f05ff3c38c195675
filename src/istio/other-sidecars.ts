import { asArray, asObject } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { AgeOf, IstioObject } from './istio-object.js';
import { isSidecar, looksAt, type Lineage, type PushContext, type PushContextOptions } from './push-context.js';
import { buildSidecarIndex, parseSidecar, type Sidecar } from './sidecar.js';
import { isSameBehavior } from './versions.js';

/**
 * The context of objects of which all but the Sidecars are those of an earlier one; null where something else differs. Sidecars
 * that stay are the same ones, so that what was found out about them holds.
 */
export function withOtherSidecars(
  earlier: PushContext,
  objects: readonly KubernetesObject[],
  options: PushContextOptions,
): PushContext | null {
  const { lineage, meshConfig, namespaceLabels } = earlier;
  if (!isMadeAlike(lineage.options, options)) return null;
  const sidecars: KubernetesObject[] = [];
  let place = 0;
  for (const object of objects) {
    if (isSidecar(object)) sidecars.push(object);
    else if (object !== lineage.others[place]) return null;
    else place += 1;
  }
  if (place < lineage.others.length || !hasSameAges(lineage, options.ageOf)) return null;
  const known = new Map([...earlier.sidecars.byNamespace.values()].flat().map((sidecar) => [sidecar.object, sidecar]));
  const parsed = sidecars
    .filter(({ metadata: { namespace } }) => looksAt(meshConfig, namespace, namespaceLabels.get(namespace) ?? {}))
    .map((object): IstioObject<Sidecar> => {
      const same = known.get(object);
      return same?.age === options.ageOf(object) ? same : parseSidecar(object, options.ageOf);
    });
  return { ...earlier, sidecars: buildSidecarIndex(parsed, meshConfig.rootNamespace) };
}

const alikeAges = new WeakMap<Lineage, WeakMap<AgeOf, boolean>>();

/** Whether the lineage's objects would be made into the same by other ages, and with other Sidecars; looked at once. */
function hasSameAges(lineage: Lineage, ageOf: AgeOf): boolean {
  let known = alikeAges.get(lineage);
  if (!known) alikeAges.set(lineage, (known = new WeakMap<AgeOf, boolean>()));
  let isSame = known.get(ageOf);
  if (isSame === undefined) {
    // What a Sidecar owns comes and goes with it.
    isSame = lineage.others.every(
      (object) => lineage.options.ageOf(object) === ageOf(object) && !hasSidecarAsOwner(object),
    );
    known.set(ageOf, isSame);
  }
  return isSame;
}

export function isMadeAlike(a: PushContextOptions, b: PushContextOptions): boolean {
  return (
    isSameBehavior(a.behavior, b.behavior) &&
    a.clusterDomain === b.clusterDomain &&
    a.injectionDefault === b.injectionDefault &&
    a.rootNamespace === b.rootNamespace
  );
}

function hasSidecarAsOwner({ body }: KubernetesObject): boolean {
  const owners = asArray(asObject(body['metadata'])['ownerReferences']);
  return owners.some((owner) => asObject(owner)['kind'] === 'Sidecar');
}
