import { isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import { isSince } from './admission-rules.js';
import { isArray, own } from './decode-spec.js';
import { quote } from './go-text.js';
import { renderPath, type Finding, type Path } from './outcome.js';
import type { ArraySchema, EnumSchema, MapSchema, NumberSchema, ObjectSchema, Schema, StringSchema } from './schema.js';

const MAX_PATTERN_LENGTH = 4096;

interface Context {
  readonly version: string;
  readonly findings: Finding[];
}

/**
 * What the API server holds against a value, by the schema of its CustomResourceDefinition; each message begins with the
 * field's path, as the API server writes it. Rules are looked at only where types, ranges and required fields are right.
 */
export function checkSchema(value: JsonValue | undefined, schema: Schema, version: string, path: Path): Finding[] {
  const structure: Context = { version, findings: [] };
  checkStructure(value ?? null, schema, path, structure);
  if (structure.findings.length > 0) return structure.findings;
  const rules: Context = { version, findings: [] };
  checkRules(value ?? null, schema, path, rules);
  return rules.findings;
}

function report(context: Context, path: Path, message: string): void {
  context.findings.push({ message: `${renderFieldPath(path)}: ${message}`, path });
}

function invalid(context: Context, path: Path, value: JsonValue, why: string): void {
  report(context, path, `Invalid value: ${shown(value)}: ${why}`);
}

function checkStructure(value: JsonValue, schema: Schema, path: Path, context: Context): void {
  if (schema.type === 'any' || (value === null && schema.nullable === true)) return;
  const type = TYPE_NAMES[schema.type];
  if (!hasType(value, type)) {
    const name = renderFieldPath(path);
    const kind = value === null ? 'null' : isArray(value) ? 'array' : typeof value;
    report(context, path, `Invalid value: ${quote(kind)}: ${name} in body must be of type ${type}: ${quote(kind)}`);
    return;
  }
  switch (schema.type) {
    case 'object':
      return checkObject(value as JsonObject, schema, path, context);
    case 'map':
      return checkMap(value as JsonObject, schema, path, context);
    case 'array':
      return checkArray(value as readonly JsonValue[], schema, path, context);
    case 'string':
      return checkString(value as string, schema, path, context);
    case 'enum':
      return checkEnum(value as string, schema, path, context);
    case 'integer':
    case 'number':
      return checkNumber(value as number, schema, path, context);
    case 'boolean':
  }
}

const TYPE_NAMES: Readonly<Record<Exclude<Schema['type'], 'any'>, string>> = {
  object: 'object',
  map: 'object',
  array: 'array',
  string: 'string',
  enum: 'string',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
};

function hasType(value: JsonValue, type: string): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return isArray(value);
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function checkObject(value: JsonObject, schema: ObjectSchema, path: Path, context: Context): void {
  for (const name of schema.required ?? []) {
    if (own(value, name) === undefined) report(context, [...path, name], 'Required value');
  }
  for (const [name, item] of presentFields(value, schema, context.version)) {
    checkStructure(item, schema.fields[name]!, [...path, name], context);
  }
  for (const group of schema.atMostOne ?? []) {
    const present = group.filter((name) => own(value, name) !== undefined);
    if (present.length > 1) {
      const name = renderFieldPath(path);
      invalid(
        context,
        path,
        '',
        `${quote(name)} must validate one and only one schema (oneOf). Found ${present.length} valid alternatives`,
      );
    }
  }
}

/** The fields that are both there and known to the version. */
function presentFields(value: JsonObject, schema: ObjectSchema, version: string): [string, JsonValue][] {
  const present: [string, JsonValue][] = [];
  for (const name in schema.fields) {
    const item = own(value, name);
    if (item !== undefined && isSince(version, schema.fields[name]!.since)) present.push([name, item]);
  }
  return present;
}

function checkMap(value: JsonObject, schema: MapSchema, path: Path, context: Context): void {
  const keys = Object.keys(value).sort();
  if (keys.length > (schema.maxProperties ?? Infinity)) {
    report(context, path, `Too many: ${keys.length}: must have at most ${schema.maxProperties ?? 0} items`);
  }
  if (keys.length < (schema.minProperties ?? 0)) {
    const name = renderFieldPath(path);
    invalid(context, path, keys.length, `${name} in body should have at least ${schema.minProperties ?? 0} properties`);
  }
  for (const key of keys) checkStructure(value[key] ?? null, schema.values, [...path, key], context);
}

function checkArray(items: readonly JsonValue[], schema: ArraySchema, path: Path, context: Context): void {
  if (items.length > (schema.maxItems ?? Infinity)) {
    report(context, path, `Too many: ${items.length}: must have at most ${schema.maxItems ?? 0} items`);
  }
  if (items.length < (schema.minItems ?? 0)) {
    const name = renderFieldPath(path);
    invalid(context, path, items.length, `${name} in body should have at least ${schema.minItems ?? 0} items`);
  }
  const seen = new Set<JsonValue>();
  items.forEach((item, index) => {
    checkStructure(item, schema.items, [...path, index], context);
    const key = schema.key === undefined || !isObject(item) ? undefined : own(item, schema.key);
    if (key === undefined) return;
    if (seen.has(key)) report(context, [...path, index], `Duplicate value: ${JSON.stringify({ [schema.key!]: key })}`);
    seen.add(key);
  });
}

function checkString(value: string, schema: StringSchema, path: Path, context: Context): void {
  const { minLength = 0, maxLength = MAX_PATTERN_LENGTH } = schema;
  // No text has more characters than units, or less than half as many.
  const isNear = value.length > maxLength || value.length < 2 * minLength;
  const length = isNear ? Array.from(value).length : value.length;
  if (schema.maxLength !== undefined && length > maxLength) {
    report(context, path, `Too long: may not be more than ${maxLength} bytes`);
  }
  if (length < minLength) {
    const name = renderFieldPath(path);
    invalid(context, path, value, `${name} in body should be at least ${minLength} chars long`);
  }
  // A pattern may take long over a text that is too long anyway.
  if (schema.pattern !== undefined && (length > maxLength || !schema.pattern.test(value))) {
    const name = renderFieldPath(path);
    invalid(context, path, value, `${name} in body should match '${schema.pattern.source}'`);
  }
}

function checkEnum(value: string, schema: EnumSchema, path: Path, context: Context): void {
  if (schema.values.includes(value)) return;
  const supported = schema.values.map(quote).join(', ');
  report(context, path, `Unsupported value: ${quote(value)}: supported values: ${supported}`);
}

function checkNumber(value: number, schema: NumberSchema, path: Path, context: Context): void {
  const { minimum = -Infinity, maximum = Infinity } = schema;
  const tell = (why: string): void => invalid(context, path, value, `${renderFieldPath(path)} in body ${why}`);
  if (value < minimum) tell(`should be greater than or equal to ${minimum}`);
  if (value > maximum) tell(`should be less than or equal to ${maximum}`);
  if (schema.goType === 'int32' && Math.abs(value + 0.5) > 2147483648) {
    tell(`must be of type int32: ${quote(String(value))}`);
  }
}

function checkRules(value: JsonValue, schema: Schema, path: Path, context: Context): void {
  if (value === null) return;
  for (const { message, holds } of schema.rules ?? []) {
    if (!holds(value)) invalid(context, path, value, message);
  }
  if (schema.type === 'array' && isArray(value)) {
    value.forEach((item, index) => checkRules(item, schema.items, [...path, index], context));
  } else if (schema.type === 'map' && isObject(value)) {
    for (const key of Object.keys(value).sort()) checkRules(value[key] ?? null, schema.values, [...path, key], context);
  } else if (schema.type === 'object' && isObject(value)) {
    for (const [name, item] of presentFields(value, schema, context.version)) {
      checkRules(item, schema.fields[name]!, [...path, name], context);
    }
  }
}

/** As the API server shows a value in an error: what is made of parts only by what it is. */
function shown(value: JsonValue): string {
  if (isArray(value)) return '"array"';
  return typeof value === 'object' ? '"object"' : JSON.stringify(value);
}

function renderFieldPath(path: Path): string {
  return path.length === 0 ? '<root>' : renderPath(path);
}
