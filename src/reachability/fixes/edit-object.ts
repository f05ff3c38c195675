import { applyOperations, setWithMaps, type EditOperation } from '../../kubernetes/edit-operations.js';
import { editYaml } from '../../kubernetes/edit-yaml.js';
import { asArray, asObject, asString, asStrings, isObject } from '../../kubernetes/json.js';
import type { JsonObject, KubernetesObject } from '../../kubernetes/manifest.js';
import { isEqual } from '../../kubernetes/object-differences.js';
import { readObjectMeta } from '../../kubernetes/object-meta.js';
import { readYaml } from '../../kubernetes/read-yaml.js';
import { EXPORT_TO_ANNOTATION } from '../../istio/kubernetes-service.js';
import { NONE, PRIVATE, PUBLIC, type ExportTo } from '../../istio/visibility.js';
import type { ListenerChoice, Want } from './want.js';

/** An object before and after an edit. */
export interface EditedObject {
  readonly key: string;
  /** Null for an object that is not there yet. */
  readonly before: KubernetesObject | null;
  /** Null for one that is taken out. */
  readonly after: KubernetesObject | null;
  readonly operations: readonly EditOperation[];
}

/** Makes one edit of all that is wanted of an object; null where it cannot be, or comes to nothing.
 *
 * @param exportDefault who sees an object of this kind that says nothing of it. */
export function editObject(
  object: KubernetesObject | null,
  wants: readonly Want[],
  exportDefault: (kind: string) => ExportTo,
): EditedObject | null {
  const [first] = wants;
  if (!first) return null;
  const { key } = first;
  if (first.kind === 'restore') return { key, before: null, after: first.object, operations: [] };
  if (object === null) return null;
  if (first.kind === 'take-out') return { key, before: object, after: null, operations: [] };
  const operations = operationsFor(object, wants, exportDefault);
  const body = operations && applyOperations(object.body, operations);
  if (!operations || body === null || isEqual(body, object.body)) return null;
  const after = withBody(object, body);
  return after && { key, before: object, after, operations };
}

function operationsFor(
  object: KubernetesObject,
  wants: readonly Want[],
  exportDefault: (kind: string) => ExportTo,
): EditOperation[] | null {
  const exported = wants.flatMap((want) => (want.kind === 'export' ? want.namespace : []));
  const mesh = wants.flatMap((want) => (want.kind === 'mesh' ? want.operation : []));
  const plain = distinct(wants.flatMap((want) => (want.kind === 'operation' ? want.operation : [])));
  const meshed = mesh.length === 0 ? [] : meshOperations(object, distinct(mesh));
  if (meshed === null) return null;
  return [
    ...hostOperations(object, wants),
    ...exportOperations(object, [...new Set(exported)].sort(), exportDefault(object.kind)),
    ...plain,
    ...meshed,
  ];
}

function distinct(operations: readonly EditOperation[]): readonly EditOperation[] {
  return [...new Map(operations.map((operation) => [JSON.stringify(operation), operation])).values()];
}

/** Lines go behind those that a listener has; new listeners before the one for all other ports, which Istio wants to be the last. */
function hostOperations({ body }: KubernetesObject, wants: readonly Want[]): EditOperation[] {
  const lines = new Map<string, { listener: ListenerChoice; hosts: Set<string> }>();
  for (const want of wants) {
    if (want.kind !== 'host') continue;
    const id = JSON.stringify(want.listener);
    const known = lines.get(id) ?? { listener: want.listener, hosts: new Set<string>() };
    known.hosts.add(want.line);
    lines.set(id, known);
  }
  const egress = asArray(asObject(body['spec'])['egress']).map(asObject);
  const rest = egress.findIndex((listener) => !isObject(listener['port']));
  const chosen = [...lines.values()].map(({ listener, hosts }) => ({ listener, hosts: [...hosts].sort() }));
  const existing = chosen.flatMap(({ listener, hosts }) => {
    if (listener.kind !== 'existing') return [];
    const length = asStrings(egress[listener.index]?.['hosts']).length;
    const path = ['spec', 'egress', listener.index, 'hosts'];
    return hosts.map((value, i) => ({ kind: 'insert', path, index: length + i, value }) as const);
  });
  const added = [
    ...chosen.flatMap(({ listener, hosts }) => {
      if (listener.kind !== 'port') return [];
      const { number, protocol, name } = listener;
      return [{ port: { number, protocol, name }, hosts }];
    }),
    ...chosen.flatMap(({ listener, hosts }) => (listener.kind === 'rest' ? [{ hosts }] : [])),
  ];
  const start = rest < 0 ? egress.length : rest;
  const path = ['spec', 'egress'];
  return [...existing, ...added.map((value, i) => ({ kind: 'insert', path, index: start + i, value }) as const)];
}

function exportOperations(
  object: KubernetesObject,
  namespaces: readonly string[],
  exportDefault: ExportTo,
): EditOperation[] {
  const { kind, group, metadata, body } = object;
  if (namespaces.length === 0) return [];
  const isService = kind === 'Service' && group === '';
  const annotation = asString(asObject(asObject(body['metadata'])['annotations'])[EXPORT_TO_ANNOTATION]);
  const written = isService
    ? annotation.split(',').flatMap((entry) => entry.trim() || [])
    : asStrings(asObject(body['spec'])['exportTo']);
  const known = (written.length > 0 ? written : [...exportDefault]).filter((entry) => entry !== NONE);
  if (known.includes(PUBLIC)) return [];
  const wanted = namespaces
    .map((namespace) => (namespace === metadata.namespace ? PRIVATE : namespace))
    .filter((entry) => !known.includes(entry) && !(entry === PRIVATE && known.includes(metadata.namespace)));
  if (wanted.length === 0) return [];
  if (isService) {
    const text = [...(written.length > 0 && known.length > 0 ? [annotation] : known), ...wanted].join(',');
    return [setWithMaps(body, ['metadata', 'annotations', EXPORT_TO_ANNOTATION], text)];
  }
  if (written.length === 0 || known.length < written.length) {
    return [setWithMaps(body, ['spec', 'exportTo'], [...known, ...wanted])];
  }
  return wanted.map((value, i) => ({ kind: 'insert', path: ['spec', 'exportTo'], index: written.length + i, value }));
}

/** Edits of the mesh configuration's YAML, which is one text for Kubernetes; null where that text is unusual. */
function meshOperations({ body }: KubernetesObject, operations: readonly EditOperation[]): EditOperation[] | null {
  let text: string | null = asString(asObject(body['data'])['mesh']);
  for (const operation of operations) {
    const old = readYaml(text).value;
    const wanted: JsonObject | null = isObject(old) ? applyOperations(old, [operation]) : null;
    if (wanted === null) return null;
    text = editYaml(text, operation);
    if (text === null || !isEqual(readYaml(text).value, wanted)) return null;
  }
  return [{ kind: 'set', path: ['data', 'mesh'], value: text }];
}

/** The object with another body, where that can still be identified. */
function withBody(object: KubernetesObject, body: JsonObject): KubernetesObject | null {
  const { meta } = readObjectMeta(body, object.group, object.kind, object.locate);
  if (meta === null) return null;
  const { namespace, creationTimestamp } = object.metadata;
  return { ...object, body, metadata: { ...meta, namespace, creationTimestamp } };
}
