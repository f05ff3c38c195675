import type { JsonValue } from '../../kubernetes/manifest.js';

/** A condition that a schema states beyond types and ranges (`x-kubernetes-validations`). */
export interface Rule {
  readonly message: string;
  readonly holds: (value: JsonValue) => boolean;
}

interface Common {
  /** The first Istio minor version whose schema has the field. */
  readonly since?: string;
  /** Whether null counts as a value that is not there; elsewhere the API server refuses null. */
  readonly nullable?: true;
  readonly rules?: readonly Rule[];
}

export interface StringSchema extends Common {
  readonly type: 'string';
  readonly format?: 'duration';
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
}

export interface EnumSchema extends Common {
  readonly type: 'enum';
  /** The full name of the protobuf enum. */
  readonly name: string;
  readonly values: readonly string[];
}

export interface NumberSchema extends Common {
  readonly type: 'integer' | 'number';
  /** The Go type that istiod reads it into. */
  readonly goType: 'int32' | 'uint32' | 'uint64' | 'float64';
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface BooleanSchema extends Common {
  readonly type: 'boolean';
}

export interface ArraySchema extends Common {
  readonly type: 'array';
  readonly items: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** The field whose value tells the items apart. */
  readonly key?: string;
}

export interface MapSchema extends Common {
  readonly type: 'map';
  readonly values: Schema;
  /** The Go type of the keys, where they are no texts. */
  readonly keys?: NumberSchema['goType'];
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

export interface ObjectSchema extends Common {
  readonly type: 'object';
  readonly fields: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Groups of fields of which at most one may be present. */
  readonly atMostOne?: readonly (readonly string[])[];
}

/** A value that is not looked into. */
export interface AnySchema extends Common {
  readonly type: 'any';
}

/** What a CustomResourceDefinition says about a value: as much of OpenAPI as Istio's definitions use. */
export type Schema =
  StringSchema | EnumSchema | NumberSchema | BooleanSchema | ArraySchema | MapSchema | ObjectSchema | AnySchema;

type Options<T extends Schema, Fixed extends keyof T> = Omit<T, 'type' | Fixed>;

export const ANY: AnySchema = { type: 'any' };
export const STRING: StringSchema = { type: 'string' };
export const STRINGS: ArraySchema = { type: 'array', items: STRING };
export const BOOLEAN: BooleanSchema = { type: 'boolean' };
export const INT32: NumberSchema = { type: 'integer', goType: 'int32' };
export const UINT32: NumberSchema = { type: 'integer', goType: 'uint32', minimum: 0, maximum: 4294967295 };
export const UINT64: NumberSchema = { type: 'integer', goType: 'uint64', minimum: 0 };
export const DOUBLE: NumberSchema = { type: 'number', goType: 'float64' };

export function text(options: Options<StringSchema, never>): StringSchema {
  return { type: 'string', ...options };
}

/** `name` without the package that all of Istio's enums share the beginning of: `istio.networking.v1alpha3.`. */
export function networkingEnum(name: string, ...values: readonly string[]): EnumSchema {
  return { type: 'enum', name: `istio.networking.v1alpha3.${name}`, values };
}

export function list(items: Schema, options: Options<ArraySchema, 'items'> = {}): ArraySchema {
  return { type: 'array', items, ...options };
}

export function map(values: Schema, options: Options<MapSchema, 'values'> = {}): MapSchema {
  return { type: 'map', values, ...options };
}

export function object(
  fields: Readonly<Record<string, Schema>>,
  options: Options<ObjectSchema, 'fields'> = {},
): ObjectSchema {
  return { type: 'object', fields, ...options };
}

export function nullable<T extends Schema>(schema: T): T {
  return { ...schema, nullable: true };
}

export function since<T extends Schema>(version: string, schema: T): T {
  return { ...schema, since: version };
}

export function rule(message: string, holds: (value: JsonValue) => boolean): Rule {
  return { message, holds };
}
