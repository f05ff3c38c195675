import type { PushContext } from '../istio/push-context.js';
import { selectSidecar } from '../istio/sidecar.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { Workload } from '../kubernetes/workload.js';
import { callJudge, type CallJudge } from './call-judge.js';
import { destinationExists } from './destination-exists.js';
import { compareOutcomes, type EdgeDelta } from './edge-deltas.js';
import type { Destination } from './egress-reachability.js';
import { workloadKey } from './evaluate-mesh.js';

/** The mesh after the change, but for some of the changed objects. */
export interface Counterfactual {
  /** The change without one object. */
  readonly without: (changed: ChangedObject) => PushContext;
  /** One object of the change alone. */
  readonly alone: (changed: ChangedObject) => PushContext;
}

/** Kinds that cannot decide where a call goes: they are never asked about. */
const HARMLESS: ReadonlySet<string> = new Set([
  'AuthorizationPolicy',
  'ClusterRole',
  'ClusterRoleBinding',
  'HorizontalPodAutoscaler',
  'Ingress',
  'NetworkPolicy',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'Role',
  'RoleBinding',
  'Secret',
  'ServiceAccount',
  'Telemetry',
]);

/** Beyond so many questions only the objects that govern the call are named, unasked. */
const MOST_QUESTIONS = 60_000;

/**
 * Names the changed objects that make a difference: without one of them the call would end as it did before; where each of
 * several would do the harm by itself, those which do it alone; and where only several together do, all that are left.
 */
export function causeFinder(
  changes: readonly ChangedObject[],
  meshes: { readonly before: PushContext; readonly after: PushContext },
  counterfactual: Counterfactual,
): (workload: Workload, destination: Destination, delta: EdgeDelta) => readonly ChangedObject[] {
  const candidates = changes.filter(({ before, after }) => !HARMLESS.has((after ?? before)!.kind));
  const judges = { before: memoizedJudge(meshes.before), after: memoizedJudge(meshes.after) };
  const without = memoize((changed: ChangedObject) => memoizedJudge(counterfactual.without(changed)));
  const alone = memoize((changed: ChangedObject) => memoizedJudge(counterfactual.alone(changed)));
  let questions = 0;
  return (workload, destination, delta) => {
    if (candidates.length <= 1) return candidates;
    const relevant = candidates.filter((changed) => mayMatter(changed, workload, destination));
    if (relevant.length <= 1) return relevant.length === 1 ? relevant : candidates;
    questions += relevant.length;
    if (questions > MOST_QUESTIONS) return governing(relevant, workload, meshes);
    const key = workloadKey(workload);
    const differs = (from: JudgedMesh, to: JudgedMesh): boolean =>
      compareOutcomes(from.outcome(key, destination) ?? null, to.outcome(key, destination) ?? null).some((d) => sameDelta(d, delta));
    // Without the object the difference is gone: it is needed for it.
    const needed = relevant.filter((changed) => !differs(judges.before, without(changed)));
    if (needed.length > 0) return needed;
    // Several do the same harm: each does it alone.
    const sufficient = relevant.filter((changed) => differs(judges.before, alone(changed)));
    return sufficient.length > 0 ? sufficient : relevant;
  };
}

interface JudgedMesh {
  /** Null where the mesh does not have the destination (or the workload). */
  readonly outcome: (workload: string, destination: Destination) => ReturnType<CallJudge['judge']> | null;
}

function memoizedJudge(push: PushContext): JudgedMesh {
  const judge = callJudge(push);
  const exists = destinationExists(push);
  return {
    outcome: (workload, destination) => (exists(destination) ? (judge.judge(workload, destination) ?? null) : null),
  };
}

function sameDelta(a: EdgeDelta, b: EdgeDelta): boolean {
  return (
    a.branch === b.branch &&
    a.before === b.before &&
    a.after === b.after &&
    a.rerouted?.after.join() === b.rerouted?.after.join()
  );
}

/** A workload's own manifest decides its own calls and those to it; a Service's those to its host. */
function mayMatter({ before, after }: ChangedObject, workload: Workload, destination: Destination): boolean {
  const object = (after ?? before)!;
  const { kind, metadata } = object;
  if (kind === 'Service') return true;
  if (kind === 'ConfigMap') return metadata.name === 'istio' || metadata.name.startsWith('istio-');
  const isWorkload = ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Rollout'].includes(kind);
  if (!isWorkload) return true;
  const isCaller = workload.kind === kind && workload.name === metadata.name && workload.namespace === metadata.namespace;
  return isCaller || destination.host.includes(`.${metadata.namespace}.svc.`) || !destination.host.includes('.svc.');
}

/** The changed objects that stand over a call: the Sidecar that governs it, or did. */
function governing(
  relevant: readonly ChangedObject[],
  workload: Workload,
  { before, after }: { readonly before: PushContext; readonly after: PushContext },
): readonly ChangedObject[] {
  const sidecars = [before, after].map((push) => selectSidecar(push.sidecars, workload.namespace, workload.labels)?.object);
  const named = relevant.filter((changed) => sidecars.includes(changed.before ?? undefined) || sidecars.includes(changed.after ?? undefined));
  return named.length > 0 ? named : relevant;
}

function memoize<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}
