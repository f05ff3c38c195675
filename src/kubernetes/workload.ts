import type { JsonObject, JsonValue, KubernetesObject } from './manifest.js';
import { asArray, asObject, asString, stringMap } from './json.js';
import { once } from './once.js';
import { compareText } from '../diagnostic/compare-text.js';

/** A named or numbered port that a container declares. */
export interface ContainerPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
}

/** Anything that makes pods, seen as the pods it makes. */
export interface Workload {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** The pods' labels and annotations, not the object's. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly hostNetwork: boolean;
  /** False for `replicas: 0`, and for Jobs and CronJobs with `parallelism: 0`: no pod, no endpoint. */
  readonly runs: boolean;
  readonly containerPorts: readonly ContainerPort[];
  readonly serviceAccount: string;
  readonly podSpec: JsonObject;
  readonly object: KubernetesObject;
  /** The way from the object's body to the pod template (the object itself for a Pod). */
  readonly templatePath: readonly string[];
}

/** On an object of which the environment, the commands and the handlers of the containers were left out: what it calls is not known. */
export const ENVIRONMENT_ANNOTATION = 'egress-scope/environment';
export const ENVIRONMENT_OMITTED = 'omitted';

/** Whether a workload's manifest was stripped of what its containers call. */
export function omitsEnvironment({ object }: Workload): boolean {
  return object.metadata.annotations[ENVIRONMENT_ANNOTATION] === ENVIRONMENT_OMITTED;
}

/** The ways to the pod templates of everything that makes pods, by group and kind. */
export const TEMPLATE_PATHS: Readonly<Record<string, readonly string[]>> = {
  '/Pod': [],
  'apps/Deployment': ['spec', 'template'],
  'apps/ReplicaSet': ['spec', 'template'],
  'apps/StatefulSet': ['spec', 'template'],
  'apps/DaemonSet': ['spec', 'template'],
  'batch/Job': ['spec', 'template'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
  'argoproj.io/Rollout': ['spec', 'template'],
};

export function makesPods({ group, kind }: KubernetesObject): boolean {
  return Object.hasOwn(TEMPLATE_PATHS, `${group}/${kind}`);
}

/** The workloads of a set of objects, in a total order: namespace, kind, name. */
export function buildWorkloads(objects: readonly KubernetesObject[]): Workload[] {
  const keys = once(() => new Set(objects.map((o) => ownerKey(o.kind, o.metadata.namespace, o.metadata.name))));
  const present = { has: (key: string) => keys().has(key) };
  const rolloutTemplates = referencedDeployments(objects);
  const workloads: Workload[] = [];
  for (const object of objects) {
    const templatePath = TEMPLATE_PATHS[`${object.group}/${object.kind}`];
    if (templatePath === undefined || isOwnedBy(object.body, object.metadata.namespace, present)) continue;
    const { namespace, name } = object.metadata;
    // A Deployment that a Rollout takes its template from is scaled to nothing by the Rollout's controller.
    if (object.kind === 'Deployment' && rolloutTemplates.has(`${namespace}/${name}`)) continue;
    workloads.push(buildWorkload(object, templateSource(object, objects), templatePath));
  }
  return workloads.sort(compareWorkloads);
}

/** Orders by namespace, kind and name. */
export function compareWorkloads(
  a: { namespace: string; kind: string; name: string },
  b: { namespace: string; kind: string; name: string },
): number {
  return compareText(a.namespace, b.namespace) || compareText(a.kind, b.kind) || compareText(a.name, b.name);
}

function buildWorkload(object: KubernetesObject, source: KubernetesObject, path: readonly string[]): Workload {
  const template = path.reduce<JsonObject>((at, key) => asObject(at[key]), source.body);
  const spec = asObject(template['spec']);
  const metadata = asObject(template['metadata']);
  return {
    namespace: object.metadata.namespace,
    kind: object.kind,
    name: object.metadata.name,
    labels: stringMap(metadata['labels']),
    annotations: stringMap(metadata['annotations']),
    hostNetwork: spec['hostNetwork'] === true,
    runs: runs(object),
    containerPorts: containerPorts(spec),
    serviceAccount: asString(spec['serviceAccountName']) || asString(spec['serviceAccount']) || 'default',
    podSpec: spec,
    object: source,
    templatePath: path,
  };
}

/** Rollouts may take their pod template from a Deployment (`spec.workloadRef`). */
function templateSource(object: KubernetesObject, objects: readonly KubernetesObject[]): KubernetesObject {
  const name = workloadRef(object);
  if (name === null) return object;
  const found = objects.find(
    (o) => o.kind === 'Deployment' && o.metadata.namespace === object.metadata.namespace && o.metadata.name === name,
  );
  return found ?? object;
}

function workloadRef(object: KubernetesObject): string | null {
  if (object.kind !== 'Rollout') return null;
  const ref = asObject(asObject(object.body['spec'])['workloadRef']);
  return ref['kind'] === 'Deployment' ? asString(ref['name']) : null;
}

function referencedDeployments(objects: readonly KubernetesObject[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const object of objects) {
    const name = workloadRef(object);
    if (name !== null) names.add(`${object.metadata.namespace}/${name}`);
  }
  return names;
}

/** What `isOwnedBy` knows an object by. */
export function ownerKey(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/**
 * A Pod or ReplicaSet that its controller made stands for the controller's template, which is here itself.
 *
 * @param present the keys of all objects that there are.
 */
export function isOwnedBy(body: JsonObject, namespace: string, present: Pick<ReadonlySet<string>, 'has'>): boolean {
  return asArray(asObject(body['metadata'])['ownerReferences']).some((reference) => {
    const owner = asObject(reference);
    const key = ownerKey(asString(owner['kind']), namespace, asString(owner['name']));
    return owner['controller'] === true && present.has(key);
  });
}

function runs(object: KubernetesObject): boolean {
  const spec = asObject(object.body['spec']);
  const job = object.kind === 'CronJob' ? asObject(asObject(spec['jobTemplate'])['spec']) : spec;
  return spec['replicas'] !== 0 && job['parallelism'] !== 0;
}

function containerPorts(podSpec: JsonObject): ContainerPort[] {
  // Sidecar containers (init containers that restart) serve ports like any other.
  const init = asArray(podSpec['initContainers']).filter((c) => asObject(c)['restartPolicy'] === 'Always');
  return [...asArray(podSpec['containers']), ...init].flatMap((container: JsonValue) =>
    asArray(asObject(container)['ports']).flatMap((entry) => {
      const port = asObject(entry);
      const number = port['containerPort'];
      if (typeof number !== 'number') return [];
      return [{ name: asString(port['name']), port: number, protocol: asString(port['protocol']) || 'TCP' }];
    }),
  );
}
