import { isObject } from '../../kubernetes/json.js';
import type { JsonValue } from '../../kubernetes/manifest.js';
import { isEqual } from '../../kubernetes/object-differences.js';

export type Path = readonly (string | number)[];

/** How far a path of a rendered object can be followed in a source of it. */
export interface Followed {
  /** In the source. */
  readonly path: Path;
  /** Whether the whole path is there. */
  readonly isWhole: boolean;
  /** What stands there. */
  readonly value: JsonValue | undefined;
}

/** Keys by which Kubernetes and kustomize merge lists. */
const MERGE_KEYS = ['name', 'containerPort', 'port', 'mountPath', 'key', 'host', 'ip', 'topologyKey'] as const;

/** Follows a path of `rendered` in `source`, whose lists may hold other items: those that are the same are matched up. */
export function followPath(rendered: JsonValue | undefined, source: JsonValue | undefined, path: Path): Followed {
  const followed: (string | number)[] = [];
  let [from, to] = [rendered, source];
  for (const step of path) {
    const next = typeof step === 'number' ? itemLike(from, to, step) : step;
    const inner = next === null ? undefined : child(to, next);
    if (next === null || inner === undefined) return { path: followed, isWhole: false, value: to };
    followed.push(next);
    [from, to] = [child(from, step), inner];
  }
  return { path: followed, isWhole: true, value: to };
}

/** The part of a path that an object has. */
export function existingPath(value: JsonValue, path: Path): Path {
  const { path: found } = followPath(value, value, path);
  return found;
}

export function child(value: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (Array.isArray(value)) return (value as readonly JsonValue[])[Number(step)];
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

export function valueIn(value: JsonValue | undefined, path: Path): JsonValue | undefined {
  return path.reduce(child, value);
}

function itemLike(rendered: JsonValue | undefined, source: JsonValue | undefined, index: number): number | null {
  if (!Array.isArray(source)) return null;
  const items = source as readonly JsonValue[];
  const wanted = child(rendered, index);
  if (wanted !== undefined && isEqual(items[index], wanted)) return index;
  const equal = items.findIndex((item) => isEqual(item, wanted));
  if (equal !== -1) return equal;
  for (const key of MERGE_KEYS) {
    const value = child(wanted, key);
    if (value === undefined) continue;
    const alike = items.findIndex((item) => isEqual(child(item, key), value));
    if (alike !== -1) return alike;
  }
  const isSameLength = Array.isArray(rendered) && rendered.length === items.length;
  return isSameLength ? index : null;
}
