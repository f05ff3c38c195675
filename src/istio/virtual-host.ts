import { clusterName } from './destination-cluster.js';
import { isWildcarded, matches, type HostName } from './host-name.js';
import { buildHttpRoutes, type Route } from './http-route.js';
import type { IstioObject } from './istio-object.js';
import { isHttpOrSniffed } from './protocol.js';
import type { Proxy } from './proxy.js';
import { portByNumber, type Service } from './service.js';
import { egressListenerForRoutes, type EgressListenerScope, type SidecarScope } from './sidecar-scope.js';
import { serviceDomains } from './virtual-host-domains.js';
import type { VirtualService } from './virtual-service.js';

/** The routes of one host. Istio: route.VirtualHost */
export interface VirtualHost {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly Route[];
  /** Null for a host that only a VirtualService knows. */
  readonly service: Service | null;
}

/** The virtual hosts of a listener port; null where no egress listener serves it. Istio: BuildSidecarOutboundVirtualHosts */
export function buildVirtualHosts(
  scope: SidecarScope,
  proxy: Proxy,
  listenerPort: number,
  clusterDomain: string,
): VirtualHost[] | null {
  const egress = egressListenerForRoutes(scope, listenerPort);
  if (egress === undefined) return null;
  // A listener for an HTTP proxy routes to every port.
  const port = egress.listener.port?.protocol === 'http_proxy' ? 0 : listenerPort;
  const services = servicesByName(egress, port);
  const virtualServices = port === 80 ? egress.virtualServices : fittingVirtualServices(egress, services);
  const wrappers = virtualServices.flatMap((config) => wrapVirtualService(config, egress, proxy, services, port));
  const routed = new Set(wrappers.flatMap((wrapper) => wrapper.services.map((service) => service.hostname)));
  for (const service of services.values()) {
    if (!routed.has(service.hostname) && service.resolution !== 'Alias') wrappers.push(...wrapService(service));
  }
  return layOut(
    wrappers.filter((wrapper) => port === 0 || wrapper.port === port),
    proxy,
    clusterDomain,
    port === 0,
  );
}

/** Hosts with their routes, before domains are given out. Istio: route.VirtualHostWrapper */
interface Wrapper {
  readonly port: number;
  readonly services: readonly Service[];
  readonly virtualServiceHosts: readonly HostName[];
  readonly routes: readonly Route[];
}

/** The listener's services that serve a port, trimmed to it; of one name the last stays. */
function servicesByName(egress: EgressListenerScope, port: number): Map<HostName, Service> {
  const services = new Map<HostName, Service>();
  for (const service of egress.services) {
    if (port === 0) {
      services.set(service.hostname, service);
      continue;
    }
    const served = portByNumber(service, port);
    const hostname = service.hostname.toLowerCase();
    if (served) services.set(hostname, { ...service, hostname, ports: [served] });
  }
  return services;
}

/** Istio: selectVirtualServices (of httproute.go) */
function fittingVirtualServices(
  egress: EgressListenerScope,
  services: ReadonlyMap<HostName, Service>,
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
  services: ReadonlyMap<HostName, Service>,
  port: number,
): Wrapper[] {
  const routes = buildHttpRoutes(config, proxy, port, (host) => services.get(host));
  if (routes.length === 0) return [];
  const { hosts, matching } = separateHosts(config, egress, services);
  // A Gateway API route counts for its own namespace's callers, and for callers of its own namespace's services.
  if (
    config.spec.gatewaySemantics &&
    !matching.some((service) => service.namespace === config.namespace || proxy.namespace === config.namespace)
  ) {
    return [];
  }
  const byPort = new Map<number, Service[]>();
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
  services: ReadonlyMap<HostName, Service>,
): { hosts: HostName[]; matching: Service[] } {
  const hosts: HostName[] = [];
  const matching: Service[] = [];
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

/** Istio: buildSidecarVirtualHostForService */
function wrapService(service: Service): Wrapper[] {
  return service.ports
    .filter((port) => isHttpOrSniffed(port.protocol))
    .map(({ port }) => ({
      port,
      services: [service],
      virtualServiceHosts: [],
      routes: [
        {
          match: null,
          clusters: [clusterName({ port, subset: '', hostname: service.hostname })],
          answered: false,
          virtualService: null,
        },
      ],
    }));
}

/** Gives every virtual host its domains; a name that is taken stays with its first owner. */
function layOut(wrappers: readonly Wrapper[], proxy: Proxy, clusterDomain: string, withPort: boolean): VirtualHost[] {
  const names = new Set<string>();
  const taken = new Set<string>();
  const known = new Set(wrappers.flatMap((wrapper) => wrapper.services.map((service) => service.hostname)));
  const out: VirtualHost[] = [];
  const add = (name: string, wrapper: Wrapper, service: Service | null): void => {
    const key = `${name}:${wrapper.port}`;
    if (names.has(key)) return;
    names.add(key);
    const { domains, alternatives } = service
      ? serviceDomains(service, proxy.namespace, clusterDomain)
      : { domains: [name], alternatives: new Set<string>() };
    const free = domains.flatMap((domain) => {
      // A short form must not take a name that is another service's full one.
      if (alternatives.has(domain) && known.has(domain)) return [];
      // Behind an HTTP proxy port only port 80 is called without a port.
      const full = withPort && wrapper.port !== 80 ? `${domain}:${wrapper.port}` : domain;
      if (taken.has(full.toLowerCase())) return [];
      taken.add(full.toLowerCase());
      return [full];
    });
    if (free.length > 0) out.push({ name: key, domains: free, routes: wrapper.routes, service });
  };
  for (const wrapper of wrappers) {
    if (wrapper.routes.length === 0) continue;
    for (const host of wrapper.virtualServiceHosts) add(host.toLowerCase(), wrapper, null);
    for (const service of wrapper.services) add(service.hostname, wrapper, service);
  }
  return out;
}

/** The virtual hosts of a port with an index of their domains. Envoy: RouteMatcher */
export interface VirtualHostTable {
  readonly virtualHosts: readonly VirtualHost[];
  /** By domain in lower case, wildcards left out. */
  readonly exact: ReadonlyMap<string, VirtualHost>;
  /** Domains that begin with a wildcard, the longest first. */
  readonly wildcards: readonly { readonly suffix: string; readonly virtualHost: VirtualHost }[];
}

export function indexVirtualHosts(virtualHosts: readonly VirtualHost[]): VirtualHostTable {
  const exact = new Map<string, VirtualHost>();
  const wildcards: { suffix: string; virtualHost: VirtualHost }[] = [];
  for (const virtualHost of virtualHosts) {
    for (const domain of virtualHost.domains.map((name) => name.toLowerCase())) {
      if (domain.startsWith('*')) wildcards.push({ suffix: domain.slice(1), virtualHost });
      else if (!exact.has(domain)) exact.set(domain, virtualHost);
    }
  }
  wildcards.sort((a, b) => b.suffix.length - a.suffix.length);
  return { virtualHosts, exact, wildcards };
}

/** The virtual host of a `Host` header: exact, else by the longest wildcard. Envoy: RouteMatcher::findVirtualHost */
export function findVirtualHost({ exact, wildcards }: VirtualHostTable, host: string): VirtualHost | null {
  const wanted = host.toLowerCase();
  const found =
    exact.get(wanted) ??
    wildcards.find(({ suffix }) => wanted.length > suffix.length && wanted.endsWith(suffix))?.virtualHost;
  return found ?? null;
}
