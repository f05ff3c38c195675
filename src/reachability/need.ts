import { isConfigMap, type KubernetesObject } from '../kubernetes/manifest.js';
import { subsetTest, type Labels } from '../kubernetes/label-selector.js';
import { once } from '../kubernetes/once.js';
import type { Workload } from '../kubernetes/workload.js';
import type { PushContext } from '../istio/push-context.js';
import type { ServiceIndex } from '../istio/service-index.js';
import type { Service } from '../istio/service.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { destinationKey, edgeProtocols, probedHost } from './destination.js';
import type { Destination, EdgeProtocol } from './egress-reachability.js';
import { workloadKey } from './evaluate-mesh.js';
import type { Reference } from './change.js';
import type { UnknownHost } from './ledger.js';
import {
  collectReferences,
  distinctPlaces,
  type NamedDestination,
  type ReferenceContext,
  type WorkloadReferences,
} from './references.js';
import type { ServedPort } from './references/resolve-address.js';

/** What one workload's manifest tells of its calls. */
export interface WorkloadNeeds {
  /** By destination: where the manifest names it. A name without a protocol stands under every protocol of the port. */
  readonly references: ReadonlyMap<string, () => readonly Reference[]>;
  /** The destinations that are named, whether the mesh has them or not. */
  readonly named: readonly Destination[];
  /** The workload may need what it does not name. */
  readonly needUnknown: boolean;
}

export interface MeshNeeds {
  readonly of: ReadonlyMap<string, WorkloadNeeds>;
  /** Sorted by host. */
  readonly unknownHosts: readonly UnknownHost[];
  readonly diagnostics: readonly Diagnostic[];
  /** By workload, what there is of all this. */
  readonly found: ReadonlyMap<string, FoundNeeds>;
}

interface FoundNeeds extends Pick<WorkloadReferences, 'unknownHosts' | 'diagnostics'> {
  readonly needs: WorkloadNeeds;
  readonly object: KubernetesObject;
  /** What was read beside the object, by namespace and name. */
  readonly configMaps: ConfigMaps;
}

type ConfigMaps = ReadonlyMap<string, KubernetesObject | undefined>;

/**
 * Reads what every workload of a tree names. Hosts are those of all trees given: a Service that is gone is still named.
 *
 * @param earlier what was read of a tree in which names mean the same, for the same trees: workloads that are the same objects, and
 * read the same ConfigMaps, name the same.
 */
export function collectNeeds(
  push: PushContext,
  objects: readonly KubernetesObject[],
  hostsOf: readonly PushContext[],
  earlier?: MeshNeeds,
): MeshNeeds {
  const configMaps = once(() => configMapsOf(objects));
  const context = once(() => referenceContext(push, configMaps(), hostsOf));
  const isStill = ({ object, configMaps: read }: FoundNeeds, workload: Workload): boolean =>
    object === workload.object && [...read].every(([name, each]) => configMaps().get(name) === each);
  const of = new Map<string, WorkloadNeeds>();
  const all = new Map<string, FoundNeeds>();
  const unknownHosts = new Map<string, UnknownHost>();
  const diagnostics: Diagnostic[] = [];
  for (const { workload } of push.workloads) {
    const key = workloadKey(workload);
    const known = earlier?.found.get(key);
    const found = known && isStill(known, workload) ? known : findNeeds(workload, context());
    all.set(key, found);
    of.set(key, found.needs);
    for (const [host, place] of found.unknownHosts) {
      const known = unknownHosts.get(host);
      unknownHosts.set(host, known ? { ...known, workloads: known.workloads + 1 } : { host, workloads: 1, ...place });
    }
    diagnostics.push(...found.diagnostics);
  }
  const sorted = [...unknownHosts.values()].sort((a, b) => (a.host < b.host ? -1 : 1));
  return { of, unknownHosts: sorted, diagnostics, found: all };
}

const NOTHING_READ: ConfigMaps = new Map();

function findNeeds(workload: Workload, context: NeedContext): FoundNeeds {
  const configMaps = new Map<string, KubernetesObject | undefined>();
  const { unknownHosts, diagnostics, needUnknown, ...found } = collectReferences(workload, {
    ...context,
    configMap: (namespace, name) => {
      const configMap = context.configMap(namespace, name);
      configMaps.set(`${namespace}/${name}`, configMap);
      return configMap;
    },
  });
  const { references, named } = readNamed(found, context);
  const needs = { references, named: [...named.values()], needUnknown };
  return {
    needs,
    unknownHosts,
    diagnostics,
    object: workload.object,
    configMaps: configMaps.size === 0 ? NOTHING_READ : configMaps,
  };
}

/** Reads what single workloads of a tree name, by their keys, when they are asked about: the keys of the destinations. */
export function namesReader(
  push: PushContext,
  objects: readonly KubernetesObject[],
  hostsOf: readonly PushContext[],
): (workload: string) => ReadonlySet<string> | undefined {
  let context: NeedContext | undefined;
  const known = new Map<string, ReadonlySet<string>>();
  return (key) => {
    const names = known.get(key);
    if (names) return names;
    const member = push.workloads.find(({ workload }) => workloadKey(workload) === key);
    if (!member) return undefined;
    context ??= referenceContext(push, configMapsOf(objects), hostsOf);
    const found = new Set(readNamed(collectReferences(member.workload, context), context).references.keys());
    known.set(key, found);
    return found;
  };
}

interface NeedContext extends ReferenceContext {
  /** A destination by its host and then by its port and protocol, the same object whoever names it. */
  readonly destinations: Map<string, Map<number, NamedOnce>>;
}

interface NamedOnce {
  readonly key: string;
  readonly destination: Destination;
}

/** By destination, the places that name it. */
function readNamed(
  found: Pick<WorkloadReferences, 'named'>,
  context: NeedContext,
): { references: Map<string, () => readonly Reference[]>; named: Map<string, Destination> } {
  const places = new Map<string, NamedDestination[]>();
  const named = new Map<string, Destination>();
  for (const written of found.named) {
    const { host, port, protocol } = written;
    for (const each of protocol === null ? protocolsOf(context, host, port) : [protocol]) {
      const { key, destination } = namedOnce(context, host, port, each);
      const list = places.get(key);
      if (list) list.push(written);
      else {
        places.set(key, [written]);
        named.set(key, destination);
      }
    }
  }
  return { references: new Map([...places].map(([key, list]) => [key, once(() => distinctPlaces(list))])), named };
}

function namedOnce({ destinations }: NeedContext, host: string, port: number, protocol: EdgeProtocol): NamedOnce {
  let ofHost = destinations.get(host);
  if (!ofHost) destinations.set(host, (ofHost = new Map<number, NamedOnce>()));
  // Quicker than the key, which holds the host again.
  const number = port * PROTOCOLS.length + PROTOCOLS.indexOf(protocol);
  let named = ofHost.get(number);
  if (!named) {
    const destination = { host, port, protocol };
    ofHost.set(number, (named = { key: destinationKey(destination), destination }));
  }
  return named;
}

const PROTOCOLS: readonly EdgeProtocol[] = ['http', 'tls', 'tcp'];

/** The protocols that a name without one stands for: those of the port, or TCP for a port nobody serves. */
function protocolsOf(context: ReferenceContext, host: string, port: number): readonly EdgeProtocol[] {
  const served = context.portsOf(host)?.find((p) => p.number === port);
  return served && served.protocol.length > 0 ? served.protocol : ['tcp'];
}

/** By namespace and name. */
function configMapsOf(objects: readonly KubernetesObject[]): ConfigMaps {
  const configMaps = objects.filter(isConfigMap);
  return new Map(configMaps.map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]));
}

function referenceContext(push: PushContext, configMaps: ConfigMaps, hostsOf: readonly PushContext[]): NeedContext {
  const ports = new Map<string, { readonly byNumber: Map<number, ServedPort>; all?: readonly ServedPort[] }>();
  const otherTransport = new Set<string>();
  const headless = new Set<string>();
  const byAddress = new Map<string, string>();
  const others = hostsOf.filter((mesh) => mesh !== push).flatMap((mesh) => mesh.services.all);
  const own = new Set(push.services.all);
  const ownPorts = once(
    () =>
      new Set(
        push.services.all.flatMap(({ hostname, ports: served }) =>
          served.map(({ port }) => `${probedHost(hostname)}:${port}`),
        ),
      ),
  );
  for (const service of [...own, ...others]) {
    const host = probedHost(service.hostname);
    const isOwn = own.has(service);
    let served = ports.get(host);
    if (!served) ports.set(host, (served = { byNumber: new Map<number, ServedPort>() }));
    for (const { port, name, protocol } of service.ports) {
      // What speaks another protocol in another tree is still served here: a name means the port as this tree serves it.
      if (!isOwn && ownPorts().has(`${host}:${port}`)) continue;
      const protocols = edgeProtocols(protocol);
      if (protocols.length === 0) otherTransport.add(`${host}:${port}`);
      else {
        const known = served.byNumber.get(port)?.protocol;
        const all = known ? [...new Set([...known, ...protocols])] : protocols;
        served.byNumber.set(port, { number: port, name, protocol: all });
      }
    }
    if (service.resolution === 'Passthrough') headless.add(host);
    for (const address of service.addresses) if (isOwn || !byAddress.has(address)) byAddress.set(address, host);
  }
  const selecting = ownServices(hostsOf);
  return {
    destinations: new Map(),
    clusterDomain: push.clusterDomain,
    portsOf: (host) => {
      const served = ports.get(host);
      return served && (served.all ??= [...served.byNumber.values()]);
    },
    isOtherTransport: (host, port) => otherTransport.has(`${host}:${port}`),
    isHeadless: (host) => headless.has(host),
    selectsOwn: (host, workload) => selecting(workload).has(host),
    hostOfAddress: (address) => byAddress.get(address),
    configMap: (namespace, name) => configMaps.get(`${namespace}/${name}`),
  };
}

/** The hosts of the Services that select a workload, in whichever of the meshes. */
export function ownServices(meshes: readonly PushContext[]): OwnServices {
  const [first, ...others] = new Set(meshes.map(({ services }) => services));
  if (!first || others.length > 0) return makeOwnServices(meshes.flatMap(({ services }) => services.all));
  let known = ownServicesOf.get(first);
  if (!known) ownServicesOf.set(first, (known = makeOwnServices(first.all)));
  return known;
}

type OwnServices = (workload: Workload) => ReadonlySet<string>;

const ownServicesOf = new WeakMap<ServiceIndex, OwnServices>();

function makeOwnServices(services: readonly Service[]): OwnServices {
  const byNamespace = new Map<string, { host: string; selects: (labels: Labels) => boolean }[]>();
  for (const { hostname, namespace, labelSelectors, registry } of services) {
    if (registry !== 'Kubernetes' || labelSelectors === null || Object.keys(labelSelectors).length === 0) continue;
    const list = byNamespace.get(namespace);
    const entry = { host: hostname, selects: subsetTest(labelSelectors) };
    if (list) list.push(entry);
    else byNamespace.set(namespace, [entry]);
  }
  const known = new WeakMap<Workload, ReadonlySet<string>>();
  return (workload) => {
    let hosts = known.get(workload);
    if (!hosts) {
      const own = (byNamespace.get(workload.namespace) ?? []).filter(({ selects }) => selects(workload.labels));
      known.set(workload, (hosts = new Set(own.map(({ host }) => host))));
    }
    return hosts;
  };
}
