import { newJsonMap } from './json-map.js';
import { isObject } from './json.js';
import type { JsonObject, JsonValue } from './manifest.js';
import { valueAt, type ValuePath } from './object-differences.js';

/** One step of an edit, on an object's JSON. */
export type EditOperation =
  /** Puts a value into the list at `path`, before the item at `index`; at its length, behind the last. */
  | { readonly kind: 'insert'; readonly path: ValuePath; readonly index: number; readonly value: JsonValue }
  /** Sets the value at `path`, and adds the key where there is none. */
  | { readonly kind: 'set'; readonly path: ValuePath; readonly value: JsonValue }
  | { readonly kind: 'remove'; readonly path: ValuePath };

/** The body after all operations, one after the other; null where one of them finds no place for itself. */
export function applyOperations(body: JsonObject, operations: readonly EditOperation[]): JsonObject | null {
  let edited: JsonValue | null = body;
  for (const operation of operations) {
    edited = editAt(edited, operation.path, operation);
    if (edited === null) return null;
  }
  return isObject(edited) ? edited : null;
}

function editAt(value: JsonValue, path: ValuePath, operation: EditOperation): JsonValue | null {
  const [step, ...rest] = path;
  if (step === undefined) return operation.kind === 'insert' ? insertInto(value, operation) : null;
  const isLast = rest.length === 0 && operation.kind !== 'insert';
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[];
    if (typeof step !== 'number' || step >= items.length) return null;
    if (isLast && operation.kind === 'remove') return items.toSpliced(step, 1);
    const item = isLast && operation.kind === 'set' ? operation.value : editAt(items[step]!, rest, operation);
    return item === null && !isLast ? null : items.with(step, item);
  }
  if (!isObject(value)) return null;
  const key = String(step);
  const map = Object.assign(newJsonMap(), value);
  if (isLast) {
    if (operation.kind === 'set') map[key] = operation.value;
    else if (key in map) Reflect.deleteProperty(map, key);
    else return null;
    return map;
  }
  const below = key in map ? editAt(map[key]!, rest, operation) : null;
  if (below === null) return null;
  map[key] = below;
  return map;
}

function insertInto(
  value: JsonValue,
  { index, value: item }: Extract<EditOperation, { kind: 'insert' }>,
): JsonValue | null {
  if (!Array.isArray(value) || index > value.length) return null;
  return (value as readonly JsonValue[]).toSpliced(index, 0, item);
}

/** Sets a value, with all maps on the way to it that are not there yet. */
export function setWithMaps(body: JsonObject, path: ValuePath, value: JsonValue): EditOperation {
  for (let depth = 1; depth < path.length; depth++) {
    const at = valueAt({ body }, path.slice(0, depth));
    if (!isObject(at) && !Array.isArray(at)) {
      return { kind: 'set', path: path.slice(0, depth), value: nested(path.slice(depth), value) };
    }
  }
  return { kind: 'set', path, value };
}

function nested(path: ValuePath, value: JsonValue): JsonValue {
  return path.reduceRight<JsonValue>((inner, step) => Object.assign(newJsonMap(), { [step]: inner }), value);
}

/** Removes a value, and the maps around it that are empty without it, up to `keep` steps below the top. */
export function removeWithMaps(body: JsonObject, path: ValuePath, keep = 1): EditOperation {
  let removed = path;
  while (removed.length > keep) {
    const around = valueAt({ body }, removed.slice(0, -1));
    if (!isObject(around) || Object.keys(around).length !== 1) break;
    removed = removed.slice(0, -1);
  }
  return { kind: 'remove', path: removed };
}
