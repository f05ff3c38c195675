import { editDistance } from '../../kubernetes/closest-name.js';
import { isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import { isSince } from './admission-rules.js';
import { isArray } from './decode-spec.js';
import { quote } from './go-text.js';
import { renderPath, type Finding, type Path } from './outcome.js';
import type { ObjectSchema, Schema } from './schema.js';

/** Every field that the schema does not know, with a near miss named. The API server drops such fields. */
export function findUnknownFields(
  value: JsonValue | undefined,
  schema: Schema,
  version: string,
  path: Path,
): Finding[] {
  return knowsAll(value, schema, version) ? [] : findAllUnknown(value, schema, version, path);
}

/** Whether there is nothing to find, as is nearly always so; no path is written down for that. */
function knowsAll(value: JsonValue | undefined, schema: Schema, version: string): boolean {
  if (schema.type === 'array' && isArray(value)) return value.every((item) => knowsAll(item, schema.items, version));
  if ((schema.type !== 'map' && schema.type !== 'object') || !isObject(value)) return true;
  for (const key in value) {
    const inner = schema.type === 'map' ? schema.values : fieldOf(schema, key, version);
    if (inner === null || !knowsAll(value[key], inner, version)) return false;
  }
  return true;
}

function findAllUnknown(value: JsonValue | undefined, schema: Schema, version: string, path: Path): Finding[] {
  if (schema.type === 'array' && isArray(value)) {
    return value.flatMap((item, index) => findAllUnknown(item, schema.items, version, [...path, index]));
  }
  if (schema.type === 'map' && isObject(value)) {
    return Object.keys(value).flatMap((key) => findAllUnknown(value[key], schema.values, version, [...path, key]));
  }
  if (schema.type === 'object' && isObject(value)) return findInObject(value, schema, version, path);
  return [];
}

function findInObject(value: JsonObject, schema: ObjectSchema, version: string, path: Path): Finding[] {
  const known = Object.keys(schema.fields).filter((name) => isSince(version, schema.fields[name]!.since));
  return Object.keys(value).flatMap((name) => {
    const here = [...path, name];
    if (known.includes(name)) return findAllUnknown(value[name], schema.fields[name]!, version, here);
    return [{ message: unknownField(here, nearest(name, known)), path: here }];
  });
}

/** The value without the fields that the schema does not know. */
export function pruneUnknownFields(value: JsonValue, schema: Schema, version: string): JsonValue {
  if (schema.type === 'array' && isArray(value)) {
    return value.map((item) => pruneUnknownFields(item, schema.items, version));
  }
  if (schema.type !== 'map' && schema.type !== 'object') return value;
  if (!isObject(value)) return value;
  const pruned = Object.entries(value).flatMap(([key, item]): [string, JsonValue][] => {
    const inner = schema.type === 'map' ? schema.values : fieldOf(schema, key, version);
    return inner === null || item === undefined ? [] : [[key, pruneUnknownFields(item, inner, version)]];
  });
  return Object.fromEntries(pruned);
}

function fieldOf(schema: ObjectSchema, name: string, version: string): Schema | null {
  const field = Object.hasOwn(schema.fields, name) ? schema.fields[name]! : null;
  return field !== null && isSince(version, field.since) ? field : null;
}

function unknownField(path: Path, suggestion: string | null): string {
  const hint = suggestion === null ? '' : `; did you mean ${quote(suggestion)}?`;
  return `unknown field ${quote(renderPath(path))}: it has no effect${hint}`;
}

/** The candidate that `name` is a slip of the pen away from; null where none is near. */
export function nearest(name: string, candidates: readonly string[]): string | null {
  let best: { readonly candidate: string; readonly distance: number } | null = null;
  const plain = simplify(name);
  for (const candidate of candidates) {
    const distance = editDistance(plain, simplify(candidate));
    const limit = Math.max(1, Math.floor(candidate.length / 3));
    if (distance <= limit && (best === null || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate ?? null;
}

/** `workload_selector`, `workload-selector` and `WorkloadSelector` are all spellings of one name. */
function simplify(name: string): string {
  return name.slice(0, 64).toLowerCase().replaceAll(/[_-]/g, '');
}
