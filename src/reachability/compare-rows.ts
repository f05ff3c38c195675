import { compareOutcomes, type EdgeDelta } from './edge-deltas.js';
import type { EvaluatedGroup, EvaluatedMesh } from './evaluate-mesh.js';
import { joinLanes, type LaneOutcomes, type OutcomeRow } from './outcome-row.js';
import { Places } from './places.js';
import type { UnitedDestinations } from './united-destinations.js';

/** Destinations to which the calls of some workloads differ in one way. */
export interface AlikeDifferences {
  readonly delta: EdgeDelta;
  /** Of the comparison's destinations. */
  readonly places: Places;
}

/** The lanes of two rows, and what differs where nothing but these counts. */
interface ComparedLanes {
  readonly old: Uint32Array;
  readonly now: Uint32Array;
  readonly differences: readonly AlikeDifferences[];
}

const NONE: readonly EdgeDelta[] = [];
/** Pairs of rows' lanes that are kept: those of all callers of one kind are the same. */
const MOST_KEPT = 16;

/**
 * Compares the outcomes of callers before with those after. What rows of many callers have in common is compared once, so that
 * a row costs what is its own.
 */
export class RowComparison {
  // Of one outcome before, mostly one comes to be.
  readonly #known = new Map<number, { readonly a: number; readonly deltas: readonly EdgeDelta[] }[]>();
  readonly #distinct = new Map<string, EdgeDelta>();
  readonly #laneIds = new Map<LaneOutcomes, number>();
  readonly #lanes = new Map<string, ComparedLanes>();

  constructor(
    private readonly before: EvaluatedMesh,
    private readonly after: EvaluatedMesh,
    private readonly united: UnitedDestinations,
  ) {}

  /** The ways in which the edge to one destination differs. */
  deltasAt(before: EvaluatedGroup, after: EvaluatedGroup, place: number): readonly EdgeDelta[] {
    return this.#deltasAt(before.outcomes(), after.outcomes(), place);
  }

  /** What differs between two callers, by the way, each of which is there once. */
  differences(before: EvaluatedGroup, after: EvaluatedGroup): readonly AlikeDifferences[] {
    const [old, now] = [before.outcomes(), after.outcomes()];
    const shared = this.#comparedLanes(old, now);
    const own = this.#exceptions(old, now);
    if (own.length === 0) return shared.differences;
    const moved = new Map<EdgeDelta, { readonly taken: number[]; readonly added: number[] }>();
    const movedBy = (delta: EdgeDelta): { readonly taken: number[]; readonly added: number[] } => {
      let places = moved.get(delta);
      if (!places) moved.set(delta, (places = { taken: [], added: [] }));
      return places;
    };
    for (const place of own) {
      const { old: oldLanes, now: nowLanes } = shared;
      for (const delta of this.#deltasBetween(oldLanes, nowLanes, place)) movedBy(delta).taken.push(place);
      for (const delta of this.#deltasAt(old, now, place)) movedBy(delta).added.push(place);
    }
    const differences: AlikeDifferences[] = [];
    for (const { delta, places } of shared.differences) {
      const { taken, added } = moved.get(delta) ?? { taken: [], added: [] };
      moved.delete(delta);
      const own = places.but(taken, added);
      if (own.length > 0) differences.push({ delta, places: own });
    }
    for (const [delta, { added }] of moved) {
      if (added.length > 0) differences.push({ delta, places: Places.of(added) });
    }
    return differences;
  }

  #deltasAt(old: OutcomeRow, now: OutcomeRow, place: number): readonly EdgeDelta[] {
    const [b, a] = [this.united.before[place]!, this.united.after[place]!];
    return this.#deltasOf(b < 0 ? -1 : old.at(b), a < 0 ? -1 : now.at(a));
  }

  #deltasBetween(old: Uint32Array, now: Uint32Array, place: number): readonly EdgeDelta[] {
    const [b, a] = [this.united.before[place]!, this.united.after[place]!];
    return this.#deltasOf(b < 0 ? -1 : old[b]!, a < 0 ? -1 : now[a]!);
  }

  /** The places at which one of two rows has something of its own, in order. */
  #exceptions(old: OutcomeRow, now: OutcomeRow): readonly number[] {
    const places = new Set<number>();
    for (const place of old.exceptions.keys()) places.add(this.united.ofBefore(place));
    for (const place of now.exceptions.keys()) places.add(this.united.ofAfter(place));
    return [...places].sort((a, b) => a - b);
  }

  #comparedLanes(old: OutcomeRow, now: OutcomeRow): ComparedLanes {
    const [lanesBefore, lanesAfter] = [old.lanes(), now.lanes()];
    const idOf = (lane: LaneOutcomes): number => {
      let id = this.#laneIds.get(lane);
      if (id === undefined) this.#laneIds.set(lane, (id = this.#laneIds.size));
      return id;
    };
    const key = `${lanesBefore.map(idOf).join()} ${lanesAfter.map(idOf).join()}`;
    let found = this.#lanes.get(key);
    if (found) this.#lanes.delete(key);
    else {
      const [before, after] = [joinLanes(old.table, lanesBefore), joinLanes(now.table, lanesAfter)];
      found = { old: before, now: after, differences: this.#compare(before, after) };
    }
    // The ones that were used last stand last.
    this.#lanes.set(key, found);
    if (this.#lanes.size > MOST_KEPT) this.#lanes.delete(this.#lanes.keys().next().value!);
    return found;
  }

  #compare(old: Uint32Array, now: Uint32Array): readonly AlikeDifferences[] {
    const found = new Map<EdgeDelta, number[]>();
    let lastDelta: EdgeDelta | null = null;
    let lastPlaces: number[] = [];
    for (let place = 0; place < this.united.destinations.length; place += 1) {
      for (const delta of this.#deltasBetween(old, now, place)) {
        if (lastDelta !== delta) {
          lastPlaces = found.get(delta) ?? [];
          found.set(delta, lastPlaces);
          lastDelta = delta;
        }
        lastPlaces.push(place);
      }
    }
    return Array.from(found, ([delta, places]) => ({ delta, places: Places.of(Uint32Array.from(places)) }));
  }

  /** How two outcomes of the meshes' lists differ, by their places there, -1 standing for none. Equal ways are the same object. */
  #deltasOf(b: number, a: number): readonly EdgeDelta[] {
    const { before, after } = this;
    if (b === a && before.outcomes === after.outcomes) return NONE;
    let pairs = this.#known.get(b);
    if (!pairs) this.#known.set(b, (pairs = []));
    for (const pair of pairs) if (pair.a === a) return pair.deltas;
    const deltas = compareOutcomes(before.outcomes[b] ?? null, after.outcomes[a] ?? null).map((delta) => {
      const text = JSON.stringify(delta);
      const same = this.#distinct.get(text) ?? delta;
      this.#distinct.set(text, same);
      return same;
    });
    pairs.push({ a, deltas });
    return deltas;
  }
}
