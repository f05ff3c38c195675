import { explainEdge, listWorkloads } from '../analyze-change.js';
import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import { resolveServiceHost } from '../kubernetes/resolve-service-host.js';
import { isInScope } from '../policy/manifest-scope.js';
import type { WrittenDestination } from '../policy/parse-destination.js';
import { codeSpan } from '../report/escape-markdown.js';
import { renderExplainMarkdown } from '../report/explain-text.js';
import { workloadName } from '../report/workload-name.js';
import type { GitHubClient } from './github-client.js';
import type { JudgeServices, PullQuestion } from './judged-pull.js';
import { resolveSides } from './pull-request-sides.js';
import { readManifests } from './read-manifests.js';
import { readTree } from './repository-tree.js';
import { usableConfiguration } from './repository-configuration.js';

const MAX_CANDIDATES = 10;

/** Every decision on a call's way, as the pull request would have it, in Markdown; or why that cannot be said. */
export async function explainCall(
  client: GitHubClient,
  { target, headSha, baseRef }: PullQuestion,
  asked: { readonly workload: string; readonly destination: WrittenDestination },
  { configurations, cache, pollDelays }: JudgeServices,
): Promise<string> {
  const { mesh, scope } = usableConfiguration(await configurations.read(client, target, baseRef)).configuration;
  const sides = await resolveSides(client, target, headSha, pollDelays ? { delays: pollDelays } : {});
  const commit = sides.kind === 'merge-commit' ? sides.after : sides.headSha;
  const listing = await readTree(client, target, commit, (path) => isManifestPath(path) && isInScope(path, scope));
  const trees = {
    before: { listing: new Map(), archiveSha: sides.before },
    after: { listing, archiveSha: commit },
  };
  const manifests = (await readManifests(client, target, trees, { cache, scope }))?.after;
  const workloads = manifests ? listWorkloads({ manifests, mesh }) : [];
  const fitting = workloads.filter((workload) => {
    return [workloadName(workload), `${workload.namespace}/${workload.name}`].includes(asked.workload);
  });
  const [workload] = fitting;
  if (!manifests || !workload || fitting.length > 1) {
    const candidates = (fitting.length > 1 ? fitting : workloads).slice(0, MAX_CANDIDATES);
    const names = candidates.map((candidate) => codeSpan(workloadName(candidate))).join(', ');
    const what = fitting.length > 1 ? 'Several workloads are called' : 'There is no workload';
    return `${what} ${codeSpan(asked.workload)}. There is: ${names === '' ? 'none' : names}.`;
  }
  const clusterDomain = mesh.clusterDomain ?? 'cluster.local';
  const { destination } = asked;
  const host = resolveServiceHost(destination.host, { namespace: workload.namespace, clusterDomain, manifests });
  const steps = explainEdge({ manifests, mesh, workload, destination: { ...destination, host } });
  const title = `${codeSpan(workloadName(workload))} to ${codeSpan(`${host}:${destination.port}`)}, at ${commit.slice(0, 7)}:`;
  return `${title}\n\n${renderExplainMarkdown(steps)}`;
}
