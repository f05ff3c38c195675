import { classifyHosts, excludes, includes, type ClassifiedHosts } from '../istio/host-classification.js';
import { asArray, asObject, asStrings } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { ValuePath } from '../kubernetes/object-differences.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Destination } from './egress-reachability.js';
import { nameHosts, quoteList } from './words.js';

/** What is known of the mesh beside a Sidecar's own lines. */
export interface HostContext {
  /** The namespaces of the Services and ServiceEntries that have a host. */
  readonly ownersOf: (host: string) => ReadonlySet<string>;
  /** The host that an ExternalName Service stands for, where somebody registered it; of every other host itself. */
  readonly concreteOf: (host: string) => string;
  /** Whether `~` in front of a host line excludes. */
  readonly excludesHosts: boolean;
}

/** The calls that host lines are asked about. */
interface Calls {
  readonly workloads: readonly Workload[];
  readonly destinations: readonly Destination[];
}

/** Tells which of a Sidecar's host lines concern some destinations. */
export interface HostLines {
  /** Whether a Service or ServiceEntry has one of their hosts: what nobody registered no line can list. */
  readonly isRegistered: boolean;
  /** Of the lines, those that list one of the destinations. */
  readonly listing: (sidecar: KubernetesObject, lines?: readonly string[]) => string[];
  /** Of the destinations that somebody registered, those that none of its lines lists. */
  readonly unlisted: (sidecar: KubernetesObject) => readonly Destination[];
  /** Of the lines, those that exclude one of the destinations. */
  readonly excluding: (sidecar: KubernetesObject, lines?: readonly string[]) => string[];
  /** Continues `nothing it lists …`. */
  readonly tellUnmatched: (sidecar: KubernetesObject, to?: readonly Destination[]) => string;
}

export function hostLinesFor({ workloads, destinations: to }: Calls, context: HostContext): HostLines {
  const all = [...new Set(to.map(({ host }) => host))].map((host) => {
    const concrete = context.concreteOf(host);
    return { host, concrete, owners: [...context.ownersOf(concrete)] };
  });
  // "." is the namespace of whoever calls, in the root namespace's Sidecar too.
  const callers = [...new Set(workloads.map(({ namespace }) => namespace))];
  const classify = (lines: readonly string[], namespaces: readonly string[]): ClassifiedHosts[] =>
    namespaces.map((namespace) => classifyHosts(lines, namespace, context.excludesHosts));
  const select = (lines: readonly string[], has: typeof includes, namespaces = callers): string[] =>
    lines.filter((line) =>
      classify([line], namespaces).some(({ byNamespace }) =>
        all.some(({ concrete, owners }) =>
          ['*', ...owners].some((namespace) => owners.length > 0 && has(byNamespace.get(namespace), concrete)),
        ),
      ),
    );
  return {
    isRegistered: all.some(({ owners }) => owners.length > 0),
    listing: (sidecar, lines = hostLinesOf(sidecar)) => select(lines, includes),
    unlisted: (sidecar) => {
      const classified = classify(hostLinesOf(sidecar), callers);
      const left = all.filter(
        ({ host, concrete, owners }) =>
          owners.length > 0 &&
          !classified.some(({ byNamespace }) =>
            ['*', ...owners].some((namespace) =>
              [host, concrete].every((each) => includes(byNamespace.get(namespace), each)),
            ),
          ),
      );
      const names = new Set(left.map(({ host }) => host));
      return to.filter(({ host }) => names.has(host));
    },
    excluding: (sidecar, lines = hostLinesOf(sidecar)) => select(lines, excludes),
    tellUnmatched: (sidecar, of = to) => {
      const [first, ...others] = [...new Set(of.map(({ host }) => host))];
      const alias = others.length === 0 ? all.find(({ host, concrete }) => host === first && concrete !== host) : null;
      const hosts = alias ? `${alias.concrete}, which ${alias.host} stands for` : nameHosts(of);
      const misread = select(hostLinesOf(sidecar), includes, [sidecar.metadata.namespace]);
      const dots = misread.filter((line) => line.startsWith('./') && select([line], includes).length === 0);
      return `matches ${hosts}${dots.length > 0 ? `: ${quoteList(dots)} stands for the namespace of whoever calls` : ''}`;
    },
  };
}

export interface Listener {
  readonly hosts: readonly string[];
  readonly port: number | null;
}

export function listenersOf({ body }: KubernetesObject): Listener[] {
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
