import type { CountedCalls, TrafficCollector } from './collect-traffic.js';
import { callerName, hostAndPort, isPort, isUnregistered } from './traffic-evidence.js';

export const REQUESTS = 'istio_requests_total';
export const CONNECTIONS = 'istio_tcp_connections_opened_total';
export type TrafficMetric = typeof REQUESTS | typeof CONNECTIONS;

/** The labels of Istio's metrics that tell who calls whom. The port is there where somebody has Telemetry add it. */
export const CALL_LABELS = [
  'reporter',
  'source_workload_namespace',
  'source_workload',
  'destination_service',
  'destination_service_name',
  'destination_service_namespace',
  'destination_port',
  'request_protocol',
] as const;

export type Labels = Readonly<Record<string, string | undefined>>;

/** Which metric a series is of; by its protocol where a query has taken its name. Null for another metric. */
export function metricOf({ __name__: name, request_protocol: protocol }: Labels): TrafficMetric | null {
  if (name === undefined) return protocol === 'tcp' ? CONNECTIONS : REQUESTS;
  return name === REQUESTS || name === CONNECTIONS ? name : null;
}

/** Whose calls to what a series counts; null where its labels are not those of a call. */
export function callOf(
  labels: Labels,
  metric: TrafficMetric,
  clusterDomain: string,
): Pick<CountedCalls, 'from' | 'host' | 'port' | 'protocol' | 'via' | 'reporter'> | null {
  const { reporter = 'source', source_workload: source = '', source_workload_namespace: namespace = '' } = labels;
  if (reporter !== 'source' && reporter !== 'destination') return null;
  const destination = destinationOf(labels, clusterDomain);
  if (destination === null) return null;
  const from = callerName(namespace, source);
  if (from === null && !['', 'unknown'].includes(source)) return null;
  return { from, ...destination, protocol: metric === CONNECTIONS ? 'tcp' : 'http', reporter };
}

/** Leaves out a series that is not understood, unless nothing of it can tell of a sidecar's calls: a waypoint reports as one, and callers
 * without a sidecar have no name. */
export function leaveOutSeries(labels: Labels, traffic: TrafficCollector, example?: string): void {
  const { reporter, source_workload: source, source_workload_namespace: namespace = '' } = labels;
  if (reporter === 'waypoint' || source === '' || source === 'unknown') return;
  traffic.leaveOut(
    callerName(namespace, source ?? ''),
    example ?? `no call of which both ends are known: ${seriesName(labels)}`,
  );
}

function seriesName(labels: Labels): string {
  const named = CALL_LABELS.flatMap((label) =>
    labels[label] === undefined ? [] : [`${label}=${JSON.stringify(labels[label])}`],
  );
  return `{${named.join(', ')}}`.slice(0, 300);
}

function destinationOf(labels: Labels, clusterDomain: string): Pick<CountedCalls, 'host' | 'port' | 'via'> | null {
  const { destination_service: written = '', destination_service_name: name = '', destination_port: digits } = labels;
  const port = digits !== undefined && /^\d{1,5}$/.test(digits) && isPort(Number(digits)) ? Number(digits) : null;
  const elsewhere = isUnregistered(name) ? name : null;
  const isNamed = written !== '' && !isUnregistered(written);
  const named = isNamed ? hostAndPort(written) : null;
  // Where no route fits, it is the host that the request asked for.
  if (named !== null) return { ...named, port: port ?? named.port, via: elsewhere === 'unknown' ? null : elsewhere };
  if (elsewhere !== null) return { host: null, port, via: elsewhere };
  if (isNamed) return null;
  if (name === '') return { host: null, port, via: isUnregistered(written) ? written : 'unknown' };
  const { destination_service_namespace: namespace = '' } = labels;
  const known = callerName(namespace, name) && hostAndPort(`${name}.${namespace}.svc.${clusterDomain}`);
  return known ? { ...known, port, via: null } : null;
}
