import type { TrafficEvidence } from './evidence/traffic-evidence.js';
import { judgeMesh, type MeshInput } from './judge-mesh.js';
import { callJudge } from './reachability/call-judge.js';
import type { Destination, WorkloadRef } from './reachability/egress-reachability.js';
import { workloadKey } from './reachability/evaluate-mesh.js';
import { readSightings } from './reachability/sightings.js';

/** The calls of each workload that traffic evidence shows, as destinations of a mesh: what was counted before the window as well. */
export function observedCalls(
  input: MeshInput,
  evidence: TrafficEvidence,
): (workload: WorkloadRef) => readonly Destination[] {
  const { push, evaluated } = judgeMesh(input);
  const judge = callJudge(push);
  const sightings = readSightings(evidence, push.clusterDomain);
  const members = new Map(push.workloads.map(({ workload }) => [workloadKey(workload), workload]));
  return (asked) => {
    const key = workloadKey(asked);
    const workload = members.get(key);
    if (!workload) return [];
    const amongst = sightings.amongst(evaluated.destinations, (destination) => judge.judge(key, destination) ?? null);
    return amongst(workload);
  };
}
