import { asArray, asObject, isObject, stringMap } from '../kubernetes/json.js';
import type { JsonValue } from '../kubernetes/manifest.js';
import type { Labels } from './istio-series.js';

/** A series with what it was at some times, the earliest first: milliseconds since the epoch, each once. */
export interface Series {
  readonly labels: Labels;
  readonly points: readonly (readonly [number, number])[];
}

export interface PrometheusAnswer {
  readonly kind: 'vector' | 'matrix';
  readonly series: readonly Series[];
  /** The labels of points whose value is no number, or no time; none where a series has none. */
  readonly leftOut: readonly Labels[];
  /** Why the answer is not whole. */
  readonly warnings: readonly string[];
}

/** Milliseconds since the epoch; beyond, the time is none. The year 9999. */
const LATEST = 253_402_300_799_000;

/** What Prometheus answers to `/api/v1/query` and `/api/v1/query_range`; null for anything else. Series with the same labels are one.
 *
 * Prometheus: https://prometheus.io/docs/prometheus/latest/querying/api/ */
export function parsePrometheusAnswer(json: JsonValue): PrometheusAnswer | null {
  const data = asObject(asObject(json)['data']);
  const { resultType: kind, result } = data;
  if ((kind !== 'vector' && kind !== 'matrix') || !Array.isArray(result)) return null;
  const leftOut: Labels[] = [];
  const all = new Map<string, { readonly labels: Labels; readonly points: Map<number, number> }>();
  for (const item of asArray(result)) {
    const { metric, value, values } = asObject(item);
    if (!isObject(metric)) {
      leftOut.push({});
      continue;
    }
    const labels = stringMap(metric);
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    const points = all.get(key)?.points ?? new Map<number, number>();
    all.set(key, { labels, points });
    for (const written of kind === 'vector' ? [value] : asArray(values)) {
      const point = pointOf(written);
      if (point === null) leftOut.push(labels);
      else points.set(point[0], point[1]);
    }
  }
  const series = [...all.values()].map(({ labels, points }) => {
    return { labels, points: [...points].sort(([a], [b]) => a - b) };
  });
  return { kind, series: series.filter(({ points }) => points.length > 0), leftOut, warnings: warningsIn(json) };
}

/** Several servers behind one address (Thanos, Mimir) answer in part where one of them is away, and say so here. Advice about the query is
 * no gap. */
function warningsIn(json: JsonValue): readonly string[] {
  return asArray(asObject(json)['warnings'])
    .map((warning) => (typeof warning === 'string' ? warning.slice(0, 300) : 'a warning without words'))
    .filter((warning) => !warning.startsWith('PromQL info'));
}

/** A counter is a number that is not negative: no `NaN` of a stale series, and no `+Inf`. */
function pointOf(value: JsonValue | undefined): readonly [number, number] | null {
  const [time, text] = asArray(value);
  if (typeof time !== 'number' || typeof text !== 'string' || !/^[0-9.eE+-]{1,40}$/.test(text)) return null;
  const at = Math.round(time * 1000);
  const number = Number(text);
  return Number.isFinite(number) && number >= 0 && at >= 0 && at <= LATEST ? [at, number] : null;
}

/** How much a counter has counted from its first point on, whatever resets it; and when it last did, null for never. */
export function increaseOf(points: Series['points']): { readonly increase: number; readonly lastSeen: number | null } {
  let increase = 0;
  let lastSeen: number | null = null;
  let previous = points[0]?.[1] ?? 0;
  for (const [at, value] of points.slice(1)) {
    // A counter that falls has begun anew, from nothing.
    const step = value < previous ? value : value - previous;
    if (step > 0) lastSeen = at;
    increase += step;
    previous = value;
  }
  return { increase, lastSeen };
}
