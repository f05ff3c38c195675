import { compareText } from '../diagnostic/compare-text.js';
import type { ReportingCaller, SeenCall, TrafficRecord } from './traffic-evidence.js';

/** What a source tells of the calls of one edge in some span. Times are milliseconds since the epoch. */
export interface CountedCalls extends Omit<SeenCall, 'from' | 'perMinute' | 'lastSeen'> {
  /** Null where the caller is not known. */
  readonly from: string | null;
  /** Whose sidecar counted. */
  readonly reporter: 'source' | 'destination';
  /** How many there were; null where that is not known, though there were some; 0 where all of them were before the span. */
  readonly count: number | null;
  /** Since when the caller is known to report. */
  readonly since: number;
  /** When the last one was, as far as that is known. */
  readonly lastSeen: number | null;
}

/** What is known of a whole reading beside its calls. */
export interface ReadingFacts extends Pick<TrafficRecord, 'source' | 'readAt' | 'from' | 'to' | 'parts'> {
  /** What of the window was read. In minutes; 0 where that is not known. */
  readonly minutes: number;
}

/** More edges are no mesh's. */
const MOST_EDGES = 500_000;
/** More than somebody reads. */
const MOST_EXAMPLES = 5;
/** A larger number is none that a counter reaches. */
const MOST_CALLS = 1e15;

interface Tally {
  readonly call: CountedCalls;
  count: number | null;
  lastSeen: number | null;
}

/** Adds up what several parts of a window tell of the same edges. */
export class TrafficCollector {
  readonly #edges = new Map<string, Partial<Record<CountedCalls['reporter'], Tally>>>();
  readonly #callers = new Map<string, number>();
  /** By the caller whose calls they may tell of; null for anybody. */
  readonly #leftOut = new Map<string | null, number>();
  readonly #examples: string[] = [];
  /** By the reporter: of the two ends, the caller's own counts. */
  #unattributed = 0;

  /** Something that may tell of calls, and is not understood.
   *
   * @param caller whose calls; null where they may be anybody's.
   * @param example what is wrong, and where. */
  leaveOut(caller: string | null, example?: string): void {
    this.#leftOut.set(caller, (this.#leftOut.get(caller) ?? 0) + 1);
    if (example !== undefined && this.#examples.length < MOST_EXAMPLES) this.#examples.push(example);
  }

  get isEmpty(): boolean {
    return this.#edges.size === 0;
  }

  add(call: CountedCalls): void {
    const { from, count, since, lastSeen, reporter } = call;
    if (count !== null && !(count >= 0 && count <= MOST_CALLS)) return this.leaveOut(from);
    if (from === null) {
      this.#unattributed += count ?? 0;
      return;
    }
    if (reporter === 'source') this.#callers.set(from, Math.min(since, this.#callers.get(from) ?? since));
    const key = JSON.stringify([from, call.host, call.port, call.protocol, call.via]);
    let tallies = this.#edges.get(key);
    if (!tallies) {
      if (this.#edges.size >= MOST_EDGES) return this.leaveOut(from);
      this.#edges.set(key, (tallies = {}));
    }
    const known = tallies[reporter];
    if (!known) {
      tallies[reporter] = { call, count, lastSeen };
      return;
    }
    known.count = known.count === null || count === null ? null : known.count + count;
    known.lastSeen = latest(known.lastSeen, lastSeen);
  }

  record({ minutes, ...facts }: ReadingFacts): TrafficRecord {
    const rate = (count: number | null): number | null => {
      if (count === null || count === 0) return count;
      return minutes > 0 ? rounded(count / minutes) : null;
    };
    const calls = [...this.#edges.values()].map((tallies): SeenCall => {
      // What the caller's own sidecar has counted, the server's has as well.
      const { call, count, lastSeen } = (tallies.source ?? tallies.destination)!;
      const { from, host, port, protocol, via } = call;
      return { from: from!, host, port, protocol, via, perMinute: rate(count), lastSeen };
    });
    const callers = [...this.#callers].map(([workload, since]): ReportingCaller => {
      const leftOut = this.#leftOut.get(workload) ?? 0;
      return { workload, since, ...(leftOut === 0 ? {} : { leftOut }) };
    });
    return {
      ...facts,
      leftOut: [...this.#leftOut.values()].reduce((sum, number) => sum + number, 0),
      leftOutOfAnybody: this.#leftOut.get(null) ?? 0,
      examples: this.#examples,
      unattributed: minutes > 0 ? rounded(this.#unattributed / minutes) : 0,
      callers: callers.sort((a, b) => compareText(a.workload, b.workload)),
      calls: calls.sort(compareCalls),
    };
  }
}

export function compareCalls(a: SeenCall, b: SeenCall): number {
  return (
    compareText(a.from, b.from) ||
    Number(a.via !== null) - Number(b.via !== null) ||
    compareText(a.host ?? '', b.host ?? '') ||
    (a.port ?? 0) - (b.port ?? 0) ||
    compareText(a.protocol, b.protocol) ||
    compareText(a.via ?? '', b.via ?? '')
  );
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** To two digits: a file that is written every night is not to change in every line. */
function rounded(rate: number): number {
  return rate === 0 ? 0 : Math.max(Number(rate.toPrecision(2)), Number.MIN_VALUE);
}
