import { analyzeMeshes, pairMeshes } from '../../src/analyze-meshes.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { ONLY_MESH, type ParsedFile } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { MeshFiles } from '../bench/bench-mesh.js';
import type { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import type { StoredPull } from '../github/stand-in/store.js';
import type { Kind, Team } from './teams.js';

const NAME = 'egress-scope';

interface Expected {
  readonly conclusion: string;
  readonly needsReview: boolean;
}

const WITHOUT_MANIFESTS: Expected = { conclusion: 'success', needsReview: false };
const known = new WeakMap<Team, Map<Kind, Expected>>();

/** What is wrong with what stands on GitHub, by analyses of the files themselves. */
export function problemsOfTeams(teams: readonly Team[], github: GitHubStandIn): readonly string[] {
  const login = `${github.world.app.slug}[bot]`;
  return teams.flatMap((team) => [
    ...[...team.people.store.pulls.values()].flatMap((pull) => {
      const problem = problemOf(team, pull, login);
      return problem === null ? [] : [`${team.people.fullName}#${pull.number}: ${problem}`];
    }),
    ...problemsOfFormerHeads(team),
  ]);
}

/** Nobody waits for the check run of a replaced head, and yet it is not to stay open. */
function problemsOfFormerHeads({ people: { fullName, store } }: Team): readonly string[] {
  const present = new Set([...store.pulls.values()].map(({ head }) => head));
  return store.checkRuns
    .filter(({ headSha, status }) => status !== 'completed' && !present.has(headSha))
    .map(({ headSha, status }) => `${fullName}: the check run of ${headSha}, no head any more, is ${status}`);
}

function problemOf(team: Team, pull: StoredPull, login: string): string | null {
  const runs = team.people.store.checkRuns.filter(({ name, headSha }) => name === NAME && headSha === pull.head);
  const [run] = runs;
  if (!run || runs.length > 1) return `${runs.length} check runs`;
  if (run.status !== 'completed') return `its check run is ${run.status}`;
  const expected = expectationOf(team, team.kinds.get(pull.number)!);
  if (run.conclusion !== expected.conclusion) {
    return `its check run says ${String(run.conclusion)} (${run.output.title ?? ''}), not ${expected.conclusion}`;
  }
  const own = pull.reviews.filter(({ author }) => author === login);
  if (own.length > 1) return `it has ${own.length} reviews`;
  const says = own[0]?.body ?? '';
  if (expected.needsReview !== /\*\*Fails/.test(says)) return `its review says ${says.slice(0, 100)}`;
  return null;
}

function expectationOf(team: Team, kind: Kind): Expected {
  if (kind === 'text') return WITHOUT_MANIFESTS;
  const ofTeam = known.get(team) ?? new Map<Kind, Expected>();
  known.set(team, ofTeam);
  const expected = ofTeam.get(kind) ?? analyze(team, kind);
  ofTeam.set(kind, expected);
  return expected;
}

function analyze({ mesh: { files, edits } }: Team, kind: Kind): Expected {
  if (kind !== 'narrowed') return { conclusion: 'success', needsReview: false };
  const old = parse(files);
  const meshOf = (parsed: ReadonlyMap<string, ParsedFile>) => [
    { name: ONLY_MESH, manifests: buildManifestSet([...parsed.values()]) },
  ];
  const pairs = pairMeshes(meshOf(old), meshOf(new Map([...old, ...parse(edits['sidecar-line'])])));
  const exemptions = { today: '2026-01-01', acceptances: [] };
  const { verdict, changes } = analyzeMeshes(pairs, { mesh: {}, policy: DEFAULT_POLICY, exemptions });
  const warns = changes.some(({ severity }) => severity === 'warning');
  return verdict === 'pass'
    ? { conclusion: warns ? 'neutral' : 'success', needsReview: false }
    : { conclusion: 'failure', needsReview: true };
}

function parse(files: MeshFiles): ReadonlyMap<string, ParsedFile> {
  return new Map(Object.entries(files).map(([path, content]) => [path, parseManifestFile({ path, content })]));
}
