import { analyzeChange, type MeshOptions } from '../analyze-change.js';
import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import type { Exemptions } from '../policy/exempt-changes.js';
import { isInScope, type ManifestScope } from '../policy/manifest-scope.js';
import type { Policy } from '../policy/policy.js';
import type { ChangeAnalysis } from '../reachability/change.js';
import type { SourceLinks } from '../report/change-table.js';
import { readBlob } from './blob.js';
import type { ChangedFile } from './changed-files.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import { mapHeadLines, type HeadLineOf } from './head-lines.js';
import { mergeTrees } from './merge-trees.js';
import type { ParsedFileCache } from './parsed-file-cache.js';
import type { PullRequestSides } from './pull-request-sides.js';
import { readManifests, type TreeSide } from './read-manifests.js';
import { readTree, type TreeListing } from './repository-tree.js';

export interface AnalysisSettings {
  readonly mesh: MeshOptions;
  readonly policy: Policy;
  readonly scope: ManifestScope;
  readonly cache: ParsedFileCache;
  readonly exemptions?: Exemptions;
}

export interface SidesAnalysis {
  readonly analysis: ChangeAnalysis;
  readonly headLineOf: HeadLineOf;
}

interface Trees {
  readonly before: TreeSide;
  readonly after: TreeSide;
  readonly merged: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads both sides of a pull request and analyses the difference. Null when no file that differs holds manifests.
 *
 * @throws CannotJudge for a merge conflict and for repositories beyond the limits; Octokit's errors as they come.
 */
export async function analyzeSides(
  client: GitHubClient,
  repository: RepositoryName,
  sides: PullRequestSides,
  changedFiles: readonly ChangedFile[],
  { mesh, policy, scope, cache, exemptions = { today: today(), acceptances: [] } }: AnalysisSettings,
  signal?: AbortSignal,
): Promise<SidesAnalysis | null> {
  const trees = await readTrees(client, repository, sides, scope, signal);
  const manifests = await readManifests(client, repository, trees, {
    cache,
    scope,
    merged: trees.merged,
    ...(signal ? { signal } : {}),
  });
  if (!manifests) return null;
  const headLineOf = await mapHeadLines(
    changedFiles,
    trees.after.listing,
    async (sha) => trees.merged.get(sha) ?? (await readBlob(client, repository, sha, signal)),
  );
  signal?.throwIfAborted();
  return { analysis: analyzeChange({ ...manifests, mesh, policy, exemptions }), headLineOf };
}

/** `YYYY-MM-DD`, in UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

async function readTrees(
  client: GitHubClient,
  repository: RepositoryName,
  sides: PullRequestSides,
  scope: ManifestScope,
  signal: AbortSignal | undefined,
): Promise<Trees> {
  const isRelevant = (path: string): boolean => isManifestPath(path) && isInScope(path, scope);
  const list = (sha: string): Promise<TreeListing> => readTree(client, repository, sha, isRelevant);
  if (sides.kind === 'merge-commit') {
    const [before, after] = await Promise.all([list(sides.before), list(sides.after)]);
    return {
      before: { listing: before, archiveSha: sides.before },
      after: { listing: after, archiveSha: sides.after },
      merged: new Map(),
    };
  }
  const [ancestor, before, head] = await Promise.all([list(sides.ancestor), list(sides.before), list(sides.headSha)]);
  const after = await mergeTrees(ancestor, before, head, (sha) => readBlob(client, repository, sha, signal));
  return {
    before: { listing: before, archiveSha: sides.before },
    after: { listing: after.listing, archiveSha: sides.headSha },
    merged: after.contents,
  };
}

/**
 * Links to lines on GitHub. What the pull request touches is shown in its head, where the reader knows it; the rest is the
 * same in the base's commit. Null where the head has no such line.
 *
 * @param repositoryUrl `https://github.com/owner/repo`.
 */
export function linkSources(
  repositoryUrl: string,
  sides: PullRequestSides,
  changedFiles: readonly ChangedFile[],
  headLineOf: HeadLineOf,
): SourceLinks {
  const changed = new Set(changedFiles.map(({ path }) => path));
  function blob(path: string, line: number, side: 'before' | 'after'): string | null {
    const isInHead = side === 'after' && changed.has(path);
    const shown = isInHead ? headLineOf(path, line) : line;
    if (shown === null) return null;
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    return `${repositoryUrl}/blob/${isInHead ? sides.headSha : sides.before}/${encoded}#L${shown}`;
  }
  return { blob };
}
