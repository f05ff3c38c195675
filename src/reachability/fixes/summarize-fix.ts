import { EXPORT_TO_ANNOTATION } from '../../istio/kubernetes-service.js';
import type { EditOperation } from '../../kubernetes/edit-operations.js';
import { asObject, asString, asStrings, isObject } from '../../kubernetes/json.js';
import type { JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import { valueAt, type ValuePath } from '../../kubernetes/object-differences.js';
import { titleOf } from '../../kubernetes/object-title.js';
import { describePath } from '../words.js';
import type { EditedObject } from './edit-object.js';
import type { Want } from './want.js';

const MOST_LISTED = 3;
const MOST_TEXT = 80;

/** What to do, in one sentence of plain text that begins with a verb. */
export function summarizeFix(edited: readonly EditedObject[], wants: readonly Want[]): string {
  const parts = edited.flatMap((edit) => summarizeEdit(edit, wants));
  const shown = parts.slice(0, MOST_LISTED);
  const more = parts.length - shown.length;
  const all = more > 0 ? [...shown, `make ${more} more ${more === 1 ? 'edit' : 'edits'}`] : shown;
  const sentence = all.join(', and ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

/** What is done to one object, each part beginning with a verb; only the first names the object. */
function summarizeEdit({ key, before, after, operations }: EditedObject, wants: readonly Want[]): readonly string[] {
  if (before === null) return [`put ${titleOf(after!)} back`];
  if (after === null) return [`take ${titleOf(before)} out`];
  const mesh = wants.flatMap((want) => (want.kind === 'mesh' && want.key === key ? want.operation : []));
  if (mesh.length > 0) {
    const where = ` in the mesh configuration of ${titleOf(before)}`;
    return mesh.map((operation, index) => `${tellOperation(before, operation, '')}${index === 0 ? where : ''}`);
  }
  const lines = operations.flatMap(addedHosts);
  const exported = operations.flatMap((operation) => addedNamespaces(before, operation));
  const others = operations.filter(
    (operation) => addedHosts(operation).length === 0 && addedNamespaces(before, operation).length === 0,
  );
  const told = [
    ...(lines.length > 0 ? [summarizeHosts(before, operations, lines)] : []),
    ...(exported.length > 0 ? [`export ${titleOf(before)} to ${listed(exported)} as well`] : []),
  ];
  return [
    ...told,
    ...others.map((operation, index) =>
      tellOperation(before, operation, told.length + index === 0 ? ` of ${titleOf(before)}` : ' there'),
    ),
  ];
}

function addedHosts(operation: EditOperation): readonly string[] {
  if (operation.kind !== 'insert') return [];
  if (operation.path.at(-1) === 'hosts') return typeof operation.value === 'string' ? [operation.value] : [];
  return operation.path.at(-1) === 'egress' ? asStrings(asObject(operation.value)['hosts']) : [];
}

function summarizeHosts(
  object: KubernetesObject,
  operations: readonly EditOperation[],
  lines: readonly string[],
): string {
  const listeners = operations.filter((operation) => operation.path.at(-1) === 'egress');
  const ports = listeners.flatMap((operation) => {
    const port = operation.kind === 'insert' ? asObject(asObject(operation.value)['port'])['number'] : undefined;
    return typeof port === 'number' ? [`port ${port}`] : ['all other ports'];
  });
  const hosts = `${new Set(lines).size === 1 ? 'the host' : 'the hosts'} ${listed(lines)}`;
  const where = ports.length === 0 ? '' : `, in a listener for ${listed(ports)}`;
  return `add ${hosts} to ${titleOf(object)}${where}`;
}

/** The namespaces that an operation lets see an object. */
function addedNamespaces({ kind, metadata }: KubernetesObject, operation: EditOperation): readonly string[] {
  const { path } = operation;
  const isList = path.length === 2 && path[1] === 'exportTo';
  if (operation.kind === 'insert' && isList) return [asString(operation.value)];
  if (operation.kind !== 'set') return [];
  if (isList) return asStrings(operation.value).filter((entry) => entry !== '.');
  const text = kind === 'Service' && path.includes('annotations') ? annotationIn(path, operation.value) : null;
  if (text === null) return [];
  const old = asString(metadata.annotations[EXPORT_TO_ANNOTATION]).split(',');
  return text.split(',').filter((entry) => entry !== '.' && !old.includes(entry));
}

function annotationIn(path: ValuePath, value: JsonValue): string | null {
  const text = path.at(-1) === EXPORT_TO_ANNOTATION ? value : isObject(value) ? value[EXPORT_TO_ANNOTATION] : null;
  return typeof text === 'string' ? text : null;
}

/** @param whose continues `set the label version`: ` of Deployment shop/cart`. */
function tellOperation(object: KubernetesObject, operation: EditOperation, whose: string): string {
  const { path } = operation;
  if (operation.kind === 'remove') return `remove ${tellRemoved(object, path)}${whose}`;
  if (operation.kind === 'insert') return `add ${short(operation.value)} to ${describePath(object, path)}${whose}`;
  const { what, value } = innermost(path, operation.value);
  return `set ${describePath(object, what)}${whose} to ${short(value)}`;
}

/** An item of a list by its value, of annotations and labels that go as a whole the only one; anything else by the way to it. */
function tellRemoved(object: KubernetesObject, path: ValuePath): string {
  const value = valueAt(object, path);
  const last = path.at(-1);
  if (typeof last === 'number' && value !== undefined && !isObject(value) && !Array.isArray(value)) {
    return `${short(value)} from ${describePath(object, path.slice(0, -1))}`;
  }
  const isOfMeta = last === 'annotations' || last === 'labels';
  return describePath(object, isOfMeta && value !== undefined ? innermost(path, value).what : path);
}

/** Of maps that are set with one value in them, that value. */
function innermost(what: ValuePath, value: JsonValue): { readonly what: ValuePath; readonly value: JsonValue } {
  const [only, ...others] = isObject(value) ? Object.entries(value) : [];
  if (only?.[1] === undefined || others.length > 0) return { what, value };
  return innermost([...what, only[0]], only[1]);
}

function short(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT - 1)}…`;
}

function listed(items: readonly string[]): string {
  const all = [...new Set(items)];
  const shown = all.slice(0, MOST_LISTED);
  const more = all.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)!}`;
}
