import { isWildcarded, matches, type HostName } from '../istio/host-name.js';
import type { IstioObject } from '../istio/istio-object.js';
import type { PushContext } from '../istio/push-context.js';
import { endpointAddress } from '../istio/service-endpoints.js';
import { UNSPECIFIED_IP, type Service } from '../istio/service.js';
import { alternativeHosts } from '../istio/virtual-host-domains.js';
import { listVirtualServices } from '../istio/virtual-service-index.js';
import type { StaticMatch, VirtualService } from '../istio/virtual-service.js';
import type { DestinationTable } from './destination-table.js';

type Config = IstioObject<VirtualService>;

/**
 * Services and VirtualServices that can bear on the calls to one another's hosts, and the destinations of these. Of what a caller
 * imports, a call to one of the destinations depends on what is in its knot, and on who else shares the port.
 */
export interface Knot {
  /** Its place among all. */
  readonly id: number;
  readonly places: readonly number[];
  readonly ports: readonly number[];
  /** Those of its services. */
  readonly hostnames: readonly HostName[];
  /** Those of others to whose services the calls can be sent. */
  readonly otherHostnames: readonly HostName[];
  /** Whether it has no more than one service, or one VirtualService. */
  readonly isOfOne: boolean;
  /** Whether more of a caller than what it imports bears on the calls: its namespace, its labels. */
  readonly tellsCallersApart: boolean;
}

export interface Knots {
  readonly all: readonly Knot[];
  readonly ofHostname: ReadonlyMap<HostName, Knot>;
  readonly ofConfig: ReadonlyMap<Config, Knot>;
  /** By the host name of a service, the knots whose calls can be sent to it. */
  readonly ofTarget: ReadonlyMap<HostName, readonly Knot[]>;
}

interface Building {
  places: number[];
  ports: Set<number>;
  hostnames: Set<HostName>;
  /** How many services and VirtualServices. */
  members: number;
  tellsCallersApart: boolean;
}

/**
 * Ties a mesh's hosts and VirtualServices together: services that a call's address or `Host` header can be taken for one another, and
 * VirtualServices with the services and the names that they have routes for.
 */
export function findKnots(push: PushContext, table: DestinationTable): Knots {
  const ties = new Ties(table);
  const wildcards: HostName[] = [];
  const short = new Set<number>();
  for (const service of push.services.all) {
    const { hostname } = service;
    const node = ties.ofHost(hostname);
    if (isWildcarded(hostname)) wildcards.push(hostname);
    for (const address of addressesOf(push, service)) ties.bind(node, address);
    if (isWildcarded(hostname)) ties.cover(node, hostname);
    for (const name of otherNamesOf(service, push.clusterDomain)) ties.cover(node, name);
    for (const name of shortNamesOf(service, push.clusterDomain)) if (ties.cover(node, name)) short.add(node);
  }
  let last = { host: '', address: '' };
  for (const target of table.targets) {
    const { host, address, pods } = target;
    // Ports of one host mostly have one address.
    if (host === last.host && address === last.address && pods.length === 0) continue;
    last = target;
    const node = ties.ofHost(host);
    ties.bind(node, address);
    for (const pod of pods) ties.bind(node, pod.address);
  }
  const configs = listVirtualServices(push.virtualServices);
  const nodes = new Map<Config, number>();
  for (const config of configs) {
    const node = ties.add();
    nodes.set(config, node);
    for (const host of config.spec.hosts) {
      ties.cover(node, host);
      for (const other of wildcards) if (matches(host, other)) ties.join(node, ties.ofHost(other));
    }
  }
  return collect(push, table, ties, nodes, short);
}

function collect(
  push: PushContext,
  table: DestinationTable,
  ties: Ties,
  nodes: ReadonlyMap<Config, number>,
  short: ReadonlySet<number>,
): Knots {
  const byRoot = new Map<number, Building>();
  const knotOf = (node: number): Building => {
    const root = ties.root(node);
    let knot = byRoot.get(root);
    if (!knot) {
      knot = { places: [], ports: new Set(), hostnames: new Set(), members: 0, tellsCallersApart: false };
      byRoot.set(root, knot);
    }
    return knot;
  };
  const ofHostname = new Map<HostName, Building>();
  for (const { hostname } of push.services.all) {
    const knot = knotOf(ties.ofHost(hostname));
    ofHostname.set(hostname, knot);
    knot.hostnames.add(hostname);
    knot.members += 1;
  }
  const ofConfig = new Map<Config, Building>();
  for (const [config, node] of nodes) {
    const knot = knotOf(node);
    ofConfig.set(config, knot);
    knot.members += 1;
    for (const host of routedHosts(config.spec)) {
      knot.hostnames.add(host);
      for (const { externalName } of push.services.byHostname.get(host)?.values() ?? []) {
        if (externalName !== '') knot.hostnames.add(externalName);
      }
    }
    if (tellsCallersApart(config.spec)) knot.tellsCallersApart = true;
  }
  for (const node of short) knotOf(node).tellsCallersApart = true;
  for (let place = 0; place < table.targets.length; place += 1) {
    const { host, port } = table.targets[place]!;
    const knot = knotOf(ties.ofHost(host));
    knot.places.push(place);
    knot.ports.add(port);
  }
  const finished = new Map<Building, Knot>();
  const ofTarget = new Map<HostName, Knot[]>();
  for (const building of byRoot.values()) {
    const hostnames: HostName[] = [];
    const otherHostnames: HostName[] = [];
    for (const hostname of building.hostnames) {
      (ofHostname.get(hostname) === building ? hostnames : otherHostnames).push(hostname);
    }
    const { places, ports, members, tellsCallersApart } = building;
    const isOfOne = members <= 1;
    const knot = {
      id: finished.size,
      places,
      ports: [...ports],
      hostnames,
      otherHostnames,
      isOfOne,
      tellsCallersApart,
    };
    finished.set(building, knot);
    for (const hostname of building.hostnames) {
      const list = ofTarget.get(hostname);
      if (list) list.push(knot);
      else ofTarget.set(hostname, [knot]);
    }
  }
  return {
    all: [...finished.values()],
    ofTarget,
    ofHostname: new Map(Array.from(ofHostname, ([hostname, building]) => [hostname, finished.get(building)!])),
    ofConfig: new Map(Array.from(ofConfig, ([config, building]) => [config, finished.get(building)!])),
  };
}

/** The addresses at which a caller can have a listener for the service alone. */
function addressesOf(push: PushContext, service: Service): readonly string[] {
  const found: string[] = [];
  for (const address of service.addresses.length === 0 ? [service.address] : [service.address, ...service.addresses]) {
    if (address !== UNSPECIFIED_IP && !address.includes('/')) found.push(address);
  }
  if (service.resolution !== 'Passthrough') return found;
  for (const { port } of service.ports) {
    for (const instance of push.instancesByPort(service, port)) {
      const address = endpointAddress(instance);
      if (address !== null) found.push(address);
    }
  }
  return found;
}

/** The `Host` headers beside its own name that can be the service's, whoever calls. Istio: generateVirtualHostDomains */
function otherNamesOf(service: Service, clusterDomain: string): readonly string[] {
  const names = alternativeHosts(service.hostname, '', clusterDomain);
  for (const { hostname } of service.aliases) names.push(hostname, ...alternativeHosts(hostname, '', clusterDomain));
  if (service.resolution === 'Passthrough') {
    names.push(...[service.hostname, ...names].map(ofPods));
  }
  names.push(...service.addresses);
  return names;
}

/** Those that are its own namespace's callers' alone. */
function shortNamesOf(service: Service, clusterDomain: string): readonly string[] {
  const suffix = `.svc.${clusterDomain}`;
  const names: string[] = [];
  const add = (host: HostName): void => {
    if (host.endsWith(suffix)) names.push(host.slice(0, host.indexOf('.')));
  };
  add(service.hostname);
  for (const { hostname } of service.aliases) add(hostname);
  return service.resolution === 'Passthrough' ? [...names, ...names.map(ofPods)] : names;
}

function ofPods(name: string): string {
  return `*.${name}`;
}

function routedHosts({ http, tcp, tls }: VirtualService): readonly HostName[] {
  return [...http, ...tcp, ...tls].flatMap(({ route }) => route.map(({ destination }) => destination.host));
}

function tellsCallersApart({ gatewaySemantics, http, tcp, tls }: VirtualService): boolean {
  const isForSome = ({ sourceLabels, sourceNamespace }: StaticMatch): boolean =>
    sourceNamespace !== '' || Object.keys(sourceLabels).length > 0;
  return gatewaySemantics || [...http, ...tcp, ...tls].some(({ match }) => match.some(isForSome));
}

/** Numbered things, tied to each other directly or by way of others. */
class Ties {
  readonly #parents: number[] = [];
  readonly #ofHosts = new Map<string, number>();
  readonly #ofAddresses = new Map<string, number>();

  constructor(private readonly table: DestinationTable) {}

  add(): number {
    return this.#parents.push(this.#parents.length) - 1;
  }

  ofHost(host: HostName): number {
    return this.#nodeOf(this.#ofHosts, host.toLowerCase());
  }

  /** Ties to everything else that is bound to the address. */
  bind(node: number, address: string): void {
    this.join(node, this.#nodeOf(this.#ofAddresses, address));
  }

  /** Ties to the hosts of all destinations that a domain covers; false where there are none. */
  cover(node: number, domain: string): boolean {
    const places = this.table.named(domain);
    if (!isWildcarded(domain) && places.length > 0) this.join(node, this.ofHost(domain));
    else for (const place of places) this.join(node, this.ofHost(this.table.targets[place]!.host));
    return places.length > 0;
  }

  join(a: number, b: number): void {
    this.#parents[this.root(a)] = this.root(b);
  }

  root(node: number): number {
    let root = node;
    while (this.#parents[root] !== root) root = this.#parents[root]!;
    for (let at = node; at !== root;) {
      const next = this.#parents[at]!;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }

  #nodeOf(nodes: Map<string, number>, name: string): number {
    let node = nodes.get(name);
    if (node === undefined) nodes.set(name, (node = this.add()));
    return node;
  }
}
