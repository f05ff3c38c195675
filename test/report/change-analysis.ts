import type { Cause, ChangeAnalysis, EdgeChange } from '../../src/reachability/change.js';
import type { Destination, WorkloadRef } from '../../src/reachability/egress-reachability.js';

export const MY_SHELL: WorkloadRef = { namespace: 'default', kind: 'Pod', name: 'my-shell' };

export const SIDECAR_CAUSE: Cause = {
  kind: 'Sidecar',
  namespace: 'default',
  name: 'default',
  path: 'default/sidecar.yaml',
  line: 3,
  explanation: 'Sidecar default/default is new and imports only ./* and istio-system/*.',
  side: 'after',
};

export function destination(host: string, port = 9080, protocol: Destination['protocol'] = 'http'): Destination {
  return { host, port, protocol };
}

/** A change of one workload to one destination, from meshed to unmeshed; `over` says what is otherwise. */
export function edgeChange(over: Partial<EdgeChange> = {}): EdgeChange {
  return {
    workloads: [MY_SHELL],
    destinations: [destination('reviews.bookinfo.svc.cluster.local')],
    before: 'meshed',
    after: 'unmeshed',
    need: 'unknown',
    severity: 'failure',
    causes: [SIDECAR_CAUSE],
    references: [],
    ...over,
  };
}

/** An analysis without anything to say; `over` says what is otherwise. */
export function changeAnalysis(over: Partial<ChangeAnalysis> = {}): ChangeAnalysis {
  return {
    istioVersion: '1.30',
    verdict: 'pass',
    reasons: [],
    changes: [],
    workloads: { added: [], removed: [] },
    rejected: [],
    diagnostics: [],
    coverage: { filesRead: 9, filesSkipped: 0, resources: 30, notModelled: [] },
    endpointTables: [],
    ...over,
  };
}
