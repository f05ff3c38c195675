import type { TrafficEvidence } from './evidence/traffic-evidence.js';
import type { JudgedTree } from './judge-tree.js';
import type { KubernetesObject } from './kubernetes/manifest.js';
import type { Workload } from './kubernetes/workload.js';
import type { ServiceIndex } from './istio/service-index.js';
import { selectSidecar } from './istio/sidecar.js';
import { memoize } from './kubernetes/memoize.js';
import { once } from './kubernetes/once.js';
import { callJudge } from './reachability/call-judge.js';
import type { ChangeParts } from './reachability/change-parts.js';
import { ruleFinder } from './reachability/decisive-rule.js';
import type { DescribeContext } from './reachability/describe-changes.js';
import type { FoundCauses } from './reachability/described-change.js';
import { destinationKey, probedHost, targetResolver } from './reachability/destination.js';
import { destinationExists, listedDestinations, type ListedDestinations } from './reachability/destination-exists.js';
import type { Destination } from './reachability/egress-reachability.js';
import { workloadKey, type EvaluatedGroup } from './reachability/evaluate-mesh.js';
import type { ExplainContext } from './reachability/explained-difference.js';
import { causeFinder } from './reachability/find-causes.js';
import { followCall, type CallOutcome } from './reachability/follow-call.js';
import { ownServices, type MeshNeeds } from './reachability/need.js';
import { readSightings } from './reachability/sightings.js';
import type { Renamings } from './reachability/renamed-workloads.js';
import type { HostContext } from './reachability/sidecar-host-lines.js';

/** What says of every difference between two judged trees who has it, how much it is needed, and what causes it. */
export function describeTrees(
  before: JudgedTree,
  after: JudgedTree,
  parts: ChangeParts,
  needs: { readonly before: MeshNeeds; readonly after: MeshNeeds },
  { formerOf }: Renamings,
  { ownersOf, concreteOf }: HostContext,
  evidence?: TrafficEvidence,
): DescribeContext {
  const listed = listedDestinations(before.push, after.push);
  const outcomeBefore = callOutcomes(before, listed);
  return {
    needsBefore: needs.before,
    needsAfter: needs.after,
    ownHosts: ownServices([before.push, after.push]),
    formerOf,
    sightings: evidence ? readSightings(evidence, before.push.clusterDomain) : null,
    isRegistered: (host) => ownersOf(concreteOf(host)).size > 0,
    causes: causeFinder({ before: before.push, after: after.push }, parts, formerOf),
    governing: (workload) => governingSidecar(after, workload),
    isDeliberate: (workload, causes) => isDeliberate(after, workload, causes),
    before: (workload, destination) => outcomeBefore(formerOf(workload), destination),
    after: callOutcomes(after, listed),
  };
}

const NOBODY: ReadonlySet<string> = new Set();

/** What explaining the causes needs to know of both meshes. */
export function explainContext(before: JudgedTree, after: JudgedTree): ExplainContext {
  const sides = [...new Set([before.push.services, after.push.services])];
  const hosts = once(() => sides.map(hostsOf));
  const ownersOf: ExplainContext['ownersOf'] = memoize((host) => {
    const [first = NOBODY, ...others] = hosts().flatMap(({ owners }) => owners.get(host) ?? []);
    return others.length === 0 ? first : new Set([first, ...others].flatMap((each) => [...each]));
  });
  const concreteOf: ExplainContext['concreteOf'] = (host) =>
    hosts().reduce((found, { concrete }) => concrete.get(host) ?? found, host);
  let judges: ReturnType<ExplainContext['calls']> | undefined;
  const calls: ExplainContext['calls'] = () =>
    (judges ??= { before: callJudge(before.push), after: callJudge(after.push) });
  return {
    before: before.push,
    after: after.push,
    ownersOf,
    hostsOwnedBy: memoize((namespace) => {
      const named = hosts().flatMap(({ owned, concrete }) => [...(owned.get(namespace) ?? []), ...concrete.keys()]);
      return [...new Set(named)].filter((host) => ownersOf(concreteOf(host)).has(namespace));
    }),
    concreteOf,
    excludesHosts: after.behavior.excludesHosts,
    calls,
    decisiveRule: ruleFinder(
      before.push,
      () => calls().after,
      (behavior) => after.rebuild(after.admitted.live, undefined, behavior),
    ),
  };
}

/** What the hosts of a mesh's services are. */
interface Hosts {
  /** The namespaces that have a host. */
  readonly owners: ReadonlyMap<string, ReadonlySet<string>>;
  /** By namespace, the hosts that it has. */
  readonly owned: ReadonlyMap<string, readonly string[]>;
  /** The hosts that others are other names of. */
  readonly concrete: ReadonlyMap<string, string>;
}

const hostsOfServices = new WeakMap<ServiceIndex, Hosts>();

function hostsOf(services: ServiceIndex): Hosts {
  let hosts = hostsOfServices.get(services);
  if (!hosts) hostsOfServices.set(services, (hosts = readHosts(services)));
  return hosts;
}

function readHosts({ all }: ServiceIndex): Hosts {
  const owners = new Map<string, Set<string>>();
  const owned = new Map<string, string[]>();
  const concrete = new Map<string, string>();
  for (const { hostname, namespace, aliases } of all) {
    const host = probedHost(hostname);
    const known = owners.get(host);
    if (known) known.add(namespace);
    else owners.set(host, new Set([namespace]));
    const own = owned.get(namespace);
    if (own) own.push(host);
    else owned.set(namespace, [host]);
    for (const alias of aliases) concrete.set(alias.hostname, hostname);
  }
  return { owners, owned, concrete };
}

/** Where calls end in a judged tree; null for a workload or destination that it does not have. Answers for mesh-wide destinations are
 * there already; others are judged once for all workloads that are alike.
 *
 * @param listed the destinations of all trees that are compared. */
export function callOutcomes(
  { push, evaluated, checkpoint }: Pick<JudgedTree, 'push' | 'evaluated' | 'checkpoint'>,
  listed: ListedDestinations,
): (workload: Workload, destination: Destination) => CallOutcome | null {
  const others = new Map<EvaluatedGroup, Map<string, CallOutcome>>();
  const exists = destinationExists(push, listed);
  const resolve = targetResolver(push);
  return (workload, destination) => {
    checkpoint();
    const group = evaluated.groupOf.get(workloadKey(workload));
    if (!group) return null;
    const place = evaluated.placeOf(destination);
    if (place !== undefined) return evaluated.outcomes[group.outcomes().at(place)]!;
    if (!exists(destination)) return null;
    const key = destinationKey(destination);
    const known = others.get(group) ?? new Map<string, CallOutcome>();
    others.set(group, known);
    const outcome = known.get(key) ?? followCall(group.config(), resolve(destination));
    known.set(key, outcome);
    return outcome;
  };
}

function governingSidecar({ push }: JudgedTree, { namespace, kind, name }: Workload): KubernetesObject | null {
  const member = push.workloads.find(
    ({ workload }) => workload.namespace === namespace && workload.kind === kind && workload.name === name,
  );
  if (!member?.injection.injected) return null;
  return selectSidecar(push.sidecars, namespace, member.workload.labels)?.object ?? null;
}

/** Whoever writes a Sidecar for selected workloads means to narrow what these reach. */
function isDeliberate({ push }: JudgedTree, { namespace, labels }: Workload, causes: FoundCauses): boolean {
  const sidecar = selectSidecar(push.sidecars, namespace, labels);
  const selector = sidecar?.spec.selector ?? {};
  return (
    Object.keys(selector).length > 0 &&
    causes.sets.flat().some(({ after }) => after !== null && after === sidecar?.object)
  );
}
