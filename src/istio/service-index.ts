import { isWildcarded, type HostName } from './host-name.js';
import type { ClassifiedHosts } from './host-classification.js';
import { compareByCreationTime } from './istio-object.js';
import { buildOrderedIndex, pickInOrder, type OrderedIndex } from './ordered-index.js';
import type { Service } from './service.js';
import { isVisible, NONE, PRIVATE, PUBLIC, type ExportTo } from './visibility.js';

/** The services of a mesh, by who may see them and by host name. Istio: model.serviceIndex */
export interface ServiceIndex {
  /** In the order of creation, aliases resolved. */
  readonly all: readonly Service[];
  readonly public: readonly Service[];
  readonly publicByNamespace: OrderedIndex<Service>;
  readonly exportedToNamespace: ReadonlyMap<string, readonly Service[]>;
  readonly byHostname: ReadonlyMap<HostName, ReadonlyMap<string, Service>>;
  /** Host names that several namespaces have. */
  readonly sharedHostnames: ReadonlySet<HostName>;
  readonly meshDefault: ExportTo;
}

/** Istio: PushContext.initServiceRegistry */
export function buildServiceIndex(services: readonly Service[], meshDefault: ExportTo): ServiceIndex {
  const all = resolveServiceAliases([...services].sort(compareByCreationTime));
  const everyone: Service[] = [];
  const exportedToNamespace = new Map<string, Service[]>();
  const byHostname = new Map<HostName, Map<string, Service>>();
  for (const service of all) {
    let byNamespace = byHostname.get(service.hostname);
    if (!byNamespace) byHostname.set(service.hostname, (byNamespace = new Map<string, Service>()));
    const existing = byNamespace.get(service.namespace);
    // The oldest keeps a host name, but for a Kubernetes Service, which nobody may squat on.
    if (!existing || (existing.registry !== 'Kubernetes' && service.registry === 'Kubernetes')) {
      byNamespace.set(service.namespace, service);
    }
    const exportTo = service.exportTo === null || service.exportTo.size === 0 ? meshDefault : service.exportTo;
    if (exportTo.has(PUBLIC)) {
      everyone.push(service);
      continue;
    }
    if (exportTo.has(NONE)) continue;
    const viewers = new Set([...exportTo].map((viewer) => (viewer === PRIVATE ? service.namespace : viewer)));
    for (const viewer of viewers) {
      const list = exportedToNamespace.get(viewer);
      if (list) list.push(service);
      else exportedToNamespace.set(viewer, [service]);
    }
  }
  const shared = [...byHostname].filter(([, byNamespace]) => byNamespace.size > 1).map(([hostname]) => hostname);
  return {
    all,
    public: everyone,
    publicByNamespace: buildOrderedIndex(everyone, ({ namespace }) => namespace),
    exportedToNamespace,
    byHostname,
    sharedHostnames: new Set(shared),
    meshDefault,
  };
}

/** Istio: PushContext.servicesExportedToNamespace */
export function servicesExportedTo(index: ServiceIndex, namespace: string): readonly Service[] {
  const exported = index.exportedToNamespace.get(namespace);
  return exported ? [...exported, ...index.public] : index.public;
}

/** Of the services exported to a namespace, in the same order, at least all that a listener's hosts can name. */
export function servicesNearHosts(index: ServiceIndex, namespace: string, hosts: ClassifiedHosts): readonly Service[] {
  const ofAny = hosts.byNamespace.get('*');
  if (ofAny?.allHosts.some(isWildcarded)) return servicesExportedTo(index, namespace);
  const owners = new Set(hosts.byNamespace.keys());
  for (const host of ofAny?.exactHosts ?? []) {
    for (const owner of index.byHostname.get(host)?.keys() ?? []) owners.add(owner);
  }
  const found = pickInOrder(index.publicByNamespace, owners);
  const exported = index.exportedToNamespace.get(namespace);
  return exported ? [...exported, ...found] : found;
}

export function isServiceVisible(index: ServiceIndex, service: Service, namespace: string): boolean {
  return isVisible(service.exportTo, index.meshDefault, service.namespace, namespace);
}

/** Tells concrete services which ExternalName Services point at them, over several hops. Istio: resolveServiceAliases */
function resolveServiceAliases(services: readonly Service[]): Service[] {
  const target = new Map<HostName, HostName>();
  for (const service of services) {
    if (service.resolution === 'Alias') target.set(service.hostname, service.externalName);
  }
  if (target.size === 0) return [...services];
  const aliasesOf = new Map<HostName, Service[]>();
  for (const service of services) {
    if (service.resolution !== 'Alias') continue;
    const concrete = followAlias(service, target);
    if (concrete === null) continue;
    const list = aliasesOf.get(concrete);
    if (list) list.push(service);
    else aliasesOf.set(concrete, [service]);
  }
  return services.map((service) => {
    const aliases = aliasesOf.get(service.hostname);
    if (!aliases) return service;
    const sorted = aliases
      .map(({ hostname, namespace }) => ({ hostname, namespace }))
      .sort((a, b) => (`${a.namespace}/${a.hostname}` < `${b.namespace}/${b.hostname}` ? -1 : 1));
    return { ...service, aliases: sorted };
  });
}

/** Null for aliases that run in a circle. */
function followAlias(alias: Service, target: ReadonlyMap<HostName, HostName>): HostName | null {
  const seen = new Set([alias.hostname]);
  let host = alias.externalName;
  for (;;) {
    const next = target.get(host);
    if (next === undefined) return host;
    if (seen.has(host)) return null;
    seen.add(host);
    host = next;
  }
}
