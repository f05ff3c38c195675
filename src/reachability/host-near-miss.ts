import { editDistance } from '../istio/admission/unknown-fields.js';
import { classifyHosts, includes } from '../istio/host-classification.js';
import { isWildcarded, matches } from '../istio/host-name.js';
import type { PushContext } from '../istio/push-context.js';
import { isServiceVisible } from '../istio/service-index.js';
import type { Service } from '../istio/service.js';
import { listVirtualServices } from '../istio/virtual-service-index.js';

/** What of a mesh host lines can name. */
export interface NamedHosts {
  readonly push: PushContext;
  /** Of Services, ServiceEntries, VirtualServices and declared Namespaces. */
  readonly namespaces: ReadonlySet<string>;
  /** Those of them that have something to be called. */
  readonly owners: ReadonlyMap<string, readonly Service[]>;
  /** Kubernetes Services by their names. */
  readonly named: ReadonlyMap<string, Service>;
  /** The hosts of VirtualServices, by their namespaces. */
  readonly routed: ReadonlyMap<string, readonly string[]>;
  /** Of what is not there, what was found to be meant. */
  readonly meant: Map<string, string | null>;
}

export function namedHosts(push: PushContext, declared: readonly string[]): NamedHosts {
  const owners = new Map<string, Service[]>();
  const named = new Map<string, Service>();
  for (const service of push.services.all) {
    append(owners, service.namespace, service);
    if (service.registry === 'Kubernetes' && !named.has(service.name)) named.set(service.name, service);
  }
  const routed = new Map<string, string[]>();
  for (const { namespace, spec } of listVirtualServices(push.virtualServices)) {
    for (const host of spec.hosts) append(routed, namespace, host);
  }
  const namespaces = new Set([...owners.keys(), ...routed.keys(), ...declared]);
  return { push, namespaces, owners, named, routed, meant: new Map() };
}

function append<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/**
 * Why a host line of a Sidecar brings nothing, in half a sentence, where what the mesh has tells what was meant; null where it brings
 * something, and where what it names may well live outside of the manifests.
 *
 * @param consumer the namespace of the Sidecar.
 */
export function hostNearMiss(line: string, consumer: string, mesh: NamedHosts): string | null {
  const [prefix = '', name = '', ...rest] = line.split('/');
  if (rest.length > 0 || name === '' || prefix === '*' || prefix.startsWith('~')) return null;
  const namespace = prefix === '.' ? consumer : prefix;
  const listed = matching(line, consumer, mesh.owners.get(namespace) ?? []);
  if (listed.length > 0) return hiddenFrom(consumer, listed, mesh);
  if (isRouted(namespace, name, mesh)) return null;
  return (
    livesElsewhere(name, mesh) ??
    (mesh.namespaces.has(namespace) ? otherName(namespace, name, mesh) : otherNamespace(namespace, name, mesh))
  );
}

function matching(line: string, consumer: string, services: readonly Service[]): readonly Service[] {
  const { byNamespace } = classifyHosts([line], consumer, false);
  return services.filter(({ namespace, hostname }) => includes(byNamespace.get(namespace), hostname));
}

function hiddenFrom(consumer: string, services: readonly Service[], { push }: NamedHosts): string | null {
  if (services.some((service) => isServiceVisible(push.services, service, consumer))) return null;
  const [{ object }] = services as readonly [Service];
  const { kind, metadata } = object;
  return `${kind} ${metadata.namespace}/${metadata.name} is not exported to namespace ${consumer}`;
}

function isRouted(namespace: string, name: string, { routed }: NamedHosts): boolean {
  return (routed.get(namespace) ?? []).some((host) => matches(host, name));
}

/** A full name that another namespace has. */
function livesElsewhere(name: string, { push }: NamedHosts): string | null {
  if (isWildcarded(name)) return null;
  const [owner] = [...(push.services.byHostname.get(name)?.keys() ?? [])].sort();
  return owner === undefined ? null : `that host is of namespace ${owner}: did you mean "${owner}/${name}"?`;
}

function otherName(namespace: string, name: string, { owners, push, meant }: NamedHosts): string | null {
  if (isWildcarded(name)) return null;
  const hosts = (owners.get(namespace) ?? []).map(({ hostname }) => hostname);
  const full = `${name.split('.')[0]!}.${namespace}.svc.${push.clusterDomain}`;
  const found = hosts.includes(full) ? full : slipOf(name, hosts, `${namespace}/${name}`, meant);
  return found === null ? null : `namespace ${namespace} has no such host: did you mean "${namespace}/${found}"?`;
}

function otherNamespace(namespace: string, name: string, { named, namespaces, meant }: NamedHosts): string | null {
  const service = named.get(namespace);
  if (service) {
    return `${namespace} is a Service of namespace ${service.namespace}: did you mean "${service.namespace}/${service.hostname}"?`;
  }
  const found = slipOf(namespace, namespaces, namespace, meant);
  return found === null ? null : `there is no such namespace: did you mean "${found}/${name}"?`;
}

/** The one of which `written` is a slip of the pen: a letter, or two of a longer word. Names that are further apart may both be right. */
function slipOf(
  written: string,
  candidates: Iterable<string>,
  key: string,
  meant: Map<string, string | null>,
): string | null {
  const known = meant.get(key);
  if (known !== undefined) return known;
  let best: { readonly candidate: string; readonly distance: number } | null = null;
  for (const candidate of candidates) {
    const limit = Math.min(candidate.length, written.length) < 8 ? 1 : 2;
    if (Math.abs(candidate.length - written.length) > limit || isNumbered(written, candidate)) continue;
    const distance = editDistance(written, candidate);
    if (distance <= limit && (best === null || distance < best.distance)) best = { candidate, distance };
  }
  const found = best?.candidate ?? null;
  meant.set(key, found);
  return found;
}

/** Whether names differ in what counts alone, as `team-a` and `team-b`, or `cart-v1` and `cart-v2`: each may be there. */
function isNumbered(a: string, b: string): boolean {
  const [one, other] = [a.split(/[-.]/), b.split(/[-.]/)];
  if (one.length !== other.length) return false;
  return one.every((part, index) => part === other[index] || part.length < 4 || /\d/.test(part));
}
