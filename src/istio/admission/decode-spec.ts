import { isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import { isSince } from './admission-rules.js';
import { decodeNumber } from './decode-number.js';
import { quote } from './go-text.js';
import { goDurationError, parseGoDuration } from './go-duration.js';
import { FINE, refuse, type Outcome, type Path } from './outcome.js';
import type { EnumSchema, MapSchema, Schema } from './schema.js';

/**
 * Whether istiod can read a spec into its protobuf message; the first value that it cannot read is the error.
 * Null is read as a value that is not there, and numbers may stand in quotes. Istio: protomarshal.ApplyJSON
 */
export function decodeSpec(value: JsonValue | undefined, schema: Schema, version: string, path: Path = []): Outcome {
  if (value === undefined || value === null) return FINE;
  switch (schema.type) {
    case 'any':
      return FINE;
    case 'object':
      if (!isObject(value)) return mismatch(value, 'map[string]json.RawMessage', path);
      return decodeFields(value, schema.fields, version, path);
    case 'map':
      if (!isObject(value)) return mismatch(value, 'map[string]json.RawMessage', path);
      return decodeMap(value, schema, version, path);
    case 'array':
      if (!isArray(value)) return mismatch(value, '[]json.RawMessage', path);
      return firstError([...value.keys()], (index) =>
        decodeSpec(value[index], schema.items, version, [...path, index]),
      );
    case 'string':
      if (typeof value !== 'string') return mismatch(value, 'string', path);
      if (schema.format !== 'duration' || parseGoDuration(value) !== null) return FINE;
      return refuse(`bad Duration: ${goDurationError(value)}`, ...path);
    case 'boolean':
      return typeof value === 'boolean' ? FINE : mismatch(value, 'bool', path);
    case 'enum':
      return decodeEnum(value, schema, path);
    case 'integer':
    case 'number':
      if (typeof value !== 'number' && typeof value !== 'string') return mismatch(value, schema.goType, path);
      return decodeNumber(String(value), schema.goType, path);
  }
}

function decodeFields(
  value: JsonObject,
  fields: Readonly<Record<string, Schema>>,
  version: string,
  path: Path,
): Outcome {
  return firstError(Object.keys(fields), (name) => {
    const field = fields[name]!;
    return isSince(version, field.since) ? decodeSpec(own(value, name), field, version, [...path, name]) : FINE;
  });
}

function decodeMap(value: JsonObject, schema: MapSchema, version: string, path: Path): Outcome {
  return firstError(Object.keys(value).sort(), (key) => {
    const here = [...path, key];
    const outcome = schema.keys === undefined ? FINE : decodeNumber(key, schema.keys, here);
    return outcome.errors.length > 0 ? outcome : decodeSpec(value[key], schema.values, version, here);
  });
}

function decodeEnum(value: JsonValue, schema: EnumSchema, path: Path): Outcome {
  if (typeof value === 'number' && Number.isInteger(value)) return FINE;
  if (typeof value !== 'string') return mismatch(value, 'protoreflect.EnumNumber', path);
  if (schema.values.includes(value)) return FINE;
  return refuse(`unknown value ${quote(JSON.stringify(value))} for enum ${schema.name}`, ...path);
}

function mismatch(value: JsonValue, goType: string, path: Path): Outcome {
  return refuse(`json: cannot unmarshal ${goKind(value)} into Go value of type ${goType}`, ...path);
}

function goKind(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function firstError<T>(items: readonly T[], check: (item: T) => Outcome): Outcome {
  for (const item of items) {
    const outcome = check(item);
    if (outcome.errors.length > 0) return outcome;
  }
  return FINE;
}

/** The value of a key of the object's own; never one that all objects inherit. */
export function own(value: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Array.isArray, for arrays that are readonly. */
export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
