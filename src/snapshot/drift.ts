import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import { asArray, asObject, asString } from '../kubernetes/json.js';
import {
  objectKey,
  objectsByKey,
  type JsonObject,
  type JsonValue,
  type KubernetesObject,
  type ManifestSet,
} from '../kubernetes/manifest.js';
import { titleOf } from '../kubernetes/object-title.js';
import { listDifferences, type ValueDifference } from '../kubernetes/object-differences.js';
import { ENVIRONMENT_ANNOTATION, TEMPLATE_PATHS } from '../kubernetes/workload.js';
import { withAge, type Sides } from './lay-over.js';
import type { MeshSnapshot } from './read-snapshot.js';
import { without } from './reduce-metadata.js';
import { UnreadableMeshConfig } from './reduce-configuration.js';
import { SNAPSHOT_KINDS, type SnapshotKind } from './snapshot-kinds.js';

/** A cluster as the manifests would have it, and as it is. */
export interface Drift extends Sides {
  /** What differs, an object each. */
  readonly diagnostics: readonly Diagnostic[];
}

const KINDS = new Map(SNAPSHOT_KINDS.map((kind) => [`${kind.group}/${kind.kind}`, kind]));
const WHOLE = { includeEndpoints: true, includeEnv: true };
/** What steers calls, and is written by people or what they run, not by the cluster. */
const WRITTEN = /^(?:networking|security)\.istio\.io$|^gateway\.networking\.k8s\.io$/;
const MOST_NAMED = 3;

/**
 * Holds manifests against what a cluster has. An object that both have is compared by what decides where calls go, as a snapshot
 * holds it, and without what an API server fills in. What the cluster has beside the manifests is on both sides; but an object that
 * steers calls, in a namespace that the manifests have a part in, was written past them. EndpointSlices that nobody has asked the
 * cluster for are as the manifests have them.
 */
export function findDrift(tree: ManifestSet, snapshot: MeshSnapshot): Drift {
  const live = objectsByKey(snapshot.objects);
  const own = new Set(tree.objects.map(objectKey));
  const namespaces = new Set(
    tree.objects.map(({ kind, metadata }) => (kind === 'Namespace' ? metadata.name : metadata.namespace)),
  );
  const before: KubernetesObject[] = [];
  const after: KubernetesObject[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const object of snapshot.objects) {
    if (own.has(objectKey(object))) continue;
    after.push(object);
    if (!WRITTEN.test(object.group) || !namespaces.has(object.metadata.namespace)) before.push(object);
    else diagnostics.push(diagnostic('not-in-manifests', `${titleOf(object)} is in the cluster, and not in the manifests.`, object.origin)); // prettier-ignore
  }
  for (const written of tree.objects) {
    const actual = live.get(objectKey(written));
    const object = withAge(written, actual?.metadata.creationTimestamp ?? snapshot.takenAt);
    before.push(object);
    const wanted = comparable(object);
    const isUnread = !snapshot.hasEndpoints && object.kind === 'EndpointSlice';
    if (wanted === null || isUnread) after.push(object);
    else if (!actual) {
      diagnostics.push(diagnostic('not-in-cluster', `${titleOf(object)} is in the manifests, and not in the cluster.`, object.origin)); // prettier-ignore
    } else {
      const differences = listDifferences(wanted, comparable(actual) ?? {});
      after.push(differences.length === 0 ? object : withEnvironmentOf(object, actual));
      if (differences.length > 0) diagnostics.push(tellDifferences(object, differences));
    }
  }
  return {
    before: { ...tree, objects: before },
    after: { ...tree, objects: after },
    diagnostics: [...snapshot.diagnostics, ...diagnostics],
  };
}

function tellDifferences(object: KubernetesObject, differences: readonly ValueDifference[]): Diagnostic {
  const named = differences.slice(0, MOST_NAMED).map(({ path, before, after }) => {
    return `${path.join('.')} is ${shown(after)}, and ${shown(before)} in the manifests`;
  });
  const more = differences.length > named.length ? `; and ${differences.length - named.length} more` : '';
  const first = differences[0]!;
  const place = first.before === undefined ? first.path.slice(0, -1) : first.path;
  return diagnostic(
    'differs-in-cluster',
    `In the cluster, of ${titleOf(object)}, ${named.join('; ')}${more}.`,
    object.locate(place),
  );
}

function shown(value: JsonValue | undefined): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** What of an object decides, without what an API server fills in; null for one that decides nothing. */
function comparable(object: KubernetesObject): JsonObject | null {
  const kind = KINDS.get(`${object.group}/${object.kind}`);
  if (!kind) return null;
  const reduced = reduce(kind, object.body);
  if (reduced === null) return null;
  const metadata = asObject(reduced['metadata']);
  // Labels and annotations of an object are marks of whoever applied it, but where they select or export.
  return { ...withoutDefaults(reduced, kind), metadata: decisiveMetadata(metadata, kind) };
}

/** A mesh configuration that is no YAML is compared as it stands. */
function reduce(kind: SnapshotKind, body: JsonObject): JsonObject | null {
  try {
    return kind.reduce(body, WHOLE);
  } catch (error) {
    if (error instanceof UnreadableMeshConfig) return { metadata: {}, data: body['data'] };
    throw error;
  }
}

function decisiveMetadata({ labels, annotations }: JsonObject, { group, kind }: SnapshotKind): JsonObject {
  const isSelected = kind === 'Pod' || kind === 'WorkloadEntry' || kind === 'Namespace';
  const own = Object.entries(asObject(labels)).filter(([name]) => isSelected || name.startsWith('istio.io/'));
  const shownLabels = own.filter(([name]) => name !== 'kubernetes.io/metadata.name');
  const notes = Object.entries(asObject(annotations)).filter(([name]) => name !== ENVIRONMENT_ANNOTATION);
  const isTemplate = TEMPLATE_PATHS[`${group}/${kind}`] !== undefined && kind !== 'Pod';
  return {
    ...(shownLabels.length > 0 ? { labels: Object.fromEntries(shownLabels) } : {}),
    ...(notes.length > 0 && !isTemplate ? { annotations: Object.fromEntries(notes) } : {}),
  };
}

function withoutDefaults(reduced: JsonObject, { group, kind }: SnapshotKind): JsonObject {
  const template = TEMPLATE_PATHS[`${group}/${kind}`];
  if (template)
    return at(kind === 'Job' ? withoutJobMarks(reduced) : reduced, [...template, 'spec'], podSpecWithoutDefaults);
  if (kind === 'Service') return at(reduced, ['spec'], serviceWithoutDefaults);
  return reduced;
}

/** The cluster itself gives a Job its selector, and the labels that go with it. */
function withoutJobMarks(reduced: JsonObject): JsonObject {
  const spec = without(asObject(reduced['spec']), 'selector');
  const isMark = (name: string): boolean => /^(?:batch\.kubernetes\.io\/)?(?:controller-uid|job-name)$/.test(name);
  return at({ ...reduced, spec }, ['spec', 'template', 'metadata'], ({ labels, ...metadata }) => {
    const own = Object.entries(asObject(labels)).filter(([name]) => !isMark(name));
    return own.length === 0 ? metadata : { ...metadata, labels: Object.fromEntries(own) };
  });
}

/** The environment is held against what callers name elsewhere, and a snapshot need not have it. */
function podSpecWithoutDefaults(spec: JsonObject): JsonObject {
  const containers = (field: string): JsonObject => {
    const list = asArray(spec[field]).map((item): JsonObject => {
      const { name, ports, restartPolicy, image } = asObject(item);
      return {
        ...{ name },
        ...(restartPolicy === undefined ? {} : { restartPolicy }),
        ...(image === undefined ? {} : { image }),
        ...(ports === undefined ? {} : { ports: asArray(ports).map(portWithoutDefaults) }),
      };
    });
    return list.length === 0 ? {} : { [field]: list };
  };
  const { hostNetwork, serviceAccountName } = spec;
  return {
    ...(hostNetwork === true ? { hostNetwork } : {}),
    ...(serviceAccountName === undefined || serviceAccountName === 'default' ? {} : { serviceAccountName }),
    ...containers('initContainers'),
    ...containers('containers'),
  };
}

function portWithoutDefaults(item: JsonValue): JsonObject {
  const { protocol, ...port } = asObject(item);
  return protocol === undefined || protocol === 'TCP' ? port : { ...port, protocol };
}

function serviceWithoutDefaults(spec: JsonObject): JsonObject {
  const { type, clusterIP, ports, ...others } = spec;
  return {
    ...others,
    ...(type === undefined || type === 'ClusterIP' ? {} : { type }),
    ...(clusterIP === 'None' ? { clusterIP } : {}),
    ports: asArray(ports).map((item) => {
      const port = portWithoutDefaults(item);
      const { targetPort, ...rest } = port;
      return targetPort === undefined || targetPort === port['port'] ? rest : port;
    }),
  };
}

function at(
  object: JsonObject,
  [key, ...path]: readonly string[],
  change: (value: JsonObject) => JsonObject,
): JsonObject {
  if (key === undefined) return change(object);
  const value = asObject(object[key]);
  return { ...object, [key]: at(value, path, change) };
}

/** A workload as it is, with the environment that the manifests give it: what it calls is known from there alone. */
function withEnvironmentOf(written: KubernetesObject, actual: KubernetesObject): KubernetesObject {
  const template = TEMPLATE_PATHS[`${actual.group}/${actual.kind}`];
  if (!template) return actual;
  const wanted = template.reduce<JsonObject>((value, key) => asObject(value[key]), written.body);
  const byName = new Map(
    ['initContainers', 'containers']
      .flatMap((field) => asArray(asObject(wanted['spec'])[field]))
      .map((item) => [asString(asObject(item)['name']), asObject(item)]),
  );
  const merged = at(actual.body, [...template, 'spec'], (spec) => {
    const containers = (field: string): JsonObject => {
      const list = asArray(spec[field]).map((item) => {
        const { ports, ...own } = asObject(item);
        const named = without(byName.get(asString(own['name'])) ?? {}, 'ports');
        return { ...own, ...named, ...(ports === undefined ? {} : { ports }) };
      });
      return list.length === 0 ? {} : { [field]: list };
    };
    const { volumes } = asObject(wanted['spec']);
    const mounted = volumes === undefined ? {} : { volumes };
    return { ...spec, ...mounted, ...containers('initContainers'), ...containers('containers') };
  });
  const annotations = without(actual.metadata.annotations, ENVIRONMENT_ANNOTATION);
  return { ...actual, body: merged, metadata: { ...actual.metadata, annotations } };
}
