import type { Origin } from '../diagnostic/diagnostic.js';
import { classifyHosts, includes } from '../istio/host-classification.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { asArray, asObject, asString, asStrings, isObject } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { listDifferences, type ValuePath } from '../kubernetes/object-differences.js';
import type { Destination } from './egress-reachability.js';
import { nameHosts, quoteList, tellDifferences, writtenPath } from './words.js';

interface Explanation {
  readonly origin: Origin | null;
  readonly explanation: string;
}

interface Part {
  readonly path: ValuePath;
  readonly text: string;
}

/** Why a Sidecar that is new, gone or edited decides about destinations, and the line to look at. */
export function explainSidecar(
  subject: string,
  { before, after }: ChangedObject,
  to: readonly Destination[],
): Explanation {
  if (!after) return explainGone(subject, before!, to);
  if (!before) return explainNew(subject, after, to);
  const parts = [
    ...explainSelector(before, after),
    ...explainMode(before, after),
    ...explainHosts(before, after, to),
    ...explainListeners(before, after),
  ];
  const first = parts[0];
  if (!first) {
    const differences = listDifferences(before.body['spec'], after.body['spec']).map((d) => ({
      ...d,
      path: ['spec', ...d.path],
    }));
    const path = differences[0]?.path ?? [];
    return {
      origin: after.locate(writtenPath(after, path)),
      explanation: `${subject} ${tellDifferences(after, differences)}.`,
    };
  }
  return {
    origin: after.locate(writtenPath(after, first.path)),
    explanation: `${subject} ${parts.map(({ text }) => text).join(', and ')}.`,
  };
}

function explainGone(subject: string, before: KubernetesObject, to: readonly Destination[]): Explanation {
  const listed = hostsFor(before, to);
  if (hostsOf(before).length === 0)
    return { origin: null, explanation: `${subject}, which governed this workload, is gone.` };
  const what =
    listed.length > 0 ? `, which listed ${quoteList(listed)},` : `, of whose hosts none matched ${nameHosts(to)},`;
  return { origin: null, explanation: `${subject}${what} is gone.` };
}

/** Of a new Sidecar the line of its hosts, else that of its policy. */
function explainNew(subject: string, after: KubernetesObject, to: readonly Destination[]): Explanation {
  const spec = asObject(after.body['spec']);
  const hasHosts = asArray(spec['egress']).length > 0;
  const path = hasHosts
    ? ['spec', 'egress', 0, 'hosts']
    : 'outboundTrafficPolicy' in spec
      ? ['spec', 'outboundTrafficPolicy']
      : [];
  const origin = path.length > 0 ? after.locate(path) : null;
  const governs = `${subject} now governs this workload`;
  if (!hasHosts) {
    const mode = modeOf(after);
    return {
      origin,
      explanation: mode
        ? `${governs}, and sets outboundTrafficPolicy to ${mode}.`
        : `${governs}; it lists no hosts, which means all (*/*).`,
    };
  }
  const listed = hostsFor(after, to);
  if (listed.length === 0) return { origin, explanation: `${governs}; nothing it lists matches ${nameHosts(to)}.` };
  return { origin, explanation: `${governs}; it lists ${quoteList(listed)}${portsOf(after, to)}.` };
}

/** Where every listener that lists the destinations is one for certain ports only. */
function portsOf(sidecar: KubernetesObject, to: readonly Destination[]): string {
  const listeners = listenersOf(sidecar).filter(({ hosts }) =>
    to.some((d) => matching(hosts, sidecar, d.host).length > 0),
  );
  const ports = listeners.flatMap(({ port }) => port ?? []);
  return ports.length === listeners.length ? ` for port ${ports.join(', ')} only` : '';
}

function explainSelector(before: KubernetesObject, after: KubernetesObject): Part[] {
  const [old, now] = [before, after].map(selectorText);
  return old === now ? [] : [{ path: ['spec', 'workloadSelector'], text: `now governs ${now!} (before: ${old!})` }];
}

function selectorText({ body }: KubernetesObject): string {
  const selector = asObject(body['spec'])['workloadSelector'];
  const labels = Object.entries(asObject(asObject(selector)['labels'])).map(
    ([key, value]) => `${key}=${asString(value)}`,
  );
  if (selector === undefined || selector === null) return 'every workload that no other selects';
  return labels.length > 0 ? `the pods with ${labels.join(', ')}` : 'every workload';
}

function explainMode(before: KubernetesObject, after: KubernetesObject): Part[] {
  const [old, now] = [modeOf(before), modeOf(after)];
  if (old === now) return [];
  const text =
    now === ''
      ? `no longer sets outboundTrafficPolicy, which was ${old}`
      : `sets outboundTrafficPolicy to ${now}${old && ` (before: ${old})`}`;
  return [{ path: ['spec', 'outboundTrafficPolicy'], text }];
}

/** Empty where the Sidecar has no policy of its own. */
function modeOf({ body }: KubernetesObject): string {
  const policy = asObject(body['spec'])['outboundTrafficPolicy'];
  if (!isObject(policy)) return '';
  return asString(policy['mode']) || 'REGISTRY_ONLY (no mode is given)';
}

function explainHosts(before: KubernetesObject, after: KubernetesObject, to: readonly Destination[]): Part[] {
  const [old, now] = [hostsOf(before), hostsOf(after)];
  const path = changedHosts(before, after) ?? ['spec', 'egress'];
  if (old.length > 0 && now.length === 0) return [{ path, text: 'no longer lists any hosts, which means all (*/*)' }];
  const gone = old.filter((host) => !now.includes(host));
  const fresh = now.filter((host) => !old.includes(host));
  const matters = (hosts: readonly string[], sidecar: KubernetesObject): readonly string[] => {
    const matched = hosts.filter((host) => to.some((d) => matching([host], sidecar, d.host).length > 0));
    return matched.length > 0 ? matched : hosts;
  };
  const left =
    hostsFor(after, to).length === 0
      ? `; nothing ${old.length > 0 ? 'else ' : ''}it lists matches ${nameHosts(to)}`
      : '';
  const parts: Part[] = [];
  if (gone.length > 0) parts.push({ path, text: `no longer lists ${quoteList(matters(gone, before))}` });
  // What is newly listed is of interest where it takes the call, or where nothing is taken away.
  const taken = hostsFor(after, to).filter((host) => fresh.includes(host));
  if (fresh.length > 0 && (taken.length > 0 || gone.length === 0)) {
    parts.push({ path, text: `now lists ${quoteList(taken.length > 0 ? taken : fresh)}` });
  }
  const last = parts.pop();
  return last ? [...parts, { ...last, text: last.text + left }] : [];
}

/** The first host line that differs; of one that is taken out, what stands in its place. */
function changedHosts(before: KubernetesObject, after: KubernetesObject): ValuePath | null {
  const differences = listDifferences(asObject(before.body['spec'])['egress'], asObject(after.body['spec'])['egress']);
  const inHosts = differences.find(({ path }) => path.includes('hosts')) ?? differences[0];
  return inHosts ? ['spec', 'egress', ...inHosts.path] : null;
}

/** Listeners that change in something other than their hosts. */
function explainListeners(before: KubernetesObject, after: KubernetesObject): Part[] {
  const [old, now] = [before, after].map((sidecar) => asArray(asObject(sidecar.body['spec'])['egress']));
  const differences = listDifferences(old, now)
    .filter(({ path }) => path.length > 1 && !path.includes('hosts'))
    .map((difference) => ({ ...difference, path: ['spec', 'egress', ...difference.path] }));
  const first = differences[0];
  return first ? [{ path: first.path, text: tellDifferences(after, differences) }] : [];
}

interface Listener {
  readonly hosts: readonly string[];
  readonly port: string | null;
}

function listenersOf({ body }: KubernetesObject): Listener[] {
  return asArray(asObject(body['spec'])['egress']).map((item) => {
    const { hosts, port } = asObject(item) as Readonly<Record<'hosts' | 'port', ReturnType<typeof asObject>[string]>>;
    const number = asObject(port)['number'];
    return { hosts: asStrings(hosts), port: typeof number === 'number' ? String(number) : null };
  });
}

function hostsOf(sidecar: KubernetesObject): string[] {
  return listenersOf(sidecar).flatMap(({ hosts }) => hosts);
}

/** The host lines that match one of the destinations. */
function hostsFor(sidecar: KubernetesObject, to: readonly Destination[]): string[] {
  return hostsOf(sidecar).filter((host) => to.some((d) => matching([host], sidecar, d.host).length > 0));
}

/** Whether a Sidecar lists a host; one without listeners lists all. */
export function listsHost(sidecar: KubernetesObject, host: string): boolean {
  const hosts = hostsOf(sidecar);
  return hosts.length === 0 || matching(hosts, sidecar, host).length > 0;
}

/** A name of the cluster tells its namespace; of another host no line's namespace is looked at. */
function matching(hosts: readonly string[], sidecar: KubernetesObject, name: string): readonly string[] {
  const owner = /^[^.]+\.([^.]+)\.svc\./.exec(name)?.[1];
  return hosts.filter((host) => {
    const { byNamespace } = classifyHosts([host], sidecar.metadata.namespace, false);
    if (owner === undefined)
      return [...byNamespace].some(([namespace, listed]) => namespace !== '~' && includes(listed, name));
    return includes(byNamespace.get(owner), name) || includes(byNamespace.get('*'), name);
  });
}
