import type { PushContext } from '../istio/push-context.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { asArray, asObject, asString, isObject } from '../kubernetes/json.js';
import type { JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { listDifferences, valueAt, type ValueDifference, type ValuePath } from '../kubernetes/object-differences.js';
import type { Destination } from './egress-reachability.js';
import type { ItemList } from './item-list.js';
import {
  isAbout,
  type ExplainContext,
  type ExplainedDifference,
  type Explanation,
  type Fact,
} from './explained-difference.js';
import { governingIn } from './governing-sidecar.js';
import { hostLinesFor, hostLinesOf, listenersOf, listsHost, type HostLines } from './sidecar-host-lines.js';
import { titleOf } from '../kubernetes/object-title.js';
import { nameHosts, placedTitle, quoteList, tellDifferences, writtenPath } from './words.js';

/** Why a Sidecar that is new, gone or edited decides about destinations, and the line to look at. */
export function explainSidecar(
  subject: string,
  { before, after }: ChangedObject,
  difference: ExplainedDifference,
  context: ExplainContext,
): Explanation {
  const lines = hostLinesFor(difference, context);
  if (!after) return explainGone(subject, before!, lines, difference, context);
  if (!before) return explainNew(subject, after, lines, difference, context);
  const facts = explainEdit(before, after, lines, difference, context);
  const [first] = facts.length > 0 ? facts : explainRest(before, after);
  const text = facts.length > 0 ? facts.map((fact) => fact.text).join(', and ') : (first?.text ?? 'is changed');
  return { origin: after.locate(writtenPath(after, first?.path ?? [])), explanation: `${subject} ${text}.` };
}

/** What of an edit concerns these destinations. */
function explainEdit(
  before: KubernetesObject,
  after: KubernetesObject,
  lines: HostLines,
  difference: ExplainedDifference,
  context: ExplainContext,
): Fact[] {
  const mode = isAbout(difference, ['blocked', 'unmeshed']) ? explainMode(before, after) : [];
  const isListed = [before, after].some((sidecar) => listsHost(sidecar, lines));
  const hosts = lines.isRegistered && (isListed || mode.length === 0) ? explainHosts(before, after, lines) : [];
  const listeners = lines.isRegistered && isListed ? explainListeners(before, after, difference, context) : [];
  return [...explainSelector(before, after, lines, difference, context), ...mode, ...hosts, ...listeners];
}

function explainGone(
  subject: string,
  before: KubernetesObject,
  lines: HostLines,
  difference: ExplainedDifference,
  { after: mesh }: ExplainContext,
): Explanation {
  const mode = modeOf(before);
  const listed = lines.listing(before);
  const what =
    !lines.isRegistered && mode !== ''
      ? `set outboundTrafficPolicy to ${mode}`
      : hostLinesOf(before).length === 0 || !lines.isRegistered
        ? 'governed this workload'
        : listed.length > 0
          ? `listed ${quoteList(listed)}`
          : `listed nothing that ${lines.tellUnmatched(before)}`;
  const now = governingIn(mesh, difference);
  const isLeftOut = now !== null && lines.isRegistered && !listsHost(now, lines);
  const rest =
    now === null
      ? 'no Sidecar governs it now'
      : `${placedTitle(now, ['spec', 'egress'])} governs now${isLeftOut ? `, and nothing it lists ${lines.tellUnmatched(now)}` : ''}`;
  return { origin: null, explanation: `${subject}, which ${what}, is gone; ${rest}.` };
}

/** Of a new Sidecar the line of its hosts, else that of its policy. */
function explainNew(
  subject: string,
  after: KubernetesObject,
  lines: HostLines,
  difference: ExplainedDifference,
  { before: mesh }: ExplainContext,
): Explanation {
  const mode = modeOf(after);
  const hasHosts = listenersOf(after).length > 0;
  const tellsMode = mode !== '' && (!hasHosts || isAbout(difference, ['blocked']) || !lines.isRegistered);
  const effects = [
    ...(tellsMode ? [`it sets outboundTrafficPolicy to ${mode}`] : []),
    ...(hasHosts && lines.isRegistered ? [explainListed(after, lines, difference)] : []),
  ];
  if (effects.length === 0) {
    effects.push(lines.isRegistered ? 'it lists no hosts, which means all (*/*)' : 'it sets no outboundTrafficPolicy');
  }
  const path =
    hasHosts && lines.isRegistered
      ? ['spec', 'egress', 0, 'hosts']
      : tellsMode
        ? ['spec', 'outboundTrafficPolicy']
        : [];
  const former = governingIn(mesh, difference);
  const instead = former && titleOf(former) !== titleOf(after) ? ` in place of ${titleOf(former)}` : '';
  return {
    origin: path.length > 0 ? after.locate(path) : null,
    explanation: `${subject} now governs this workload${instead}; ${effects.join(', and ')}.`,
  };
}

/** What a Sidecar says of destinations; continues `Sidecar shop/default now governs this workload; …`. */
function explainListed(sidecar: KubernetesObject, lines: HostLines, difference: ExplainedDifference): string {
  const excluded = lines.excluding(sidecar);
  if (excluded.length > 0) return `it excludes ${quoteList(excluded)}`;
  const listed = lines.listing(sidecar);
  const unlisted = lines.unlisted(sidecar);
  const isLeftOut = isAbout({ ...difference, before: difference.after }, ['unmeshed', 'blocked', 'refused']);
  if (listed.length === 0 || (isLeftOut && unlisted.count > 0)) {
    return `nothing it lists ${lines.tellUnmatched(sidecar, unlisted)}`;
  }
  const listeners = listenersOf(sidecar).filter(({ hosts }) => lines.listing(sidecar, hosts).length > 0);
  const ports = listeners.flatMap(({ port }) => port ?? []);
  const only = ports.length === listeners.length ? ` for port ${ports.join(', ')} only` : '';
  return `it lists ${quoteList(listed)}${only}${only && tellOtherPorts(ports, difference.destinations)}`;
}

/** Another selector, and what governs the callers by that. */
function explainSelector(
  before: KubernetesObject,
  after: KubernetesObject,
  lines: HostLines,
  difference: ExplainedDifference,
  { after: mesh }: ExplainContext,
): Fact[] {
  const [old, now] = [before, after].map(selectorText);
  if (old === now) return [];
  const governing = governingIn(mesh, difference);
  const others =
    governing === null ? 'no Sidecar governs this workload now' : `${titleOf(governing)} governs this one now`;
  const isLeftOut = governing !== null && lines.isRegistered && !listsHost(governing, lines);
  const effect = [
    ...(governing === after ? [] : [`; ${others}`]),
    ...(isLeftOut ? [`${governing === after ? ';' : ', and'} nothing it lists ${lines.tellUnmatched(governing)}`] : []),
  ].join('');
  return [{ path: ['spec', 'workloadSelector'], text: `now governs ${now!} (before: ${old!})${effect}` }];
}

function selectorText({ body }: KubernetesObject): string {
  const selector = asObject(body['spec'])['workloadSelector'];
  if (!isObject(selector)) return 'every workload that no other selects';
  const labels = Object.entries(asObject(selector['labels'])).map(([key, value]) => `${key}=${asString(value)}`);
  return labels.length > 0 ? `the pods with ${labels.join(', ')}` : 'every workload';
}

function explainMode(before: KubernetesObject, after: KubernetesObject): Fact[] {
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
function explainHosts(before: KubernetesObject, after: KubernetesObject, lines: HostLines): Fact[] {
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
  const rest = isLeftOut ? `; nothing ${old.length > 0 ? 'else ' : ''}it lists ${lines.tellUnmatched(after)}` : '';
  return [{ path, text: texts.join(', and ') + rest }];
}

/** The first host line that differs; null where none does. */
function changedHosts(before: KubernetesObject, after: KubernetesObject): ValuePath | null {
  const differences = listenerDifferences(before, after);
  return differences.find(({ path }) => path.includes('hosts') || path.length <= 3)?.path ?? null;
}

/** Listeners that change in something other than their hosts. */
function explainListeners(
  before: KubernetesObject,
  after: KubernetesObject,
  { destinations }: ExplainedDifference,
  { after: mesh }: ExplainContext,
): Fact[] {
  const differences = listenerDifferences(before, after).filter(
    ({ path }) => path.length > 3 && !path.includes('hosts'),
  );
  const first = differences[0];
  if (!first) return [];
  const port = first.path.at(-1) === 'port' ? asObject(first.after)['number'] : undefined;
  if (typeof port === 'number') {
    const text = `makes a listener one for port ${port} only${tellOtherPorts([port], destinations)}`;
    return [{ path: first.path, text }];
  }
  const effects = [
    ...tellMissingPort(differences, destinations, mesh),
    ...tellUncaptured(differences, valueAt(after, first.path.slice(0, 3))),
  ];
  return [{ path: first.path, text: [tellDifferences(after, differences), ...effects].join('; ') }];
}

/** A listener for another port, which the destinations do not have. */
function tellMissingPort(
  differences: readonly ValueDifference[],
  destinations: ItemList<Destination>,
  { services }: PushContext,
): string[] {
  const number = differences.find(({ path }) => path.at(-2) === 'port' && path.at(-1) === 'number')?.after;
  const hosts = [...new Set(destinations.map(({ host }) => host))];
  const served = hosts.flatMap((host) => [...(services.byHostname.get(host)?.values() ?? [])]);
  const ports = [...new Set(served.flatMap((service) => service.ports.map(({ port }) => port)))];
  if (typeof number !== 'number' || ports.length === 0 || ports.includes(number)) return [];
  const has = ports.length > MOST_PORTS ? '' : ` (${hosts.length === 1 ? 'it has' : 'they have'} ${ports.join(', ')})`;
  return [`${nameHosts(destinations)} ${hosts.length === 1 ? 'has' : 'have'} no port ${number}${has}`];
}

/** A listener that only takes what is sent to its own address. */
function tellUncaptured(differences: readonly ValueDifference[], listener: JsonValue | undefined): string[] {
  if (!differences.some(({ path, after }) => path.at(-1) === 'captureMode' && after === 'NONE')) return [];
  const { bind, port } = asObject(listener);
  const { number } = asObject(port);
  const address = `${asString(bind) || '127.0.0.1'}${typeof number === 'number' ? `:${number}` : ''}`;
  return [`it takes calls to ${address} alone now`];
}

function tellOtherPorts(ports: readonly number[], destinations: ItemList<Destination>): string {
  const others = [...new Set(destinations.map(({ port }) => port))].filter((other) => !ports.includes(other));
  return others.length === 0 || others.length > MOST_PORTS ? '' : `, and not for ${others.join(', ')}`;
}

const MOST_PORTS = 3;

/** Their paths begin at the object. */
function listenerDifferences(before: KubernetesObject, after: KubernetesObject): ValueDifference[] {
  const [old, now] = [before, after].map(({ body }) => asArray(asObject(body['spec'])['egress']));
  return listDifferences(old, now).map((each) => ({ ...each, path: ['spec', 'egress', ...each.path] }));
}

/** What differs in neither the selector nor what concerns outgoing calls. */
function explainRest(before: KubernetesObject, after: KubernetesObject): Fact[] {
  const differences = listDifferences(before.body['spec'], after.body['spec']).map((each) => ({
    ...each,
    path: ['spec', ...each.path],
  }));
  const first = differences[0];
  return first ? [{ path: first.path, text: tellDifferences(after, differences) }] : [];
}
