import type { Cause, ChangeAnalysis, EdgeChange, Sighting } from '../../src/reachability/change.js';
import { SKIP_REASONS } from '../../src/kubernetes/ledger.js';
import { NOTHING_READ, type Ledger } from '../../src/reachability/ledger.js';
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

/** What was seen of `edgeChange`. */
export const SEEN: Sighting = {
  kind: 'seen',
  edges: [
    {
      workload: 'default/Pod/my-shell',
      destination: 'reviews.bookinfo.svc.cluster.local:9080/http',
      call: {
        ...{ from: 'default/my-shell', host: 'reviews.bookinfo.svc.cluster.local', port: null, protocol: 'http' },
        ...{ via: null, perMinute: 1200, lastSeen: Date.UTC(2031, 0, 14) },
      },
    },
  ],
};

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
    ledger: { ...NOTHING_READ, filesRead: 9, resources: 30 },
    endpointTables: [],
    ...over,
  };
}

/** A ledger with something in every part of it; every name is the given one. */
export function fullLedger(name: string): Ledger {
  const root = { path: name, meshes: [name], objects: 3 } as const;
  return {
    filesRead: 1,
    resources: 1,
    notModelled: Array.from({ length: 20 }, () => name),
    roots: [
      { ...root, kind: 'plain', tools: [], failure: null },
      { ...root, kind: 'kustomize', tools: ['kustomize v5.8.1'], failure: null },
      { ...root, kind: 'helm', tools: ['Helm v4.2.3'], failure: null },
      { ...root, kind: 'helm', tools: [], failure: 'rendering-refused' },
    ],
    skipped: SKIP_REASONS.map((reason) => ({ reason, paths: Array.from({ length: 40 }, () => name) })),
    unknownHosts: [{ host: name, workloads: 2, path: name, line: 3 }],
    snapshot: { path: name, age: 'It was taken 3 days ago.', objects: 4 },
    evidence: {
      ...{ path: name, source: 'prometheus', from: '2031-01-01T00:00:00Z', to: '2031-01-15T00:00:00Z' },
      ...{ age: '3 hours old', coverage: '14 days; 2 workloads of 1 namespace report their calls' },
    },
  };
}
