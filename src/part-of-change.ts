import { chooseVersion } from './istio/detect-version.js';
import { admitObjects } from './istio/admission/admit-objects.js';
import type { JudgedTree } from './judge-tree.js';
import { applyChanges, type ChangedObject } from './kubernetes/changed-objects.js';
import { objectKey, objectsByKey, type KubernetesObject } from './kubernetes/manifest.js';
import { partlyChanged, type ChangeParts } from './reachability/change-parts.js';

/**
 * Takes a change apart.
 *
 * @param live how the objects in force differ.
 * @param written how the manifests differ. Where the change moves Istio to another version, an object may come into force that is not
 *   changed: then it is the manifests that are taken apart, and each part is admitted by the version that it shows.
 */
export function partsOfChange(
  before: JudgedTree,
  after: JudgedTree,
  live: readonly ChangedObject[],
  written: readonly ChangedObject[],
): ChangeParts {
  const isAlike = before.behavior.version === after.behavior.version;
  const applied = isAlike ? null : readmission(before, after, written);
  return {
    changed: isAlike ? live : asInForce(written, live),
    withPart: (part) => {
      const objects = applied ? applied(part) : applyChanges(before.admitted.live, part);
      const push = after.rebuild(objects);
      return partlyChanged({ push: before.push, live: before.admitted.live }, push, objects);
    },
  };
}

/** The manifests that differ, each with its versions in force where those differ too. */
function asInForce(written: readonly ChangedObject[], live: readonly ChangedObject[]): readonly ChangedObject[] {
  const inForce = new Map(live.map((each) => [each.key, each]));
  return written.map((each) => inForce.get(each.key) ?? each);
}

/** Admits the manifests of before with a part of the change. */
function readmission(
  before: JudgedTree,
  after: JudgedTree,
  written: readonly ChangedObject[],
): (part: readonly ChangedObject[]) => readonly KubernetesObject[] {
  const { live, refused } = before.admitted;
  const previous = objectsByKey(live);
  const refusedKeys = new Set(refused.map(({ object }) => objectKey(object)));
  const manifests = [
    ...live.filter((object) => !refusedKeys.has(objectKey(object))),
    ...refused.map(({ object }) => object),
  ];
  const byKey = new Map(written.map((each) => [each.key, each]));
  return (part) => {
    const objects = applyChanges(
      manifests,
      part.map(({ key }) => byKey.get(key)!),
    );
    const { behavior } = chooseVersion(after.istioVersion, objects);
    return admitObjects(objects, behavior.version, previous).live;
  };
}
