import { analyzeChange } from '../../src/analyze-change.js';
import type { JsonObject, ManifestSet } from '../../src/kubernetes/manifest.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { recommendSidecar, type Recommendation } from '../../src/recommend-sidecar.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import { destinationKey } from '../../src/reachability/destination.js';
import type { Destination, EdgeProtocol, WorkloadRef } from '../../src/reachability/egress-reachability.js';
import { parseText, type ConformanceCase, type ExpectedSide } from './conformance-case.js';

/** How recommendations do in meshes of which the answers are known. */
export interface RecommendScore {
  recommended: number;
  refused: number;
  /** Needed calls, and what became of them. */
  kept: number;
  /** Host and port pairs that proxies know: as things are, and as recommended. */
  importsBefore: number;
  importsAfter: number;
  /** Recommendations with a line that stands for several hosts. */
  wildcards: number;
  /** With a line for each needed host, and nothing tried: the needed calls that end otherwise. */
  plainLosses: number;
  readonly problems: string[];
}

export function emptyScore(): RecommendScore {
  return {
    ...{ recommended: 0, refused: 0, kept: 0, importsBefore: 0, importsAfter: 0, wildcards: 0, plainLosses: 0 },
    problems: [],
  };
}

/** Takes every call that istiod says is meshed for needed, and recommends a Sidecar for each workload and each namespace. */
export function checkRecommendations(test: ConformanceCase, score: RecommendScore): void {
  const expected = test.expected.at(-1)!;
  for (const [text, side] of [
    [test.beforeText, expected.before],
    [test.afterText, expected.after],
  ] as const) {
    const meshed = meshedCalls(side);
    const namespaces = new Set([...meshed.keys()].map((key) => key.split('/')[0]!));
    const targets = [
      ...[...meshed.keys()].map((key) => ({ kind: 'workload', workload: refOf(key) }) as const),
      ...[...namespaces].map((namespace) => ({ kind: 'namespace', namespace }) as const),
    ];
    const manifests = parseText(text);
    for (const target of targets) {
      const result = recommendSidecar({
        ...{ manifests, target, policy: DEFAULT_POLICY },
        mesh: { istioVersion: expected.istio, probes: test.probes },
        needed: (workload) => meshed.get(keyOf(workload)) ?? [],
      });
      if (result.kind === 'refused') score.refused++;
      else {
        const { recommendation } = result;
        checkOne(`${test.name} ${JSON.stringify(target)}`, recommendation, meshed, score);
        const plain = plainSidecar(manifests, recommendation, meshed);
        const mesh = { istioVersion: expected.istio, probes: test.probes };
        const change = analyzeChange({ before: manifests, after: plain, mesh, policy: DEFAULT_POLICY });
        score.plainLosses += lostCalls(change, recommendation.workloads, meshed).length;
      }
    }
  }
}

function checkOne(
  label: string,
  { change, edit, imports, wildcards, kept, workloads }: Recommendation,
  meshed: ReadonlyMap<string, readonly Destination[]>,
  score: RecommendScore,
): void {
  score.recommended++;
  score.kept += kept;
  score.importsBefore += imports.before;
  score.importsAfter += imports.after;
  if (edit !== null && wildcards.length > 0) score.wildcards++;
  if (imports.after > imports.before) score.problems.push(`${label}: imports more`);
  const governed = new Set(workloads.map(keyOf));
  const touched = change.changes.flatMap((each) => each.workloads.map(keyOf)).filter((key) => !governed.has(key));
  for (const key of new Set(touched)) score.problems.push(`${label}: touches ${key}, which it does not govern`);
  for (const lost of lostCalls(change, workloads, meshed)) score.problems.push(`${label}: ${lost}`);
}

/** The needed calls of some workloads that a change makes end otherwise. */
function lostCalls(
  { changes }: ChangeAnalysis,
  workloads: readonly WorkloadRef[],
  meshed: ReadonlyMap<string, readonly Destination[]>,
): string[] {
  const needed = new Set(
    workloads.map(keyOf).flatMap((key) => (meshed.get(key) ?? []).map((call) => `${key} ${destinationKey(call)}`)),
  );
  const lost = changes.flatMap(({ workloads: of, destinations, before, after }) =>
    of.flatMap((workload) =>
      destinations.flatMap((destination) => {
        const pair = `${keyOf(workload)} ${destinationKey(destination)}`;
        return needed.has(pair) ? `${pair}: ${before} → ${after}` : [];
      }),
    ),
  );
  return [...new Set(lost)];
}

/** What a generator writes that takes each needed host's namespace from its name, or from the first ServiceEntry of it. */
function plainSidecar(
  manifests: ManifestSet,
  { body, namespace, name, workloads }: Recommendation,
  meshed: ReadonlyMap<string, readonly Destination[]>,
): ManifestSet {
  const entries = manifests.objects.filter(({ kind }) => kind === 'ServiceEntry');
  const hosts = new Set(workloads.flatMap((workload) => (meshed.get(keyOf(workload)) ?? []).map(({ host }) => host)));
  const lines = [...hosts].sort().map((host) => {
    const entry = entries.find(({ body: { spec } }) => (spec as { hosts: string[] }).hosts.includes(host));
    return `${entry?.metadata.namespace ?? host.split('.')[1]!}/${host}`;
  });
  const spec = { ...(body['spec'] as JsonObject), egress: [{ hosts: lines.length === 0 ? ['~/*'] : lines }] };
  const added = parseText(JSON.stringify({ ...body, spec })).objects;
  const others = manifests.objects.filter(({ kind, metadata }) => {
    return kind !== 'Sidecar' || metadata.namespace !== namespace || metadata.name !== name;
  });
  return { ...manifests, objects: [...others, ...added] };
}

function meshedCalls({ workloads }: ExpectedSide): ReadonlyMap<string, readonly Destination[]> {
  return new Map(
    Object.entries(workloads)
      .filter(([, { injected }]) => injected)
      .map(([key, { edges = {} }]) => [
        key,
        Object.entries(edges).flatMap(([name, edge]) => {
          const verdict = typeof edge === 'string' ? edge : edge.verdict;
          return verdict === 'meshed' ? [destinationOf(name)] : [];
        }),
      ]),
  );
}

function destinationOf(name: string): Destination {
  const match = /^(.+):(\d+)\/(http|tls|tcp)$/.exec(name)!;
  return { host: match[1]!, port: Number(match[2]), protocol: match[3] as EdgeProtocol };
}

function keyOf({ namespace, kind, name }: WorkloadRef): string {
  return `${namespace}/${kind}/${name}`;
}

function refOf(key: string): WorkloadRef {
  const [namespace, kind, name] = key.split('/') as [string, string, string];
  return { namespace, kind, name };
}
