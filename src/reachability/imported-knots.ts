import { findDestinationRule } from '../istio/cluster.js';
import type { HostName } from '../istio/host-name.js';
import type { IstioObject } from '../istio/istio-object.js';
import type { ListenerPlace } from '../istio/outbound-listener.js';
import type { PushContext } from '../istio/push-context.js';
import type { Service } from '../istio/service.js';
import type { EgressListenerScope, SidecarScope } from '../istio/sidecar-scope.js';
import type { VirtualService } from '../istio/virtual-service.js';
import { memoize } from '../kubernetes/memoize.js';
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
  const placesOf = (hostname: string): readonly number[] => {
    const places = index().get(hostname) ?? NOWHERE;
    return typeof places === 'number' ? [places] : places;
  };
  return { egress, placesOf, httpPorts, mixedPorts };
}

const NOWHERE: readonly number[] = [];

/** Of most host names there is one service. */
function placesByHostname(services: readonly Service[]): ReadonlyMap<string, number | readonly number[]> {
  const places = new Map<string, number | number[]>();
  for (let place = 0; place < services.length; place += 1) {
    const { hostname } = services[place]!;
    const known = places.get(hostname);
    if (known === undefined) places.set(hostname, place);
    else if (typeof known === 'number') places.set(hostname, [known, place]);
    else known.push(place);
  }
  return places;
}

/**
 * Called with a knot of which a caller imports something, and with a key: equal for callers for whose calls to the knot's destinations
 * everything that bears on them is equal, but for mixed ports, and for what else tells callers apart if the knot does. The key is
 * written over once it was looked at.
 */
type ImportVisitor = (knot: Knot, key: NumberKey) => void;

/** A key of numbers, which can be written again. */
class NumberKey {
  readonly #numbers: number[] = [];
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  add(number: number): void {
    this.#numbers[this.#length] = number;
    this.#length += 1;
  }

  equals(numbers: readonly number[]): boolean {
    if (numbers.length !== this.#length) return false;
    for (let index = 0; index < numbers.length; index += 1) if (numbers[index] !== this.#numbers[index]) return false;
    return true;
  }

  toArray(): readonly number[] {
    return this.#numbers.slice(0, this.#length);
  }
}

/** Stand in keys, among the numbers of objects, which are not negative. */
const [HTTP_PORT, MIXED_PORT, OTHER_PORT, TARGET, RULE] = [-1, -2, -3, -4, -5];

/** Takes callers' imports apart by knots. */
export class ImportedKnots {
  readonly #memberOf: (object: Service | IstioObject<VirtualService>) => Member;
  readonly #hasRules: boolean;
  readonly #key = new NumberKey();

  /** @param idOf numbers objects. */
  constructor(
    { destinationRules: { namespaceLocal, exportedByNamespace } }: PushContext,
    knots: Knots,
    private readonly idOf: (object: object | null) => number,
  ) {
    this.#hasRules = namespaceLocal.size + exportedByNamespace.size > 0;
    this.#memberOf = memoize((object) => {
      const knot = 'spec' in object ? knots.ofConfig.get(object) : knots.ofHostname.get(object.hostname);
      return { object, knot: knot!, id: idOf(object) };
    });
  }

  visit(config: ProxyConfiguration, imports: PlainImports, visitor: ImportVisitor): void {
    const { services, virtualServices } = imports.egress;
    const others = new Map<Knot, Member[]>();
    const add = (member: Member): void => {
      const { knot } = member;
      // As of most knots nothing else is to come, they need not be gathered.
      if (knot.isOfOne) {
        this.#visit(config, imports, member, NO_MEMBERS, visitor);
        return;
      }
      const known = others.get(knot);
      if (known) known.push(member);
      else others.set(knot, [member]);
    };
    for (const service of services) add(this.#memberOf(service));
    for (const virtualService of virtualServices) add(this.#memberOf(virtualService));
    for (const [first, ...more] of others.values()) this.#visit(config, imports, first!, more, visitor);
  }

  #visit(
    config: ProxyConfiguration,
    imports: PlainImports,
    first: Member,
    more: readonly Member[],
    visitor: ImportVisitor,
  ): void {
    const key = this.#key;
    const { knot } = first;
    const { httpPorts, mixedPorts } = imports;
    key.clear();
    key.add(first.id);
    for (const { id } of more) key.add(id);
    for (const port of knot.ports) {
      key.add(mixedPorts.has(port) ? MIXED_PORT : httpPorts.has(port) ? HTTP_PORT : OTHER_PORT);
    }
    for (const hostname of knot.hostnames) this.#addTarget(config, hostname, first);
    for (const hostname of knot.otherHostnames) {
      this.#addTarget(config, hostname, first);
      for (const place of imports.placesOf(hostname)) key.add(this.#memberOf(imports.egress.services[place]!).id);
    }
    visitor(knot, key);
  }

  /** The service that calls to a host can be sent to, as the caller has it, with its DestinationRule. */
  #addTarget({ push, scope, proxy }: ProxyConfiguration, hostname: HostName, member: Member): void {
    const key = this.#key;
    const service = scope.servicesByHostname.get(hostname);
    key.add(TARGET);
    if (service === undefined) return;
    key.add(service === member.object ? member.id : this.#memberOf(service).id);
    const rule = this.#hasRules ? findDestinationRule(push, scope, proxy, service) : null;
    if (rule === null) return;
    key.add(RULE);
    key.add(this.idOf(rule));
  }
}

/** A service or a VirtualService. */
interface Member {
  readonly object: object;
  readonly knot: Knot;
  readonly id: number;
}

const NO_MEMBERS: readonly Member[] = [];

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
    for (const hostname of [...knot.hostnames, ...knot.otherHostnames]) {
      for (const place of placesOf(hostname)) places.add(place);
    }
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
