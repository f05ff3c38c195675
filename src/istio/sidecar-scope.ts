import type { PushContext } from './push-context.js';
import { classifyHosts, excludes, includes, type ClassifiedHosts } from './host-classification.js';
import { isWildcarded, mostSpecificHostMatch, type HostName } from './host-name.js';
import { compareByCreationTime, type IstioObject } from './istio-object.js';
import type { OutboundTrafficPolicyMode } from './mesh-config.js';
import { isServiceVisible, servicesNearHosts } from './service-index.js';
import { withOnlyPort, type Port, type Service } from './service.js';
import type { EgressListener, Sidecar } from './sidecar.js';
import { selectVirtualServices } from './virtual-service-index.js';
import type { RouteDestination, VirtualService } from './virtual-service.js';

/** An egress listener with what it imports. Istio: model.IstioEgressListenerWrapper */
export interface EgressListenerScope {
  readonly listener: EgressListener;
  /** In the order of Istio's index; a service can be here trimmed to one port. */
  readonly services: readonly Service[];
  readonly virtualServices: readonly IstioObject<VirtualService>[];
  /** For each service's host, the VirtualService whose host fits it best. Istio: computeWildcardHostVirtualServiceIndex */
  readonly mostSpecificVirtualService: ReadonlyMap<HostName, IstioObject<VirtualService>>;
}

const servicesByPort = new WeakMap<EgressListenerScope, ReadonlyMap<number, readonly Service[]>>();

/** Of a listener's services, those with a port, in the same order. */
export function servicesOnPort(egress: EgressListenerScope, port: number): readonly Service[] {
  return portsOf(egress).get(port) ?? [];
}

/** A listener's services by port; each listener is indexed once. */
function portsOf(egress: EgressListenerScope): ReadonlyMap<number, readonly Service[]> {
  const known = servicesByPort.get(egress);
  if (known) return known;
  const index = new Map<number, Service[]>();
  for (const service of egress.services) {
    for (const { port } of service.ports) {
      const list = index.get(port);
      if (!list) index.set(port, [service]);
      else if (list.at(-1) !== service) list.push(service);
    }
  }
  servicesByPort.set(egress, index);
  return index;
}

/** The ports on which a scope may have a listener. */
export function listenerPorts(scope: SidecarScope): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const egress of scope.egressListeners) {
    if (egress.listener.port !== null) ports.add(egress.listener.port.number);
    else for (const port of portsOf(egress).keys()) ports.add(port);
  }
  return ports;
}

/** What the sidecars that one Sidecar governs in one namespace know of the mesh. Istio: model.SidecarScope */
export interface SidecarScope {
  readonly sidecar: IstioObject<Sidecar> | null;
  /** The consumer's namespace, also where the Sidecar is the root namespace's. */
  readonly namespace: string;
  readonly egressListeners: readonly EgressListenerScope[];
  /** One a host name: the services that get clusters. */
  readonly servicesByHostname: ReadonlyMap<HostName, Service>;
  readonly outboundTrafficPolicy: OutboundTrafficPolicyMode;
  readonly egressProxy: RouteDestination | null;
}

const IMPORT_EVERYTHING: EgressListener = { port: null, bind: '', captureNone: false, hosts: ['*/*'], index: null };

/** Istio: convertToSidecarScope, initSidecarScopeInternalIndexes */
export function buildSidecarScope(
  push: PushContext,
  sidecar: IstioObject<Sidecar> | null,
  namespace: string,
): SidecarScope {
  const egress = sidecar && sidecar.spec.egress.length > 0 ? sidecar.spec.egress : [IMPORT_EVERYTHING];
  const egressListeners = egress.map((listener) => buildEgressListenerScope(push, listener, namespace));
  const policy = sidecar?.spec.outboundTrafficPolicy ?? null;
  return {
    sidecar,
    namespace,
    egressListeners,
    servicesByHostname: collectImportedServices(push, egressListeners, namespace),
    outboundTrafficPolicy: policy?.mode ?? push.meshConfig.outboundTrafficPolicy,
    egressProxy: policy?.egressProxy ?? null,
  };
}

/** Istio: convertIstioListenerToWrapper */
function buildEgressListenerScope(push: PushContext, listener: EgressListener, namespace: string): EgressListenerScope {
  const hosts = classifyHosts(listener.hosts, namespace, push.behavior.excludesHosts);
  const virtualServices = selectVirtualServices(push.virtualServices, namespace, hosts.byNamespace);
  const candidates =
    push.behavior.looksUpExactHosts && hosts.allExact
      ? servicesForExactHosts(push, hosts, namespace)
      : servicesNearHosts(push.services, namespace, hosts);
  const services = selectServices(push, candidates, hosts, listener, namespace);
  return {
    listener,
    services,
    virtualServices,
    mostSpecificVirtualService: indexVirtualServices(virtualServices, services),
  };
}

/** Istio: PushContext.servicesForExactHosts */
function servicesForExactHosts(push: PushContext, hosts: ClassifiedHosts, namespace: string): Service[] {
  const found: Service[] = [];
  for (const [owner, { exactHosts }] of hosts.byNamespace) {
    for (const host of exactHosts) {
      const service = push.services.byHostname.get(host)?.get(owner);
      if (service && isServiceVisible(push.services, service, namespace)) found.push(service);
    }
  }
  return found.sort(compareByCreationTime);
}

/**
 * The services that a listener's hosts import. Of one host name in several namespaces the consumer's stays, else the first, but for
 * a Kubernetes Service that follows a ServiceEntry. Istio: IstioEgressListenerWrapper.selectServices
 */
function selectServices(
  { services }: PushContext,
  candidates: readonly Service[],
  hosts: ClassifiedHosts,
  listener: EgressListener,
  configNamespace: string,
): Service[] {
  const anyNamespace = hosts.byNamespace.get('*');
  const imported: Service[] = [];
  for (const service of candidates) {
    const own = hosts.byNamespace.get(service.namespace);
    if (excludes(own, service.hostname) || excludes(anyNamespace, service.hostname)) continue;
    const chosen = includes(own, service.hostname)
      ? own
      : includes(anyNamespace, service.hostname)
        ? anyNamespace
        : null;
    if (!chosen || !portFits(service, listener)) continue;
    const trimmed = trimToListener(service, listener);
    if (service.aliases.length === 0) {
      imported.push(trimmed);
      continue;
    }
    const aliases = service.aliases.filter((alias) => includes(chosen, alias.hostname));
    imported.push(aliases.length === service.aliases.length ? trimmed : { ...trimmed, aliases });
  }
  const isShared = imported.some(({ hostname }) => services.sharedHostnames.has(hostname));
  return isShared ? oneNamespaceAHost(imported, configNamespace) : imported;
}

function oneNamespaceAHost(imported: readonly Service[], configNamespace: string): Service[] {
  const owners = new Map<HostName, { namespace: string; kubernetes: boolean }>();
  for (const { hostname, namespace, registry } of imported) {
    const existing = owners.get(hostname);
    const kubernetes = registry === 'Kubernetes';
    const outranks =
      !existing ||
      namespace === configNamespace ||
      (!existing.kubernetes && kubernetes && existing.namespace !== configNamespace);
    if (outranks) owners.set(hostname, { namespace, kubernetes });
  }
  return imported.filter((service) => owners.get(service.hostname)?.namespace === service.namespace);
}

/** An HTTP proxy port takes services of every port; any other port only those that serve it. Istio: needsPortMatch */
function needsPortMatch(listener: EgressListener): boolean {
  return listener.port !== null && listener.port.number !== 0 && listener.port.protocol !== 'http_proxy';
}

function portFits(service: Service, listener: EgressListener): boolean {
  return !needsPortMatch(listener) || service.ports.some((port) => port.port === listener.port?.number);
}

/** Istio: serviceMatchingListenerPort */
function trimToListener(service: Service, listener: EgressListener): Service {
  if (listener.port === null || !needsPortMatch(listener) || service.ports.length === 1) return service;
  const { number } = listener.port;
  const served = service.ports.find(({ port }) => port === number);
  return served ? withOnlyPort(service, served) : { ...service, ports: [] };
}

function indexVirtualServices(
  virtualServices: readonly IstioObject<VirtualService>[],
  services: readonly Service[],
): Map<HostName, IstioObject<VirtualService>> {
  const index = new Map<HostName, IstioObject<VirtualService>>();
  if (virtualServices.length === 0) return index;
  const specific = new Map<HostName, IstioObject<VirtualService>>();
  const wildcard = new Map<HostName, IstioObject<VirtualService>>();
  for (const config of virtualServices) {
    for (const host of config.spec.hosts) {
      const map = isWildcarded(host) ? wildcard : specific;
      if (!map.has(host)) map.set(host, config);
    }
  }
  for (const { hostname } of services) {
    const found = mostSpecificHostMatch(hostname, specific, wildcard);
    if (found) index.set(hostname, found);
  }
  return index;
}

/**
 * The union of what the listeners import, one service a host name, and the destinations that imported VirtualServices bring
 * along. Istio: SidecarScope.collectImportedServices
 */
function collectImportedServices(
  push: PushContext,
  listeners: readonly EgressListenerScope[],
  namespace: string,
): Map<HostName, Service> {
  const added = new Map<HostName, Service>();
  for (const scope of listeners) {
    for (const service of scope.services) appendService(added, service);
    for (const config of scope.virtualServices) {
      for (const [host, ports] of virtualServiceDestinations(config.spec, namespace)) {
        const service = pickService(push, host, namespace);
        if (service === undefined) continue;
        const fitting = needsPortMatch(scope.listener)
          ? portFits(service, scope.listener)
            ? trimToListener(service, scope.listener)
            : undefined
          : trimToPorts(service, ports);
        if (fitting) appendService(added, fitting);
      }
    }
  }
  return added;
}

function pickService(push: PushContext, host: HostName, namespace: string): Service | undefined {
  const byNamespace = push.services.byHostname.get(host);
  if (byNamespace === undefined) return undefined;
  const own = byNamespace.get(namespace);
  if (own) return own;
  const visible = [...byNamespace.values()].filter((s) => isServiceVisible(push.services, s, namespace));
  visible.sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
  if (!push.behavior.picksBestServiceNamespace) return visible[0];
  return (
    visible.find((service) => service.registry === 'Kubernetes') ??
    visible.reduce<Service | undefined>((best, s) => (best === undefined || s.age < best.age ? s : best), undefined)
  );
}

/** The hosts that a VirtualService may send a namespace's calls to, with ports; 0 stands for any. Istio: virtualServiceDestinations */
function virtualServiceDestinations(
  spec: VirtualService,
  namespace: string,
): ReadonlyMap<HostName, ReadonlySet<number>> {
  const known = destinationsOf.get(spec);
  if (known) return known;
  const out = new Map<HostName, Set<number>>();
  const add = ({ host, port }: RouteDestination): void => {
    const ports = out.get(host);
    if (ports) ports.add(port ?? 0);
    else out.set(host, new Set([port ?? 0]));
  };
  for (const route of spec.http) {
    const sources = route.match.map((match) => match.sourceNamespace).filter((source) => source !== '');
    if (sources.length > 0 && !sources.includes(namespace)) continue;
    for (const { destination } of route.route) add(destination);
    for (const mirror of route.mirrors) add(mirror);
  }
  for (const route of [...spec.tcp, ...spec.tls]) {
    for (const { destination } of route.route) add(destination);
  }
  if (!spec.http.some(({ match }) => match.some(({ sourceNamespace }) => sourceNamespace !== ''))) {
    destinationsOf.set(spec, out);
  }
  return out;
}

/** Of VirtualServices that send the calls of all namespaces to the same hosts. */
const destinationsOf = new WeakMap<VirtualService, ReadonlyMap<HostName, ReadonlySet<number>>>();

/** Istio: serviceMatchingVirtualServicePorts */
function trimToPorts(service: Service, ports: ReadonlySet<number>): Service | undefined {
  if (ports.size === 0 || ports.has(0)) return service;
  const found = service.ports.filter((port) => ports.has(port.port));
  if (found.length === service.ports.length) return service;
  const [only, ...others] = found;
  if (only === undefined) return undefined;
  return others.length > 0 ? { ...service, ports: found } : withOnlyPort(service, only);
}

/** Istio: SidecarScope.appendSidecarServices */
function appendService(added: Map<HostName, Service>, service: Service): void {
  const existing = added.get(service.hostname);
  if (existing === undefined) {
    added.set(service.hostname, service);
    return;
  }
  if (existing === service) return;
  if (existing.registry !== service.registry) {
    // A Kubernetes Service takes the host name from a ServiceEntry, never the other way round.
    if (service.registry === 'Kubernetes') added.set(service.hostname, service);
    return;
  }
  if (equalPorts(existing.ports, service.ports) || !canMerge(existing, service)) return;
  const ports = [...existing.ports];
  for (const port of service.ports) {
    if (!ports.some((known) => known.port === port.port)) ports.push(port);
  }
  if (ports.length > existing.ports.length) added.set(service.hostname, { ...existing, ports });
}

function equalPorts(a: readonly Port[], b: readonly Port[]): boolean {
  return (
    a.length === b.length &&
    a.every((port, i) => port.name === b[i]?.name && port.port === b[i].port && port.protocol === b[i].protocol)
  );
}

/** Istio: canMergeServices */
function canMerge(a: Service, b: Service): boolean {
  return (
    a.namespace === b.namespace &&
    a.resolution === b.resolution &&
    equalMaps(a.labels, b.labels) &&
    equalMaps(a.labelSelectors ?? {}, b.labelSelectors ?? {}) &&
    [...(a.exportTo ?? [])].sort().join() === [...(b.exportTo ?? [])].sort().join()
  );
}

function equalMaps(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** The listener whose routes serve a port. Istio: SidecarScope.GetEgressListenerForRDS */
export function egressListenerForRoutes(scope: SidecarScope, port: number): EgressListenerScope | undefined {
  return scope.egressListeners.find(
    ({ listener }) => listener.port === null || (port !== 0 && listener.port.number === port),
  );
}
