import { isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import { isSince } from './admission-rules.js';
import { quote } from './go-text.js';
import { parseGoDuration } from './go-duration.js';
import { FINE, refuse, type Outcome, type Path } from './outcome.js';
import type { EnumSchema, NumberSchema, Schema } from './schema.js';

const RANGES: Readonly<Record<NumberSchema['goType'], readonly [number, number]>> = {
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
  uint64: [0, 18446744073709551615],
  float64: [-Number.MAX_VALUE, Number.MAX_VALUE],
};

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
      return firstError(Object.keys(value).sort(), (key) =>
        decodeSpec(value[key], schema.values, version, [...path, key]),
      );
    case 'array':
      if (!isArray(value)) return mismatch(value, '[]json.RawMessage', path);
      return firstError([...value.keys()], (index) =>
        decodeSpec(value[index], schema.items, version, [...path, index]),
      );
    case 'string':
      if (typeof value !== 'string') return mismatch(value, 'string', path);
      if (schema.format !== 'duration' || parseGoDuration(value) !== null) return FINE;
      return refuse(`bad Duration: time: invalid duration ${quote(value)}`, ...path);
    case 'boolean':
      return typeof value === 'boolean' ? FINE : mismatch(value, 'bool', path);
    case 'enum':
      return decodeEnum(value, schema, path);
    case 'integer':
    case 'number':
      return decodeNumber(value, schema, path);
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

function decodeEnum(value: JsonValue, schema: EnumSchema, path: Path): Outcome {
  if (typeof value === 'number' && Number.isInteger(value)) return FINE;
  if (typeof value !== 'string') return mismatch(value, 'protoreflect.EnumNumber', path);
  if (schema.values.includes(value)) return FINE;
  return refuse(`unknown value ${quote(quote(value))} for enum ${schema.name}`, ...path);
}

function decodeNumber(value: JsonValue, { goType }: NumberSchema, path: Path): Outcome {
  if (typeof value !== 'number' && typeof value !== 'string') return mismatch(value, goType, path);
  const text = String(value);
  if (typeof value === 'string' && !/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) {
    const character =
      text === ''
        ? 'unexpected end of JSON input'
        : `invalid character '${text.slice(0, 1)}' looking for beginning of value`;
    return refuse(character, ...path);
  }
  const [minimum, maximum] = RANGES[goType];
  const number = Number(value);
  const fits = number >= minimum && number <= maximum && (goType === 'float64' || /^-?\d+$/.test(text));
  return fits ? FINE : refuse(`json: cannot unmarshal number ${text} into Go value of type ${goType}`, ...path);
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
