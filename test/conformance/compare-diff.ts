import type { ChangeAnalysis } from '../../src/reachability/change.js';
import type { ExpectedEdge, ExpectedSide } from './conformance-case.js';

/** Verdicts whose clusters are part of the answer. */
const ROUTED = new Set(['meshed', 'no-endpoints', 'misrouted']);

interface Plain {
  readonly verdict: string;
  readonly clusters: string;
}

function plain(name: string, edge: ExpectedEdge | undefined): Plain {
  if (edge === undefined) return { verdict: 'absent', clusters: '' };
  const [, host, port] = /^(.+):(\d+)\//.exec(name)!;
  if (typeof edge === 'string') return { verdict: edge, clusters: `outbound|${port!}||${host!}` };
  return { verdict: edge.verdict, clusters: [...(edge.clusters ?? [])].sort().join() };
}

function edgesOf(side: ExpectedSide, key: string, probes: ReadonlySet<string>): Map<string, ExpectedEdge> {
  const workload = side.workloads[key]!;
  if (workload.injected) return new Map(Object.entries(workload.edges ?? {}));
  // A workload without a sidecar has every edge past the mesh.
  const names = Object.values(side.workloads).flatMap((other) => Object.keys(other.edges ?? {}));
  return new Map([...names, ...probes].map((name) => [name, 'bypass']));
}

/** What a comparison of both sides must list: `workload -> destination: before -> after`, a line each. */
export function expectedDifferences(
  before: ExpectedSide,
  live: ExpectedSide,
  probes: ReadonlySet<string>,
): Set<string> {
  const lines = new Set<string>();
  for (const key of Object.keys(live.workloads)) {
    if (!(key in before.workloads)) continue;
    const old = edgesOf(before, key, probes);
    const now = edgesOf(live, key, probes);
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [b, a] = [plain(name, old.get(name)), plain(name, now.get(name))];
      if (b.verdict !== a.verdict) lines.add(`${key} -> ${name}: ${b.verdict} -> ${a.verdict}`);
      else if (ROUTED.has(b.verdict) && b.clusters !== a.clusters) {
        lines.add(`${key} -> ${name}: ${b.verdict} rerouted ${b.clusters} -> ${a.clusters}`);
      }
    }
  }
  return lines;
}

/** The same lines from an analysis; a pair that is listed twice is an error. Branches are apart. */
export function listedDifferences({ changes }: ChangeAnalysis): Set<string> {
  const lines = new Set<string>();
  const pairs = new Set<string>();
  for (const { workloads, destinations, before, after, rerouted, branch } of changes) {
    for (const { namespace, kind, name } of workloads) {
      for (const { host, port, protocol } of destinations) {
        const pair = `${namespace}/${kind}/${name} -> ${host}:${port}/${protocol}`;
        const unique = `${pair} ${branch ?? ''}`;
        if (pairs.has(unique)) throw new Error(`listed twice: ${unique}`);
        pairs.add(unique);
        if (branch !== undefined) continue;
        const text = rerouted
          ? `${before} rerouted ${rerouted.before.join()} -> ${rerouted.after.join()}`
          : `${before} -> ${after}`;
        lines.add(`${pair}: ${text}`);
      }
    }
  }
  return lines;
}
