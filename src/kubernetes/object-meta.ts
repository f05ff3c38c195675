import type { Diagnostic, Origin } from '../diagnostic/diagnostic.js';
import { isClusterScoped } from './cluster-scoped-kinds.js';
import { newJsonMap } from './json-map.js';
import { isObject } from './json.js';
import type { JsonObject, JsonValue, ObjectMeta } from './manifest.js';
import { readingDiagnostic } from './reading-diagnostic.js';
import { parseTimestamp } from './timestamp.js';

/** Metadata, with what is wrong about it; null where the object cannot be identified. */
export interface MetaReading {
  readonly meta: ObjectMeta | null;
  readonly diagnostics: readonly Diagnostic[];
}

type Locate = (path: readonly (string | number)[]) => Origin;

/** What it takes to judge the metadata of one object. */
interface Subject {
  readonly group: string;
  readonly kind: string;
  readonly locate: Locate;
  readonly diagnostics: Diagnostic[];
}

const HOOKS = ['argocd.argoproj.io/hook', 'helm.sh/hook'] as const;
const KUSTOMIZE = 'kustomize.config.k8s.io';
/** API groups of files that configure a tool on somebody's machine: no cluster stores them, and many have no name. */
const TOOL_GROUPS: ReadonlySet<string> = new Set([
  KUSTOMIZE,
  'kind.x-k8s.io',
  'kubeadm.k8s.io',
  'kubelet.config.k8s.io',
  'kubeproxy.config.k8s.io',
  'kubescheduler.config.k8s.io',
  'apiserver.config.k8s.io',
  'apiserver.k8s.io',
  'audit.k8s.io',
  'client.authentication.k8s.io',
  'config.karmada.io',
  'ctlptl.dev',
  'k3d.io',
  'kuttl.dev',
  'chainsaw.kyverno.io',
  'cli.kyverno.io',
  'skaffold',
]);

/** Reads the metadata as an API server decodes it: what it would refuse is said, and what can be used is kept. */
export function readObjectMeta(body: JsonObject, group: string, kind: string, locate: Locate): MetaReading {
  const diagnostics: Diagnostic[] = [];
  const subject: Subject = { group, kind, locate, diagnostics };
  const metadata = body['metadata'] ?? {};
  if (!isObject(metadata)) {
    diagnostics.push(wrongType(subject, ['metadata'], 'a map', metadata));
    return { meta: null, diagnostics };
  }
  const own = identifier(metadata['name'], 'name', subject);
  const namespace = identifier(metadata['namespace'], 'namespace', subject);
  const labels = textMap(metadata['labels'], 'labels', subject);
  const annotations = textMap(metadata['annotations'], 'annotations', subject);
  const creationTimestamp = timestamp(metadata['creationTimestamp'], subject);
  const name = own === '' ? hookName(metadata, annotations) : own;
  if (name === '' && !mayLackName(group, kind)) diagnostics.push(missingName(metadata, subject));
  if (name === null || namespace === null || (name === '' && !mayLackName(group, kind))) {
    return { meta: null, diagnostics };
  }
  const scope = isClusterScoped(group, kind) ? '' : namespace || 'default';
  return { meta: { name, namespace: scope, labels, annotations, creationTimestamp }, diagnostics };
}

/**
 * True for files that configure a tool rather than a cluster, which may go without a name. Tools like to call them `Config`,
 * and istioctl takes an IstioOperator from a file, where most have no name.
 */
function mayLackName(group: string, kind: string): boolean {
  return TOOL_GROUPS.has(group) || kind === 'Config' || (group === 'install.istio.io' && kind === 'IstioOperator');
}

/**
 * True for files that are written like manifests and are never meant for a cluster: a kubeconfig, the configuration of Skaffold
 * or kind. Kustomizations are, by way of kustomize.
 */
export function isForTool(group: string, kind: string): boolean {
  return (TOOL_GROUPS.has(group) && group !== KUSTOMIZE) || (group === '' && kind === 'Config');
}

/** Text; empty where it is absent or null, null where it is of another type. */
function identifier(value: JsonValue | undefined, field: string, subject: Subject): string | null {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  subject.diagnostics.push(wrongType(subject, ['metadata', field], 'text', value));
  return null;
}

/** The entries that are text; a null reads as empty text, as it does when an API server decodes it. */
function textMap(value: JsonValue | undefined, field: string, subject: Subject): Readonly<Record<string, string>> {
  const entries = newJsonMap() as Record<string, string>;
  if (value === undefined || value === null) return entries;
  if (!isObject(value)) {
    subject.diagnostics.push(wrongType(subject, ['metadata', field], 'a map', value));
    return entries;
  }
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || item === null) entries[key] = '';
    else if (typeof item === 'string') entries[key] = item;
    else subject.diagnostics.push(wrongType(subject, ['metadata', field, key], 'text', item));
  }
  return entries;
}

function timestamp(value: JsonValue | undefined, subject: Subject): number | null {
  if (value === undefined || value === null) return null;
  const moment = typeof value === 'string' ? parseTimestamp(value) : null;
  if (moment === null) {
    subject.diagnostics.push(wrongType(subject, ['metadata', 'creationTimestamp'], 'a time as in RFC 3339', value));
  }
  return moment;
}

/**
 * Argo CD makes its hooks anew each time (`kubectl create`), and takes Helm's for such, so that they may have the beginning of a
 * name alone; nobody else's objects can be applied without one.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
 */
function hookName({ generateName }: JsonObject, annotations: Readonly<Record<string, string>>): string {
  const isHook = HOOKS.some((name) => annotations[name] !== undefined);
  return isHook && typeof generateName === 'string' ? generateName : '';
}

function missingName(metadata: JsonObject, { kind, locate }: Subject): Diagnostic {
  const generated = typeof metadata['generateName'] === 'string' ? ', only a generateName' : '';
  return readingDiagnostic('missing-name', `This ${kind} has no metadata.name${generated}`, locate(['metadata']));
}

function wrongType({ kind, locate }: Subject, path: readonly string[], wanted: string, value: JsonValue): Diagnostic {
  const finding = `${path.join('.')} of this ${kind} must be ${wanted}, but is ${describe(value)}`;
  return readingDiagnostic('wrong-type', finding, locate(path));
}

/** A value in the words of a diagnostic. */
export function describe(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return 'empty';
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return `the boolean ${String(value)}`;
  if (typeof value === 'string') return `the text \`${value.length > 40 ? `${value.slice(0, 40)}…` : value}\``;
  return isObject(value) ? 'a map' : 'a list';
}
