import { cidrContains } from '../istio/filter-chain.js';
import { isWildcarded } from '../istio/host-name.js';
import { destinationKey, type CallTarget } from './destination.js';
import type { Destination, EdgeProtocol } from './egress-reachability.js';
import { firstNotBefore } from './sorted.js';

/** The destinations of one port and protocol. */
export interface Lane {
  readonly id: number;
  readonly port: number;
  readonly protocol: EdgeProtocol;
  /** Places in the table. */
  readonly places: readonly number[];
}

/** A mesh's destinations with what they stand for, and ways to find those that a proxy's configuration speaks of. */
export class DestinationTable {
  readonly lanes: readonly Lane[];
  /** By place, the lane. */
  readonly laneOf: Uint32Array;
  /** By place, the place in its lane. */
  readonly placeInLane: Uint32Array;
  readonly #lanesOfPort = new Map<number, Lane[]>();
  readonly #byAddress = new Map<string, number[]>();
  readonly #byHost = new Map<string, number[]>();
  #places: ReadonlyMap<string, number> | null = null;
  /** Hosts spelt backwards, sorted, so that those with a suffix stand together. */
  #reversedHosts: readonly string[] | null = null;

  /** @param destinations sorted, each once. */
  constructor(
    readonly destinations: readonly Destination[],
    readonly targets: readonly CallTarget[],
  ) {
    const lanes = new Map<string, { id: number; port: number; protocol: EdgeProtocol; places: number[] }>();
    this.laneOf = new Uint32Array(targets.length);
    this.placeInLane = new Uint32Array(targets.length);
    for (let place = 0; place < targets.length; place += 1) {
      const { port, protocol, host, address, pods } = targets[place]!;
      const key = `${port}/${protocol}`;
      let lane = lanes.get(key);
      if (!lane) {
        lanes.set(key, (lane = { id: lanes.size, port, protocol, places: [] }));
        append(this.#lanesOfPort, port, lane);
      }
      this.laneOf[place] = lane.id;
      this.placeInLane[place] = lane.places.push(place) - 1;
      append(this.#byHost, host.toLowerCase(), place);
      append(this.#byAddress, address, place);
      for (const pod of pods) append(this.#byAddress, pod.address, place);
    }
    this.lanes = [...lanes.values()];
  }

  /** Undefined for a destination that is not in the table. */
  placeOf(destination: Destination): number | undefined {
    this.#places ??= new Map(this.destinations.map((each, place) => [destinationKey(each), place]));
    return this.#places.get(destinationKey(destination));
  }

  lanesOf(port: number): readonly Lane[] {
    return this.#lanesOfPort.get(port) ?? NONE;
  }

  /** The destinations that a domain covers: a name, or all names that end as one with a leading `*` does. */
  named(domain: string): readonly number[] {
    const name = domain.toLowerCase();
    if (!isWildcarded(name)) return this.#byHost.get(name) ?? NONE;
    return this.#hostsEndingWith(name.slice(1)).flatMap((host) => this.#byHost.get(host) ?? []);
  }

  /** The destinations that are called by an address, or may be. */
  addressed(address: string): readonly number[] {
    return this.#byAddress.get(address) ?? NONE;
  }

  /** The destinations of a port that are called by an address of a range, or may be. */
  within(cidr: string, port: number): readonly number[] {
    return this.lanesOf(port).flatMap(({ places }) =>
      places.filter((place) => {
        const { address, pods } = this.targets[place]!;
        return cidrContains(cidr, address) || pods.some((pod) => cidrContains(cidr, pod.address));
      }),
    );
  }

  #hostsEndingWith(suffix: string): readonly string[] {
    this.#reversedHosts ??= Array.from(this.#byHost.keys(), reverse).sort();
    const start = reverse(suffix);
    const found: string[] = [];
    const hosts = this.#reversedHosts;
    for (let at = firstNotBefore(hosts.length, (place) => hosts[place]! < start); at < hosts.length; at += 1) {
      const reversed = hosts[at]!;
      if (!reversed.startsWith(start)) break;
      found.push(reverse(reversed));
    }
    return found;
  }
}

const NONE: readonly never[] = [];

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function reverse(text: string): string {
  return text.split('').reverse().join('');
}
