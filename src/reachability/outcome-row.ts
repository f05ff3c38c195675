import type { DestinationTable } from './destination-table.js';

/** By the destination's place in its lane, an outcome of the mesh. */
export type LaneOutcomes = Uint32Array;

/**
 * The outcomes of one caller's calls to all destinations, as indexes into the mesh's `outcomes`. Most callers have most of them in
 * common, so that a row is made of lanes that others have as well, and of what is otherwise in it.
 */
export class OutcomeRow {
  /**
   * @param own by lane; of a lane that is not there, `rest` has the outcomes.
   * @param rest by lane.
   * @param exceptions by place in the table, over those of the lanes.
   */
  constructor(
    readonly table: DestinationTable,
    private readonly own: ReadonlyMap<number, LaneOutcomes>,
    private readonly rest: readonly LaneOutcomes[],
    readonly exceptions: ReadonlyMap<number, number>,
  ) {}

  at(place: number): number {
    const { table } = this;
    return this.exceptions.get(place) ?? this.lane(table.laneOf[place]!)[table.placeInLane[place]!]!;
  }

  /** The outcomes of the lane with an id, the exceptions aside. */
  lane(id: number): LaneOutcomes {
    return this.own.get(id) ?? this.rest[id]!;
  }

  /** The outcomes of all lanes, the exceptions aside. */
  lanes(): readonly LaneOutcomes[] {
    return this.table.lanes.map(({ id }) => this.lane(id));
  }

  /** All outcomes by place. */
  toArray(): Uint32Array {
    const row = joinLanes(this.table, this.lanes());
    for (const [place, outcome] of this.exceptions) row[place] = outcome;
    return row;
  }

  /** The same with some outcomes otherwise. */
  with(exceptions: ReadonlyMap<number, number>): OutcomeRow {
    if (exceptions.size === 0) return this;
    return new OutcomeRow(this.table, this.own, this.rest, new Map([...this.exceptions, ...exceptions]));
  }
}

/** Outcomes by place, of those by lane. */
export function joinLanes({ destinations, lanes }: DestinationTable, outcomesOf: readonly LaneOutcomes[]): Uint32Array {
  const row = new Uint32Array(destinations.length);
  for (const { id, places } of lanes) {
    const outcomes = outcomesOf[id]!;
    for (let index = 0; index < places.length; index += 1) row[places[index]!] = outcomes[index]!;
  }
  return row;
}
