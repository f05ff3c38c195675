import { ok, page, pullOf, repositoryOf, type Routes } from '../api-request.js';
import { diffFilesJson } from '../diff-files.js';
import type { DiffFile } from '../git-diff.js';
import { listedCommitJson, pullJson } from '../payloads.js';
import { fullNameOf, type StoredPull, type StoredRepository } from '../store.js';

/** Pull requests, their files and their commits. */
export const PULL_ROUTES: Routes = {
  'GET /repos/{owner}/{repo}/pulls': async (request) => {
    const repository = repositoryOf(request);
    const { query } = request;
    const state = query.get('state') ?? 'open';
    const [headOwner, headRef] = (query.get('head') ?? '').split(':');
    const pulls = [...repository.pulls.values()]
      .filter((pull) => state === 'all' || pull.state === state)
      .filter((pull) => (query.get('base') ?? pull.baseRef) === pull.baseRef)
      .filter((pull) => !headRef || (pull.headRef === headRef && ownerOfHead(repository, pull) === headOwner))
      .sort((a, b) => (query.get('sort') === 'updated' ? b.updatedAt - a.updatedAt : b.number - a.number));
    const isAscending = query.get('direction') === 'asc';
    const listing = await Promise.all(
      (isAscending ? pulls.reverse() : pulls).map(async (pull) => {
        // A list is no look at any one of them, and does not tell whether they can be merged.
        const { looksUntilMerged } = pull;
        const json = await pullJson(request.world, repository, pull);
        pull.looksUntilMerged = looksUntilMerged;
        return Object.fromEntries(Object.entries(json).filter(([key]) => key !== 'mergeable' && key !== 'merged'));
      }),
    );
    return page(request, listing);
  },
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': async (request) => {
    const repository = repositoryOf(request);
    return ok(await pullJson(request.world, repository, pullOf(request, repository)));
  },
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/files': async (request) => {
    const repository = repositoryOf(request);
    const { limits, apiUrl } = request.world;
    const pull = pullOf(request, repository);
    const { head } = pull;
    const files = await filesOfPull(repository, pull, head);
    const contents = `${apiUrl}/repos/${fullNameOf(repository)}/contents`;
    return page(
      request,
      diffFilesJson(files.slice(0, limits.pullFiles), limits).map((file) => ({
        ...file,
        contents_url: `${contents}/${encodeURI(String(file['filename']))}?ref=${head}`,
      })),
    );
  },
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits': async (request) => {
    const repository = repositoryOf(request);
    const shas = (await commitsOfPull(repository, pullOf(request, repository))).slice(0, 250);
    const commits = await Promise.all(shas.map((sha) => repository.git.commit(sha)));
    return page(
      request,
      commits.flatMap((commit) => (commit ? [listedCommitJson(commit)] : [])),
    );
  },
};

function ownerOfHead(repository: StoredRepository, { fork }: StoredPull): string {
  return fork?.split('/')[0] ?? repository.owner;
}

/** What the pull request's page shows: the head against the merge base. */
export async function filesOfPull(
  { git }: StoredRepository,
  pull: StoredPull,
  head = pull.head,
): Promise<readonly DiffFile[]> {
  const base = git.ref(`refs/heads/${pull.baseRef}`);
  const mergeBase = base === null ? null : await git.mergeBase(base, head);
  return mergeBase === null ? [] : git.diff(mergeBase, head);
}

/** Oldest first. */
export async function commitsOfPull({ git }: StoredRepository, pull: StoredPull): Promise<readonly string[]> {
  const base = git.ref(`refs/heads/${pull.baseRef}`);
  return [...(await git.log(base, pull.head))].reverse();
}
