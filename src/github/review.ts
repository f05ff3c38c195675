import { statusOf } from './cannot-judge.js';
import { createOnce } from './create-once.js';
import type { GitHubClient, PullRequestTarget } from './github-client.js';

export interface ReviewComment {
  readonly path: string;
  /** In the head's file, inside the pull request's diff. */
  readonly line: number;
  /** The first of several lines, all of one hunk; absent for one line alone. */
  readonly startLine?: number;
  readonly body: string;
}

export interface ReviewDraft {
  readonly headSha: string;
  /** Markdown, without the marker. */
  readonly body: string;
  readonly comments: readonly ReviewComment[];
  /** Whether there is something to say where nothing was said before. */
  readonly isWorthPosting: boolean;
  /** The body to leave in an existing review when there is nothing to say any more. */
  readonly resolvedBody: string;
}

/** Who posts: the login that GitHub signs its comments with, and the number that the marker carries. */
export interface Author {
  readonly login: string;
  readonly appId: number | 'cli';
}

interface ExistingReview {
  readonly id: number;
  readonly body: string;
}

export type ReviewAction = 'created' | 'updated' | 'unchanged' | 'none';

/**
 * Sees to it that a pull request has at most one review of this author: posts it (event COMMENT), or edits the body of the
 * one that is there. GitHub offers no way to add inline comments to a submitted review, so those of a later state are left out.
 * Editing sends no e-mail; an unchanged text is not written again.
 */
export async function publishReview(
  client: GitHubClient,
  target: PullRequestTarget,
  author: Author,
  draft: ReviewDraft,
): Promise<ReviewAction> {
  const marker = `<!-- egress-scope review by ${author.appId} -->`;
  const existing = await findReview(client, target, author, marker);
  if (!existing) {
    if (!draft.isWorthPosting) return 'none';
    await createOnce(
      () => createReview(client, target, draft, `${marker}\n${draft.body}`),
      () => findReview(client, target, author, marker),
    );
    return 'created';
  }
  const body = `${marker}\n${draft.isWorthPosting ? draft.body : draft.resolvedBody}`;
  if (normalise(existing.body) === normalise(body)) return 'unchanged';
  const { owner, repo, number } = target;
  await client.rest.pulls.updateReview({ owner, repo, pull_number: number, review_id: existing.id, body });
  return 'updated';
}

/** Marker and author both count: anyone can write the marker, nobody can sign as the App. */
async function findReview(
  client: GitHubClient,
  { owner, repo, number }: PullRequestTarget,
  author: Author,
  marker: string,
): Promise<ExistingReview | null> {
  const pages = client.paginate.iterator('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
    owner,
    repo,
    pull_number: number,
    per_page: 100,
  });
  for await (const { data } of pages) {
    const own = data.find(({ user, body, state }) => {
      return user?.login === author.login && body.startsWith(marker) && state !== 'PENDING';
    });
    if (own) return { id: own.id, body: own.body };
  }
  return null;
}

/** GitHub refuses a whole review for one comment that it cannot place; the body matters more than the comments. */
async function createReview(
  client: GitHubClient,
  { owner, repo, number }: PullRequestTarget,
  { headSha, comments }: ReviewDraft,
  body: string,
): Promise<ExistingReview> {
  const request = {
    owner,
    repo,
    pull_number: number,
    commit_id: headSha,
    event: 'COMMENT' as const,
    body,
    request: { retries: 0 },
  };
  try {
    const placed = comments.map(({ startLine, ...comment }) => ({
      ...comment,
      side: 'RIGHT',
      ...(startLine === undefined ? {} : { start_line: startLine, start_side: 'RIGHT' }),
    }));
    return (await client.rest.pulls.createReview({ ...request, ...(placed.length > 0 ? { comments: placed } : {}) }))
      .data;
  } catch (error) {
    if (statusOf(error) !== 422 || comments.length === 0) throw error;
    return (await client.rest.pulls.createReview(request)).data;
  }
}

/** GitHub may hand a body back with other line ends and without the blanks at its end. */
function normalise(body: string): string {
  return body.replaceAll('\r\n', '\n').trimEnd();
}
