import { asArray, asNumber, asObject, asString, isObject } from '../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../kubernetes/manifest.js';

/** Readers for messages of Envoy's API as JSON. Envoy's admin page writes a field as `filter_chains`, istioctl as `filterChains`. */

/** A field's value, by its name in the API. */
export function field(message: JsonObject, name: string): JsonValue | undefined {
  if (Object.hasOwn(message, name)) return message[name];
  const camel = camelCase(name);
  return Object.hasOwn(message, camel) ? message[camel] : undefined;
}

export function has(message: JsonObject, name: string): boolean {
  return field(message, name) !== undefined;
}

/** A field that holds a message; the empty one where it is not there. */
export function messageIn(message: JsonObject, name: string): JsonObject {
  return asObject(field(message, name));
}

/** A field that holds messages. */
export function messagesIn(message: JsonObject, name: string): readonly JsonObject[] {
  return asArray(field(message, name)).filter(isObject);
}

export function textIn(message: JsonObject, name: string): string {
  return asString(field(message, name));
}

/** A number, or one that is wrapped as `{"value": 80}`. */
export function numberIn(message: JsonObject, name: string): number | undefined {
  const value = field(message, name);
  return isObject(value) ? asNumber(value['value']) : asNumber(value);
}

export function isSet(message: JsonObject, name: string): boolean {
  return field(message, name) === true;
}

/** What a typed extension is configured with. */
export function typedConfig(extension: JsonObject): { readonly type: string; readonly config: JsonObject } {
  const config = messageIn(extension, 'typed_config');
  const type = asString(config['@type']);
  return { type: type.slice(type.lastIndexOf('/') + 1), config };
}

/** Fields of a message that none of the names is. Names are those of the API. */
export function otherFields(message: JsonObject, names: ReadonlySet<string>): readonly string[] {
  return Object.keys(message).filter((key) => !key.startsWith('@') && !names.has(snakeCase(key)));
}

/** Names are those that are written in these files: few. */
const camelCases = new Map<string, string>();

function camelCase(name: string): string {
  let written = camelCases.get(name);
  if (written === undefined) {
    written = name.replace(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
    camelCases.set(name, written);
  }
  return written;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
