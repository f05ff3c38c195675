import type { Edge, MeshReach, ReachabilityGroup } from '../../src/reachability/egress-reachability.js';
import type { ExpectedEdge, ExpectedSide, ExpectedWorkload } from './conformance-case.js';

export interface Score {
  edges: { agreed: number; total: number };
  imports: { agreed: number; total: number };
  rejections: { agreed: number; total: number };
  readonly differences: string[];
}

export function emptyScore(): Score {
  return {
    edges: { agreed: 0, total: 0 },
    imports: { agreed: 0, total: 0 },
    rejections: { agreed: 0, total: 0 },
    differences: [],
  };
}

/** Verdicts whose clusters are part of the answer, as the cases' README has it. */
const CLUSTERS_COUNT = new Set(['meshed', 'no-endpoints', 'misrouted']);

/** Holds one side of a case against what the engine says of it. */
export function compareReach(label: string, expected: ExpectedSide, actual: MeshReach, score: Score): void {
  const groupOf = new Map<string, ReachabilityGroup>();
  for (const group of actual.groups) {
    for (const w of group.workloads) groupOf.set(`${w.namespace}/${w.kind}/${w.name}`, group);
  }
  const tally = (what: 'edges' | 'imports' | 'rejections', agreed: boolean, difference: () => string): void => {
    score[what].total++;
    if (agreed) score[what].agreed++;
    else score.differences.push(`${label} ${difference()}`);
  };
  const unexpected = [...groupOf.keys()].filter((key) => !(key in expected.workloads));
  if (unexpected.length > 0) tally('imports', false, () => `workloads nobody expects: ${unexpected.join(', ')}`);
  for (const [key, workload] of Object.entries(expected.workloads)) {
    const group = groupOf.get(key);
    compareScope(key, workload, group, tally);
    if (group && workload.edges) compareEdges(key, workload.edges, expected, group, tally);
  }
  const wanted = (expected.rejected ?? []).map((r) => `${r.object}: ${r.error}`).sort();
  const got = actual.rejected.map((r) => `${r.kind} ${r.namespace}/${r.name}: ${r.message}`).sort();
  for (const rejection of new Set([...wanted, ...got])) {
    const agreed = wanted.includes(rejection) && got.includes(rejection);
    tally('rejections', agreed, () => `rejection ${wanted.includes(rejection) ? 'missed' : 'too much'}: ${rejection}`);
  }
}

type Tally = (what: 'edges' | 'imports' | 'rejections', agreed: boolean, difference: () => string) => void;

function compareScope(
  key: string,
  expected: ExpectedWorkload,
  group: ReachabilityGroup | undefined,
  tally: Tally,
): void {
  if (group === undefined) {
    tally('imports', false, () => `${key}: missing`);
    return;
  }
  const sidecarName = group.sidecar ? `${key.split('/')[0] ?? ''}/${group.sidecar.name}` : null;
  const wanted = expected.injected
    ? [expected.injected, expected.sidecar, expected.outboundTrafficPolicy, [...(expected.imports ?? [])].sort()]
    : [false, null];
  const got = group.injected
    ? [group.injected, sidecarName, group.outboundTrafficPolicy, [...group.imports].sort()]
    : [false, null];
  const agreed = JSON.stringify(wanted) === JSON.stringify(got);
  tally(
    'imports',
    agreed,
    () => `${key}: scope\n    expected ${JSON.stringify(wanted)}\n    got      ${JSON.stringify(got)}`,
  );
}

function compareEdges(
  key: string,
  expected: Readonly<Record<string, ExpectedEdge>>,
  side: ExpectedSide,
  group: ReachabilityGroup,
  tally: Tally,
): void {
  const actual = new Map(group.edges.map((edge) => [`${edge.host}:${edge.port}/${edge.protocol}`, edge]));
  for (const name of new Set([...Object.keys(expected), ...actual.keys()])) {
    const edge = actual.get(name);
    const wanted = expected[name] === undefined ? 'no edge' : describeExpected(name, expected[name], side, edge);
    const got = edge === undefined ? 'no edge' : describeActual(edge, side);
    tally('edges', wanted === got, () => `${key} -> ${name}\n    expected ${wanted}\n    got      ${got}`);
  }
}

/** One line that holds everything of an edge that counts. */
function describeExpected(name: string, edge: ExpectedEdge, side: ExpectedSide, actual: Edge | undefined): string {
  const [, host, port] = /^(.+):(\d+)\//.exec(name) ?? [];
  const full = typeof edge === 'string' ? { verdict: edge } : edge;
  const own = [`outbound|${port ?? ''}||${host ?? ''}`];
  // What the proxy answers itself names no cluster; it stands under the host's own.
  const clusters = full.clusters ?? own;
  const endpoints = new Set(clusters.flatMap((cluster) => side.endpoints[cluster] ?? []));
  const branches = full.branches ?? {};
  const named = (actual?.branches ?? []).map(({ match, clusters: of }) => ({
    match,
    verdict: of.length === 0 ? 'any' : combine(of.map((cluster) => branches[cluster] ?? 'not expected')),
  }));
  return describe(full.verdict, clusters, [...endpoints], Object.keys(branches), named, side);
}

/** The verdict of a route to several clusters, each of which has its own. */
function combine(verdicts: readonly string[]): string {
  return ['not expected', 'unroutable', 'refused', 'meshed'].find((v) => verdicts.includes(v)) ?? verdicts[0] ?? '';
}

function describeActual(edge: Edge, side: ExpectedSide): string {
  const branches = edge.branches ?? [];
  const named = branches.map(({ match, clusters, verdict }) => ({
    match,
    verdict: clusters.length === 0 ? 'any' : verdict,
  }));
  const ofBranches = new Set(branches.flatMap(({ clusters }) => clusters));
  const endpoints = edge.endpoints.map((e) => ('address' in e ? e.address : `${e.namespace}/${e.kind}/${e.name}`));
  return describe(edge.verdict, edge.clusters, endpoints, [...ofBranches], named, side);
}

function describe(
  verdict: string,
  clusters: readonly string[],
  endpoints: readonly string[],
  branchClusters: readonly string[],
  branches: readonly { match: string; verdict: string }[],
  side: ExpectedSide,
): string {
  const compared = clusters.filter((cluster) => (side.endpoints[cluster] ?? []).length > 0);
  return JSON.stringify({
    verdict,
    clusters: CLUSTERS_COUNT.has(verdict) ? [...clusters].sort() : 'any',
    endpoints: verdict === 'meshed' && compared.length === clusters.length ? [...endpoints].sort() : 'any',
    branchClusters: [...branchClusters].sort(),
    branches,
  });
}
