import type { ChangeAnalysis, EdgeChange } from '../../src/reachability/change.js';
import type { Destination, WorkloadRef } from '../../src/reachability/egress-reachability.js';
import { changeAnalysis } from './change-analysis.js';

/**
 * A mesh of namespaces with services, in which every namespace gets a Sidecar for itself alone: every workload loses all that is
 * elsewhere, and fails for the one service of the next namespace that it names.
 */
export function largeChange(namespaces: number, services: number): ChangeAnalysis {
  const spaces = Array.from({ length: namespaces }, (_unused, index) => `team-${String(index).padStart(3, '0')}`);
  const names = Array.from({ length: services }, (_unused, index) => `service-${index}`);
  const workloadsOf = spaces.map((namespace) =>
    names.map((name): WorkloadRef => ({ namespace, kind: 'Deployment', name })),
  );
  const destinationsOf = spaces.map((space) =>
    names.map((name): Destination => ({ host: `${name}.${space}.svc.cluster.local`, port: 8080, protocol: 'http' })),
  );
  const changes = spaces.flatMap((space, index): readonly EdgeChange[] => {
    const next = (index + 1) % namespaces;
    const causes = [
      {
        kind: 'Sidecar',
        namespace: space,
        name: 'default',
        path: `teams/${space}/sidecar.yaml`,
        line: 9,
        explanation: `Sidecar ${space}/default is new; nothing it lists matches these hosts.`,
        side: 'after' as const,
      },
    ];
    const shared = { before: 'meshed', after: 'unmeshed', causes } as const;
    const named = names.map((name, place) => ({
      ...shared,
      workloads: [workloadsOf[index]![place]!],
      destinations: [destinationsOf[next]![place]!],
      need: 'referenced' as const,
      severity: 'failure' as const,
      references: [
        {
          path: `teams/${space}/${name}.yaml`,
          line: 31,
          text: `http://${name}.${spaces[next]!}:8080`,
          where: 'env NEXT_URL of container app',
          heldBy: `apps/Deployment/${space}/${name}`,
        },
      ],
    }));
    const others = {
      ...shared,
      workloads: workloadsOf[index]!,
      destinations: destinationsOf.filter((_unused, other) => other !== index && other !== next).flat(),
      need: 'potential' as const,
      severity: 'notice' as const,
      references: [],
    };
    return [...named, others];
  });
  return changeAnalysis({
    verdict: 'fail',
    reasons: [`${namespaces * services} edges that may be needed get worse.`],
    changes,
    owners: workloadsOf.flat().map((workload) => ({
      workload,
      path: `${workload.namespace}/${workload.name}.yaml`,
      owners: [`@acme/${workload.namespace}`],
      causedBy: [],
    })),
    proxyLoads: [
      {
        workloads: workloadsOf.flat(),
        before: { clusters: namespaces * services, endpoints: namespaces * services },
        after: { clusters: services, endpoints: services },
      },
    ],
  });
}
