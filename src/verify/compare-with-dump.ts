import { compareText } from '../diagnostic/compare-text.js';
import type { DumpEndpoint, DumpWorkload, ProxyDump } from '../envoy/proxy-dump.js';
import { clusterName } from '../istio/destination-cluster.js';
import { destinationKey, targetResolver } from '../reachability/destination.js';
import type { Destination } from '../reachability/egress-reachability.js';
import { followCall, type CallOutcome } from '../reachability/follow-call.js';
import { clusterKeys } from '../reachability/list-endpoints.js';
import type { ProxyConfiguration } from '../reachability/proxy-configuration.js';
import { endpointName, isSameEndpoint, sentEndpointName } from './attribute-endpoints.js';
import { dumpMode } from './dump-mode.js';
import { dumpJudge, type DumpOutcome } from './judge-by-dump.js';
import { DIFFERENCE_KINDS, type ComparedCounts, type Difference, type UnknownEdge } from './verification.js';

/** A difference before anybody has asked where it comes from. */
export type FoundDifference = Pick<Difference, 'kind' | 'subject' | 'manifests' | 'proxy'> & {
  /** The host that it is about; null where it is about the proxy as a whole. */
  readonly host: string | null;
  /** Of an endpoint that only the proxy has: what makes the pod, where the dump tells. */
  readonly maker?: DumpWorkload | null;
};

export interface Comparison {
  readonly differences: readonly FoundDifference[];
  readonly compared: ComparedCounts;
  readonly unknown: readonly UnknownEdge[];
  readonly notCompared: readonly string[];
}

/** Holds what the manifests make of one proxy against what is in a dump of it. */
export function compareWithDump(
  config: ProxyConfiguration,
  dump: ProxyDump,
  destinations: readonly Destination[],
): Comparison {
  const differences: FoundDifference[] = [];
  const notCompared: string[] = [];
  differences.push(...compareMode(config, dump), ...compareSidecar(config, dump));
  if (dumpMode(dump) === null) notCompared.push('The egress mode: nothing that was read tells it.');
  const clusters = compareClusters(config, dump);
  differences.push(...clusters.differences);
  if (clusters.count === 0) notCompared.push('Clusters: they are not in what was read.');
  const endpoints = compareEndpoints(config, dump, notCompared);
  differences.push(...endpoints.differences);
  const edges = compareEdges(config, dump, destinations, notCompared);
  differences.push(...edges.differences);
  return {
    differences: sortDifferences(differences),
    compared: { clusters: clusters.count, endpoints: endpoints.count, edges: edges.count },
    unknown: edges.unknown,
    notCompared,
  };
}

function sortDifferences(differences: readonly FoundDifference[]): FoundDifference[] {
  return [...differences].sort(
    (a, b) =>
      DIFFERENCE_KINDS.indexOf(a.kind) - DIFFERENCE_KINDS.indexOf(b.kind) ||
      compareText(a.subject, b.subject) ||
      compareText(a.proxy ?? '', b.proxy ?? ''),
  );
}

function compareMode({ scope }: ProxyConfiguration, dump: ProxyDump): FoundDifference[] {
  const mode = dumpMode(dump);
  const { outboundTrafficPolicy } = scope;
  return mode === null || mode === outboundTrafficPolicy
    ? []
    : [{ kind: 'egress-mode', subject: '', manifests: outboundTrafficPolicy, proxy: mode, host: null }];
}

/** Of the root namespace's Sidecar, istiod tells the name, and the namespace of the consumer. */
function compareSidecar({ scope }: ProxyConfiguration, { scope: told }: ProxyDump): FoundDifference[] {
  if (told === null) return [];
  const manifests = scope.sidecar?.name ?? null;
  const proxy = told.isDefault ? null : told.name;
  return manifests === proxy ? [] : [{ kind: 'sidecar', subject: '', manifests, proxy, host: null }];
}

interface Compared {
  readonly differences: readonly FoundDifference[];
  readonly count: number;
}

/** The clusters of services; istiod's own record tells them by host and port. */
function compareClusters(config: ProxyConfiguration, { clusters, scope }: ProxyDump): Compared {
  const expected = new Map(ownClusters(config).map((name) => [name, hostOf(name)]));
  if (clusters !== null) {
    const sent = [...clusters.keys()].filter((name) => name.startsWith('outbound|'));
    return compareNames(expected, new Map(sent.map((name) => [name, hostOf(name)])));
  }
  if (scope === null) return { differences: [], count: 0 };
  const imports = new Map<string, string>();
  for (const service of config.scope.servicesByHostname.values()) {
    for (const { port } of service.ports)
      imports.set(clusterName({ port, subset: '', hostname: service.hostname }), service.hostname);
  }
  const told = scope.imports.map((each): [string, string] => {
    const colon = each.lastIndexOf(':');
    const hostname = each.slice(0, colon);
    return [clusterName({ port: Number(each.slice(colon + 1)), subset: '', hostname }), hostname];
  });
  return compareNames(imports, new Map(told));
}

function compareNames(expected: ReadonlyMap<string, string>, sent: ReadonlyMap<string, string>): Compared {
  const names = new Set([...expected.keys(), ...sent.keys()]);
  const differences: FoundDifference[] = [];
  for (const name of names) {
    if (expected.has(name) && sent.has(name)) continue;
    differences.push({
      kind: 'cluster',
      subject: name,
      manifests: expected.has(name) ? 'there' : null,
      proxy: sent.has(name) ? 'there' : null,
      host: expected.get(name) ?? sent.get(name) ?? null,
    });
  }
  return { differences, count: names.size };
}

function ownClusters(config: ProxyConfiguration): string[] {
  return [...config.scope.servicesByHostname.values()]
    .flatMap((service) => clusterKeys(config, service).map(clusterName))
    .filter((name) => config.cluster(name) !== null);
}

/** `outbound|9080|v1|reviews.bookinfo.svc.cluster.local` */
export function hostOf(cluster: string): string {
  return cluster.split('|').slice(3).join('|');
}

/** The endpoints of the clusters that both have, as far as the dump tells whose they are. */
function compareEndpoints(config: ProxyConfiguration, dump: ProxyDump, notCompared: string[]): Compared {
  const { endpoints, clusters } = dump;
  if (endpoints === null) {
    notCompared.push('Endpoints: they are not in what was read; config_dump has them with include_eds.');
    return { differences: [], count: 0 };
  }
  const differences: FoundDifference[] = [];
  let count = 0;
  let untold = 0;
  for (const name of ownClusters(config)) {
    const cluster = config.cluster(name)!;
    if (cluster.type !== 'EDS' || (clusters !== null && !clusters.has(name))) continue;
    const sent = endpoints.get(name) ?? [];
    const host = hostOf(name);
    const left = new Set(cluster.endpoints);
    for (const each of sent) {
      const own = cluster.endpoints.filter((endpoint) => isSameEndpoint(endpoint, each));
      count++;
      for (const endpoint of own) left.delete(endpoint);
      if (own.length > 0) continue;
      if (isUntold(each) && cluster.endpoints.some(({ address }) => address === '')) untold++;
      else
        differences.push({
          kind: 'endpoint',
          subject: name,
          manifests: null,
          proxy: sentEndpointName(each),
          host,
          maker: each.workload,
        });
    }
    if (sent.some(isUntold) && sent.length > 0) continue;
    for (const endpoint of left) {
      count++;
      differences.push({ kind: 'endpoint', subject: name, manifests: endpointName(endpoint), proxy: null, host });
    }
  }
  if (untold > 0) {
    const what = untold === 1 ? '1 endpoint' : `${untold} endpoints`;
    notCompared.push(`${what}, of which neither the dump tells the workload nor the manifests the address.`);
  }
  return { differences, count: count - untold };
}

function isUntold({ workload }: DumpEndpoint): boolean {
  return workload === null;
}

interface ComparedEdges extends Compared {
  readonly unknown: readonly UnknownEdge[];
}

function compareEdges(
  config: ProxyConfiguration,
  dump: ProxyDump,
  destinations: readonly Destination[],
  notCompared: string[],
): ComparedEdges {
  if (dump.listeners === null || dump.routes === null) {
    const missing = [dump.listeners === null && 'listeners', dump.routes === null && 'routes'].filter(Boolean);
    notCompared.push(`Edges: without ${missing.join(' and ')} nothing can be followed.`);
    return { differences: [], count: 0, unknown: [] };
  }
  const resolve = targetResolver(config.push);
  const judge = dumpJudge(dump, config);
  const differences: FoundDifference[] = [];
  const unknown: UnknownEdge[] = [];
  let past = 0;
  for (const destination of destinations) {
    const target = resolve(destination);
    const own = followCall(config, target);
    if (own.verdict === 'bypass') {
      past++;
      continue;
    }
    const sent = judge(target);
    if (sent.kind === 'unknown') {
      unknown.push({ ...destination, why: sent.why });
      continue;
    }
    const [manifests, proxy] = [describeModel(own), describeDump(sent)];
    if (manifests === proxy) continue;
    differences.push({ kind: 'edge', subject: destinationKey(destination), manifests, proxy, host: destination.host });
  }
  if (past > 0) {
    const what = past === 1 ? '1 edge' : `${past} edges`;
    notCompared.push(`${what} that by annotation go past the proxy: its configuration says nothing of them.`);
  }
  return { differences, count: destinations.length - past - unknown.length, unknown };
}

/** All of an outcome that counts, in words. */
function describeModel({ verdict, clusters, branches }: CallOutcome): string {
  return describe(verdict, clusters, branches);
}

function describeDump({ verdict, clusters, branches }: Extract<DumpOutcome, { kind: 'ends' }>): string {
  return describe(verdict, clusters, branches);
}

function describe(
  verdict: string,
  clusters: readonly string[],
  branches: readonly { readonly clusters: readonly string[]; readonly verdict: string }[],
): string {
  const own = clusters.length === 0 ? verdict : `${verdict} via ${clusters.join(', ')}`;
  const others = branches.map((branch) => `${branch.verdict} via ${branch.clusters.join(', ') || 'the proxy itself'}`);
  return others.length === 0 ? own : `${own}; its routes in order: ${others.join('; ')}`;
}
