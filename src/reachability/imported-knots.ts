import { findDestinationRule } from '../istio/cluster.js';
import type { ListenerPlace } from '../istio/outbound-listener.js';
import type { PushContext } from '../istio/push-context.js';
import type { Service } from '../istio/service.js';
import type { EgressListenerScope, SidecarScope } from '../istio/sidecar-scope.js';
import { once } from '../kubernetes/once.js';
import type { Knot, Knots } from './knots.js';
import { proxyConfiguration, type ProxyConfiguration } from './proxy-configuration.js';

/** What the imports of a caller with one catch-all listener come to, port by port. */
export interface PlainImports {
  readonly egress: EgressListenerScope;
  /** Where services of a host name stand among the imported ones. */
  readonly placesOf: (hostname: string) => readonly number[];
  /** By port, the first service with HTTP there; none of ports that are mixed. */
  readonly httpPorts: ReadonlyMap<number, number>;
  /** Ports with a listener for everybody to which services add filter chains of their own. */
  readonly mixedPorts: ReadonlySet<number>;
}

/**
 * Null where the scope has listeners with a port, an address or a socket of their own.
 *
 * @param listenerPlaces those of each port of a service, see `listenerPlace`.
 */
export function readPlainImports(
  { egressListeners }: SidecarScope,
  listenerPlaces: (service: Service) => readonly ListenerPlace[],
): PlainImports | null {
  const [egress, ...others] = egressListeners;
  if (egress === undefined || others.length > 0) return null;
  const { port, bind, captureNone } = egress.listener;
  if (port !== null || bind !== '' || captureNone) return null;
  const { services } = egress;
  const httpPorts = new Map<number, number>();
  const mixedPorts = new Set<number>();
  for (let place = 0; place < services.length; place += 1) {
    const service = services[place]!;
    const places = listenerPlaces(service);
    for (let index = 0; index < places.length; index += 1) {
      const { port } = service.ports[index]!;
      const where = places[index]!;
      if (where === 'shared') mixedPorts.add(port);
      else if (where === 'http' && !httpPorts.has(port)) httpPorts.set(port, place);
    }
  }
  for (const number of mixedPorts) httpPorts.delete(number);
  const index = once(() => placesByHostname(services));
  return { egress, placesOf: (hostname) => index().get(hostname) ?? NOWHERE, httpPorts, mixedPorts };
}

const NOWHERE: readonly number[] = [];

function placesByHostname(services: readonly Service[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [place, { hostname }] of services.entries()) {
    const known = places.get(hostname);
    if (known) known.push(place);
    else places.set(hostname, [place]);
  }
  return places;
}

/** What a caller imports of a knot. */
export interface ImportedKnot {
  readonly knot: Knot;
  /** Equal for callers for whose calls to the knot's destinations everything that bears on them is equal, but for mixed ports. */
  readonly key: string;
}

/**
 * Takes a caller's imports apart by knots.
 *
 * @param idOf numbers objects.
 * @param traits what else the caller's configuration depends on, for knots that tell callers apart.
 */
export function importedKnots(
  config: ProxyConfiguration,
  knots: Knots,
  imports: PlainImports,
  idOf: (object: object | null) => number,
  traits: string,
): readonly ImportedKnot[] {
  const { egress, httpPorts, mixedPorts } = imports;
  const members = new Map<Knot, string>();
  const add = (knot: Knot, id: number): void => {
    const ids = members.get(knot);
    members.set(knot, ids === undefined ? String(id) : `${ids} ${id}`);
  };
  for (const service of egress.services) add(knots.ofHostname.get(service.hostname)!, idOf(service));
  for (const virtualService of egress.virtualServices) add(knots.ofConfig.get(virtualService)!, idOf(virtualService));
  const hasRules = hasDestinationRules(config.push);
  const imported: ImportedKnot[] = [];
  members.forEach((ids, knot) => {
    let key = ids;
    for (const port of knot.ports) key += mixedPorts.has(port) ? 'm' : httpPorts.has(port) ? 'h' : '-';
    key += targetKey(config, knot, knots, imports, hasRules, idOf);
    if (knot.tellsCallersApart) key += `\n${traits}`;
    imported.push({ knot, key });
  });
  return imported;
}

function hasDestinationRules({ destinationRules: { namespaceLocal, exportedByNamespace } }: PushContext): boolean {
  return namespaceLocal.size + exportedByNamespace.size > 0;
}

/** The services that a knot's calls can be sent to, as the caller has them, with their DestinationRules. */
function targetKey(
  { push, scope, proxy }: ProxyConfiguration,
  knot: Knot,
  knots: Knots,
  { egress, placesOf }: PlainImports,
  hasRules: boolean,
  idOf: (object: object | null) => number,
): string {
  let key = '';
  for (const hostname of knot.hostnames) {
    const service = scope.servicesByHostname.get(hostname) ?? null;
    const rule = service !== null && hasRules ? findDestinationRule(push, scope, proxy, service) : null;
    key += rule === null ? `;${idOf(service)}` : `;${idOf(service)} ${idOf(rule)}`;
    if (knots.ofHostname.get(hostname) === knot) continue;
    for (const place of placesOf(hostname)) key += ` ${idOf(egress.services[place]!)}`;
  }
  return key;
}

/**
 * A caller's configuration without whatever does not bear on calls to the destinations of some knots: beside what is imported of the
 * knots, one service for each port that makes it one of HTTP, where there is any.
 */
export function restrictTo(
  wanted: readonly Knot[],
  { push, scope, member }: ProxyConfiguration,
  knots: Knots,
  { egress, placesOf, httpPorts }: PlainImports,
): ProxyConfiguration {
  const places = new Set<number>();
  for (const knot of wanted) {
    for (const hostname of knot.hostnames) for (const place of placesOf(hostname)) places.add(place);
    for (const port of knot.ports) {
      const place = httpPorts.get(port);
      if (place !== undefined) places.add(place);
    }
  }
  const services = [...places].sort((a, b) => a - b).map((place) => egress.services[place]!);
  const isWanted = new Set(wanted);
  const virtualServices = egress.virtualServices.filter((config) => isWanted.has(knots.ofConfig.get(config)!));
  return proxyConfiguration(push, { ...scope, egressListeners: [{ ...egress, services, virtualServices }] }, member);
}
