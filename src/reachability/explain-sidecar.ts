import type { Origin } from '../diagnostic/diagnostic.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { asArray, asObject, asString, isObject } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { listDifferences, type ValueDifference, type ValuePath } from '../kubernetes/object-differences.js';
import { hostLinesOf, listenersOf, type HostLines } from './sidecar-host-lines.js';
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
export function explainSidecar(subject: string, { before, after }: ChangedObject, lines: HostLines): Explanation {
  if (!after) return explainGone(subject, before!, lines);
  if (!before) return explainNew(subject, after, lines);
  const parts = [
    ...explainSelector(before, after),
    ...explainMode(before, after),
    ...explainHosts(before, after, lines),
    ...explainListeners(before, after),
  ];
  const [first] = parts.length > 0 ? parts : explainRest(before, after);
  const text = parts.length > 0 ? parts.map((part) => part.text).join(', and ') : (first?.text ?? 'is changed');
  return { origin: after.locate(writtenPath(after, first?.path ?? [])), explanation: `${subject} ${text}.` };
}

function explainGone(subject: string, before: KubernetesObject, lines: HostLines): Explanation {
  const listed = lines.listing(before);
  const what =
    hostLinesOf(before).length === 0
      ? 'governed this workload'
      : listed.length > 0
        ? `listed ${quoteList(listed)}`
        : `listed nothing that matches ${nameHosts(lines.to)}`;
  return { origin: null, explanation: `${subject}, which ${what}, is gone.` };
}

/** Of a new Sidecar the line of its hosts, else that of its policy. */
function explainNew(subject: string, after: KubernetesObject, lines: HostLines): Explanation {
  const spec = asObject(after.body['spec']);
  const hasHosts = listenersOf(after).length > 0;
  const hasPolicy = 'outboundTrafficPolicy' in spec;
  const path = hasHosts ? ['spec', 'egress', 0, 'hosts'] : hasPolicy ? ['spec', 'outboundTrafficPolicy'] : [];
  const origin = path.length > 0 ? after.locate(path) : null;
  const mode = modeOf(after);
  const effect = hasHosts
    ? explainListed(after, lines)
    : mode
      ? `it sets outboundTrafficPolicy to ${mode}`
      : 'it lists no hosts, which means all (*/*)';
  return { origin, explanation: `${subject} now governs this workload; ${effect}.` };
}

/** What a Sidecar says of destinations; continues `Sidecar shop/default now governs this workload; …`. */
function explainListed(sidecar: KubernetesObject, lines: HostLines): string {
  const excluded = lines.excluding(sidecar);
  if (excluded.length > 0) return `it excludes ${quoteList(excluded)}`;
  const listed = lines.listing(sidecar);
  if (listed.length === 0) return `nothing it lists matches ${nameHosts(lines.to)}`;
  const listeners = listenersOf(sidecar).filter(({ hosts }) => lines.listing(sidecar, hosts).length > 0);
  const ports = listeners.flatMap(({ port }) => port ?? []);
  return `it lists ${quoteList(listed)}${ports.length === listeners.length ? ` for port ${ports.join(', ')} only` : ''}`;
}

function explainSelector(before: KubernetesObject, after: KubernetesObject): Part[] {
  const [old, now] = [before, after].map(selectorText);
  return old === now ? [] : [{ path: ['spec', 'workloadSelector'], text: `now governs ${now!} (before: ${old!})` }];
}

function selectorText({ body }: KubernetesObject): string {
  const selector = asObject(body['spec'])['workloadSelector'];
  if (!isObject(selector)) return 'every workload that no other selects';
  const labels = Object.entries(asObject(selector['labels'])).map(([key, value]) => `${key}=${asString(value)}`);
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

/** Of the lines that differ, those which concern the destinations; all of them where none does. */
function explainHosts(before: KubernetesObject, after: KubernetesObject, lines: HostLines): Part[] {
  const [old, now] = [hostLinesOf(before), hostLinesOf(after)];
  const path = changedHosts(before, after);
  if (path === null) return [];
  if (old.length > 0 && now.length === 0) return [{ path, text: 'no longer lists any hosts, which means all (*/*)' }];
  const gone = old.filter((line) => !now.includes(line));
  const fresh = now.filter((line) => !old.includes(line));
  const excluding = lines.excluding(after, fresh);
  if (excluding.length > 0) return [{ path, text: `now excludes ${quoteList(excluding)}` }];
  const listing = lines.listing(after, fresh);
  const lost = lines.listing(before, gone);
  const isLeftOut = lines.listing(after).length === 0;
  const texts = [
    ...(gone.length > 0 && (lost.length > 0 || listing.length === 0)
      ? [`no longer lists ${quoteList(lost.length > 0 ? lost : gone)}`]
      : []),
    ...(listing.length > 0 || (gone.length === 0 && fresh.length > 0)
      ? [`now lists ${quoteList(listing.length > 0 ? listing : fresh)}`]
      : []),
  ];
  if (texts.length === 0) return [];
  const rest = isLeftOut ? `; nothing ${old.length > 0 ? 'else ' : ''}it lists matches ${nameHosts(lines.to)}` : '';
  return [{ path, text: texts.join(', and ') + rest }];
}

/** The first host line that differs; null where none does. */
function changedHosts(before: KubernetesObject, after: KubernetesObject): ValuePath | null {
  const differences = listenerDifferences(before, after);
  return differences.find(({ path }) => path.includes('hosts') || path.length <= 3)?.path ?? null;
}

/** Listeners that change in something other than their hosts. */
function explainListeners(before: KubernetesObject, after: KubernetesObject): Part[] {
  const differences = listenerDifferences(before, after).filter(
    ({ path }) => path.length > 3 && !path.includes('hosts'),
  );
  const first = differences[0];
  if (!first) return [];
  const port = first.path.at(-1) === 'port' ? asObject(first.after)['number'] : undefined;
  if (typeof port === 'number') return [{ path: first.path, text: `makes a listener one for port ${port} only` }];
  return [{ path: first.path, text: tellDifferences(after, differences) }];
}

/** Their paths begin at the object. */
function listenerDifferences(before: KubernetesObject, after: KubernetesObject): ValueDifference[] {
  const [old, now] = [before, after].map(({ body }) => asArray(asObject(body['spec'])['egress']));
  return listDifferences(old, now).map((each) => ({ ...each, path: ['spec', 'egress', ...each.path] }));
}

/** What differs in neither the selector nor what concerns outgoing calls. */
function explainRest(before: KubernetesObject, after: KubernetesObject): Part[] {
  const differences = listDifferences(before.body['spec'], after.body['spec']).map((each) => ({
    ...each,
    path: ['spec', ...each.path],
  }));
  const first = differences[0];
  return first ? [{ path: first.path, text: tellDifferences(after, differences) }] : [];
}
