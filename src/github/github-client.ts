import type { Octokit } from '@octokit/rest';

/** What the command line's Octokit and the App's have in common. */
export type GitHubClient = Pick<Octokit, 'rest' | 'request' | 'paginate'>;

export interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

export interface PullRequestTarget extends RepositoryName {
  readonly number: number;
}

/** A branch's full name. Git, and GitHub with it, takes a bare name for a tag's where both exist (gitrevisions). */
export function branchRef(branch: string): string {
  return `refs/heads/${branch}`;
}

/** The dated version of GitHub's REST API that the requests are written for. */
export const API_VERSION = '2022-11-28';

const REQUEST_TIMEOUT_MS = 60_000;

/**
 * `fetch` for every request to GitHub, the ones for tokens included: pins the API's version, gives up after a minute, so
 * that a connection which stalls cannot hold a check run open, and takes an answer whole or not at all; archives alone are
 * handed on as they come.
 *
 * @throws TypeError where the connection breaks, also in the middle of an answer: Octokit itself would take what has come so
 *   far for text, and an empty one for an empty list.
 */
export async function fetchFromGitHub(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('X-GitHub-Api-Version', API_VERSION);
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  const response = await fetch(input, { ...init, headers, signal });
  const isArchive = response.headers.get('content-type')?.includes('zip') ?? false;
  if (isArchive || response.body === null) return response;
  const whole = new Response(await response.arrayBuffer(), response);
  Object.defineProperty(whole, 'url', { value: response.url });
  return whole;
}
