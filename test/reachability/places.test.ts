import { describe, expect, it } from 'vitest';
import { CountedHosts } from '../../src/reachability/counted-hosts.js';
import { Places } from '../../src/reachability/places.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';

const LISTED = 40;

function inOrder(places: Iterable<number>): readonly number[] {
  return [...places].sort((a, b) => a - b);
}

function someOf(random: SeededRandom, places: readonly number[], share: number): readonly number[] {
  return places.filter(() => random.chance(share));
}

/** A set that is written as another one's, some of it taken out and others added, again and again; and what is in it. */
function writtenSet(random: SeededRandom, common: readonly number[]): { places: Places; plain: ReadonlySet<number> } {
  let places = Places.of(common);
  let plain = new Set(common);
  for (let round = 0; round < 3; round += 1) {
    const out = someOf(random, inOrder(plain), 0.2);
    for (const place of out) plain.delete(place);
    const left = Array.from({ length: LISTED + 5 }, (_unused, place) => place).filter((place) => !plain.has(place));
    const into = someOf(random, left, 0.2);
    plain = new Set([...plain, ...into]);
    places = places.but(out, into);
  }
  return { places, plain };
}

describe('a set of places', () => {
  it('has what a plain set has, whatever it is written as', () => {
    let equal = 0;
    for (let seed = 0; seed < 300; seed += 1) {
      const random = new SeededRandom(seed);
      const common = someOf(random, [...Array(LISTED).keys()], 0.5);
      const { places, plain } = writtenSet(random, common);
      const all = inOrder(plain);
      expect([seed, ...places]).toEqual([seed, ...all]);
      expect(places.length).toBe(all.length);
      if (all.length > 0) expect(places.last).toBe(all.at(-1));
      expect(Array.from({ length: all.length + 1 }, (_unused, index) => places.at(index))).toEqual([...all, undefined]);
      for (let place = 0; place < LISTED + 6; place += 1) {
        expect([seed, place, places.firstFrom(place)]).toEqual([
          seed,
          place,
          all.find((each) => each >= place) ?? Infinity,
        ]);
      }
      const edges = [...Array(LISTED + 6).keys()].filter((place) => plain.has(place) !== plain.has(place - 1));
      expect(Array.from(places.edges())).toEqual(edges);
      expect(inOrder([...Array(LISTED + 5).keys()].filter((place) => places.has(place)))).toEqual(all);
      const other = random.chance(0.5) ? Places.of(all) : writtenSet(random, common).places;
      const isEqual = [...other].join() === all.join();
      expect([seed, places.equals(other)]).toEqual([seed, isEqual]);
      if (isEqual) expect(places.hash()).toBe(other.hash());
      if (isEqual) equal += 1;
    }
    expect(equal).toBeGreaterThan(100);
  });

  it('is joined with others', () => {
    const parts = [Places.of([2, 7]), Places.of([1, 9]).but([9], [3]), Places.of([5])];
    expect([...Places.join(parts)]).toEqual([1, 2, 3, 5, 7]);
  });

  it('has as many hosts as there are', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const random = new SeededRandom(seed);
      let host = 0;
      const listed = Array.from({ length: LISTED }, () => ({
        host: `host-${String((host += Number(random.chance(0.4)))).padStart(2, '0')}`,
        port: 80,
        protocol: 'http' as const,
      }));
      const isRegistered = (name: string): boolean => name.endsWith('1');
      const { places } = writtenSet(random, someOf(random, [...Array(LISTED).keys()], 0.5));
      const hosts = [...new Set([...places].map((place) => listed[place]?.host ?? `other ${String(place)}`))];
      const counts = {
        all: hosts.length,
        registered: hosts.filter((name) => name.startsWith('host') && isRegistered(name)).length,
      };
      expect([seed, new CountedHosts(listed, isRegistered).count(places)]).toEqual([seed, counts]);
    }
  });
});
