import { memoize } from '../kubernetes/memoize.js';
import type { HostCounts } from './described-change.js';
import type { Destination } from './egress-reachability.js';
import { Places } from './places.js';

/** Counts the hosts that sets of a list's places have: what sets have in common once, and then what one has otherwise. */
export class CountedHosts {
  /** By place, the first place of its host. */
  readonly #first: Uint32Array;
  /** By place, 1 where somebody registered its host. */
  readonly #isRegistered: Uint8Array;
  readonly #ofCommon = memoize((places: ArrayLike<number>) => this.#countEach(places));

  /** @param listed in order. */
  constructor(listed: readonly Destination[], isRegistered: (host: string) => boolean) {
    this.#first = new Uint32Array(listed.length);
    this.#isRegistered = new Uint8Array(listed.length);
    for (const [place, { host }] of listed.entries()) {
      const isFirst = place === 0 || host !== listed[place - 1]!.host;
      this.#first[place] = isFirst ? place : this.#first[place - 1]!;
      this.#isRegistered[place] = isFirst ? Number(isRegistered(host)) : this.#isRegistered[place - 1]!;
    }
  }

  /** A place beyond the list is a host of its own, which nobody registered. */
  count(places: Places): HostCounts {
    const counts = { ...this.#ofCommon(places.common) };
    const own = Places.of(places.common);
    const others = new Set([...places.taken, ...places.added].map((place) => this.#first[place] ?? place));
    for (const first of others) {
      const change = Number(this.#hasHost(places, first)) - Number(this.#hasHost(own, first));
      counts.all += change;
      counts.registered += change * (this.#isRegistered[first] ?? 0);
    }
    return counts;
  }

  #hasHost(places: Places, first: number): boolean {
    if (places.has(first)) return true;
    for (let place = first + 1; this.#first[place] === first; place += 1) if (places.has(place)) return true;
    return false;
  }

  #countEach(places: ArrayLike<number>): { all: number; registered: number } {
    let [all, registered, last] = [0, 0, -1];
    for (let index = 0; index < places.length; index += 1) {
      const place = places[index]!;
      const host = this.#first[place] ?? place;
      if (host === last) continue;
      last = host;
      all += 1;
      registered += this.#isRegistered[place] ?? 0;
    }
    return { all, registered };
  }
}
