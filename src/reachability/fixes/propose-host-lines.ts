import { classifyHosts, excludes, includes } from '../../istio/host-classification.js';
import { parseClusterName } from '../../istio/destination-cluster.js';
import { selectSidecar } from '../../istio/sidecar.js';
import { asObject } from '../../kubernetes/json.js';
import { objectKey, type KubernetesObject } from '../../kubernetes/manifest.js';
import { valueAt } from '../../kubernetes/object-differences.js';
import type { Destination } from '../egress-reachability.js';
import { listenersOf, type Listener } from '../sidecar-host-lines.js';
import type { Question } from './question.js';
import type { ListenerChoice, Proposal, Want } from './want.js';

/** A line of a Sidecar's hosts, taken apart. */
interface HostLine {
  readonly namespace: string;
  readonly hostname: string;
}

/**
 * Lines for a host in the Sidecar that governs the workload: `namespace/host`, in the listener of the port, in the one for all other
 * ports, or in a new one. A host that only the routes of the call lead to is listed as well.
 */
export function proposeHostLines({ mesh, member, destination, outcome }: Question): readonly Proposal[] {
  const { workload } = member;
  const governing = selectSidecar(mesh.push.sidecars, workload.namespace, workload.labels);
  const sidecar = governing && mesh.editable(objectKey(governing.object));
  if (!member.injection.injected || !sidecar || listenersOf(sidecar).length === 0) return [];
  const routed = (outcome?.clusters ?? []).flatMap((name) => parseClusterName(name)?.hostname ?? []);
  const hosts = [destination.host, ...(outcome?.verdict === 'unroutable' ? routed : [])];
  const lines = [...new Set(hosts)].flatMap((host) => linesFor(host, mesh));
  const { excludesHosts } = mesh.push.behavior;
  return [
    ...lineProposals(sidecar, lines, destination, workload.namespace, excludesHosts),
    ...exclusionProposals(sidecar, lines, workload.namespace, excludesHosts),
  ];
}

/** The lines that import a host. One that is another name of a Service is imported with that one, out of its namespace. */
function linesFor(host: string, { servicesOf, aliasedBy }: Question['mesh']): readonly HostLine[] {
  const own = servicesOf(host).filter(({ resolution }) => resolution !== 'Alias');
  const aliased = aliasedBy(host).flatMap(({ namespace, hostname }) => [
    { namespace, hostname },
    { namespace, hostname: host },
  ]);
  return [...own.map(({ namespace, hostname }) => ({ namespace, hostname })), ...aliased];
}

function lineProposals(
  sidecar: KubernetesObject,
  lines: readonly HostLine[],
  destination: Destination,
  consumer: string,
  excludesHosts: boolean,
): readonly Proposal[] {
  const key = objectKey(sidecar);
  const listeners = listenersOf(sidecar);
  return choices(listeners, destination).map(({ strategy, listener, freed }) => {
    const listed = listener.kind === 'existing' ? listeners[listener.index]!.hosts : [];
    const { byNamespace } = classifyHosts(listed, consumer, excludesHosts);
    const isListed = ({ namespace, hostname }: HostLine): boolean =>
      ['*', namespace].some((owner) => includes(byNamespace.get(owner), hostname));
    // In a Sidecar that governs other namespaces, a line for the caller's own opens nothing to the others.
    const prefix = ({ namespace }: HostLine): string =>
      namespace === consumer && sidecar.metadata.namespace !== consumer ? '.' : namespace;
    const wants = lines
      .filter((line) => !isListed(line))
      .map((line): Want => ({ kind: 'host', key, listener, line: `${prefix(line)}/${line.hostname}` }));
    return { strategy, undoes: 0, wants: [...wants, ...(freed === undefined ? [] : withoutPort(sidecar, freed))] };
  });
}

interface Placement {
  readonly strategy: string;
  readonly listener: ListenerChoice;
  /** A listener that is to be for all ports, and is for one. */
  readonly freed?: number;
}

/** Where a line can go, each way under a name of its own. */
function choices(listeners: readonly Listener[], { port, protocol }: Destination): readonly Placement[] {
  const own = listeners.findIndex((listener) => listener.port === port);
  const rest = listeners.findIndex((listener) => listener.port === null);
  const last = listeners.length - 1;
  const name = `${protocol}-${port}`;
  const forPort = { kind: 'port', number: port, protocol: protocol.toUpperCase(), name } as const;
  const placements: readonly (Placement | null)[] = [
    own >= 0 ? { strategy: 'host-line', listener: { kind: 'existing', index: own } } : null,
    rest >= 0
      ? { strategy: own >= 0 ? 'host-line-rest' : 'host-line', listener: { kind: 'existing', index: rest } }
      : null,
    own < 0 && rest < 0 ? { strategy: 'port-listener', listener: forPort } : null,
    rest < 0 ? { strategy: 'listener', listener: { kind: 'rest' } } : null,
    rest < 0 ? { strategy: 'free-listener', listener: { kind: 'existing', index: last }, freed: last } : null,
  ];
  return placements.filter((placement) => placement !== null);
}

/** What makes a listener one for a port goes. */
function withoutPort(sidecar: KubernetesObject, index: number): readonly Want[] {
  return ['port', 'bind', 'captureMode'].flatMap((field): readonly Want[] => {
    const path = ['spec', 'egress', index, field];
    if (valueAt(sidecar, path) === undefined) return [];
    return [{ kind: 'operation', key: objectKey(sidecar), operation: { kind: 'remove', path } }];
  });
}

/** Lines that exclude the host go: what excludes outranks what lists. */
function exclusionProposals(
  sidecar: KubernetesObject,
  lines: readonly HostLine[],
  consumer: string,
  excludesHosts: boolean,
): readonly Proposal[] {
  const wants = listenersOf(sidecar).flatMap(({ hosts }, listener) =>
    hosts.flatMap((host, index): readonly Want[] => {
      const { byNamespace } = classifyHosts([host], consumer, excludesHosts);
      const isExcluding = lines.some(({ namespace, hostname }) =>
        ['*', namespace].some((owner) => excludes(byNamespace.get(owner), hostname)),
      );
      if (!isExcluding) return [];
      const path = ['spec', 'egress', listener, 'hosts', index];
      return [{ kind: 'operation', key: objectKey(sidecar), operation: { kind: 'remove', path } }];
    }),
  );
  return wants.length === 0 ? [] : [{ strategy: 'exclusion', undoes: 0, wants: wants.toReversed() }];
}

/** The mode of a Sidecar's own, for calls that nobody has registered. */
export function proposeSidecarMode({ mesh, member, outcome }: Question): readonly Proposal[] {
  if (outcome?.verdict !== 'blocked') return [];
  const { namespace, labels } = member.workload;
  const governing = selectSidecar(mesh.push.sidecars, namespace, labels);
  const sidecar = governing && mesh.editable(objectKey(governing.object));
  if (!sidecar) return [];
  const policy = asObject(asObject(sidecar.body['spec'])['outboundTrafficPolicy']);
  const isWritten = Object.keys(policy).length > 0;
  const operation = {
    kind: 'set',
    path: ['spec', 'outboundTrafficPolicy', ...(isWritten ? ['mode'] : [])],
    value: isWritten ? 'ALLOW_ANY' : { mode: 'ALLOW_ANY' },
  } as const;
  return [{ strategy: 'sidecar-mode', undoes: 0, wants: [{ kind: 'operation', key: objectKey(sidecar), operation }] }];
}
