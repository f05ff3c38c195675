import { classifyHosts, excludes, includes } from '../istio/host-classification.js';
import { asArray, asObject, asStrings } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Destination } from './egress-reachability.js';

/** What is known of the mesh beside a Sidecar's own lines. */
export interface HostContext {
  /** The namespaces of the Services and ServiceEntries that have a host. */
  readonly ownersOf: (host: string) => ReadonlySet<string>;
  /** Whether `~` in front of a host line excludes. */
  readonly excludesHosts: boolean;
}

/** Tells which of a Sidecar's host lines concern some destinations. */
export interface HostLines {
  readonly to: readonly Destination[];
  /** Whether a Service or ServiceEntry has one of their hosts: what nobody registered no line can list. */
  readonly isRegistered: boolean;
  /** Of the lines, those that list one of the destinations. */
  readonly listing: (sidecar: KubernetesObject, lines?: readonly string[]) => string[];
  /** Of the destinations that somebody registered, those that none of its lines lists. */
  readonly unlisted: (sidecar: KubernetesObject) => readonly Destination[];
  /** Of the lines, those that exclude one of the destinations. */
  readonly excluding: (sidecar: KubernetesObject, lines?: readonly string[]) => string[];
}

export function hostLinesFor(to: readonly Destination[], context: HostContext): HostLines {
  const all = [...new Set(to.map(({ host }) => host))].map((host) => ({ host, owners: [...context.ownersOf(host)] }));
  const select = (sidecar: KubernetesObject, lines: readonly string[], has: typeof includes): string[] =>
    lines.filter((line) => {
      const { byNamespace } = classifyHosts([line], sidecar.metadata.namespace, context.excludesHosts);
      return all.some(({ host, owners }) =>
        ['*', ...owners].some((namespace) => owners.length > 0 && has(byNamespace.get(namespace), host)),
      );
    });
  return {
    to,
    isRegistered: all.some(({ owners }) => owners.length > 0),
    listing: (sidecar, lines = hostLinesOf(sidecar)) => select(sidecar, lines, includes),
    unlisted: (sidecar) => {
      const lines = hostLinesOf(sidecar);
      const { byNamespace } = classifyHosts(lines, sidecar.metadata.namespace, context.excludesHosts);
      const left = all.filter(
        ({ host, owners }) =>
          owners.length > 0 && !['*', ...owners].some((namespace) => includes(byNamespace.get(namespace), host)),
      );
      const names = new Set(left.map(({ host }) => host));
      return to.filter(({ host }) => names.has(host));
    },
    excluding: (sidecar, lines = hostLinesOf(sidecar)) => select(sidecar, lines, excludes),
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

/** Whether a Sidecar lists a host; one without listeners lists all. */
export function listsHost(sidecar: KubernetesObject, lines: HostLines): boolean {
  return hostLinesOf(sidecar).length === 0 || lines.listing(sidecar).length > 0;
}
