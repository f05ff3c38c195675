import { parseTimestamp } from '../kubernetes/timestamp.js';
import type { CountedCalls, TrafficCollector } from './collect-traffic.js';
import { callOf, CONNECTIONS, leaveOutSeries, REQUESTS, type Labels } from './istio-series.js';
import { tableRows } from './table-rows.js';
import { UnknownExport, type ExportedFile, type ExportOptions, type Span } from './export-file.js';

/** Columns by the name of the label that each stands for; the other names are for tables that people write. */
const COLUMNS: Readonly<Record<string, string>> = {
  reporter: 'reporter',
  source_workload_namespace: 'source_workload_namespace',
  source_namespace: 'source_workload_namespace',
  source_workload: 'source_workload',
  destination_service: 'destination_service',
  destination_host: 'destination_service',
  destination_service_name: 'destination_service_name',
  destination_service_namespace: 'destination_service_namespace',
  destination_port: 'destination_port',
  request_protocol: 'protocol',
  protocol: 'protocol',
  count: 'count',
  requests_per_minute: 'rate',
  last_seen: 'last_seen',
};
const NEEDED = ['source_workload_namespace', 'source_workload', 'destination_service'] as const;
const NUMBER = /^\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?$/;

/** Whether a text begins with a line of known column names. */
export function isCsv(text: string): boolean {
  const [header] = tableRows(text.split('\n', 1)[0] ?? '');
  const columns = (header ?? []).map((name) => COLUMNS[name.trim().toLowerCase()]);
  return NEEDED.every((column) => columns.includes(column));
}

/**
 * Reads a table (RFC 4180) with a header line: `source_namespace`, `source_workload`, `destination_host`, and, as far as they are known,
 * `destination_port`, `protocol` (`http` or `tcp`), `count` over the window or `requests_per_minute`, `last_seen` (RFC 3339),
 * `reporter`. A cell that is not what its column holds takes its row out, whatever else it may mean to a spreadsheet.
 *
 * @throws UnknownExport for counts of which nobody says over which time they are.
 */
export function readCsv({ name, text }: ExportedFile, options: ExportOptions, traffic: TrafficCollector): Span {
  const { window, now, clusterDomain } = options;
  const [header = [], ...rows] = tableRows(text);
  const columns = header.map((title) => COLUMNS[title.trim().toLowerCase()]);
  if (columns.includes('count') && !columns.includes('rate') && window === null) {
    throw new UnknownExport(`${name} does not tell over which time it counts; say so with --window.`);
  }
  const to = now;
  const from = to - (window ?? 0);
  const minutes = (to - from) / 60_000;
  for (const [index, row] of rows.entries()) {
    const cells: Record<string, string> = {};
    for (const [place, column] of columns.entries())
      if (column !== undefined) cells[column] = (row[place] ?? '').trim();
    const reading = readRow(cells, row.length === header.length, { minutes, now, clusterDomain });
    if (typeof reading !== 'string') traffic.add({ ...reading, since: from });
    // The first line is the header's.
    else leaveOutSeries(cells, traffic, `${name}, row ${index + 2}: ${reading}`);
  }
  return { from, to };
}

/** A row's call, or what is wrong with it. */
function readRow(
  cells: Labels,
  isComplete: boolean,
  { minutes, now, clusterDomain }: { readonly minutes: number } & Pick<ExportOptions, 'now' | 'clusterDomain'>,
): Omit<CountedCalls, 'since'> | string {
  const { protocol = '', reporter, destination_port: port = '', last_seen: seen = '' } = cells;
  if (!isComplete) return 'it has more cells than the header, or fewer';
  if (!/^(?:|https?|grpc|http2|tcp|tls)$/i.test(protocol)) return 'protocol is not http or tcp';
  if (!/^\d{0,5}$/.test(port)) return 'destination_port is no port';
  if (reporter && !['source', 'destination'].includes(reporter)) return 'reporter is not source or destination';
  const metric = /^(?:tcp|tls)$/i.test(protocol) ? CONNECTIONS : REQUESTS;
  const call = callOf({ ...cells, reporter: reporter || 'source' }, metric, clusterDomain);
  if (call === null) return 'it names no workload and host as Kubernetes has them';
  const count = countIn(cells, minutes);
  if (Number.isNaN(count)) return 'count, or requests_per_minute, is no number';
  const lastSeen = seen === '' ? null : parseTimestamp(seen);
  if (seen !== '' && lastSeen === null) return 'last_seen is not a time such as 2026-01-31T10:00:00Z';
  if (lastSeen !== null && lastSeen > now) return 'last_seen is in the future';
  return { ...call, count, lastSeen };
}

/** Null where the table does not tell, `NaN` where it tells no number. */
function countIn({ count = '', rate = '' }: Labels, minutes: number): number | null {
  const text = rate === '' ? count : rate;
  if (text === '') return null;
  if (!NUMBER.test(text)) return Number.NaN;
  return rate === '' ? Number(text) : minutes > 0 ? Number(text) * minutes : Number(text) === 0 ? 0 : null;
}
