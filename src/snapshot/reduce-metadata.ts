import { asObject, stringMap } from '../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../kubernetes/manifest.js';

/** The annotations that decide where calls go, as far as their values can hold no secret. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  'inject.istio.io/templates',
  'networking.istio.io/exportTo',
  'sidecar.istio.io/inject',
  'sidecar.istio.io/interceptionMode',
]);
const ANNOTATION_PREFIX = 'traffic.sidecar.istio.io/';
/** Free text, of which one word is looked for. */
const PROXY_CONFIG = 'proxy.istio.io/config';
const DNS_CAPTURE = 'ISTIO_META_DNS_CAPTURE';

/** What tells an object from others, its labels, its age, and the annotations that decide something. Nothing else is kept:
 * not who wrote the object, nor what was last applied. */
export function reduceMetadata(metadata: JsonObject, annotations: Readonly<Record<string, string>> = {}): JsonObject {
  return compact({
    name: metadata['name'],
    namespace: metadata['namespace'],
    creationTimestamp: metadata['creationTimestamp'],
    ...reduceTemplateMetadata(metadata, annotations),
  });
}

/** The metadata of a pod template, which is no object of its own. */
export function reduceTemplateMetadata(
  metadata: JsonObject,
  annotations: Readonly<Record<string, string>> = {},
): JsonObject {
  const kept = Object.entries(stringMap(metadata['annotations'])).flatMap(([name, value]): [string, string][] => {
    if (ANNOTATIONS.has(name) || name.startsWith(ANNOTATION_PREFIX)) return [[name, value]];
    return name === PROXY_CONFIG && value.includes(DNS_CAPTURE) ? [[name, DNS_CAPTURE]] : [];
  });
  return compact({
    labels: Object.fromEntries(Object.entries(stringMap(metadata['labels']))),
    annotations: { ...Object.fromEntries(kept), ...annotations },
  });
}

/** The fields of an object that are named, as far as it has them. */
export function pick(value: JsonValue | undefined, ...fields: readonly string[]): JsonObject {
  const object = asObject(value);
  return compact(Object.fromEntries(fields.map((field) => [field, object[field]])));
}

/** An object but for one of its fields. */
export function without<T>(object: Readonly<Record<string, T>>, field: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== field));
}

/** Without what is empty: an API server writes much that says nothing. False and 0 do say something. */
export function compact(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
