import { asArray, asNumber, asObject, asString } from '../kubernetes/json.js';
import type { JsonObject } from '../kubernetes/manifest.js';
import type { TrafficCollector } from './collect-traffic.js';
import type { ExportOptions, Span } from './export-file.js';
import { callerName, hostAndPort, isUnregistered, type SeenCall, type Unregistered } from './traffic-evidence.js';

/** Where a call of a graph goes. */
type Target = Pick<SeenCall, 'host' | 'port' | 'via'>;

/** More seconds are no time of a graph's. The year 9999. */
const LATEST_SECONDS = 253_402_300_799;

/** Reads Kiali's `/api/namespaces/graph`, of workloads or versioned apps: edges with their traffic by protocol, in requests a second.
 *
 * Kiali: graph/config/cytoscape */
export function readKialiGraph(
  graph: JsonObject,
  { clusterDomain, now }: ExportOptions,
  traffic: TrafficCollector,
): Span {
  const seconds = asNumber(graph['duration']) ?? 0;
  const at = asNumber(graph['timestamp']);
  const to = at !== undefined && at > 0 && at <= LATEST_SECONDS ? at * 1000 : now;
  const from = to - Math.min(Math.max(seconds, 0) * 1000, to);
  const { nodes, edges } = asObject(graph['elements']);
  const byId = new Map(
    asArray(nodes)
      .map((node) => dataOf(node))
      .map((data) => [asString(data['id']), data]),
  );
  for (const edge of asArray(edges)) {
    const data = dataOf(edge);
    const [source, target] = [byId.get(asString(data['source'])), byId.get(asString(data['target']))];
    // What a service's own node sends on is counted where it is called.
    if (source && asString(source['nodeType']) === 'service') continue;
    const caller = source && callerOf(source);
    const targets = target ? targetsOf(data, target, clusterDomain) : [];
    if (caller === undefined || targets.length === 0) {
      // Calls of nobody who has a name are told apart in no case.
      if (caller?.from === null) continue;
      const ends = [source, target].map((node) =>
        JSON.stringify(asString(node?.['workload']) || asString(node?.['app'])),
      );
      traffic.leaveOut(
        caller?.from ?? null,
        `an edge from ${ends.join(' to ')} names no ${caller ? 'host' : 'workload that calls'}`,
      );
      continue;
    }
    const { protocol, rate } = trafficOf(data);
    for (const [index, each] of targets.entries()) {
      // Which of several hosts was called how often is not told.
      const share = targets.length > 1 && index > 0 && rate !== null ? 0 : rate;
      const count = share === null ? null : targets.length > 1 ? null : share * ((to - from) / 1000);
      traffic.add({ ...caller, ...each, protocol, count, since: from, lastSeen: to });
    }
  }
  return { from, to };
}

function dataOf(element: unknown): JsonObject {
  return asObject(asObject(element as JsonObject)['data']);
}

/** Of a workload in another namespace than those that were asked for, only some calls are in the graph: as a server would tell of it. */
function callerOf(
  node: JsonObject,
): { readonly from: string | null; readonly reporter: 'source' | 'destination' } | undefined {
  const type = asString(node['nodeType']);
  if (type === 'unknown' || asString(node['workload']) === 'unknown') return { from: null, reporter: 'source' };
  const from = callerName(asString(node['namespace']), asString(node['workload']));
  if (from === null) return undefined;
  return { from, reporter: node['isOutside'] === true ? 'destination' : 'source' };
}

function trafficOf(edge: JsonObject): { readonly protocol: SeenCall['protocol']; readonly rate: number | null } {
  const { protocol: written, rates } = asObject(edge['traffic']);
  const protocol = asString(written);
  // Of tcp, it tells the bytes.
  if (protocol === 'tcp') return { protocol: 'tcp', rate: null };
  const text = asString(asObject(rates)[protocol]);
  return { protocol: 'http', rate: /^\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : null };
}

/** The hosts that were asked for, else the service that is behind the edge. */
function targetsOf(edge: JsonObject, target: JsonObject, clusterDomain: string): readonly Target[] {
  const via = unregistered(target);
  const asked = Object.values(asObject(asObject(edge['traffic'])['responses'])).flatMap((response) =>
    Object.keys(asObject(asObject(response)['hosts'])),
  );
  const named = [...new Set(asked)].filter((text) => text.includes('.')).flatMap((text) => hostAndPort(text) ?? []);
  if (named.length > 0) return named.map(({ host, port }) => ({ host, port, via }));
  if (via !== null) return [{ host: null, port: null, via }];
  const own = { namespace: target['namespace'] ?? '', name: target['service'] ?? '' };
  const services = [...asArray(target['destServices']), ...(asString(own.name) === '' ? [] : [own])];
  const hosts = services.flatMap((service) => {
    const { namespace, name } = asObject(service);
    const host = asString(name).includes('.')
      ? asString(name)
      : callerName(asString(namespace), asString(name)) &&
        `${asString(name)}.${asString(namespace)}.svc.${clusterDomain}`;
    return host ? (hostAndPort(host) ?? []) : [];
  });
  return [...new Map(hosts.map((each) => [each.host, { ...each, via: null }])).values()];
}

function unregistered(target: JsonObject): Unregistered | null {
  const names = [
    target['service'],
    target['workload'],
    ...asArray(target['destServices']).map((each) => asObject(each)['name']),
  ];
  return (
    (names.map(asString).find((name) => name !== 'unknown' && isUnregistered(name)) as Unregistered | undefined) ?? null
  );
}
