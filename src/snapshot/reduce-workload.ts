import { isFeatureFlag } from '../istio/feature-flags.js';
import { asArray, asObject, asString } from '../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../kubernetes/manifest.js';
import { ENVIRONMENT_ANNOTATION, ENVIRONMENT_OMITTED } from '../kubernetes/workload.js';
import { compact, pick, reduceMetadata, reduceTemplateMetadata } from './reduce-metadata.js';
import type { SnapshotOptions } from './snapshot-kinds.js';

/** Where the handlers of a container stand, which may name what it calls. */
const PROBES = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const;
const HOOKS = ['postStart', 'preStop'] as const;

/** Something that makes pods. `templatePath` leads from its body to the pod template; it is empty for a Pod. */
export function reduceWorkload(
  body: JsonObject,
  templatePath: readonly string[],
  options: SnapshotOptions,
): JsonObject {
  const template = templatePath.reduce<JsonObject>((at, key) => asObject(at[key]), body);
  const isWhole = options.includeEnv && !readsAnnotations(asObject(template['spec']));
  const marks = isWhole ? {} : { [ENVIRONMENT_ANNOTATION]: ENVIRONMENT_OMITTED };
  const metadata = reduceMetadata(asObject(body['metadata']), marks);
  if (templatePath.length === 0) return { metadata, spec: reducePodSpec(asObject(body['spec']), options) };
  const spec = asObject(body['spec']);
  const job = asObject(asObject(spec['jobTemplate'])['spec']);
  const reduced = templatePath.includes('jobTemplate')
    ? { jobTemplate: { spec: reduceController(job, options) } }
    : reduceController(spec, options);
  return { metadata, spec: reduced };
}

/** A variable may take its value from an annotation of the pod, and few of those are kept. */
function readsAnnotations(podSpec: JsonObject): boolean {
  return ['initContainers', 'containers']
    .flatMap((field) => asArray(podSpec[field]))
    .flatMap((container) => asArray(asObject(container)['env']))
    .map((variable) => asObject(asObject(asObject(variable)['valueFrom'])['fieldRef']))
    .some(({ fieldPath }) => asString(fieldPath).startsWith('metadata.annotations'));
}

/** How many pods there are is of no interest, and changes all the time; that there are none is. */
function reduceController(spec: JsonObject, options: SnapshotOptions): JsonObject {
  const template = asObject(spec['template']);
  const none = (field: string): JsonObject => (spec[field] === 0 ? { [field]: 0 } : {});
  return compact({
    ...none('replicas'),
    ...none('parallelism'),
    ...pick(spec, 'selector', 'workloadRef'),
    template: compact({
      metadata: reduceTemplateMetadata(asObject(template['metadata'])),
      spec: reducePodSpec(asObject(template['spec']), options),
    }),
  });
}

function reducePodSpec(spec: JsonObject, options: SnapshotOptions): JsonObject {
  const containers = (field: string): JsonValue =>
    asArray(spec[field]).map((container) => reduceContainer(asObject(container), options));
  return compact({
    ...(spec['hostNetwork'] === true ? { hostNetwork: true } : {}),
    ...pick(spec, 'serviceAccountName'),
    initContainers: containers('initContainers'),
    containers: containers('containers'),
    ...(options.includeEnv
      ? {
          ...(spec['enableServiceLinks'] === false ? { enableServiceLinks: false } : {}),
          volumes: asArray(spec['volumes']).flatMap((volume) => reduceVolume(asObject(volume))),
        }
      : {}),
  });
}

/** Of images only istiod's tells something: the version of Istio; and of environments, without more being asked for, its flags. */
function reduceContainer(container: JsonObject, { includeEnv }: SnapshotOptions): JsonObject {
  const isPilot = /(?:^|\/)pilot:/.test(asString(container['image']));
  return compact({
    ...pick(container, 'name', 'restartPolicy'),
    ...(isPilot ? { ...pick(container, 'image'), env: reduceFlags(container['env']) } : {}),
    ports: asArray(container['ports']).map((port) => pick(port, 'name', 'containerPort', 'protocol')),
    ...(includeEnv ? reduceEnvironment(container) : {}),
  });
}

/** Of a container's environment, the flags of istiod that decide where calls go. */
export function reduceFlags(env: JsonValue | undefined): JsonValue[] {
  return asArray(env)
    .filter((variable) => isFeatureFlag(asString(asObject(variable)['name'])))
    .map((variable) => pick(variable, 'name', 'value'));
}

/** All by which a container may name what it calls. A Secret's values do not stand in a workload, only its name does. */
function reduceEnvironment(container: JsonObject): JsonObject {
  const lifecycle = asObject(container['lifecycle']);
  return {
    ...pick(container, 'command', 'args'),
    env: asArray(container['env']).map((variable) => pick(variable, 'name', 'value', 'valueFrom')),
    envFrom: asArray(container['envFrom']).map((source) => pick(source, 'prefix', 'configMapRef', 'secretRef')),
    volumeMounts: asArray(container['volumeMounts']).map((mount) => pick(mount, 'name', 'subPath')),
    ...Object.fromEntries(PROBES.map((probe) => [probe, reduceHandler(container[probe])])),
    lifecycle: compact(Object.fromEntries(HOOKS.map((hook) => [hook, reduceHandler(lifecycle[hook])]))),
  };
}

/** Without the headers of a probe, which may hold credentials. */
function reduceHandler(handler: JsonValue | undefined): JsonObject {
  return compact({
    httpGet: pick(asObject(handler)['httpGet'], 'host', 'port', 'scheme'),
    tcpSocket: pick(asObject(handler)['tcpSocket'], 'host', 'port'),
    exec: pick(asObject(handler)['exec'], 'command'),
  });
}

/** Which ConfigMaps are mounted; other volumes name nothing. */
function reduceVolume(volume: JsonObject): JsonObject[] {
  const configMap = (source: JsonValue | undefined): JsonObject => pick(source, 'name', 'items', 'optional');
  const sources = asArray(asObject(volume['projected'])['sources']).flatMap((source) => {
    const projected = configMap(asObject(source)['configMap']);
    return Object.keys(projected).length === 0 ? [] : [{ configMap: projected }];
  });
  const reduced = compact({
    configMap: configMap(volume['configMap']),
    projected: compact({ sources }),
  });
  return Object.keys(reduced).length === 0 ? [] : [{ ...pick(volume, 'name'), ...reduced }];
}
