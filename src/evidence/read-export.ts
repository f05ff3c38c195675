import { isObject } from '../kubernetes/json.js';
import type { JsonValue } from '../kubernetes/manifest.js';
import { TrafficCollector, type ReadingFacts } from './collect-traffic.js';
import { isCsv, readCsv } from './csv-export.js';
import { UnknownExport, type ExportedFile, type ExportOptions, type Span } from './export-file.js';
import { callOf, leaveOutSeries, metricOf } from './istio-series.js';
import { readKialiGraph } from './kiali-graph.js';
import { increaseOf, parsePrometheusAnswer, type PrometheusAnswer } from './prometheus-answer.js';
import type { EvidenceSource, TrafficRecord } from './traffic-evidence.js';

/**
 * What files tell of calls: answers of Prometheus, graphs of Kiali, tables. Those of one kind add up: a file for each metric.
 *
 * @throws UnknownExport for a file of another kind, or that says nothing without a window.
 */
export function readExports(files: readonly ExportedFile[], options: ExportOptions): TrafficRecord {
  const traffic = new TrafficCollector();
  const spans: Span[] = [];
  let failed = 0;
  const sources = new Set<EvidenceSource>();
  for (const file of files) {
    const { source, span, isWhole } = readExport(file, options, traffic);
    sources.add(source);
    if (!isWhole) failed = 1;
    spans.push(span);
  }
  const [source, ...others] = sources;
  if (source === undefined || others.length > 0) {
    throw new UnknownExport('Files of one kind are read together; read others by themselves.');
  }
  const to = Math.max(...spans.map((span) => span.to));
  // What only some of the files cover tells nothing of what is in none.
  const from = Math.max(...spans.map((span) => span.from));
  const facts: ReadingFacts = {
    ...{ source, readAt: options.now, to, from: Math.min(from, to) },
    parts: { asked: 1, failed, empty: 0 },
    minutes: Math.max(...spans.map((span) => span.to - span.from)) / 60_000,
  };
  return traffic.record(facts);
}

function readExport(
  { name, text }: ExportedFile,
  options: ExportOptions,
  traffic: TrafficCollector,
): { readonly source: EvidenceSource; readonly span: Span; readonly isWhole: boolean } {
  const json = parseJson(text);
  if (json === undefined) {
    if (!isCsv(text)) throw new UnknownExport(`${name} is neither JSON nor a table with a header line.`);
    return { source: 'csv', span: readCsv({ name, text }, options, traffic), isWhole: true };
  }
  const answer = parsePrometheusAnswer(json);
  if (answer !== null) {
    const span = addAnswer(name, answer, options, traffic);
    return { source: 'prometheus-file', span, isWhole: answer.warnings.length === 0 };
  }
  if (isObject(json) && isObject(json['elements'])) {
    return { source: 'kiali', span: readKialiGraph(json, options, traffic), isWhole: true };
  }
  throw new UnknownExport(`${name} is neither an answer of Prometheus's API nor a graph of Kiali's.`);
}

function parseJson(text: string): JsonValue | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** A matrix holds counters over the time of its points; a vector how much they have counted in the window that ends with it. */
function addAnswer(
  name: string,
  { kind, series, leftOut }: PrometheusAnswer,
  { window, clusterDomain, now }: ExportOptions,
  traffic: TrafficCollector,
): Span {
  for (const labels of leftOut) leaveOutSeries(labels, traffic, `${name}: a value that is no number, or has no time`);
  const times = series.flatMap(({ points }) => [points[0]![0], points.at(-1)![0]]);
  const to = times.reduce((last, time) => Math.max(last, time), times[0] ?? now);
  const first = times.reduce((earliest, time) => Math.min(earliest, time), to);
  const isCounted = series.some(({ labels }) => labels['__name__'] !== undefined);
  if (kind === 'vector' && !isCounted && window === null) {
    throw new UnknownExport(`${name} does not tell over which time it counts; say so with --window.`);
  }
  const from = kind === 'matrix' ? first : isCounted ? to : to - (window ?? 0);
  for (const { labels, points } of series) {
    const metric = metricOf(labels);
    const call = metric === null ? null : callOf(labels, metric, clusterDomain);
    if (call === null) {
      leaveOutSeries(labels, traffic);
      continue;
    }
    const [start, value] = points[0]!;
    if (kind === 'vector') {
      // Of a counter itself, nothing tells since when it counts.
      const count = isCounted && value > 0 ? null : value;
      traffic.add({ ...call, count, since: from, lastSeen: count === null || count === 0 ? null : to });
      continue;
    }
    const { increase, lastSeen } = increaseOf(points);
    // A counter that comes up within the window has begun there.
    const isBorn = start > from && value > 0;
    traffic.add({
      ...call,
      count: increase + (isBorn ? value : 0),
      since: start,
      lastSeen: lastSeen ?? (isBorn ? start : null),
    });
  }
  return { from, to };
}
