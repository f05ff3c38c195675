import type { JsonObject, JsonValue } from './manifest.js';

/** Readers for JSON of unknown shape: a value of another type reads as the empty one of the type asked for. */

const EMPTY_OBJECT: JsonObject = {};
const EMPTY_ARRAY: readonly JsonValue[] = [];

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : EMPTY_OBJECT;
}

export function asArray(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : EMPTY_ARRAY;
}

export function asString(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function asStrings(value: JsonValue | undefined): readonly string[] {
  return asArray(value).filter((item) => typeof item === 'string');
}

/** The number, or the number a decimal string spells; else undefined. */
export function asNumber(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^\d+$/.test(value)) return Number(value);
  return undefined;
}

/** The entries of a map whose values are strings. */
export function stringMap(value: JsonValue | undefined): Readonly<Record<string, string>> {
  const out: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [key, item] of Object.entries(asObject(value))) {
    if (typeof item === 'string') out[key] = item;
  }
  return out;
}
