import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import { isWildcarded, matches, resolveShortNameToFqdn, subsetOf } from '../istio/host-name.js';
import type { PushContext } from '../istio/push-context.js';
import { isServiceVisible, type ServiceIndex } from '../istio/service-index.js';
import type { Service } from '../istio/service.js';
import { listVirtualServices } from '../istio/virtual-service-index.js';
import { MESH_GATEWAY } from '../istio/virtual-service.js';
import { closestName } from '../kubernetes/closest-name.js';
import { asArray, asObject, asString, asStrings } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { ValuePath } from '../kubernetes/object-differences.js';
import { titleOf } from '../kubernetes/object-title.js';

/** A host that an object names, and where. */
interface NamedHost {
  readonly host: string;
  readonly path: ValuePath;
  /** `routes calls to`, `is for` */
  readonly what: string;
}

/**
 * Hosts of an object that match nothing in the mesh, where the mesh shows that something else is meant, or that there is nothing of
 * the name. Of a host that may live outside of the manifests nothing is said.
 */
export function findUnmatchedHosts(object: KubernetesObject, push: PushContext): Diagnostic[] {
  if (object.group !== 'networking.istio.io') return [];
  switch (object.kind) {
    case 'Sidecar':
      return listHostLines(object).flatMap(({ host, path }) => {
        const why = explainHostLine(host, object, push);
        if (why === null) return [];
        const message = `${titleOf(object)} lists "${host}", which matches nothing: ${why}`;
        return [diagnostic('host-matches-nothing', message, object.locate(path))];
      });
    case 'VirtualService':
      return [...listRoutedHosts(object), ...listRouteTargets(object)].flatMap((each) => report(object, each, push));
    case 'DestinationRule': {
      const host = asString(asObject(object.body['spec'])['host']);
      return host === '' ? [] : report(object, { host, path: ['spec', 'host'], what: 'is for' }, push);
    }
    default:
      return [];
  }
}

function report(object: KubernetesObject, { host, path, what }: NamedHost, push: PushContext): Diagnostic[] {
  const why = explainHost(host, object.metadata.namespace, push);
  if (why === null) return [];
  const message = `${titleOf(object)} ${what} "${host}", which matches nothing: ${why}`;
  return [diagnostic('host-matches-nothing', message, object.locate(path))];
}

function listHostLines({ body }: KubernetesObject): Omit<NamedHost, 'what'>[] {
  return asArray(asObject(body['spec'])['egress']).flatMap((listener, i) =>
    asStrings(asObject(listener)['hosts']).map((host, j) => ({ host, path: ['spec', 'egress', i, 'hosts', j] })),
  );
}

/** Of a VirtualService for gateways alone the hosts are those of the outside. */
function listRoutedHosts({ body }: KubernetesObject): NamedHost[] {
  const spec = asObject(body['spec']);
  const gateways = asStrings(spec['gateways']);
  if (gateways.length > 0 && !gateways.includes(MESH_GATEWAY)) return [];
  return asStrings(spec['hosts']).map((host, i) => ({ host, path: ['spec', 'hosts', i], what: 'routes calls to' }));
}

function listRouteTargets({ body }: KubernetesObject): NamedHost[] {
  const spec = asObject(body['spec']);
  return ['http', 'tls', 'tcp'].flatMap((kind) =>
    asArray(spec[kind]).flatMap((route, i) =>
      asArray(asObject(route)['route']).flatMap((target, j) => {
        const host = asString(asObject(asObject(target)['destination'])['host']);
        const path = ['spec', kind, i, 'route', j, 'destination', 'host'];
        return host === '' ? [] : [{ host, path, what: 'sends calls on to' }];
      }),
    ),
  );
}

/** Why a Sidecar's host line matches nothing; null where it matches, or nobody can tell. */
function explainHostLine(line: string, sidecar: KubernetesObject, push: PushContext): string | null {
  const [space, name, rest] = line.split('/');
  if (space === undefined || name === undefined || rest !== undefined || space.startsWith('~')) return null;
  // What a cluster refuses is told by its own words.
  if (name.slice(1).includes('*')) return null;
  const { rootNamespace } = push.meshConfig;
  const own = sidecar.metadata.namespace;
  // What `.` means in the root namespace's Sidecar, each consumer's namespace tells.
  if (space === '.' && own === rootNamespace) return null;
  const namespace = space === '.' ? own : space;
  if (name === '*') return namespace === '*' || namespace === own ? null : explainNamespace(namespace, push);
  const listable = namespace === '*' ? push.services.all : (servicesByNamespace(push).get(namespace) ?? []);
  const found = listable.filter(({ hostname }) => subsetOf(hostname, name));
  if (found.length > 0) return tellHidden(found, own, push);
  // Another name of a Service is imported with that one, out of its namespace.
  if (listable.some(({ aliases }) => aliases.some(({ hostname }) => subsetOf(hostname, name)))) return null;
  if (routes(name, namespace, push)) return null;
  const elsewhere = isWildcarded(name)
    ? push.services.all.find(({ hostname }) => subsetOf(hostname, name))
    : [...(push.services.byHostname.get(name)?.values() ?? [])][0];
  if (elsewhere && namespace !== '*') {
    return `${titleOf(elsewhere.object)} has this host, in another namespace${didYouMean(`${elsewhere.namespace}/${name}`)}`;
  }
  const meant = meantHost(name, namespace === '*' ? own : namespace, push);
  if (meant)
    return `nobody registers this host${didYouMean(`${namespace === '*' ? '*' : meant.namespace}/${meant.hostname}`)}`;
  return namespace !== '*' && isMissingService(name, push) ? 'nobody registers this host.' : null;
}

/** Whether a VirtualService of a namespace has a host: a line imports it too. */
function routes(host: string, namespace: string, { virtualServices }: PushContext): boolean {
  return listVirtualServices(virtualServices).some(
    (config) =>
      (namespace === '*' || config.namespace === namespace) && config.spec.hosts.some((each) => matches(each, host)),
  );
}

/** Hosts that are there, and that a Sidecar's namespace does not see; null where it sees one. */
function tellHidden(found: readonly Service[], viewer: string, { services, meshConfig }: PushContext): string | null {
  const isSeen = found.some((service) => isServiceVisible(services, service, viewer));
  if (isSeen || viewer === meshConfig.rootNamespace) return null;
  return `${titleOf(found[0]!.object)} is not exported to namespace ${viewer}.`;
}

/** Of `namespace/*`: a service that was taken for a namespace, or a misspelt one. A namespace that is nowhere may well be there. */
function explainNamespace(namespace: string, push: PushContext): string | null {
  const used = servicesByNamespace(push);
  const isKnown = used.has(namespace) || push.namespaceLabels.has(namespace);
  if (isKnown || namespace === push.meshConfig.rootNamespace) return null;
  const service = push.services.all.find(({ registry, name }) => registry === 'Kubernetes' && name === namespace);
  if (service) {
    const line = didYouMean(`${service.namespace}/${service.hostname}`);
    return `${namespace} is a Service of namespace ${service.namespace}, and no namespace${line}`;
  }
  const meant = closest(namespace, [...new Set([...used.keys(), ...push.namespaceLabels.keys()])]);
  return meant === null ? null : `there is no namespace ${namespace}${didYouMean(`${meant}/*`)}`;
}

/** Why a host of a VirtualService or DestinationRule matches nothing; null where it matches, or nobody can tell. */
function explainHost(written: string, namespace: string, push: PushContext): string | null {
  const host = resolveShortNameToFqdn(written, namespace, push.clusterDomain);
  if (isWildcarded(host)) return null;
  const { all, byHostname } = push.services;
  if (byHostname.has(host) || all.some(({ hostname }) => isWildcarded(hostname) && subsetOf(host, hostname)))
    return null;
  const meant = meantHost(written, namespace, push);
  const resolved = host === written ? '' : ` (${host})`;
  if (meant) return `nobody registers this host${resolved}${didYouMean(meant.hostname)}`;
  return isMissingService(host, push) ? `nobody registers this host${resolved}.` : null;
}

/** A name of the cluster's own domain in a namespace of which the manifests have Services. */
function isMissingService(host: string, push: PushContext): boolean {
  const namespace = namespaceIn(host, push.clusterDomain);
  if (namespace === null || isWildcarded(host)) return false;
  return (
    servicesByNamespace(push)
      .get(namespace)
      ?.some(({ registry }) => registry === 'Kubernetes') ?? false
  );
}

const indexes = new WeakMap<ServiceIndex, ReadonlyMap<string, readonly Service[]>>();

/** A mesh's services by their namespaces; those of meshes that have them in common are indexed once. */
function servicesByNamespace({ services }: PushContext): ReadonlyMap<string, readonly Service[]> {
  const known = indexes.get(services);
  if (known) return known;
  const index = new Map<string, Service[]>();
  for (const service of services.all) {
    const list = index.get(service.namespace);
    if (list) list.push(service);
    else index.set(service.namespace, [service]);
  }
  indexes.set(services, index);
  return index;
}

function namespaceIn(host: string, clusterDomain: string): string | null {
  const suffix = `.svc.${clusterDomain}`;
  if (!host.endsWith(suffix)) return null;
  const parts = host.slice(0, -suffix.length).split('.');
  return parts.length === 2 ? parts[1]! : null;
}

/** The service that was most likely meant: of that short name, that beginning of a name, or a name that is spelt almost so. */
function meantHost(name: string, namespace: string, { services, clusterDomain }: PushContext): Service | null {
  const { all } = services;
  if (isWildcarded(name)) return null;
  const [first] = name.split('.');
  const ofName = all.filter((service) => service.registry === 'Kubernetes' && service.name === first);
  const isShort = !name.includes('.');
  // `cart`, `cart.shop`, `cart.shop.svc`
  const whole = ofName.find(({ hostname }) => hostname.startsWith(`${name}.`) && !isShort);
  if (whole) return whole;
  if (isShort && ofName.length > 0) return ofName.find((service) => service.namespace === namespace) ?? ofName[0]!;
  const space = namespaceIn(name, clusterDomain);
  // The right name in a namespace that does not have it.
  if (space !== null && ofName.length === 1) return ofName[0]!;
  const full = resolveShortNameToFqdn(name, namespace, clusterDomain);
  const near = space === null && !isShort ? all : all.filter((service) => service.namespace === (space ?? namespace));
  const meant = closest(
    full,
    near.map(({ hostname }) => hostname),
  );
  return near.find(({ hostname }) => hostname === meant) ?? null;
}

/** A name that differs by a letter or two in one of its parts. */
function closest(name: string, names: readonly string[]): string | null {
  const parts = name.split('.');
  const near = names.filter((other) => {
    const others = other.split('.');
    const differing = parts.filter((part, i) => part !== others[i]);
    return (
      others.length === parts.length &&
      differing.length === 1 &&
      isMisspelt(differing[0]!, others[parts.indexOf(differing[0]!)]!)
    );
  });
  return closestName(name, near) ?? near[0] ?? null;
}

/** `team-a` and `team-b`, `db1` and `db2` are two names, and not one that is misspelt. */
function isMisspelt(a: string, b: string): boolean {
  const stem = (text: string): string => text.replace(/(?:-[a-z0-9]{1,2}|\d+)$/, '');
  if (stem(a) === stem(b) && (stem(a) !== a || stem(b) !== b)) return false;
  return closestName(a, [b]) !== null || isSwapped(a, b);
}

/** Whether two neighbouring letters have changed places. */
function isSwapped(a: string, b: string): boolean {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return a.slice(0, at) + a.charAt(at + 1) + a.charAt(at) + a.slice(at + 2) === b;
}

function didYouMean(name: string): string {
  return `; did you mean "${name}"?`;
}
