import { asArray, asObject, asString, asStrings, isObject } from '../kubernetes/json.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { JsonObject, KubernetesObject } from '../kubernetes/manifest.js';
import { includes, classifyHosts } from '../istio/host-classification.js';
import type { Cause } from './change.js';
import type { Destination } from './egress-reachability.js';
import type { ComparedVerdict } from './verdict.js';

/** What a cause is to explain. */
export interface ExplainedDifference {
  readonly destinations: readonly Destination[];
  readonly before: ComparedVerdict;
  readonly after: ComparedVerdict;
}

/** A changed object as a cause: the line a reader should look at, and why it matters, in one sentence. */
export function explainCause(changed: ChangedObject, difference: ExplainedDifference): Cause {
  const object = (changed.after ?? changed.before)!;
  const side = changed.after ? 'after' : 'before';
  const { path, line } = object.locate(decisivePath(changed));
  const { name, namespace } = object.metadata;
  return { kind: object.kind, namespace, name, path, line, side, explanation: explanation(changed, difference) };
}

/** Of a new Sidecar the hosts, of an edit what was edited, else the object's first line. */
function decisivePath({ before, after, path }: ChangedObject): readonly (string | number)[] {
  if (before && after) return path;
  const object = (after ?? before)!;
  if (object.kind !== 'Sidecar') return [];
  const spec = asObject(object.body['spec']);
  if (asArray(spec['egress']).length > 0) return ['spec', 'egress', 0, 'hosts'];
  return 'outboundTrafficPolicy' in spec ? ['spec', 'outboundTrafficPolicy'] : [];
}

function explanation(changed: ChangedObject, difference: ExplainedDifference): string {
  const object = (changed.after ?? changed.before)!;
  const subject = `${object.kind} ${object.metadata.namespace ? `${object.metadata.namespace}/` : ''}${object.metadata.name}`;
  if (object.kind === 'Sidecar') return explainSidecar(subject, changed, difference);
  if (!changed.after) return `${subject} is gone.`;
  if (!changed.before) return `${subject} is new.`;
  const what = describePath(changed.path);
  const [old, now] = [valueAt(changed.before, changed.path), valueAt(changed.after, changed.path)];
  return old !== null && now !== null
    ? `${subject} changes ${what} from ${old} to ${now}.`
    : `${subject} changes ${what}.`;
}

function explainSidecar(subject: string, { before, after }: ChangedObject, difference: ExplainedDifference): string {
  if (!after) return `${subject} is gone; what it left out can be reached again, and what it alone listed no longer can.`;
  const spec = asObject(after.body['spec']);
  const mode = modeOf(spec);
  if (before && mode !== modeOf(asObject(before.body['spec'])) && mode !== '') {
    return `${subject} sets outboundTrafficPolicy to ${mode}.`;
  }
  const hosts = asArray(spec['egress']).flatMap((listener) => asStrings(asObject(listener)['hosts']));
  const lacks = `nothing ${before ? 'else ' : ''}it lists matches ${nameHosts(difference.destinations)}`;
  const leavesOut = hosts.length > 0 && !difference.destinations.some((d) => isListed(hosts, after, d.host));
  if (!before) return leavesOut ? `${subject} now governs this workload; ${lacks}.` : `${subject} now governs this workload.`;
  const old = asArray(asObject(before.body['spec'])['egress']).flatMap((listener) => asStrings(asObject(listener)['hosts']));
  const gone = old.filter((host) => !hosts.includes(host));
  if (gone.length > 0 && leavesOut) return `${subject} no longer lists ${quoteList(gone)}; ${lacks}.`;
  if (gone.length > 0) return `${subject} no longer lists ${quoteList(gone)}.`;
  const fresh = hosts.filter((host) => !old.includes(host));
  if (fresh.length > 0) return `${subject} now lists ${quoteList(fresh)}.`;
  return `${subject} changed.`;
}

function modeOf(spec: JsonObject): string {
  const policy = spec['outboundTrafficPolicy'];
  if (!isObject(policy)) return '';
  return asString(policy['mode']) || 'REGISTRY_ONLY (no mode is given)';
}

/** Whether some host line could match a name in whatever namespace; a line's namespace is not looked at. */
function isListed(hosts: readonly string[], sidecar: KubernetesObject, name: string): boolean {
  const owner = /^[^.]+\.([^.]+)\.svc\./.exec(name)?.[1];
  const { byNamespace } = classifyHosts(hosts, sidecar.metadata.namespace, false);
  if (owner === undefined) return [...byNamespace.values()].some((listed) => includes(listed, name));
  return includes(byNamespace.get(owner), name) || includes(byNamespace.get('*'), name);
}

function nameHosts(destinations: readonly Destination[]): string {
  const hosts = [...new Set(destinations.map((d) => d.host))];
  if (hosts.length === 1) return hosts[0]!;
  return hosts.length <= 3 ? hosts.join(', ') : `these ${hosts.length} hosts`;
}

function quoteList(items: readonly string[]): string {
  const shown = items.slice(0, 3).map((item) => `"${item}"`);
  return shown.join(', ') + (items.length > 3 ? ` and ${items.length - 3} more` : '');
}

function describePath(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'its content';
  return path.reduce<string>((text, key) => text + (typeof key === 'number' ? `[${key}]` : text ? `.${key}` : key), '');
}

/** A scalar, short enough to be shown; null for anything else. */
function valueAt(object: KubernetesObject, path: readonly (string | number)[]): string | null {
  let value: unknown = object.body;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return null;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (!isScalar || object.kind === 'Secret') return null;
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : null;
}
