import { CALL_LABELS, type TrafficMetric } from './istio-series.js';

/** A stretch of a window that is asked for at once. In milliseconds since the epoch. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

const LONGEST_PART = 24 * 60 * 60 * 1000;
/** What is refused for so short a time is refused for another reason. */
const SHORTEST_PART = 15 * 60 * 1000;

/** A window in parts of at most a day, the earliest first. */
export function partsOf({ from, to }: Part): readonly Part[] {
  const parts: Part[] = [];
  for (let end = to; end > from; end -= LONGEST_PART)
    parts.unshift({ from: Math.max(from, end - LONGEST_PART), to: end });
  return parts;
}

/** The halves of a part that is too much at once; null for one that is short already. */
export function halvesOf({ from, to }: Part): readonly [Part, Part] | null {
  const middle = from + Math.ceil((to - from) / 2 / 1000) * 1000;
  return to - from < 2 * SHORTEST_PART
    ? null
    : [
        { from, to: middle },
        { from: middle, to },
      ];
}

/**
 * What counts the calls of a part, in PromQL: a query for what counters have grown by, whatever has reset them, in which those that
 * stand still are there with 0; and one for those that were not there before, whose first value has been counted since. Where nothing
 * at all was there before, nothing tells which ones are new.
 *
 * @param selector further matchers, as PromQL has them in braces.
 */
export function queriesFor(metric: TrafficMetric, { from, to }: Part, selector: string): readonly [string, string] {
  const range = `${Math.round((to - from) / 1000)}s`;
  const series = `${metric}{reporter=~"source|destination"${selector === '' ? '' : `,${selector}`}}`;
  const by = `sum by (${CALL_LABELS.join(', ')})`;
  const now = `last_over_time(${series}[${range}])`;
  const before = `last_over_time(${series}[${range}] offset ${range})`;
  return [
    `${by} (increase(${series}[${range}])) or ${by} (${now}) * 0`,
    `${by} (min_over_time(${series}[${range}]) unless ${before}) and on () (count(${before}) > 0)`,
  ];
}

/** Whether a text is matchers of PromQL alone: `cluster="prod",env=~"a|b"`. */
export function isSelector(text: string): boolean {
  const matcher = String.raw`[A-Za-z_]\w*\s*(?:=~|!~|!=|=)\s*"(?:[^"\\\n]|\\.)*"`;
  return text.length <= 1000 && new RegExp(`^\\s*${matcher}(?:\\s*,\\s*${matcher})*\\s*$`).test(text);
}
