import { buildSidecarScope } from '../../src/istio/sidecar-scope.js';
import { selectSidecar } from '../../src/istio/sidecar.js';
import type { JudgedTree } from '../../src/judge-tree.js';
import { destinationKey, targetResolver } from '../../src/reachability/destination.js';
import { narrowingOf, workloadKey } from '../../src/reachability/evaluate-mesh.js';
import { followCall, type CallOutcome } from '../../src/reachability/follow-call.js';
import { proxyConfiguration } from '../../src/reachability/proxy-configuration.js';

/**
 * Where a judged tree, or a call in as much of a configuration as bears on it, says otherwise than each call that is followed by itself
 * in the whole configuration of its caller.
 */
export function differences({ push, evaluated }: JudgedTree): string[] {
  const resolve = targetResolver(push);
  const narrowing = narrowingOf(push);
  const found: string[] = [];
  for (const member of push.workloads) {
    const { namespace, labels } = member.workload;
    const sidecar = member.injection.injected ? selectSidecar(push.sidecars, namespace, labels) : null;
    const config = proxyConfiguration(push, buildSidecarScope(push, sidecar, namespace), member);
    const key = workloadKey(member.workload);
    const row = evaluated.groupOf.get(key)!.outcomes().toArray();
    for (const [index, destination] of evaluated.destinations.entries()) {
      const plain = tell(followCall(config, resolve(destination)));
      const shared = tell(evaluated.outcomes[row[index]!]!);
      const narrow = tell(followCall(narrowing.narrow(config, destination), resolve(destination)));
      if (plain !== narrow)
        found.push(`${key} -> ${destinationKey(destination)}: ${narrow}, but in the whole ${plain}`);
      if (plain !== shared) found.push(`${key} -> ${destinationKey(destination)}: ${shared}, but by itself ${plain}`);
    }
  }
  return found;
}

function tell({ verdict, clusters, endpoints, branches }: CallOutcome): string {
  const behind = endpoints.map(
    ({ workload, address, port }) => `${workload ? workloadKey(workload) : address}:${port}`,
  );
  return JSON.stringify({ verdict, clusters, behind: behind.sort(), branches });
}
