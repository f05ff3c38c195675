import type { Origin } from '../../diagnostic/diagnostic.js';
import type { JsonObject, KubernetesObject } from '../../kubernetes/manifest.js';
import { asArray, asObject, asString, stringMap } from '../../kubernetes/json.js';
import type { Workload } from '../../kubernetes/workload.js';
import { looksLikeAddressName } from './address-name.js';
import { expandVariables } from './expand-variables.js';
import { locateLine, type BodyPath } from './value-lines.js';

/** An environment variable as the container will see it. */
export interface Variable {
  readonly name: string;
  /** Null where the manifests do not tell. */
  readonly value: string | null;
  readonly fromSecret: boolean;
  readonly where: string;
  /** The object that has the value. */
  readonly holder: KubernetesObject;
  readonly locate: (line: number) => Origin;
}

/** A ConfigMap that the workload reads and the manifests do not have. */
export interface MissingConfigMap {
  readonly name: string;
  readonly locate: () => Origin;
  /** Whether what the workload takes from it can be an address. */
  readonly mayHoldAddresses: boolean;
}

export interface ContainerEnvironment {
  /** The last of several of one name, as in the container. */
  readonly variables: ReadonlyMap<string, Variable>;
  /** A whole Secret is in the environment, or a key of one in a variable that is named like an address. */
  readonly takesAddressesFromSecret: boolean;
  readonly missing: readonly MissingConfigMap[];
  /** What `$(NAME)` stands for; undefined where that is not known. */
  readonly valueOf: (name: string) => string | undefined;
}

export interface EnvironmentContext {
  readonly workload: Workload;
  readonly configMap: (namespace: string, name: string) => KubernetesObject | undefined;
  /** The variables that Kubernetes adds for Services (`REVIEWS_SERVICE_HOST`). */
  readonly serviceVariable: (name: string) => string | undefined;
}

/** The environment of one container: `envFrom` first, then `env`, each over what came before. */
export function buildContainerEnvironment(
  container: JsonObject,
  path: BodyPath,
  title: string,
  context: EnvironmentContext,
): ContainerEnvironment {
  const variables = new Map<string, Variable>();
  const missing: MissingConfigMap[] = [];
  const valueOf = (name: string): string | undefined => {
    const variable = variables.get(name);
    return variable === undefined ? context.serviceVariable(name) : (variable.value ?? undefined);
  };
  let wholeSecret = false;
  for (const [index, entry] of asArray(container['envFrom']).entries()) {
    const source = asObject(entry);
    if (asString(asObject(source['secretRef'])['name']) !== '') wholeSecret = true;
    readWholeConfigMap(source, [...path, 'envFrom', index], title, context, variables, missing);
  }
  for (const [index, entry] of asArray(container['env']).entries()) {
    const variable = readVariable(asObject(entry), [...path, 'env', index], title, context, valueOf, missing);
    if (variable !== null) variables.set(variable.name, variable);
  }
  const fromSecret = [...variables.values()].some((v) => v.fromSecret && looksLikeAddressName(v.name));
  return { variables, takesAddressesFromSecret: wholeSecret || fromSecret, missing, valueOf };
}

function readWholeConfigMap(
  source: JsonObject,
  path: BodyPath,
  title: string,
  { workload, configMap }: EnvironmentContext,
  variables: Map<string, Variable>,
  missing: MissingConfigMap[],
): void {
  const reference = asObject(source['configMapRef']);
  const name = asString(reference['name']);
  if (name === '') return;
  const object = configMap(workload.namespace, name);
  if (object === undefined) {
    const locate = (): Origin => workload.object.locate([...path, 'configMapRef', 'name']);
    if (reference['optional'] !== true) missing.push({ name, locate, mayHoldAddresses: true });
    return;
  }
  for (const [key, value] of Object.entries(stringMap(object.body['data']))) {
    const variable = `${asString(source['prefix'])}${key}`;
    variables.set(variable, variableFromConfigMap(variable, key, value, object, title));
  }
}

function readVariable(
  entry: JsonObject,
  path: BodyPath,
  title: string,
  context: EnvironmentContext,
  valueOf: (name: string) => string | undefined,
  missing: MissingConfigMap[],
): Variable | null {
  const name = asString(entry['name']);
  if (name === '') return null;
  const { workload } = context;
  const from = asObject(entry['valueFrom']);
  if (from['configMapKeyRef'] !== undefined) {
    return readConfigMapKey(name, asObject(from['configMapKeyRef']), path, title, context, missing);
  }
  const isSecret = from['secretKeyRef'] !== undefined;
  const written = asString(entry['value']);
  const value = isSecret
    ? null
    : from['fieldRef'] === undefined
      ? expandVariables(written, valueOf)
      : fieldValue(workload, asString(asObject(from['fieldRef'])['fieldPath']));
  const locate = (line: number): Origin => locateLine(workload.object, [...path, 'value'], written, line);
  return { name, value, fromSecret: isSecret, where: `env ${name} of ${title}`, holder: workload.object, locate };
}

function readConfigMapKey(
  name: string,
  reference: JsonObject,
  path: BodyPath,
  title: string,
  { workload, configMap }: EnvironmentContext,
  missing: MissingConfigMap[],
): Variable {
  const key = asString(reference['key']);
  const mapName = asString(reference['name']);
  const object = configMap(workload.namespace, mapName);
  const value = object === undefined ? undefined : stringMap(object.body['data'])[key];
  if (object !== undefined && value !== undefined) return variableFromConfigMap(name, key, value, object, title);
  const locate = (): Origin => workload.object.locate([...path, 'valueFrom', 'configMapKeyRef', 'name']);
  if (object === undefined && reference['optional'] !== true) {
    missing.push({ name: mapName, locate, mayHoldAddresses: looksLikeAddressName(name) });
  }
  return { name, value: null, fromSecret: false, where: `env ${name} of ${title}`, holder: workload.object, locate };
}

function variableFromConfigMap(
  name: string,
  key: string,
  value: string,
  object: KubernetesObject,
  title: string,
): Variable {
  const { namespace, name: mapName } = object.metadata;
  return {
    name,
    // What comes from a ConfigMap is not expanded.
    value,
    fromSecret: false,
    where: `key ${key} of ConfigMap ${namespace}/${mapName}, env ${name} of ${title}`,
    holder: object,
    locate: (line) => locateLine(object, ['data', key], value, line),
  };
}

/** The fields of the pod that the template already tells. */
function fieldValue(workload: Workload, fieldPath: string): string | null {
  if (fieldPath === 'metadata.namespace') return workload.namespace;
  if (fieldPath === 'spec.serviceAccountName') return workload.serviceAccount;
  const match = /^metadata\.(labels|annotations)\['([^']{1,320})'\]$/.exec(fieldPath);
  if (match === null) return null;
  return (match[1] === 'labels' ? workload.labels : workload.annotations)[match[2]!] ?? null;
}
