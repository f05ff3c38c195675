import { memoize } from '../kubernetes/memoize.js';
import { compareDestinations } from './destination.js';
import type { Destination } from './egress-reachability.js';
import type { EvaluatedMesh } from './evaluate-mesh.js';
import { firstNotBefore } from './sorted.js';

/** The destinations of two meshes, in order, each at a place of its own. */
export class UnitedDestinations {
  readonly destinations: readonly Destination[];
  /** By place, the place in the mesh's own list; -1 where it does not have the destination. */
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** By place in the mesh's own list, the place here. */
  readonly #ofBefore: Int32Array;
  readonly #ofAfter: Int32Array;

  constructor(
    private readonly old: EvaluatedMesh,
    private readonly now: EvaluatedMesh,
  ) {
    const [a, b] = [old.destinations, now.destinations];
    if (a === b) {
      const same = placesOf(a);
      this.destinations = a;
      [this.before, this.after, this.#ofBefore, this.#ofAfter] = [same, same, same, same];
      return;
    }
    const united: Destination[] = [];
    const [before, after]: [number[], number[]] = [[], []];
    this.#ofBefore = new Int32Array(a.length);
    this.#ofAfter = new Int32Array(b.length);
    for (let [i, j] = [0, 0]; i < a.length || j < b.length;) {
      const order = compareEnds(a[i], b[j]);
      before.push(order <= 0 ? i : -1);
      after.push(order >= 0 ? j : -1);
      if (order <= 0) this.#ofBefore[i++] = united.length;
      if (order >= 0) this.#ofAfter[j++] = united.length;
      united.push((order <= 0 ? a[i - 1] : b[j - 1])!);
    }
    this.destinations = united;
    this.before = Int32Array.from(before);
    this.after = Int32Array.from(after);
  }

  /** The place of what is at a place of the mesh's own list. */
  ofBefore(place: number): number {
    return this.#ofBefore[place]!;
  }

  ofAfter(place: number): number {
    return this.#ofAfter[place]!;
  }

  /** The places of a host's destinations. */
  ofHost(host: string): readonly number[] {
    const found: number[] = [];
    const first = firstNotBefore(this.destinations.length, (place) => this.destinations[place]!.host < host);
    for (let place = first; this.destinations[place]?.host === host; place += 1) found.push(place);
    return found;
  }

  /** Undefined for a destination that neither mesh has. The same object is mostly asked about again and again. */
  readonly placeOf = memoize((destination: Destination): number | undefined => {
    const was = this.old.placeOf(destination);
    if (was !== undefined) return this.#ofBefore[was];
    const is = this.now.placeOf(destination);
    return is === undefined ? undefined : this.#ofAfter[is];
  });
}

const knownPlaces = new WeakMap<readonly Destination[], Int32Array>();

/** 0, 1, 2 and so on: what meshes of one stock are compared by, again and again. */
function placesOf(destinations: readonly Destination[]): Int32Array {
  let places = knownPlaces.get(destinations);
  if (!places) knownPlaces.set(destinations, (places = Int32Array.from(destinations.keys())));
  return places;
}

/** What is at the end of its list comes last. */
function compareEnds(a: Destination | undefined, b: Destination | undefined): number {
  if (a === b) return 0;
  if (!a) return 1;
  return b ? compareDestinations(a, b) : -1;
}
