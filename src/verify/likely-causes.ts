import type { ProxyDump } from '../envoy/proxy-dump.js';
import { parseClusterName } from '../istio/destination-cluster.js';
import type { JudgedTree } from '../judge-tree.js';
import type { ProxyConfiguration } from '../reachability/proxy-configuration.js';
import { hostOf, type Comparison, type FoundDifference } from './compare-with-dump.js';
import { modeOrigin, type Hypothesis } from './hypotheses.js';
import { isSameWorkload } from './attribute-endpoints.js';
import type { Difference, LikelyCause } from './verification.js';

interface Explanation {
  readonly cause: LikelyCause;
  readonly reason: string;
}

/** Whose differences are explained. */
interface Subject {
  readonly tree: JudgedTree;
  readonly config: ProxyConfiguration;
  readonly dump: ProxyDump;
}

/**
 * Says of each difference where it most likely comes from: first what one thing that is otherwise accounts for, then, of the rest, what
 * the difference itself tells.
 */
export function explainDifferences(
  found: readonly FoundDifference[],
  hypotheses: readonly Hypothesis[],
  compare: (config: ProxyConfiguration) => Comparison,
  subject: Subject,
): Difference[] {
  const explained = new Map<FoundDifference, Explanation>();
  let left = found;
  for (const { cause, reason, gone } of rankHypotheses(found, hypotheses, compare)) {
    for (const difference of left) if (gone.has(placeOf(difference))) explained.set(difference, { cause, reason });
    left = left.filter((difference) => !explained.has(difference));
  }
  const alone = {
    ...subject,
    sentHosts: new Set([...(subject.dump.clusters?.keys() ?? [])].filter(isOfService).map(hostOf)),
    differingHosts: new Set(
      found.filter(({ kind }) => kind === 'cluster' || kind === 'endpoint').map(({ host }) => host),
    ),
  };
  for (const difference of left) explained.set(difference, explainAlone(difference, alone));
  return found.map((difference) => {
    const { kind, subject: about, manifests, proxy } = difference;
    return { kind, subject: about, manifests, proxy, ...explained.get(difference)! };
  });
}

/** Where a difference is: what stays there under a hypothesis, be it another one, is not accounted for by it. */
function placeOf({ kind, subject, manifests, proxy }: FoundDifference): string {
  return JSON.stringify(kind === 'endpoint' ? [kind, subject, manifests, proxy] : [kind, subject]);
}

interface Accounted extends Explanation {
  /** The places of the differences that are gone under it. */
  readonly gone: ReadonlySet<string>;
}

/** Those that make differences go and none come, by how many go. */
function rankHypotheses(
  found: readonly FoundDifference[],
  hypotheses: readonly Hypothesis[],
  compare: (config: ProxyConfiguration) => Comparison,
): Accounted[] {
  const places = new Set(found.map(placeOf));
  const clusters = new Set(found.filter(({ kind }) => kind === 'cluster').map(({ subject }) => subject));
  const accounted: Accounted[] = [];
  for (const { cause, reason, configuration } of hypotheses) {
    const config = configuration();
    if (!config) continue;
    const under = compare(config).differences;
    const left = new Set(under.map(placeOf));
    // Of a cluster that only one had, endpoints could not be compared before.
    const isNew = (each: FoundDifference): boolean =>
      !places.has(placeOf(each)) && !(each.kind === 'endpoint' && clusters.has(each.subject));
    if (under.some(isNew)) continue;
    const gone = new Set([...places].filter((place) => !left.has(place)));
    if (gone.size > 0) accounted.push({ cause, reason, gone });
    // One that accounts for all is not to be outdone by a later one.
    if (left.size === 0) break;
  }
  return accounted.sort((a, b) => b.gone.size - a.gone.size);
}

function isOfService(cluster: string): boolean {
  return cluster.startsWith('outbound|');
}

interface SubjectAlone extends Subject {
  /** The hosts that the proxy has clusters of. */
  readonly sentHosts: ReadonlySet<string>;
  /** The hosts of whose clusters or endpoints something differs. */
  readonly differingHosts: ReadonlySet<string | null>;
}

function explainAlone(difference: FoundDifference, subject: SubjectAlone): Explanation {
  const { config } = subject;
  switch (difference.kind) {
    case 'injection':
      return {
        cause: 'injection',
        reason: 'In the cluster the namespace, the pods or the injector say otherwise than the manifests.',
      };
    case 'egress-mode':
      return {
        cause: 'egress-mode',
        reason: `The cluster has another mesh configuration, or a Sidecar with another outboundTrafficPolicy. ${modeOrigin(config)}`,
      };
    case 'sidecar':
      return { cause: 'sidecar', reason: tellSidecar(difference, config) };
    case 'cluster':
      return explainCluster(difference, subject);
    case 'endpoint':
      return explainEndpoint(difference, config);
    case 'edge':
      return explainEdge(difference, subject);
  }
}

/** Of the root namespace's Sidecar, istiod's record has the name alone. */
function tellSidecar({ proxy }: FoundDifference, { push, scope }: ProxyConfiguration): string {
  if (proxy === null) return 'In the cluster no Sidecar governs it.';
  const namespaces = [scope.namespace, push.meshConfig.rootNamespace];
  const isKnown = namespaces.some((namespace) =>
    push.sidecars.byNamespace.get(namespace)?.some(({ name }) => name === proxy),
  );
  return isKnown
    ? `In the cluster Sidecar ${proxy} governs it, which by the manifests does not: selectors, labels or ages differ.`
    : `In the cluster Sidecar ${proxy} governs it, which neither ${namespaces.join(' nor ')} has in the manifests.`;
}

function explainCluster(
  { subject: cluster, host, proxy }: FoundDifference,
  { config, sentHosts }: SubjectAlone,
): Explanation {
  const { push, scope } = config;
  const key = parseClusterName(cluster);
  const services = [...(push.services.byHostname.get(host ?? '')?.values() ?? [])];
  const [service] = services;
  if (proxy !== null) {
    if (service === undefined || key === null)
      return {
        cause: 'object-not-in-git',
        reason: `The manifests have no Service or ServiceEntry for ${host ?? cluster}.`,
      };
    if (!services.some(({ ports }) => ports.some(({ port }) => port === key.port)))
      return { cause: 'object-differs', reason: `By the manifests, ${host ?? ''} has no port ${key.port}.` };
    if (!scope.servicesByHostname.has(service.hostname)) {
      const why =
        scope.sidecar === null
          ? 'it is not exported to the workload’s namespace'
          : `Sidecar ${scope.sidecar.namespace}/${scope.sidecar.name} does not import it, or it is not exported to the workload’s namespace`;
      return { cause: 'sidecar', reason: `The manifests have it, but ${why}: in the cluster it is.` };
    }
    return key.subset === ''
      ? {
          cause: 'object-differs',
          reason: `By the manifests, ${host ?? ''} makes no such cluster: its object differs.`,
        }
      : {
          cause: 'object-differs',
          reason: `No DestinationRule of the manifests that applies has the subset ${key.subset}.`,
        };
  }
  return sentHosts.has(host ?? '')
    ? {
        cause: 'object-differs',
        reason: `The proxy has other clusters of ${host ?? cluster}: in the cluster its ports, or the subsets of its DestinationRule, are other ones.`,
      }
    : {
        cause: 'object-not-in-cluster',
        reason: `The cluster does not have ${host ?? cluster}, does not export it to the workload’s namespace, or has a Sidecar that leaves it out; or the proxy’s configuration is older.`,
      };
}

function explainEndpoint({ proxy, host, maker }: FoundDifference, { push }: ProxyConfiguration): Explanation {
  if (proxy === null)
    return {
      cause: 'object-not-in-cluster',
      reason: 'In the cluster, no pod of it is ready, it is not there, or its labels or ports are other ones.',
    };
  const known = maker && push.workloads.find(({ workload }) => isSameWorkload(workload, maker));
  return known
    ? {
        cause: 'object-differs',
        reason: `By the manifests, that workload is not behind this port of ${host ?? ''}: labels, selector or ports differ.`,
      }
    : {
        cause: 'object-not-in-git',
        reason: 'The manifests do not have what makes that pod, or what lists that address.',
      };
}

function explainEdge({ host }: FoundDifference, { tree, config, differingHosts }: SubjectAlone): Explanation {
  const { push, scope } = config;
  if (differingHosts.has(host))
    return {
      cause: 'object-differs',
      reason: 'It follows from what differs in the clusters or endpoints of the host.',
    };
  const filter = tree.admitted.live.find(
    ({ kind, metadata }) =>
      kind === 'EnvoyFilter' && [scope.namespace, push.meshConfig.rootNamespace].includes(metadata.namespace),
  );
  if (filter)
    return {
      cause: 'envoy-filter',
      reason: `EnvoyFilter ${filter.metadata.namespace}/${filter.metadata.name} may apply, and is not modelled.`,
    };
  return {
    cause: 'not-known',
    reason:
      'A VirtualService, DestinationRule, PeerAuthentication or Service may differ in the cluster, or an EnvoyFilter may apply there.',
  };
}
