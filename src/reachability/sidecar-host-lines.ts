import { classifyHosts, excludes, includes, type ClassifiedHosts } from '../istio/host-classification.js';
import { asArray, asObject, asStrings } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { memoize } from '../kubernetes/memoize.js';
import type { ValuePath } from '../kubernetes/object-differences.js';
import type { Destination } from './egress-reachability.js';
import type { ExplainedDifference } from './explained-difference.js';
import { findNotBefore, type ItemList } from './item-list.js';
import { eachHost, nameFirstHosts, quoteList, tellHosts, type NamedHosts } from './words.js';

/** What is known of the mesh beside a Sidecar's own lines. */
export interface HostContext {
  /** The namespaces of the Services and ServiceEntries that have a host. */
  readonly ownersOf: (host: string) => ReadonlySet<string>;
  /** The hosts of a namespace's Services and ServiceEntries, and those that stand for one of these. */
  readonly hostsOwnedBy: (namespace: string) => readonly string[];
  /** The host that an ExternalName Service stands for, where somebody registered it; of every other host itself. */
  readonly concreteOf: (host: string) => string;
  /** Whether `~` in front of a host line excludes. */
  readonly excludesHosts: boolean;
}

/** More hosts than any sentence names. */
const MANY = 100;

/** The calls that host lines are asked about. */
type Calls = Pick<ExplainedDifference, 'workloads' | 'destinations' | 'hostCounts'>;

/** Tells which of a Sidecar's host lines concern some destinations. */
export interface HostLines {
  /** Whether a Service or ServiceEntry has one of their hosts: what nobody registered no line can list. */
  readonly isRegistered: boolean;
  /** Of the lines, those that list one of the destinations. */
  readonly listing: (sidecar: KubernetesObject, lines?: readonly string[]) => string[];
  /** Of the hosts that somebody registered, those that none of its lines lists. */
  readonly unlisted: (sidecar: KubernetesObject) => NamedHosts;
  /** Of the lines, those that exclude one of the destinations. */
  readonly excluding: (sidecar: KubernetesObject, lines?: readonly string[]) => string[];
  /** Continues `nothing it lists …`. */
  readonly tellUnmatched: (sidecar: KubernetesObject, hosts?: NamedHosts) => string;
}

export function hostLinesFor({ workloads, destinations: to, hostCounts }: Calls, context: HostContext): HostLines {
  const { concreteOf, hostsOwnedBy, excludesHosts } = context;
  const ownersOf = (host: string): ReadonlySet<string> => context.ownersOf(concreteOf(host));
  function* registered(): Iterable<string> {
    for (const host of eachHost(to)) if (ownersOf(host).size > 0) yield host;
  }
  const hostsOf = memoize((namespace: string): readonly string[] => {
    const owned = hostsOwnedBy(namespace);
    if (owned.length < to.length) return owned.filter((host) => isAmong(to, host));
    return [...registered()].filter((host) => ownersOf(host).has(namespace));
  });
  /** The registered hosts that lines for a namespace, or for all, can be about. */
  const hostsIn = (namespace: string): Iterable<string> => (namespace === '*' ? registered() : hostsOf(namespace));
  // "." is the namespace of whoever calls, in the root namespace's Sidecar too.
  const callers = [...new Set(workloads.map(({ namespace }) => namespace))];
  const classify = (lines: readonly string[], namespaces: readonly string[]): ClassifiedHosts[] =>
    namespaces.map((namespace) => classifyHosts(lines, namespace, excludesHosts));
  const select = (lines: readonly string[], has: typeof includes, namespaces = callers): string[] =>
    lines.filter((line) =>
      classify([line], namespaces).some(({ byNamespace }) =>
        [...byNamespace].some(([namespace, hosts]) => {
          for (const host of hostsIn(namespace)) if (has(hosts, concreteOf(host))) return true;
          return false;
        }),
      ),
    );
  return {
    get isRegistered() {
      return to.some(({ host }) => ownersOf(host).size > 0);
    },
    listing: (sidecar, lines = hostLinesOf(sidecar)) => select(lines, includes),
    unlisted: (sidecar) => {
      const listed = new Set<string>();
      for (const { byNamespace } of classify(hostLinesOf(sidecar), callers)) {
        for (const [namespace, hosts] of byNamespace) {
          for (const host of hostsIn(namespace)) {
            if ([host, concreteOf(host)].every((each) => includes(hosts, each))) listed.add(host);
          }
        }
      }
      const known = manyHosts((hostCounts?.registered ?? 0) - listed.size);
      return known ?? nameFirstHosts(registered(), (host) => !listed.has(host));
    },
    excluding: (sidecar, lines = hostLinesOf(sidecar)) => (excludesHosts ? select(lines, excludes) : []),
    tellUnmatched: (sidecar, of = manyHosts(hostCounts?.all ?? 0) ?? nameFirstHosts(eachHost(to))) => {
      const [first] = of.first;
      const alias = of.count === 1 && concreteOf(first!) !== first ? concreteOf(first!) : null;
      const hosts = alias === null ? tellHosts(of) : `${alias}, which ${first!} stands for`;
      const dotted = hostLinesOf(sidecar).filter((line) => line.startsWith('./'));
      const misread = select(dotted, includes, [sidecar.metadata.namespace]);
      const dots = misread.filter((line) => select([line], includes).length === 0);
      return `matches ${hosts}${dots.length > 0 ? `: ${quoteList(dots)} stands for the namespace of whoever calls` : ''}`;
    },
  };
}

/** Null where so few may have to be named. */
function manyHosts(count: number): NamedHosts | null {
  return count > MANY ? { first: [], count } : null;
}

function isAmong(sorted: ItemList<Destination>, host: string): boolean {
  return findNotBefore(sorted, (destination) => destination.host < host)?.host === host;
}

export interface Listener {
  readonly hosts: readonly string[];
  readonly port: number | null;
}

const listenersIn = new WeakMap<KubernetesObject, readonly Listener[]>();

export function listenersOf(sidecar: KubernetesObject): readonly Listener[] {
  let listeners = listenersIn.get(sidecar);
  if (!listeners) listenersIn.set(sidecar, (listeners = readListeners(sidecar)));
  return listeners;
}

function readListeners({ body }: KubernetesObject): readonly Listener[] {
  return asArray(asObject(body['spec'])['egress']).map((item) => {
    const listener = asObject(item);
    const { number } = asObject(listener['port']);
    return { hosts: asStrings(listener['hosts']), port: typeof number === 'number' ? number : null };
  });
}

export function hostLinesOf(sidecar: KubernetesObject): string[] {
  return listenersOf(sidecar).flatMap(({ hosts }) => hosts);
}

/** The way to a host line; null for one that it does not have. */
export function placeOfHostLine(sidecar: KubernetesObject, line: string): ValuePath | null {
  for (const [listener, { hosts }] of listenersOf(sidecar).entries()) {
    if (hosts.includes(line)) return ['spec', 'egress', listener, 'hosts', hosts.indexOf(line)];
  }
  return null;
}

/** Whether a Sidecar lists a host; one without listeners lists all. */
export function listsHost(sidecar: KubernetesObject, lines: HostLines): boolean {
  return hostLinesOf(sidecar).length === 0 || lines.listing(sidecar).length > 0;
}
