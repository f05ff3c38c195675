import { asArray, asObject } from '../kubernetes/json.js';
import { isConfigMap, objectKey, type KubernetesObject } from '../kubernetes/manifest.js';
import type { AgeOf, IstioObject } from './istio-object.js';
import { isOtherPolicyAlone, readMeshConfig } from './mesh-config.js';
import {
  isSidecar,
  looksAt,
  withRootNamespace,
  type Lineage,
  type PushContext,
  type PushContextOptions,
} from './push-context.js';
import { showsSameRevisions } from './revisions.js';
import { buildSidecarIndex, parseSidecar, replaceSidecars, type Sidecar } from './sidecar.js';
import { isSameBehavior } from './versions.js';

/**
 * The context of objects of which all but the Sidecars and the texts of ConfigMaps are those of an earlier one; null where something
 * else differs, or more than the policy of the mesh configuration. Sidecars that stay are the same ones, so that what was found out
 * about them holds.
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
  let isSame = true;
  for (const object of objects) {
    if (isSidecar(object)) {
      sidecars.push(object);
      continue;
    }
    const other = lineage.others[place++];
    if (object === other) continue;
    if (other === undefined || !isOtherText(other, object)) return null;
    isSame = false;
  }
  if (place < lineage.others.length || !isSameFor(lineage, options.ageOf)) return null;
  const base = isSame ? earlier : withOtherConfigMaps(earlier, objects, options);
  if (base === null) return null;
  const parsed = sidecars
    .filter(({ metadata: { namespace } }) => looksAt(meshConfig, namespace, namespaceLabels.get(namespace) ?? {}))
    .map((object) => parseSidecar(object, options.ageOf));
  return { ...base, sidecars: buildSidecarIndex(parsed, meshConfig.rootNamespace) };
}

/** Of a ConfigMap nothing but a mesh configuration's text is looked at, and whether there is one. */
function isOtherText(before: KubernetesObject, after: KubernetesObject): boolean {
  return isConfigMap(before) && objectKey(before) === objectKey(after) && showsSameRevisions(before, after);
}

/** Null where the mesh configuration says something else beside its policy. */
function withOtherConfigMaps(
  { lineage: { kin, stock }, ...earlier }: PushContext,
  objects: readonly KubernetesObject[],
  options: PushContextOptions,
): PushContext | null {
  const { config, diagnostics } = readMeshConfig(objects);
  const meshConfig = withRootNamespace(config, options);
  if (!isOtherPolicyAlone(earlier.meshConfig, meshConfig)) return null;
  const isAlike = meshConfig.outboundTrafficPolicy === earlier.meshConfig.outboundTrafficPolicy;
  const others = objects.filter((object) => !isSidecar(object));
  return { ...earlier, meshConfig, diagnostics, lineage: { others, options, kin: isAlike ? kin : {}, stock } };
}

/**
 * The context with other versions of some objects, by their keys; null stands for one that is gone. Null where one of them is no
 * Sidecar. It comes to what `withOtherSidecars` comes to, and does not look at the other objects.
 */
export function withEditedSidecars(
  earlier: PushContext,
  edits: ReadonlyMap<string, KubernetesObject | null>,
  options: PushContextOptions,
): PushContext | null {
  const { lineage, meshConfig, namespaceLabels, sidecars } = earlier;
  if (!isMadeAlike(lineage.options, options) || !isSameFor(lineage, options.ageOf)) return null;
  if (![...edits.keys()].every((key) => key.startsWith(SIDECAR_KEYS))) return null;
  const namespaces = new Map<string, IstioObject<Sidecar>[]>();
  for (const [key, object] of edits) {
    const namespace = key.slice(SIDECAR_KEYS.length).split('/', 1)[0]!;
    const own = namespaces.get(namespace) ?? sidecars.byNamespace.get(namespace) ?? [];
    const others = own.filter((sidecar) => objectKey(sidecar.object) !== key);
    const isSeen = object !== null && looksAt(meshConfig, namespace, namespaceLabels.get(namespace) ?? {});
    namespaces.set(namespace, isSeen ? [...others, parseSidecar(object, options.ageOf)] : others);
  }
  return { ...earlier, sidecars: replaceSidecars(sidecars, namespaces, meshConfig.rootNamespace) };
}

const SIDECAR_KEYS = 'networking.istio.io/Sidecar/';

function isSameFor(lineage: Lineage, ageOf: AgeOf): boolean {
  return hasSameAges(lineage, ageOf) && !hasOwnedBySidecar(lineage);
}

const alikeAges = new WeakMap<Lineage, WeakMap<AgeOf, boolean>>();

/** Whether the lineage's objects would be made into the same by other ages; looked at once. */
function hasSameAges(lineage: Lineage, ageOf: AgeOf): boolean {
  let known = alikeAges.get(lineage);
  if (!known) alikeAges.set(lineage, (known = new WeakMap<AgeOf, boolean>()));
  let isSame = known.get(ageOf);
  if (isSame === undefined) {
    const own = lineage.options.ageOf;
    isSame = own === ageOf || lineage.others.every((object) => own(object) === ageOf(object));
    known.set(ageOf, isSame);
  }
  return isSame;
}

const withOwned = new WeakMap<Lineage, boolean>();

/** Whether a Sidecar owns something in a lineage: that comes and goes with it. */
function hasOwnedBySidecar(lineage: Lineage): boolean {
  let has = withOwned.get(lineage);
  if (has === undefined) withOwned.set(lineage, (has = lineage.others.some(hasSidecarAsOwner)));
  return has;
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
