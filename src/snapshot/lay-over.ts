import { compareDiagnostics } from '../diagnostic/diagnostic.js';
import { objectKey, objectsByKey, type KubernetesObject, type ManifestSet } from '../kubernetes/manifest.js';
import type { MeshSnapshot } from './read-snapshot.js';

/** Both sides of a change. */
export interface Sides {
  readonly before: ManifestSet;
  readonly after: ManifestSet;
}

/** One tree over what the cluster has beside it: an object in both is the tree's. */
export function layOverSnapshot(tree: ManifestSet, snapshot: MeshSnapshot): ManifestSet {
  return layOver(tree, snapshot, keysOf(tree), () => true);
}

/**
 * Both sides of a change over what the cluster has beside them. An object in both a side and the snapshot is the side's. What
 * the change removes is gone, though the snapshot still has it. What it adds was there before as the snapshot has it, if at all:
 * whoever takes an object that lives in the cluster into the repository changes that object.
 */
export function laySidesOverSnapshot({ before, after }: Sides, snapshot: MeshSnapshot): Sides {
  const old = keysOf(before);
  return {
    before: layOver(before, snapshot, old, () => true),
    after: layOver(after, snapshot, new Set([...old, ...keysOf(after)]), (key) => old.has(key)),
  };
}

function keysOf({ objects }: ManifestSet): ReadonlySet<string> {
  return new Set(objects.map(objectKey));
}

/** @param wasThere whether an object of the tree is in force already, so that it has an age. */
function layOver(
  tree: ManifestSet,
  snapshot: MeshSnapshot,
  hidden: ReadonlySet<string>,
  wasThere: (key: string) => boolean,
): ManifestSet {
  const live = objectsByKey(snapshot.objects);
  const own = tree.objects.map((object) => {
    const key = objectKey(object);
    const { creationTimestamp } = live.get(key)?.metadata ?? {};
    // Applied since: younger than all that the snapshot has.
    return withAge(object, creationTimestamp ?? (wasThere(key) ? snapshot.takenAt : null));
  });
  return {
    ...tree,
    objects: [...snapshot.objects.filter((object) => !hidden.has(objectKey(object))), ...own],
    diagnostics: [...tree.diagnostics, ...snapshot.diagnostics].sort(compareDiagnostics),
  };
}

/** A creation time, where the object tells none. */
export function withAge(object: KubernetesObject, creationTimestamp: number | null): KubernetesObject {
  if (object.metadata.creationTimestamp !== null || creationTimestamp === null) return object;
  return { ...object, metadata: { ...object.metadata, creationTimestamp } };
}
