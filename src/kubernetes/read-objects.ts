import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import type { Diagnostic, Origin } from '../diagnostic/diagnostic.js';
import { newJsonMap } from './json-map.js';
import { asString, isObject } from './json.js';
import { locateIn, type Locator, type Path } from './locate.js';
import type { JsonObject, JsonValue, KubernetesObject, Unreadable } from './manifest.js';
import { describe, isForTool, readObjectMeta } from './object-meta.js';
import { readingDiagnostic } from './reading-diagnostic.js';

/** The objects of one document. */
export interface ObjectsReading {
  readonly objects: KubernetesObject[];
  readonly unreadable: Unreadable[];
  readonly diagnostics: Diagnostic[];
}

interface Reader extends ObjectsReading {
  readonly filePath: string;
  readonly locator: Locator;
}

/** What an item of a list takes from the list where it says nothing itself. */
interface Inherited {
  readonly apiVersion: string;
  readonly kind: string;
}

/** True for maps which a reader would take for an object: text as an apiVersion or a kind, or both in any shape. */
export function namesKubernetes(body: JsonObject): boolean {
  const { apiVersion, kind } = body;
  if (apiVersion !== undefined && kind !== undefined) return true;
  if (typeof kind === 'string' && kind !== '') return true;
  return typeof apiVersion === 'string' && apiVersion !== '' && !isChart(body);
}

/** True for an object that configures a tool, so that no cluster has it. */
export function configuresTool({ apiVersion, kind }: JsonObject): boolean {
  return isText(apiVersion) && isText(kind) && isForTool(groupOf(apiVersion), kind);
}

/** A chart's own `Chart.yaml` has an apiVersion, but is nothing to apply. */
function isChart({ name, version, metadata, spec }: JsonObject): boolean {
  return typeof name === 'string' && version !== undefined && metadata === undefined && spec === undefined;
}

/** Reads the object of a document whose value starts on `line`; the items of a list one by one. */
export function readObjects(filePath: string, body: JsonObject, locator: Locator, line: number): ObjectsReading {
  const reader: Reader = { filePath, locator, objects: [], unreadable: [], diagnostics: [] };
  readBody(body, [], line, reader);
  const { objects, unreadable, diagnostics } = reader;
  return { objects, unreadable, diagnostics };
}

function readBody(body: JsonObject, base: Path, line: number, reader: Reader): void {
  const { apiVersion, kind, items } = body;
  if (!isText(apiVersion) || !isText(kind)) return refuseIdentity(body, line, reader);
  if (kind.endsWith('List') && items !== undefined) return readItems(items, { apiVersion, kind }, base, reader);
  const locate = locateIn(reader.locator, reader.filePath, base);
  const { object, diagnostics } = readObject(body, { path: reader.filePath, line }, locate);
  reader.diagnostics.push(...diagnostics);
  if (object === null) reader.unreadable.push({ path: reader.filePath, line, kind });
  else reader.objects.push(object);
}

/** The object that a body with an apiVersion and a kind is, with what is wrong about its metadata; null where it cannot be identified. */
export function readObject(
  body: JsonObject,
  origin: Origin,
  locate: KubernetesObject['locate'],
): { readonly object: KubernetesObject | null; readonly diagnostics: readonly Diagnostic[] } {
  const [apiVersion, kind] = [asString(body['apiVersion']), asString(body['kind'])];
  const group = groupOf(apiVersion);
  const { meta, diagnostics } = readObjectMeta(body, group, kind, locate);
  const object = meta && { apiVersion, group, kind, metadata: meta, body, origin, locate };
  return { object, diagnostics };
}

/** As kubectl unfolds a list: the items of a `ServiceList` need not say that they are Services. */
function readItems(items: JsonValue, list: Inherited, base: Path, reader: Reader): void {
  if (items === null) return;
  if (!Array.isArray(items)) {
    const at = reader.locator.lineOf([...base, 'items']);
    return refuse(
      'wrong-type',
      `items of this ${list.kind} must be a list, but is ${describe(items)}`,
      at,
      null,
      reader,
    );
  }
  const itemKind = list.kind.slice(0, -'List'.length);
  for (const [index, item] of (items as readonly JsonValue[]).entries()) {
    const path = [...base, 'items', index];
    const itemLine = reader.locator.lineOf(path);
    if (isObject(item)) readBody(withInherited(item, list.apiVersion, itemKind), path, itemLine, reader);
    else
      refuse('wrong-type', `An item of this ${list.kind} is ${describe(item)}, not an object`, itemLine, null, reader);
  }
}

/** The objects of a document's value, each with the way to it; items of lists as they are unfolded. */
export function listWrittenObjects(
  value: JsonObject,
  path: Path = [],
): readonly { readonly body: JsonObject; readonly path: Path }[] {
  const { apiVersion, kind, items } = value;
  if (!isText(apiVersion) || !isText(kind)) return [];
  if (!kind.endsWith('List') || items === undefined) return [{ body: value, path }];
  if (!Array.isArray(items)) return [];
  const itemKind = kind.slice(0, -'List'.length);
  return (items as readonly JsonValue[]).flatMap((item, index) =>
    isObject(item) ? listWrittenObjects(withInherited(item, apiVersion, itemKind), [...path, 'items', index]) : [],
  );
}

function withInherited(item: JsonObject, apiVersion: string, kind: string): JsonObject {
  if (kind === '' || item['apiVersion'] !== undefined || item['kind'] !== undefined) return item;
  return Object.assign(newJsonMap(), { apiVersion, kind }, item);
}

function refuseIdentity({ apiVersion, kind }: JsonObject, line: number, reader: Reader): void {
  const known = isText(kind) ? kind : null;
  for (const [field, value] of Object.entries({ apiVersion, kind })) {
    if (value === undefined || value === null || typeof value === 'string') continue;
    return refuse('wrong-type', `${field} must be text, but is ${describe(value)}`, line, known, reader);
  }
  const finding = isText(kind)
    ? `A document of kind ${kind} has no apiVersion`
    : isText(apiVersion)
      ? `A document of apiVersion ${apiVersion} has no kind`
      : 'The item names neither an apiVersion nor a kind';
  refuse('not-an-object', finding, line, known, reader);
}

function refuse(code: DiagnosticCode, finding: string, line: number, kind: string | null, reader: Reader): void {
  reader.diagnostics.push(readingDiagnostic(code, finding, { path: reader.filePath, line }));
  reader.unreadable.push({ path: reader.filePath, line, kind });
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
