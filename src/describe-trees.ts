import type { JudgedTree } from './judge-tree.js';
import type { KubernetesObject } from './kubernetes/manifest.js';
import type { Workload } from './kubernetes/workload.js';
import type { Service } from './istio/service.js';
import { selectSidecar } from './istio/sidecar.js';
import { once } from './kubernetes/once.js';
import { callJudge } from './reachability/call-judge.js';
import type { ChangeParts } from './reachability/change-parts.js';
import { ruleFinder } from './reachability/decisive-rule.js';
import type { DescribeContext } from './reachability/describe-changes.js';
import type { FoundCauses } from './reachability/described-change.js';
import { destinationKey, probedHost, targetResolver } from './reachability/destination.js';
import { destinationExists, listedDestinations } from './reachability/destination-exists.js';
import type { Destination } from './reachability/egress-reachability.js';
import { workloadKey, type EvaluatedGroup } from './reachability/evaluate-mesh.js';
import type { ExplainContext } from './reachability/explained-difference.js';
import { causeFinder } from './reachability/find-causes.js';
import { followCall, type CallOutcome } from './reachability/follow-call.js';
import { ownServices, type MeshNeeds } from './reachability/need.js';
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
): DescribeContext {
  const listed = listedDestinations(before.push, after.push);
  const outcomeBefore = callOutcomes(before, listed);
  return {
    needsBefore: needs.before,
    needsAfter: needs.after,
    ownHosts: ownServices([before.push, after.push]),
    formerOf,
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
  const services = once(() => [before.push, after.push].flatMap((push) => push.services.all));
  const owners = once(() => ownersByHost(services()));
  const concrete = once(
    () =>
      new Map(
        services().flatMap(({ hostname, aliases }) => aliases.map((alias) => [alias.hostname, hostname] as const)),
      ),
  );
  const owned = once(() => {
    const hosts = new Map<string, string[]>();
    for (const host of new Set([...owners().keys(), ...concrete().keys()])) {
      for (const namespace of owners().get(concrete().get(host) ?? host) ?? []) {
        const known = hosts.get(namespace);
        if (known) known.push(host);
        else hosts.set(namespace, [host]);
      }
    }
    return hosts;
  });
  let judges: ReturnType<ExplainContext['calls']> | undefined;
  const calls: ExplainContext['calls'] = () =>
    (judges ??= { before: callJudge(before.push), after: callJudge(after.push) });
  return {
    before: before.push,
    after: after.push,
    ownersOf: (host) => owners().get(host) ?? NOBODY,
    hostsOwnedBy: (namespace) => owned().get(namespace) ?? [],
    concreteOf: (host) => concrete().get(host) ?? host,
    excludesHosts: after.behavior.excludesHosts,
    calls,
    decisiveRule: ruleFinder(
      before.push,
      () => calls().after,
      (behavior) => after.rebuild(after.admitted.live, undefined, behavior),
    ),
  };
}

/** The namespaces that have a host. */
function ownersByHost(services: readonly Service[]): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { hostname, namespace } of services) {
    const host = probedHost(hostname);
    const known = owners.get(host);
    if (known) known.add(namespace);
    else owners.set(host, new Set([namespace]));
  }
  return owners;
}

/** Where calls end in a judged tree; null for a workload or destination that it does not have. Answers for mesh-wide destinations are
 * there already; others are judged once for all workloads that are alike.
 *
 * @param listed the destinations of all trees that are compared. */
export function callOutcomes(
  { push, evaluated, checkpoint }: Pick<JudgedTree, 'push' | 'evaluated' | 'checkpoint'>,
  listed: ReadonlySet<string>,
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
