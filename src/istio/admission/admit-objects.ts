import type { Origin } from '../../diagnostic/diagnostic.js';
import { objectKey, type KubernetesObject } from '../../kubernetes/manifest.js';
import { admit, type Admission, type AdmissionWarning } from './admit.js';

/** An object that the cluster refuses, and why. */
export interface RefusedObject {
  readonly object: KubernetesObject;
  readonly message: string;
  /** The place of what is wrong, where the check names it; else the object's. */
  readonly origin: Origin;
  /** The version of the object that stays in force. */
  readonly previous: KubernetesObject | null;
}

export interface AdmittedObjects {
  /** What is live, in the order of the input. */
  readonly live: readonly KubernetesObject[];
  readonly refused: readonly RefusedObject[];
  readonly warnings: readonly { readonly object: KubernetesObject; readonly warning: AdmissionWarning }[];
}

/** Lets objects through as a cluster would; of a refused one, the previous version stays in force where there is one. */
export function admitObjects(
  objects: readonly KubernetesObject[],
  version: string,
  previous: ReadonlyMap<string, KubernetesObject> = new Map(),
): AdmittedObjects {
  const live: KubernetesObject[] = [];
  const refused: RefusedObject[] = [];
  const warnings: { object: KubernetesObject; warning: AdmissionWarning }[] = [];
  for (const object of objects) {
    const { rejected, rejectedPath, warnings: found } = admission(object, version);
    for (const warning of found) warnings.push({ object, warning });
    if (rejected === null) {
      live.push(object);
      continue;
    }
    const before = previous.get(objectKey(object)) ?? null;
    const origin = rejectedPath.length > 0 ? object.locate(rejectedPath) : object.origin;
    refused.push({ object, message: rejected, origin, previous: before });
    if (before) live.push(before);
  }
  // What is known of a list is known of what all of it is live.
  return { live: refused.length === 0 ? objects : live, refused, warnings };
}

const admissions = new WeakMap<KubernetesObject, { readonly version: string; readonly admission: Admission }>();

/** Most objects are the same ones on both sides of a change. */
function admission(object: KubernetesObject, version: string): Admission {
  const known = admissions.get(object);
  if (known?.version === version) return known.admission;
  const found = admit(object, version);
  admissions.set(object, { version, admission: found });
  return found;
}
