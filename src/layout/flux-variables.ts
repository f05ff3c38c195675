import type { Origin } from '../diagnostic/diagnostic.js';
import { asObject, isObject, stringMap } from '../kubernetes/json.js';
import { isConfigMap, type KubernetesObject } from '../kubernetes/manifest.js';
import { valueAt } from '../kubernetes/object-differences.js';
import { readObjectMeta } from '../kubernetes/object-meta.js';
import type { Substitution } from './delivery.js';
import { isSubstitutionDisabled, isVariable, substitute, variableNames } from './substitute.js';

/** Values by name, and where each is written. */
export type Variables = ReadonlyMap<string, { readonly value: string; readonly origin: Origin }>;

/** The variables of a substitution; null where there is none. */
export function variablesOf(
  substitution: Substitution | null,
  configMap: (namespace: string, name: string) => KubernetesObject | null,
): Variables | null {
  if (!substitution) return null;
  const variables = new Map<string, { readonly value: string; readonly origin: Origin }>();
  for (const { namespace, name } of substitution.configMaps) {
    const found = configMap(namespace, name);
    for (const [key, value] of Object.entries(stringMap(asObject(found?.body['data']))))
      variables.set(key, { value, origin: found!.locate(['data', key]) });
  }
  for (const [key, value] of Object.entries(substitution.variables))
    variables.set(key, { value, origin: substitution.locate(key) });
  return variables;
}

/** An object with variables put in, whose places are theirs, and the names of those that have no value. */
export function substituted(
  object: KubernetesObject,
  variables: Variables | null,
): { readonly object: KubernetesObject; readonly missing: readonly string[] } {
  if (!variables || isSubstitutionDisabled(object)) return { object, missing: [] };
  const values = Object.fromEntries([...variables].map(([name, { value }]) => [name, value]));
  const { value: body, missing } = substitute(object.body, values);
  if (!isObject(body)) return { object, missing };
  const { meta } = readObjectMeta(body, object.group, object.kind, object.locate);
  const locate = (path: readonly (string | number)[]): Origin => {
    const text = valueAt(object, path);
    const names = typeof text === 'string' ? variableNames(text).filter((name) => variables.has(name)) : [];
    const origin = variables.get(names[0] ?? '')?.origin;
    if (!origin) return object.locate(path);
    return names.length === 1 && isVariable(text as string) ? origin : { ...origin, isExact: false };
  };
  const metadata = meta === null ? object.metadata : { ...meta, namespace: object.metadata.namespace };
  return { object: { ...object, body, metadata, locate }, missing };
}

export function configMapIn(
  objects: readonly KubernetesObject[],
  namespace: string,
  name: string,
): KubernetesObject | null {
  const found = objects.find(
    (object) => isConfigMap(object) && object.metadata.namespace === namespace && object.metadata.name === name,
  );
  return found ?? null;
}
