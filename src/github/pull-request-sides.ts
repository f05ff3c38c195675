import { setTimeout as wait } from 'node:timers/promises';
import { CannotJudge } from './cannot-judge.js';
import type { GitHubClient, PullRequestTarget } from './github-client.js';

/** The two states that a pull request's effect lies between. */
export type PullRequestSides = {
  readonly headSha: string;
  /** The base's commit that both sides share. */
  readonly before: string;
} & (
  | {
      /** `after` is GitHub's test merge commit, `before` that commit's first parent. */
      readonly kind: 'merge-commit';
      readonly after: string;
    }
  | {
      /** GitHub has no merge commit of this head: the head has yet to be merged into the base, file by file. */
      readonly kind: 'merge-here';
      readonly ancestor: string;
    }
);

export interface PullRequestState {
  readonly headSha: string;
  readonly isOpen: boolean;
  /** `https://github.com/owner/repo`, of the base. */
  readonly repositoryUrl: string;
  readonly baseRef: string;
  readonly mergeable: boolean | null;
  readonly mergeCommitSha: string | null;
  /** ISO 8601 */
  readonly updatedAt: string;
}

/** Pauses between looks at a pull request whose merge commit GitHub is still making, in milliseconds. */
export const POLL_DELAYS: readonly number[] = [500, 1000, 1500, 2000, 3000];

/** The pull request has another head by now, or was closed: the answer for the old one is wanted by nobody. */
export class Superseded extends Error {
  override readonly name = 'Superseded';

  /** @param by what is there to be judged in its place; null where the pull request is closed. */
  constructor(
    message: string,
    readonly by: PullRequestState | null,
  ) {
    super(message);
  }
}

/** GitHub: `GET /repos/{owner}/{repo}/pulls/{pull_number}`. */
export async function readPullRequest(client: GitHubClient, target: PullRequestTarget): Promise<PullRequestState> {
  const { data } = await client.rest.pulls.get(parametersOf(target));
  return {
    headSha: data.head.sha,
    isOpen: data.state === 'open',
    repositoryUrl: data.base.repo.html_url,
    baseRef: data.base.ref,
    mergeable: data.mergeable,
    mergeCommitSha: data.merge_commit_sha,
    updatedAt: data.updated_at,
  };
}

/**
 * Finds the commits to compare for one head. Both sides share one base, so a base branch that moved on does not count
 * against the pull request. GitHub makes the test merge commit some time after a push and shows the old one until then,
 * hence the look at its second parent. Everything is read from the base's repository: a fork's may be private or gone.
 *
 * @throws CannotJudge for a merge conflict.
 * @throws Superseded when `headSha` is no longer the pull request's head.
 */
export async function resolveSides(
  client: GitHubClient,
  target: PullRequestTarget,
  headSha: string,
  { delays = POLL_DELAYS, signal }: { readonly delays?: readonly number[]; readonly signal?: AbortSignal } = {},
): Promise<PullRequestSides> {
  let state = await readPullRequest(client, target);
  for (const delay of [...delays, null]) {
    if (!state.isOpen) throw new Superseded('The pull request is closed.', null);
    if (state.headSha === headSha) {
      if (state.mergeable === false) {
        throw new CannotJudge(`The pull request conflicts with ${state.baseRef}: what it would become cannot be told.`);
      }
      const before = await firstParentOfMerge(client, target, state, headSha);
      if (before !== null) {
        return { kind: 'merge-commit', headSha, before, after: state.mergeCommitSha ?? '' };
      }
    }
    if (delay === null) break;
    await wait(delay, undefined, signal ? { signal } : undefined);
    state = await readPullRequest(client, target);
  }
  if (state.headSha !== headSha) throw new Superseded(`The head is ${state.headSha.slice(0, 7)} by now.`, state);
  return readMergeBase(client, target, state.baseRef, headSha);
}

/** Null while GitHub has not settled on a merge commit of this very head. */
async function firstParentOfMerge(
  client: GitHubClient,
  { owner, repo }: PullRequestTarget,
  { mergeable, mergeCommitSha }: PullRequestState,
  headSha: string,
): Promise<string | null> {
  if (mergeable !== true || mergeCommitSha === null) return null;
  const { data } = await client.rest.git.getCommit({ owner, repo, commit_sha: mergeCommitSha });
  const [first, second, ...others] = data.parents;
  return first && second?.sha === headSha && others.length === 0 ? first.sha : null;
}

/** GitHub: `GET /repos/{owner}/{repo}/compare/{basehead}`, of which only the commits' names are used. */
async function readMergeBase(
  client: GitHubClient,
  { owner, repo }: PullRequestTarget,
  baseRef: string,
  headSha: string,
): Promise<PullRequestSides> {
  const basehead = `${baseRef}...${headSha}`;
  const { data } = await client.rest.repos.compareCommitsWithBasehead({ owner, repo, basehead, per_page: 1 });
  return { kind: 'merge-here', headSha, before: data.base_commit.sha, ancestor: data.merge_base_commit.sha };
}

function parametersOf({ owner, repo, number }: PullRequestTarget): {
  owner: string;
  repo: string;
  pull_number: number;
} {
  return { owner, repo, pull_number: number };
}
