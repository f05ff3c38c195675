import { explainEdge, listWorkloads } from '../analyze-change.js';
import { meshOptions } from '../analyze-meshes.js';
import { resolveServiceHost } from '../kubernetes/resolve-service-host.js';
import type { WrittenDestination } from '../policy/parse-destination.js';
import type { PolicyFile } from '../policy/parse-policy-file.js';
import { codeSpan } from '../report/escape-markdown.js';
import { renderExplainMarkdown } from '../report/explain-text.js';
import { workloadName } from '../report/workload-name.js';
import { discoverMeshes } from '../source/discover-meshes.js';
import { AnalysisLimit } from './analysis-limit.js';
import { commitTree } from './commit-tree.js';
import type { GitHubClient, PullRequestTarget } from './github-client.js';
import type { JudgeServices, PullQuestion, QuestionServices } from './judged-pull.js';
import { resolveSides, type PullRequestSides } from './pull-request-sides.js';
import { readManifests } from './read-manifests.js';
import { readRepositorySnapshot } from './repository-snapshot.js';
import { readTree } from './repository-tree.js';
import { usableConfiguration } from './repository-configuration.js';

const MAX_CANDIDATES = 10;
const MAX_MESHES = 3;

/** A call as somebody asks about it. */
export interface AskedCall {
  readonly workload: string;
  readonly destination: WrittenDestination;
}

/** All that the answer depends on, beside what GitHub has. */
export interface CallQuestion {
  readonly target: PullRequestTarget;
  readonly asked: AskedCall;
  readonly sides: PullRequestSides;
  readonly configuration: PolicyFile;
}

/** Finds out where the call is to be looked at. @throws CannotJudge, Superseded, and Octokit's errors as they come. */
export async function resolveCall(
  client: GitHubClient,
  { target, headSha, baseRef }: PullQuestion,
  { workload, destination }: AskedCall,
  { configurations, pollDelays }: QuestionServices,
  signal: AbortSignal,
): Promise<CallQuestion> {
  const { configuration } = usableConfiguration(await configurations.read(client, target, baseRef));
  const sides = await resolveSides(client, target, headSha, { signal, ...(pollDelays ? { delays: pollDelays } : {}) });
  return { target, asked: { workload, destination }, sides, configuration };
}

/** Every decision on a call's way, as the pull request would have it, in Markdown; or why that cannot be said. */
export async function explainCall(
  client: GitHubClient,
  { target, asked, sides, configuration }: CallQuestion,
  { cache, blobs, renderer, newLimit }: JudgeServices,
  signal: AbortSignal,
): Promise<string> {
  const { mesh, scope, allow } = configuration;
  const commit = sides.kind === 'merge-commit' ? sides.after : sides.headSha;
  const listing = await readTree(client, target, commit, () => true);
  const trees = {
    before: { listing: new Map(), archiveSha: sides.before },
    after: { listing, archiveSha: commit },
  };
  const limit = newLimit?.() ?? new AnalysisLimit();
  const files =
    (await readManifests(client, target, trees, { cache, scope, limit, signal, isWholeNeeded: true }))?.after ?? [];
  const tree = commitTree(client, target, trees.after, { blobs, merged: new Map(), signal });
  const input = { files, openTree: () => Promise.resolve(tree) };
  const snapshot = await readRepositorySnapshot(
    client,
    target,
    sides.before,
    configuration.snapshot,
    { cache },
    signal,
  );
  const extra = snapshot ? { snapshot } : {};
  const { meshes } = await discoverMeshes(input, { renderer, scope, permissions: allow });
  const listed = limit.spend((checkpoint) =>
    meshes.flatMap((found) =>
      listWorkloads({ manifests: found.manifests, mesh: meshOptions(mesh, found), ...extra, checkpoint }).map(
        (workload) => ({
          ...found,
          workload,
        }),
      ),
    ),
  );
  const names = [...new Set(listed.map(({ workload }) => workloadName(workload)))];
  const fitting = listed.filter(({ workload }) => {
    return [workloadName(workload), `${workload.namespace}/${workload.name}`].includes(asked.workload);
  });
  const fittingNames = [...new Set(fitting.map(({ workload }) => workloadName(workload)))];
  if (fittingNames.length !== 1) {
    const candidates = (fittingNames.length > 1 ? fittingNames : names).slice(0, MAX_CANDIDATES);
    const what = fittingNames.length > 1 ? 'Several workloads are called' : 'There is no workload';
    const list = candidates.map((candidate) => codeSpan(candidate)).join(', ');
    return `${what} ${codeSpan(asked.workload)}. There is: ${list === '' ? 'none' : list}.`;
  }
  const clusterDomain = mesh.clusterDomain ?? 'cluster.local';
  const { destination } = asked;
  const sections = fitting.slice(0, MAX_MESHES).map(({ name, manifests, workload, ...settings }) => {
    const objects = [...manifests.objects, ...(snapshot?.objects ?? [])];
    const host = resolveServiceHost(destination.host, { namespace: workload.namespace, clusterDomain, objects });
    const own = meshOptions(mesh, settings);
    const steps = limit.spend((checkpoint) =>
      explainEdge({ manifests, mesh: own, ...extra, workload, destination: { ...destination, host }, checkpoint }),
    );
    const where = meshes.length > 1 ? ` in ${codeSpan(name)}` : '';
    const title = `${codeSpan(workloadName(workload))} to ${codeSpan(`${host}:${destination.port}`)}${where}, at ${commit.slice(0, 7)}:`;
    return `${title}\n\n${renderExplainMarkdown(steps)}`;
  });
  const left = fitting.length - sections.length;
  return [...sections, ...(left > 0 ? [`The workload is in ${left} more meshes.`] : [])].join('\n\n');
}
