import { isObject } from './json.js';
import type { JsonValue, KubernetesObject } from './manifest.js';

export type ValuePath = readonly (string | number)[];

/** One value that differs between two versions of an object. A side is undefined where it does not have the value. */
export interface ValueDifference {
  /** The way to the value in the version that has it; in both, where both have it. */
  readonly path: ValuePath;
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

/** More differences than anybody reads. */
const MOST_DIFFERENCES = 100;

/**
 * The values that differ, down to scalars and to whole values that only one side has, in the order of the new version. Of lists the
 * items that both have are matched up first, so that an item that is taken out is one difference, and not one for each that moves up.
 */
export function listDifferences(before: JsonValue | undefined, after: JsonValue | undefined): ValueDifference[] {
  const found: ValueDifference[] = [];
  collect(before, after, [], found);
  return found;
}

function collect(a: JsonValue | undefined, b: JsonValue | undefined, path: ValuePath, found: ValueDifference[]): void {
  if (found.length >= MOST_DIFFERENCES || isEqual(a, b)) return;
  if (Array.isArray(a) && Array.isArray(b)) collectItems(a as JsonValue[], b as JsonValue[], path, found);
  else if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(b), ...Object.keys(a)])) collect(a[key], b[key], [...path, key], found);
  } else if (isMapOfText(path) && (isObject(a) || isObject(b))) {
    collect(isObject(a) ? a : {}, isObject(b) ? b : {}, path, found);
  } else found.push({ path, before: a, after: b });
}

/** Of labels and annotations the single entries are of interest, also where a side has none at all. */
function isMapOfText(path: ValuePath): boolean {
  return path.at(-1) === 'labels' || path.at(-1) === 'annotations';
}

/** What stands alike at both ends is left out; of the middle, items that only one side has are differences of their own. */
function collectItems(
  a: readonly JsonValue[],
  b: readonly JsonValue[],
  path: ValuePath,
  found: ValueDifference[],
): void {
  let start = 0;
  while (start < a.length && start < b.length && isEqual(a[start], b[start])) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && isEqual(a[endA - 1], b[endB - 1])) [endA, endB] = [endA - 1, endB - 1];
  const paired = Math.min(endA, endB);
  for (let i = start; i < paired; i++) collect(a[i], b[i], [...path, i], found);
  for (let i = paired; i < endB; i++) found.push({ path: [...path, i], before: undefined, after: b[i] });
  for (let i = paired; i < endA; i++) found.push({ path: [...path, i], before: a[i], after: undefined });
}

export function isEqual(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => isEqual(item as JsonValue, b[i] as JsonValue));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && isEqual(a[key], b[key]));
}

/** The value at a path; undefined where there is none. */
export function valueAt({ body }: Pick<KubernetesObject, 'body'>, path: ValuePath): JsonValue | undefined {
  let value: JsonValue | undefined = body;
  for (const key of path) {
    if (isObject(value)) value = value[key];
    else if (Array.isArray(value)) value = (value as readonly JsonValue[])[Number(key)];
    else return undefined;
  }
  return value;
}
