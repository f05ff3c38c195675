import type { SeenCall, TrafficEvidence } from '../evidence/traffic-evidence.js';
import { parseClusterName } from '../istio/destination-cluster.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Sighting } from './change.js';
import type { Destination } from './egress-reachability.js';
import type { CallOutcome } from './follow-call.js';
import type { Verdict } from './verdict.js';

/** What is told of one edge. */
export type EdgeSighting =
  { readonly kind: 'seen'; readonly calls: readonly SeenCall[] } | Exclude<Sighting, { readonly kind: 'seen' }>;

/** What traffic evidence tells of calls as they were before a change. Workloads are given as they were then. */
export interface Sightings {
  /** What is to be told of an edge.
   *
   * @param before where the call ended before the change; null for a destination that did not exist. */
  readonly ofEdge: (workload: Workload, destination: Destination, before: CallOutcome | null) => EdgeSighting;
  /** What is to be told of an edge that none of the workload's calls fits. */
  readonly ofUnseen: (
    workload: Workload,
    before: Pick<CallOutcome, 'verdict' | 'clusters'> | null,
  ) => Exclude<Sighting, { readonly kind: 'seen' }>;
  /** Workloads of one voice are told the same of what they do not call. */
  readonly voiceOf: (workload: Workload) => string;
  /** Of some destinations, those that some call of the workload fits. */
  readonly amongst: (
    destinations: readonly Destination[],
    before: (destination: Destination) => CallOutcome | null,
  ) => (workload: Workload) => readonly Destination[];
}

/** What has reported for a shorter time may call anything yet. In milliseconds. */
const SHORTEST_REPORT = 24 * 60 * 60 * 1000;

/** Metrics count these by the host that is called: by its cluster, or the one that a request asked for. */
const NAMED: ReadonlySet<Verdict | 'absent'> = new Set(['meshed', 'no-endpoints', 'refused']);
/** Metrics count these, and name no host. */
const UNNAMED: ReadonlySet<Verdict | 'absent'> = new Set(['unmeshed', 'blocked']);

export function readSightings(evidence: TrafficEvidence, clusterDomain: string): Sightings {
  const callsOf = (workload: Workload): readonly SeenCall[] => evidence.callsOf.get(nameOf(workload)) ?? [];
  const ofUnseen: Sightings['ofUnseen'] = (workload, before) => {
    const why = evidence.isSilent ?? silenceOf(evidence, workload, callsOf(workload), before);
    return why === null ? { kind: 'unseen' } : { kind: 'silent', why };
  };
  return {
    ofUnseen,
    ofEdge: (workload, destination, before) => {
      const places = placesOf(destination, before);
      const fitting = callsOf(workload).filter((call) =>
        hostsIn(call, workload, clusterDomain).some((host) =>
          places.get(host)?.some((port) => fits(call, port, destination, host)),
        ),
      );
      const seen = fitting.filter(({ perMinute }) => perMinute !== 0);
      if (seen.length > 0) return { kind: 'seen', calls: seen };
      if (fitting.length > 0) return { kind: 'silent', why: 'it was counted, but not in the window' };
      return ofUnseen(workload, before);
    },
    voiceOf: (workload) =>
      (['meshed', 'unmeshed'] as const)
        .map((before) => {
          const told = ofUnseen(workload, { verdict: before, clusters: ['any'] });
          return told.kind === 'silent' ? told.why : '';
        })
        .join('\n'),
    amongst: (destinations, before) => {
      const byHost = new Map<string, { readonly destination: Destination; readonly ports: readonly number[] }[]>();
      for (const destination of destinations) {
        for (const [host, ports] of placesOf(destination, before(destination))) {
          const known = byHost.get(host);
          if (known) known.push({ destination, ports });
          else byHost.set(host, [{ destination, ports }]);
        }
      }
      return (workload) => [
        ...new Set(
          callsOf(workload).flatMap((call) =>
            hostsIn(call, workload, clusterDomain).flatMap((host) =>
              (byHost.get(host) ?? [])
                .filter(({ destination, ports }) => ports.some((port) => fits(call, port, destination, host)))
                .map(({ destination }) => destination),
            ),
          ),
        ),
      ];
    },
  };
}

/** Metrics know no kind. */
function nameOf({ namespace, name }: Workload): string {
  return `${namespace}/${name}`;
}

/** The hosts and ports by which metrics may count a call: its own, and those of the clusters that it is sent to. */
function placesOf({ host, port }: Destination, before: CallOutcome | null): ReadonlyMap<string, readonly number[]> {
  const places = new Map([[host, [port]]]);
  const clusters = before ? [...before.clusters, ...before.branches.flatMap((branch) => branch.clusters)] : [];
  for (const cluster of clusters) {
    const key = parseClusterName(cluster);
    if (key === null) continue;
    const known = places.get(key.hostname);
    if (known) known.push(key.port);
    else places.set(key.hostname, [key.port]);
  }
  return places;
}

/** Where no cluster has taken a call, its host is as the application has written it; in a table, as its author has. */
function hostsIn({ host }: SeenCall, { namespace }: Workload, clusterDomain: string): readonly string[] {
  if (host === null) return [];
  return [
    host,
    `${host}.${namespace}.svc.${clusterDomain}`,
    `${host}.svc.${clusterDomain}`,
    `${host}.${clusterDomain}`,
  ];
}

function fits(call: SeenCall, port: number, destination: Destination, host: string): boolean {
  // What passed a sidecar by was sent to no cluster: only its own name tells.
  if (call.via !== null && !(destination.host === host && destination.port === port)) return false;
  if (call.port !== null && call.port !== port) return false;
  return (call.protocol === 'http') === (destination.protocol === 'http');
}

/** Why a workload's silence tells nothing; null where it tells that a call is not made. */
function silenceOf(
  { callers, to }: TrafficEvidence,
  workload: Workload,
  calls: readonly SeenCall[],
  before: Pick<CallOutcome, 'verdict' | 'clusters'> | null,
): string | null {
  const caller = callers.get(nameOf(workload));
  if (caller === undefined) return 'no sidecar of this workload reports its calls';
  if (caller.leftOut !== undefined) return 'not all that tells of the calls of this workload was understood';
  if (to - caller.since < SHORTEST_REPORT) return 'this workload reports its calls for less than a day';
  const verdict = before?.verdict ?? 'absent';
  // What a route answers by itself is sent to nobody.
  if (NAMED.has(verdict) && before!.clusters.length > 0) return null;
  if (!UNNAMED.has(verdict)) return 'metrics name no host of such calls';
  const isNameless = ({ via, host }: SeenCall): boolean => via !== null && (host === null || /^[\d.]+$/.test(host));
  return calls.some(isNameless) ? 'this workload makes calls of which metrics name no host' : null;
}
