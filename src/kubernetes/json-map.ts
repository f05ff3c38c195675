import type { JsonValue } from './manifest.js';

/**
 * An object to fill with keys from outside. Its prototype chain holds nothing, not even the setter behind `__proto__`, so
 * every key is data; unlike with `Object.create(null)`, engines keep it in their fast representation.
 */
export type JsonMap = Record<string, JsonValue>;

const JsonMapConstructor = function () {
  // Nothing to set up: the constructor is here for the empty prototype below.
} as unknown as { new (): JsonMap; prototype: object };
JsonMapConstructor.prototype = Object.freeze(Object.create(null)) as object;

export function newJsonMap(): JsonMap {
  return new JsonMapConstructor();
}
