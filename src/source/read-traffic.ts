import { TrafficCollector } from '../evidence/collect-traffic.js';
import { callOf, CONNECTIONS, leaveOutSeries, REQUESTS, type Labels } from '../evidence/istio-series.js';
import type { TrafficRecord } from '../evidence/traffic-evidence.js';
import { halvesOf, partsOf, queriesFor, type Part } from '../evidence/traffic-queries.js';
import { queryPrometheus, type PrometheusOptions } from './query-prometheus.js';
import { SourceError } from './source-files.js';

export interface TrafficQuestion {
  /** In milliseconds since the epoch. */
  readonly window: Part;
  /** Further matchers of PromQL; may be empty. */
  readonly selector: string;
  readonly clusterDomain: string;
  /** Told before each part is asked for. */
  readonly onPart?: (done: number, all: number) => void;
  /** Told of a part that could not be read, and why. */
  readonly onFailure?: (part: Part, reason: string) => void;
}

/** A Prometheus that does not answer so often is not there. */
const MOST_FAILURES = 3;

/** What is in a part, by query. */
type Counts = Parameters<TrafficCollector['add']>[0];

/**
 * Reads from Prometheus which calls were counted, part by part; what is too much at once is asked for in halves.
 *
 * @throws SourceError where nothing can be read, or the very answers are refused.
 */
export async function readTraffic(
  { window, selector, clusterDomain, onPart, onFailure }: TrafficQuestion,
  options: PrometheusOptions,
): Promise<TrafficRecord> {
  const traffic = new TrafficCollector();
  const parts = partsOf(window);
  let [failed, empty, milliseconds] = [0, 0, 0];
  for (const [index, part] of parts.entries()) {
    onPart?.(index, parts.length);
    const read = await readPart(
      part,
      { selector, clusterDomain, leaveOut: (labels) => leaveOutSeries(labels, traffic) },
      options,
    );
    if ('reason' in read) {
      failed += 1;
      onFailure?.(part, read.reason);
      if (failed >= Math.min(MOST_FAILURES, parts.length) || index === 0) {
        throw new SourceError(`${options.url} cannot be read: ${read.reason}`, true);
      }
      continue;
    }
    if (read.calls.length === 0) empty += 1;
    else milliseconds += part.to - part.from;
    for (const call of read.calls) traffic.add(call);
  }
  return traffic.record({
    source: 'prometheus',
    readAt: window.to,
    ...window,
    parts: { asked: parts.length, failed, empty },
    minutes: milliseconds / 60_000,
  });
}

type PartReading = { readonly calls: readonly Counts[] } | { readonly reason: string };

interface PartContext extends Pick<TrafficQuestion, 'selector' | 'clusterDomain'> {
  readonly leaveOut: (labels: Labels) => void;
}

async function readPart(part: Part, context: PartContext, options: PrometheusOptions): Promise<PartReading> {
  const calls: Counts[] = [];
  for (const metric of [REQUESTS, CONNECTIONS] as const) {
    for (const query of queriesFor(metric, part, context.selector)) {
      const result = await queryPrometheus(query, part.to, options);
      if (result.kind === 'too-much') return readHalves(part, result.reason, context, options);
      if (result.kind === 'failed') return { reason: result.reason };
      const { series, leftOut } = result.answer;
      for (const labels of leftOut) context.leaveOut(labels);
      for (const { labels, points } of series) {
        const call = callOf(labels, metric, context.clusterDomain);
        const [, count] = points[0]!;
        if (call === null) context.leaveOut(labels);
        else calls.push({ ...call, count, since: part.from, lastSeen: count > 0 ? part.to : null });
      }
    }
  }
  return { calls };
}

async function readHalves(
  part: Part,
  reason: string,
  context: PartContext,
  options: PrometheusOptions,
): Promise<PartReading> {
  const halves = halvesOf(part);
  if (halves === null) return { reason };
  const calls: Counts[] = [];
  for (const half of halves) {
    const read = await readPart(half, context, options);
    if ('reason' in read) return read;
    calls.push(...read.calls);
  }
  return { calls };
}
