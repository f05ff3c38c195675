import { listenerPlace, type ListenerPlace } from '../istio/outbound-listener.js';
import type { PushContext } from '../istio/push-context.js';
import type { Service } from '../istio/service.js';
import type { EgressListenerScope, SidecarScope } from '../istio/sidecar-scope.js';
import { memoize } from '../kubernetes/memoize.js';
import { once } from '../kubernetes/once.js';
import type { DestinationTable } from './destination-table.js';
import type { Destination } from './egress-reachability.js';
import { readPlainImports, restrictTo, type PlainImports } from './imported-knots.js';
import { findKnots, type Knot, type Knots } from './knots.js';
import type { ProxyConfiguration } from './proxy-configuration.js';

/**
 * Knows of a mesh's destinations what else bears on calls to them, so that for a single call no more is made of a caller's
 * configuration than that.
 */
export class Narrowing {
  readonly knots: () => Knots;
  #isReady = false;
  readonly #knotsByPlace: () => readonly (Knot | undefined)[];
  readonly #listenerPlaces: (service: Service) => readonly ListenerPlace[];
  readonly #imports = new WeakMap<EgressListenerScope, PlainImports>();

  constructor(
    push: PushContext,
    private readonly table: DestinationTable,
  ) {
    this.knots = once(() => {
      this.#isReady = true;
      return findKnots(push, table);
    });
    this.#knotsByPlace = once(() => knotsByPlace(this.knots(), table));
    this.#listenerPlaces = memoize((service) => service.ports.map((port) => listenerPlace(push, service, port)));
  }

  /** Whether the knots have been found: to narrow a configuration then takes little. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** See `readPlainImports`. */
  importsOf(scope: SidecarScope): PlainImports | null {
    const [egress] = scope.egressListeners;
    if (egress === undefined) return null;
    const known = this.#imports.get(egress);
    if (known) return known;
    const imports = readPlainImports(scope, this.#listenerPlaces);
    if (imports) this.#imports.set(egress, imports);
    return imports;
  }

  /**
   * A configuration by which a call to the destination ends as by the whole one, where much can be left out of that: the destination is
   * one of the table's, and on its port each service is as good as another.
   */
  narrow(config: ProxyConfiguration, destination: Destination): ProxyConfiguration {
    const place = this.table.placeOf(destination);
    const knot = place === undefined ? undefined : this.#knotsByPlace()[place];
    const imports = knot && this.importsOf(config.scope);
    if (!imports || imports.mixedPorts.has(destination.port)) return config;
    return restrictTo([knot], config, this.knots(), imports);
  }
}

function knotsByPlace({ all }: Knots, { targets }: DestinationTable): readonly (Knot | undefined)[] {
  const byPlace = new Array<Knot | undefined>(targets.length);
  for (const knot of all) for (const place of knot.places) byPlace[place] = knot;
  return byPlace;
}
