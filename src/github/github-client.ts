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
  const watch = watchOver(init.signal ?? null);
  let isHandedOn = false;
  try {
    const response = await fetch(input, { ...init, headers, signal: watch.signal });
    isHandedOn = response.headers.get('content-type')?.includes('zip') ?? false;
    if (isHandedOn || response.body === null) return response;
    const whole = new Response(await response.arrayBuffer(), response);
    Object.defineProperty(whole, 'url', { value: response.url });
    return whole;
  } finally {
    // An archive is watched over until its minute is over.
    if (!isHandedOn) watch.end();
  }
}

interface Watch {
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/**
 * Aborts when the caller does, or after a minute. Of plain parts, which go with the request: what `AbortSignal.any` and
 * `AbortSignal.timeout` give, Node keeps for as long as somebody listens, and `fetch` does not always stop listening.
 */
function watchOver(caller: AbortSignal | null): Watch {
  const controller = new AbortController();
  const stop = (): void => controller.abort(caller?.reason);
  const end = (): void => {
    clearTimeout(timer);
    caller?.removeEventListener('abort', stop);
  };
  const timer = setTimeout(() => {
    end();
    controller.abort(new DOMException('GitHub did not answer in time.', 'TimeoutError'));
  }, REQUEST_TIMEOUT_MS).unref();
  if (caller?.aborted) stop();
  else caller?.addEventListener('abort', stop);
  return { signal: controller.signal, end };
}
