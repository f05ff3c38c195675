import { isObject } from './json.js';
import { objectKey, objectsByKey, type JsonValue, type KubernetesObject } from './manifest.js';

/** An object that differs between two trees. One of the sides is null for an object that is new or gone. */
export interface ChangedObject {
  readonly key: string;
  readonly before: KubernetesObject | null;
  readonly after: KubernetesObject | null;
  /** The way to the first value that differs; empty for an object that is new or gone. */
  readonly path: readonly (string | number)[];
  /** True for an object that is new or gone, where the other side has one of the same source in another namespace. */
  readonly isMoved?: true;
}

/** The objects that differ, in the order of their keys. A move to another file is no difference. */
export function listChangedObjects(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): ChangedObject[] {
  const { olds, news } = differingParts(before, after);
  const [earlier, later] = [new Set(olds), new Set(news)];
  const old = objectsByKey(olds.filter((object) => !later.has(object)));
  const changed: ChangedObject[] = [];
  for (const object of news) {
    if (earlier.has(object)) continue;
    const key = objectKey(object);
    const previous = old.get(key) ?? null;
    old.delete(key);
    if (previous === null) {
      changed.push({ key, before: null, after: object, path: [] });
      continue;
    }
    const path = firstDifference(previous.body, object.body);
    if (path !== null) changed.push({ key, before: previous, after: object, path });
  }
  for (const [key, object] of old) changed.push({ key, before: object, after: null, path: [] });
  return markMoved(changed).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * The parts of two lists in which they differ, each as short as can be without leaving something out in between. Nearly all objects of
 * two trees are the same ones, most of them before and behind all that differ.
 */
export function differingParts(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): { readonly olds: readonly KubernetesObject[]; readonly news: readonly KubernetesObject[] } {
  const start = commonStart(before, after);
  const end = commonEnd(before, after, start);
  return { olds: before.slice(start, before.length - end), news: after.slice(start, after.length - end) };
}

const keyed = new WeakMap<readonly KubernetesObject[], ReadonlyMap<string, KubernetesObject>>();

/** A tree's objects by their keys, which many trees that are compared with it ask for. */
export function objectsOfBase(objects: readonly KubernetesObject[]): ReadonlyMap<string, KubernetesObject> {
  let known = keyed.get(objects);
  if (!known) keyed.set(objects, (known = objectsByKey(objects)));
  return known;
}

/** Finds objects of a tree by their keys, where those of the one that it is compared with are known. */
export function objectLookup(
  base: readonly KubernetesObject[],
  objects: readonly KubernetesObject[],
): (key: string) => KubernetesObject | undefined {
  const { olds, news } = differingParts(base, objects);
  const [others, own] = [new Set(olds.map(objectKey)), objectsByKey(news)];
  return (key) => own.get(key) ?? (others.has(key) ? undefined : objectsOfBase(base).get(key));
}

/** How many objects two lists begin with alike. */
function commonStart(a: readonly KubernetesObject[], b: readonly KubernetesObject[]): number {
  const most = Math.min(a.length, b.length);
  let count = 0;
  while (count < most && a[count] === b[count]) count += 1;
  return count;
}

/** How many they end with alike, those that they begin with left out. */
function commonEnd(a: readonly KubernetesObject[], b: readonly KubernetesObject[], start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let count = 0;
  while (count < most && a[a.length - 1 - count] === b[b.length - 1 - count]) count += 1;
  return count;
}

function markMoved(changed: readonly ChangedObject[]): ChangedObject[] {
  const sources = (side: 'before' | 'after'): ReadonlySet<string> =>
    new Set(changed.flatMap((each) => (each.path.length === 0 && each[side] ? sourceOf(each[side]) : [])));
  const [gone, added] = [sources('before'), sources('after')];
  return changed.map((each): ChangedObject => {
    const { before, after } = each;
    if (before && after) return each;
    const isMoved = after ? gone.has(sourceOf(after)) : added.has(sourceOf(before!));
    return isMoved ? { ...each, isMoved } : each;
  });
}

/** What an object is made of, wherever it is applied. */
function sourceOf({ group, kind, metadata, origin }: KubernetesObject): string {
  return JSON.stringify([group, kind, metadata.name, origin.path, origin.line]);
}

/** The way to the first value that differs (of a list, to the first item), or null where nothing does. */
export function firstDifference(a: JsonValue | undefined, b: JsonValue | undefined): (string | number)[] | null {
  if (a === b) return null;
  if (Array.isArray(a) && Array.isArray(b)) {
    const length = Math.max(a.length, b.length);
    for (let i = 0; i < length; i++) {
      const below = firstDifference(a[i] as JsonValue | undefined, b[i] as JsonValue | undefined);
      // Past the end of the new list there is nothing to point at but the list.
      if (below !== null) return i < b.length ? [i, ...below] : [];
    }
    return null;
  }
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(b), ...Object.keys(a)])) {
      const below = firstDifference(a[key], b[key]);
      if (below !== null) return key in b ? [key, ...below] : [];
    }
    return null;
  }
  return [];
}

/** Objects with what a change makes of some of them. */
export function applyChanges(
  objects: readonly KubernetesObject[],
  changed: readonly ChangedObject[],
): KubernetesObject[] {
  // One that was renamed has another key on each side.
  const keys = new Set(changed.flatMap((each) => [each.before, each.after].flatMap((o) => (o ? objectKey(o) : []))));
  const others = objects.filter((object) => !keys.has(objectKey(object)));
  return [...others, ...changed.flatMap((each) => each.after ?? [])];
}
