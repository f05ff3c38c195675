import { clusterName } from './destination-cluster.js';
import { isWildcarded, matches, type HostName } from './host-name.js';
import { buildHttpRoutes, type Route } from './http-route.js';
import type { IstioObject } from './istio-object.js';
import { isHttpOrSniffed } from './protocol.js';
import type { Proxy } from './proxy.js';
import { portByNumber, type Port, type Service } from './service.js';
import {
  egressListenerForRoutes,
  servicesOnPort,
  type EgressListenerScope,
  type SidecarScope,
} from './sidecar-scope.js';
import { domainFinder, type ServiceDomains } from './virtual-host-domains.js';
import { VirtualHostTable, type VirtualHost } from './virtual-host-table.js';
import type { VirtualService } from './virtual-service.js';

/** The virtual hosts of a listener port; none where no egress listener serves it. Istio: BuildSidecarOutboundVirtualHosts */
export function buildVirtualHosts(
  scope: SidecarScope,
  proxy: Proxy,
  listenerPort: number,
  clusterDomain: string,
): VirtualHostTable {
  const egress = egressListenerForRoutes(scope, listenerPort);
  if (egress === undefined) return new VirtualHostTable();
  // A listener for an HTTP proxy routes to every port.
  const port = egress.listener.port?.protocol === 'http_proxy' ? 0 : listenerPort;
  const services = servicesByName(egress, port);
  const virtualServices = port === 80 ? egress.virtualServices : fittingVirtualServices(egress, services);
  const wrappers = virtualServices.flatMap((config) => wrapVirtualService(config, egress, proxy, services, port));
  const routed = new Set(wrappers.flatMap((wrapper) => wrapper.services.map(({ hostname }) => hostname)));
  for (const each of services.values()) {
    if (routed.has(each.hostname) || each.service.resolution === 'Alias') continue;
    for (const { port: number, protocol } of each.ports) {
      if (isHttpOrSniffed(protocol)) wrappers.push(defaultWrapper(each, number));
    }
  }
  return layOut(
    wrappers.filter((wrapper) => port === 0 || wrapper.port === port),
    proxy,
    clusterDomain,
    port === 0,
  );
}

/** A service under the name by which a port's routes know it, with the ports that they are for. */
interface RoutedService {
  readonly hostname: HostName;
  readonly service: Service;
  readonly ports: readonly Port[];
}

/** Hosts with their routes, before domains are given out. Istio: route.VirtualHostWrapper */
interface Wrapper {
  readonly port: number;
  readonly services: readonly RoutedService[];
  readonly virtualServiceHosts: readonly HostName[];
  readonly routes: readonly Route[];
}

/** The listener's services that serve a port, trimmed to it; of one name the last stays. */
function servicesByName(egress: EgressListenerScope, port: number): Map<HostName, RoutedService> {
  const services = new Map<HostName, RoutedService>();
  if (port === 0) {
    for (const service of egress.services) {
      const { hostname, ports } = service;
      services.set(hostname, { hostname, service, ports });
    }
    return services;
  }
  for (const service of servicesOnPort(egress, port)) {
    const served = portByNumber(service, port);
    if (served === undefined) continue;
    const hostname = service.hostname.toLowerCase();
    services.set(hostname, { hostname, service, ports: [served] });
  }
  return services;
}

/** Istio: selectVirtualServices (of httproute.go) */
function fittingVirtualServices(
  egress: EgressListenerScope,
  services: ReadonlyMap<HostName, RoutedService>,
): readonly IstioObject<VirtualService>[] {
  if (egress.virtualServices.length === 0) return [];
  const wildcardServices = [...services.keys()].filter(isWildcarded);
  return egress.virtualServices.filter((config) =>
    config.spec.hosts.some((host) => {
      const name = host.toLowerCase();
      if (services.has(name)) return true;
      const candidates = isWildcarded(name) ? [...services.keys()] : wildcardServices;
      return candidates.some((service) => matches(name, service));
    }),
  );
}

/** Istio: buildSidecarVirtualHostsForVirtualService */
function wrapVirtualService(
  config: IstioObject<VirtualService>,
  egress: EgressListenerScope,
  proxy: Proxy,
  services: ReadonlyMap<HostName, RoutedService>,
  port: number,
): Wrapper[] {
  const routes = buildHttpRoutes(config, proxy, port, (host) => {
    const found = services.get(host);
    return found && { ports: found.ports, externalName: found.service.externalName };
  });
  if (routes.length === 0) return [];
  const { hosts, matching } = separateHosts(config, egress, services);
  // A Gateway API route counts for its own namespace's callers, and for callers of its own namespace's services.
  if (
    config.spec.gatewaySemantics &&
    !matching.some(({ service }) => service.namespace === config.namespace || proxy.namespace === config.namespace)
  ) {
    return [];
  }
  const byPort = new Map<number, RoutedService[]>();
  for (const service of matching) {
    for (const { port: number, protocol } of service.ports) {
      if (!isHttpOrSniffed(protocol)) continue;
      const list = byPort.get(number);
      if (list) list.push(service);
      else byPort.set(number, [service]);
    }
  }
  // Port 80 alone takes routes for hosts that no service has.
  if (byPort.size === 0 && port === 80) byPort.set(80, []);
  return [...byPort].map(([number, matched]) => ({
    port: number,
    services: matched,
    virtualServiceHosts: hosts,
    routes,
  }));
}

/** A VirtualService's hosts that are no service's, and the services of the others. Istio: separateVSHostsAndServices */
function separateHosts(
  config: IstioObject<VirtualService>,
  egress: EgressListenerScope,
  services: ReadonlyMap<HostName, RoutedService>,
): { hosts: HostName[]; matching: RoutedService[] } {
  const hosts: HostName[] = [];
  const matching: RoutedService[] = [];
  for (const host of config.spec.hosts.filter((h) => !isWildcarded(h))) {
    const service = services.get(host.toLowerCase());
    if (service) matching.push(service);
    else hosts.push(host);
  }
  for (const host of config.spec.hosts.filter(isWildcarded)) {
    if (config.spec.gatewaySemantics) {
      hosts.push(host);
      continue;
    }
    let found = false;
    for (const [name, service] of services) {
      if (!matches(name, host.toLowerCase())) continue;
      found = true;
      if (egress.mostSpecificVirtualService.get(name) === config) matching.push(service);
    }
    if (!found) hosts.push(host.toLowerCase());
  }
  return { hosts, matching };
}

const defaultWrappers = new WeakMap<Service, Wrapper[]>();

/** Of a service that no VirtualService routes, the same whoever imports it. Istio: buildSidecarVirtualHostForService */
function defaultWrapper(routed: RoutedService, port: number): Wrapper {
  let ofService = defaultWrappers.get(routed.service);
  if (!ofService) defaultWrappers.set(routed.service, (ofService = []));
  const known = ofService.find((wrapper) => wrapper.port === port && wrapper.services[0]!.hostname === routed.hostname);
  if (known) return known;
  const clusters = [clusterName({ port, subset: '', hostname: routed.hostname })];
  const wrapper = {
    port,
    services: [routed],
    virtualServiceHosts: [],
    routes: [{ match: null, clusters, answered: false, virtualService: null }],
  };
  ofService.push(wrapper);
  return wrapper;
}

/** Gives every virtual host its domains; a name that is taken stays with its first owner. */
function layOut(
  wrappers: readonly Wrapper[],
  proxy: Proxy,
  clusterDomain: string,
  withPort: boolean,
): VirtualHostTable {
  const table = new VirtualHostTable();
  const domainsOf = domainFinder(proxy.namespace, clusterDomain);
  const names = new Set<string>();
  const known = new Set<HostName>();
  for (const wrapper of wrappers) for (const { hostname } of wrapper.services) known.add(hostname);
  const add = (name: string, wrapper: Wrapper, service: Service | null): void => {
    const key = withPort ? `${name}:${wrapper.port}` : name;
    if (names.has(key)) return;
    names.add(key);
    const { domains, names: spelt, alternatives } = service ? domainsOf(service, name) : onlyDomain(name);
    // Behind an HTTP proxy port only port 80 is called without a port.
    const suffix = withPort && wrapper.port !== 80 ? `:${wrapper.port}` : '';
    // A short form must not take a name that is another service's full one.
    const isFree = (domain: string, index: number): boolean =>
      !(known.has(domain) && alternatives.includes(domain)) && !table.has(spelt[index]! + suffix);
    if (suffix === '' && service !== null && domains.every(isFree)) {
      table.add(wholeVirtualHost(name, domains, wrapper.routes, service), spelt);
      return;
    }
    const free = domains.filter(isFree).map((domain) => domain + suffix);
    if (free.length > 0) table.add({ name, domains: free, routes: wrapper.routes, service });
  };
  for (const wrapper of wrappers) {
    if (wrapper.routes.length === 0) continue;
    for (const host of wrapper.virtualServiceHosts) add(host.toLowerCase(), wrapper, null);
    for (const { hostname, service } of wrapper.services) add(hostname, wrapper, service);
  }
  return table;
}

function onlyDomain(name: string): ServiceDomains {
  return { domains: [name], names: [name.toLowerCase()], alternatives: [] };
}

const wholes = new WeakMap<readonly Route[], VirtualHost>();

/** With all the domains of its service, as nearly every one is: the same object in every table. */
function wholeVirtualHost(
  name: string,
  domains: readonly string[],
  routes: readonly Route[],
  service: Service,
): VirtualHost {
  const known = wholes.get(routes);
  if (known?.domains === domains && known.service === service) return known;
  const virtualHost = { name, domains, routes, service };
  wholes.set(routes, virtualHost);
  return virtualHost;
}
