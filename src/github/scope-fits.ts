import { mayBeRendered } from '../layout/render-inputs.js';
import { isInScope, type ManifestScope } from '../layout/manifest-scope.js';
import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import { CannotJudge } from './cannot-judge.js';
import { touchesRelevantFile, type ChangedFiles } from './changed-files.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import { readTree } from './repository-tree.js';

/**
 * Makes sure that the paths of a configuration fit something. A pattern with a slip in it would let everything pass for good, as
 * not applicable. Asks GitHub only where a change touches files that could be manifests and are left out.
 *
 * @param configuration the repository's own: one for many repositories need not fit each of them.
 * @throws CannotJudge where no file of the commit is in the scope.
 */
export async function refuseScopeOfNothing(
  client: GitHubClient,
  repository: RepositoryName,
  commitSha: string,
  { scope, isOwn }: { readonly scope: ManifestScope; readonly isOwn: boolean },
  changed: ChangedFiles,
): Promise<void> {
  if (!isOwn || scope.paths.length === 0 || !touchesRelevantFile(changed, isManifestPath)) return;
  const files = await readTree(client, repository, commitSha, mayBeRendered);
  if ([...files.keys()].some((path) => isInScope(path, scope))) return;
  throw new CannotJudge(`No file of the repository is in the paths of the configuration (${scope.paths.join(', ')}).`);
}
