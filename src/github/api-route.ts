/** The REST operations that the App uses, as GitHub's description writes their paths. */
const TEMPLATES = [
  '/app',
  '/app/installations',
  '/app/installations/{installation_id}/access_tokens',
  '/installation/repositories',
  '/orgs/{org}/teams/{team_slug}/memberships/{username}',
  '/repos/{owner}/{repo}/activity',
  '/repos/{owner}/{repo}/check-runs',
  '/repos/{owner}/{repo}/check-runs/{check_run_id}',
  '/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations',
  '/repos/{owner}/{repo}/collaborators/{username}/permission',
  '/repos/{owner}/{repo}/commits/{commit_sha}/pulls',
  '/repos/{owner}/{repo}/commits/{ref}/check-runs',
  '/repos/{owner}/{repo}/compare/{basehead}',
  '/repos/{owner}/{repo}/contents/{path}',
  '/repos/{owner}/{repo}/git/blobs/{file_sha}',
  '/repos/{owner}/{repo}/git/commits/{commit_sha}',
  '/repos/{owner}/{repo}/git/matching-refs/{ref}',
  '/repos/{owner}/{repo}/git/trees/{tree_sha}',
  '/repos/{owner}/{repo}/issues/comments/{comment_id}',
  '/repos/{owner}/{repo}/issues/{issue_number}/comments',
  '/repos/{owner}/{repo}/pulls',
  '/repos/{owner}/{repo}/pulls/{pull_number}',
  '/repos/{owner}/{repo}/pulls/{pull_number}/files',
  '/repos/{owner}/{repo}/pulls/{pull_number}/reviews',
  '/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}',
  '/repos/{owner}/{repo}/tarball/{ref}',
] as const;

export type ApiRoute = (typeof TEMPLATES)[number] | 'other';

/** Octokit encodes the slashes of a branch's name and of a file's path. */
const ROUTES = TEMPLATES.map((template) => ({
  template,
  pattern: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`),
}));

/** The template of a request's path, which names no repository, branch or file; `other` for one that is not listed here. */
export function apiRouteOf(url: string): ApiRoute {
  const path = new URL(url).pathname
    // A GitHub Enterprise Server has its API below this.
    .replace(/^\/api\/v3(?=\/)/, '')
    // GitHub's links to further pages go by the repository's number.
    .replace(/^\/repositories\/\d+(?=\/)/, '/repos/-/-');
  return ROUTES.find(({ pattern }) => pattern.test(path))?.template ?? 'other';
}
