import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Ledger } from '../reachability/ledger.js';
import { toJsonText } from './json-text.js';
import { ledgerJson, ledgerLines } from './ledger.js';
import { placeJson, placeName } from './place.js';
import { diagnosticJson } from './render-json.js';
import { createPaint, wrapText, type TextOptions } from './text-style.js';
import { diagnosticLines } from './diagnostic-text.js';
import { visibleText } from './visible-text.js';
import { count } from './workload-name.js';

/** What of a tree is applied where. */
export interface DiscoveryReport {
  readonly meshes: readonly DiscoveredMesh[];
  readonly diagnostics: readonly Diagnostic[];
  readonly ledger: Ledger;
}

export interface DiscoveredMesh {
  readonly name: string;
  readonly roots: readonly DiscoveredRoot[];
  readonly objects: readonly KubernetesObject[];
}

export interface DiscoveredRoot {
  /** A folder; `.` for the top. */
  readonly path: string;
  readonly kind: 'plain' | 'kustomize' | 'helm';
  /** The namespace that whoever applies it gives its objects; null where it is their own. */
  readonly namespace: string | null;
  /** Who says so: `Application argocd/shop`. */
  readonly reason: string;
  /** Values files, of a chart. */
  readonly valuesFiles: readonly string[];
}

/** `egress-scope discover --format json`. Ends with a newline.
 *
 * @param withObjects whether every object is listed. */
export function renderDiscoveryJson({ meshes, diagnostics, ledger }: DiscoveryReport, withObjects: boolean): string {
  return toJsonText({
    schema: 'egress-scope/discover/v1',
    meshes: meshes.map(({ name, roots, objects }) => ({
      name,
      roots: roots.map(({ path, kind, namespace, reason }) => ({ path, kind, namespace, reason })),
      resources: objects.length,
      ...(withObjects ? { objects: sortedObjects(objects).map(objectJson) } : {}),
    })),
    diagnostics: diagnostics.map(diagnosticJson),
    ledger: ledgerJson(ledger),
  });
}

function objectJson({ kind, metadata, origin }: KubernetesObject): object {
  return { kind, namespace: metadata.namespace, name: metadata.name, ...placeJson(origin) };
}

/** The same for a terminal. */
export function renderDiscoveryText(
  { meshes, diagnostics, ledger }: DiscoveryReport,
  withObjects: boolean,
  options: TextOptions,
): string {
  const paint = createPaint(options.color);
  const sections = meshes.map(({ name, roots, objects }) => [
    `${paint('bold', `mesh ${visibleText(name)}`)}: ${count(objects.length, 'object')}`,
    ...roots.flatMap((root) => rootLines(root, options)),
    ...(withObjects ? sortedObjects(objects).map((object) => objectLine(object, options)) : []),
  ]);
  const rest = ledgerLines({ ledger, istioVersion: null }, options).map((line) => paint('dim', line));
  return `${[...sections, diagnosticLines(diagnostics, paint, options), rest]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function rootLines(
  { path, kind, namespace, reason, valuesFiles }: DiscoveredRoot,
  { width }: TextOptions,
): readonly string[] {
  const where = namespace === null ? '' : `, into namespace ${namespace}`;
  const values = valuesFiles.length === 0 ? '' : `, with ${valuesFiles.join(', ')}`;
  return [
    `  ${visibleText(path)} (${kind})`,
    `    ${wrapText(visibleText(`${reason}${where}${values}`), width - 4, '    ')}`,
  ];
}

function objectLine({ kind, metadata, origin }: KubernetesObject, { showPath }: TextOptions): string {
  const name = metadata.namespace === '' ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  return visibleText(`  - ${kind} ${name}  ${placeName(origin, showPath?.(origin.path, 'after'))}`);
}

function sortedObjects(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const key = ({ kind, metadata }: KubernetesObject): string => `${metadata.namespace}\0${kind}\0${metadata.name}`;
  return [...objects].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
