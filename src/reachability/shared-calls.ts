import { parseClusterName } from '../istio/destination-cluster.js';
import type { OutboundListener } from '../istio/outbound-listener.js';
import type { OutboundTrafficPolicyMode } from '../istio/mesh-config.js';
import type { PushContext } from '../istio/push-context.js';
import { UNSPECIFIED_IP } from '../istio/service.js';
import { listenerPorts } from '../istio/sidecar-scope.js';
import type { VirtualHost } from '../istio/virtual-host-table.js';
import { memoize } from '../kubernetes/memoize.js';
import { takePath, type CallPath } from './call-path.js';
import type { CallTarget } from './destination.js';
import type { DestinationTable, Lane } from './destination-table.js';
import { endCall, followCall, nameOfEnd, type CallOutcome } from './follow-call.js';
import { ImportedKnots, restrictTo, type PlainImports } from './imported-knots.js';
import type { Knot, Knots } from './knots.js';
import type { Narrowing } from './narrow-configuration.js';
import { OutcomeRow, type LaneOutcomes } from './outcome-row.js';
import { proxyConfiguration, type ProxyConfiguration } from './proxy-configuration.js';

/** A call to a host and an address that nothing speaks of. */
const NOBODY: Omit<CallTarget, 'port' | 'protocol'> = {
  host: '(nobody)',
  service: null,
  address: '(nobody)',
  pods: [],
  inCluster: false,
};

const NO_LISTENERS: ReadonlyMap<string, OutboundListener> = new Map();

/** Of a lane, the share that is kept beside it. */
const MOST_EXCEPTIONS = 4;

/** What callers have whose configurations are alike, but for the policy by which unmatched calls go. */
export interface SharedRows {
  readonly under: (policy: OutboundTrafficPolicyMode) => OutcomeRow;
  /** The destinations whose calls can be sent to a cluster of a host. */
  readonly sentTo: (hostname: string) => Iterable<number>;
}

/**
 * Judges the calls of many callers, each that differs once. It states no rule of where a call goes; it knows when two calls to one
 * destination have to end alike:
 *
 * - of callers that import the same of the destination's knot, where the port has nothing but HTTP for everybody;
 * - of callers whose configurations of a port say nothing of the destination (no listener of its address, no filter chain for its name or
 *   address, no domain that covers it), where a call to nobody takes the same path;
 * - and in any case when they take the same path (the same routes, or the same clusters), and the clusters are the same.
 */
export class SharedCalls {
  readonly outcomes: CallOutcome[] = [];
  readonly #indexes = new Map<CallOutcome, number>();
  readonly #ids = new Map<object, number>();
  readonly #knots: Knots;
  /** Of calls that no path of the caller's own takes, by what becomes of them. */
  readonly #lanes = new Map<string, LaneOutcomes>();
  /** By lane, the outcomes of calls that find no listener, by what becomes of them. */
  readonly #rests = new Map<string, readonly LaneOutcomes[]>();
  /** By place, the outcomes by path. */
  readonly #byPath: (Map<string, number> | undefined)[] = [];
  readonly #imported: ImportedKnots;
  /** By the knot's id. */
  readonly #byImports: readonly KnownEnds[][];
  /** Of knots that tell callers apart, by the knot's id and the callers' traits. */
  readonly #ofAlike = new Map<string, KnownEnds[]>();
  readonly #httpPaths = new Map<Lane, CallPath>();
  readonly #covered = new WeakMap<VirtualHost, readonly number[]>();

  constructor(
    private readonly push: PushContext,
    private readonly table: DestinationTable,
    private readonly narrowing: Narrowing,
  ) {
    this.#knots = narrowing.knots();
    this.#byImports = this.#knots.all.map(() => []);
    this.#imported = new ImportedKnots(push, this.#knots, (object) => this.#idOf(object));
  }

  /** The index of the outcome of one call, followed by itself. */
  follow(config: ProxyConfiguration, place: number): number {
    return this.#intern(followCall(config, this.table.targets[place]!));
  }

  /** The outcomes of calls that all take one path, which no cluster is on. */
  rowAlong(config: ProxyConfiguration, path: CallPath): OutcomeRow {
    const lanes = this.table.lanes.map((lane) => this.#laneOf(config, lane, path));
    return new OutcomeRow(this.table, new Map(), lanes, new Map());
  }

  /**
   * The outcomes of the calls of all callers with a configuration like this one, its policy aside.
   *
   * @param traits equal for callers whose configurations are alike if they import the same.
   */
  rowsOf(config: ProxyConfiguration, traits: string): SharedRows {
    const row = new RowInTheMaking(this.table);
    const tracked = new Map<string, number[]>();
    const imports = this.narrowing.importsOf(config.scope);
    if (imports !== null) this.#addImported(config, imports, traits, row);
    for (const port of imports?.mixedPorts ?? listenerPorts(config.scope)) this.#addPort(config, port, row, tracked);
    const { ofTarget } = this.#knots;
    return {
      under: memoize((policy) => this.#finish(row, withPolicy(config, policy))),
      sentTo: (hostname) => [
        ...(tracked.get(hostname) ?? []),
        ...(ofTarget.get(hostname) ?? []).flatMap(({ places }) => places),
      ],
    };
  }

  /** Knot by knot, on the ports of HTTP. */
  #addImported(config: ProxyConfiguration, imports: PlainImports, traits: string, row: RowInTheMaking): void {
    for (const [port, first] of imports.httpPorts) {
      for (const lane of this.table.lanesOf(port)) {
        row.addLane(lane, this.#httpPath(config, imports, lane, first));
      }
    }
    const unknown: { readonly knot: Knot; readonly key: readonly number[] }[] = [];
    this.#imported.visit(config, imports, (knot, key) => {
      for (const known of this.#knownEnds(knot, traits)) {
        if (key.equals(known.key)) {
          addEnds(knot, known.ends, row);
          return;
        }
      }
      unknown.push({ knot, key: key.toArray() });
    });
    if (unknown.length === 0) return;
    const isMixed = (place: number): boolean => imports.mixedPorts.has(this.table.targets[place]!.port);
    const wanted = unknown.map(({ knot }) => knot);
    const restricted = restrictTo(wanted, config, this.#knots, imports);
    for (const { knot, key } of unknown) {
      const ends = knot.places.map((place) => (isMixed(place) ? MIXED : this.#endOf(restricted, place)));
      this.#knownEnds(knot, traits).push({ key, ends });
      addEnds(knot, ends, row);
    }
  }

  #knownEnds({ id, tellsCallersApart }: Knot, traits: string): KnownEnds[] {
    if (!tellsCallersApart) return this.#byImports[id]!;
    const key = `${id} ${traits}`;
    let known = this.#ofAlike.get(key);
    if (!known) this.#ofAlike.set(key, (known = []));
    return known;
  }

  #endOf(config: ProxyConfiguration, place: number): End {
    const target = this.table.targets[place]!;
    const path = takePath(config, target);
    return endOfPath(path) ?? this.#intern(endCall(config, target, path));
  }

  /** How a call to nobody goes where a port has nothing but HTTP for everybody. */
  #httpPath(config: ProxyConfiguration, { egress }: PlainImports, lane: Lane, first: number): CallPath {
    let path = this.#httpPaths.get(lane);
    if (!path) {
      const alone = { ...egress, services: [egress.services[first]!], virtualServices: [] };
      const scope = { ...config.scope, egressListeners: [alone] };
      path = takePath(proxyConfiguration(this.push, scope, config.member), nobodyOn(lane));
      this.#httpPaths.set(lane, path);
    }
    return path;
  }

  /** Destination by destination, as far as the configuration speaks of them. */
  #addPort(config: ProxyConfiguration, port: number, row: RowInTheMaking, sentTo: Map<string, number[]>): void {
    const lanes = this.table.lanesOf(port);
    if (lanes.length === 0) return;
    const spokenOf = this.#spokenOf(config, port);
    for (const lane of lanes) {
      const path = takePath(config, nobodyOn(lane));
      const isForAll = path.kind === 'tcp' || path.kind === 'http';
      if (!isForAll) row.addLane(lane, path);
      for (const place of isForAll ? lane.places : spokenOf) {
        if (this.table.laneOf[place] === lane.id) row.add(place, this.#spokenEnd(config, place, sentTo));
      }
    }
  }

  /** The destinations of a port that a configuration speaks of. */
  #spokenOf(config: ProxyConfiguration, port: number): ReadonlySet<number> {
    const { table } = this;
    const found = new Set<number>();
    const add = (places: readonly number[]): void => {
      for (const place of places) if (table.targets[place]!.port === port) found.add(place);
    };
    let hasRoutes = false;
    for (const [bind, { chains }] of config.listenersOn(port)) {
      if (bind !== UNSPECIFIED_IP) add(table.addressed(bind));
      for (const { http, sniHosts, destinationCidrs } of chains) {
        if (http !== null) hasRoutes = true;
        if (!sniHosts.includes('*')) for (const name of sniHosts) add(table.named(name));
        for (const cidr of destinationCidrs) add(table.within(cidr, port));
      }
    }
    if (!hasRoutes) return found;
    for (const virtualHost of config.virtualHostsOn(port).virtualHosts) {
      let covered = this.#covered.get(virtualHost);
      if (!covered) {
        covered = virtualHost.domains.flatMap((domain) => table.named(domain));
        this.#covered.set(virtualHost, covered);
      }
      add(covered);
    }
    return found;
  }

  #spokenEnd(config: ProxyConfiguration, place: number, sentTo: Map<string, number[]>): End {
    const target = this.table.targets[place]!;
    const path = takePath(config, target);
    if (path.kind !== 'tcp' && path.kind !== 'http') {
      return endOfPath(path) ?? this.#intern(endCall(config, target, path));
    }
    const names = clustersOf(path);
    for (const name of names) append(sentTo, parseClusterName(name)?.hostname ?? '', place);
    const key = this.#pathKey(config, path, names);
    const known = (this.#byPath[place] ??= new Map<string, number>());
    let index = known.get(key);
    if (index === undefined) known.set(key, (index = this.#intern(endCall(config, target, path))));
    return index;
  }

  /** Equal for paths on which a call has to end alike. */
  #pathKey(config: ProxyConfiguration, path: CallPath & { kind: 'tcp' | 'http' }, names: readonly string[]): string {
    let key = '';
    for (const name of names) key += `${this.#idOf(config.cluster(name))} `;
    if (path.kind === 'http') return `${key}${this.#idOf(path.virtualHost.routes)}`;
    const { service, virtualService } = path.chain;
    return `${key}${this.#idOf(service)} ${this.#idOf(virtualService)} ${names.join()}`;
  }

  /** The outcomes of a row under the configuration's policy. */
  #finish(row: RowInTheMaking, config: ProxyConfiguration): OutcomeRow {
    return row.finish(this.#restOf(config), (lane, path) => this.#laneOf(config, lane, path));
  }

  /** By lane, the outcomes of calls that find no listener. */
  #restOf(config: ProxyConfiguration): readonly LaneOutcomes[] {
    const key = this.#policyOf(config);
    let rest = this.#rests.get(key);
    if (!rest) {
      const empty = { ...config, listenersOn: () => NO_LISTENERS };
      rest = this.table.lanes.map((lane) => this.#laneOf(config, lane, takePath(empty, nobodyOn(lane))));
      this.#rests.set(key, rest);
    }
    return rest;
  }

  /** The outcomes of a lane whose calls all take a path that no cluster of the caller's own is on, but for an egress proxy's. */
  #laneOf(config: ProxyConfiguration, lane: Lane, path: CallPath): LaneOutcomes {
    const key = `${lane.id} ${nameOfEnd(config, path)} ${this.#policyOf(config)}`;
    let outcomes = this.#lanes.get(key);
    if (!outcomes) {
      outcomes = Uint32Array.from(lane.places, (place) =>
        this.#intern(endCall(config, this.table.targets[place]!, path)),
      );
      this.#lanes.set(key, outcomes);
    }
    return outcomes;
  }

  /** What becomes of calls that nothing takes. */
  #policyOf(config: ProxyConfiguration): string {
    const { outboundTrafficPolicy, egressProxy } = config.scope;
    return egressProxy === null ? outboundTrafficPolicy : `through the egress proxy of ${this.#idOf(config)}`;
  }

  #intern(outcome: CallOutcome): number {
    let index = this.#indexes.get(outcome);
    if (index === undefined) this.#indexes.set(outcome, (index = this.outcomes.push(outcome) - 1));
    return index;
  }

  #idOf(object: object | null): number {
    if (object === null) return 0;
    let id = this.#ids.get(object);
    if (id === undefined) this.#ids.set(object, (id = this.#ids.size + 1));
    return id;
  }
}

/** The index of an outcome, or what stands for one. */
type End = number;

/** The ends of the calls to a knot's destinations, by what is imported of it. */
interface KnownEnds {
  readonly key: readonly number[];
  readonly ends: readonly End[];
}

/** Stands for an outcome on a port that is not looked at knot by knot. */
const MIXED: End = -1;
/** Stand for what the policy makes of a call that is unmatched, or unrouted. */
const UNMATCHED: End = -2;
const UNROUTED: End = -3;

/** Null for a path on which a call ends alike under all policies. */
function endOfPath({ kind }: CallPath): End | null {
  return kind === 'unmatched' ? UNMATCHED : kind === 'unrouted' ? UNROUTED : null;
}

function addEnds(knot: Knot, ends: readonly End[], row: RowInTheMaking): void {
  for (let index = 0; index < ends.length; index += 1) {
    if (ends[index] !== MIXED) row.add(knot.places[index]!, ends[index]!);
  }
}

function withPolicy(config: ProxyConfiguration, policy: OutboundTrafficPolicyMode): ProxyConfiguration {
  if (config.scope.outboundTrafficPolicy === policy) return config;
  return { ...config, scope: { ...config.scope, outboundTrafficPolicy: policy } };
}

function nobodyOn({ port, protocol }: Lane): CallTarget {
  return { ...NOBODY, port, protocol };
}

/** The clusters that some request of a call may be sent to. */
function clustersOf(path: CallPath & { kind: 'tcp' | 'http' }): readonly string[] {
  if (path.kind === 'tcp') return path.chain.clusters;
  const [first, ...others] = path.virtualHost.routes;
  if (first !== undefined && others.length === 0) return first.clusters;
  return path.virtualHost.routes.flatMap(({ clusters }) => clusters);
}

/** Gathers a row: the paths that all calls of a lane take, and what is otherwise. */
class RowInTheMaking {
  /** By lane; the calls of others find no listener. */
  readonly #paths = new Map<number, CallPath>();
  /** By lane, places and ends by turns. */
  readonly #own = new Map<number, number[]>();

  constructor(private readonly table: DestinationTable) {}

  addLane({ id }: Lane, path: CallPath): void {
    this.#paths.set(id, path);
  }

  add(place: number, end: End): void {
    const lane = this.table.laneOf[place]!;
    const own = this.#own.get(lane);
    if (own) own.push(place, end);
    else this.#own.set(lane, [place, end]);
  }

  /** Where a caller has an outcome of its own for much of a lane, the lane is written out. */
  finish(rest: readonly LaneOutcomes[], outcomesOf: (lane: Lane, path: CallPath) => LaneOutcomes): OutcomeRow {
    const { lanes: all, placeInLane } = this.table;
    const lanes = new Map(Array.from(this.#paths, ([id, path]) => [id, outcomesOf(all[id]!, path)]));
    const exceptions = new Map<number, number>();
    for (const [id, own] of this.#own) {
      const lane = all[id]!;
      const byPolicy = memoize((end: End) => outcomesOf(lane, { kind: end === UNROUTED ? 'unrouted' : 'unmatched' }));
      const isMuch = own.length / 2 > lane.places.length / MOST_EXCEPTIONS;
      const written = isMuch ? (lanes.get(id) ?? rest[id]!).slice() : null;
      for (let at = 0; at < own.length; at += 2) {
        const [place, end] = [own[at]!, own[at + 1]!];
        const outcome = end < 0 ? byPolicy(end)[placeInLane[place]!]! : end;
        if (written) written[placeInLane[place]!] = outcome;
        else exceptions.set(place, outcome);
      }
      if (written) lanes.set(id, written);
    }
    return new OutcomeRow(this.table, lanes, rest, exceptions);
  }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
