import {
  loginOf,
  ok,
  page,
  pullOf,
  Refusal,
  repositoryOf,
  type Answer,
  type ApiRequest,
  type Routes,
} from '../api-request.js';
import { diffFilesJson } from '../diff-files.js';
import { shownLines } from '../git-diff.js';
import { reviewJson, timeOf, userJson } from '../payloads.js';
import type { StoredPull, StoredRepository, StoredReview } from '../store.js';
import { commitsOfPull, filesOfPull } from './pull-routes.js';

interface NewComment {
  readonly path: string;
  readonly body: string;
  readonly line?: number;
  readonly side?: 'LEFT' | 'RIGHT';
  readonly start_line?: number;
}

const STATES: Readonly<Record<string, StoredReview['state']>> = {
  COMMENT: 'COMMENTED',
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
};

/** Reviews and their comments. */
export const REVIEW_ROUTES: Routes = {
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews': (request) => {
    const repository = repositoryOf(request);
    const pull = pullOf(request, repository);
    const visible = pull.reviews.filter(({ state, author }) => state !== 'PENDING' || author === loginOf(request));
    return page(
      request,
      visible.map((review) => reviewJson(request.world, repository, pull, review)),
    );
  },
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews': createReview,
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}': (request) => {
    const repository = repositoryOf(request);
    const pull = pullOf(request, repository);
    return ok(reviewJson(request.world, repository, pull, reviewOf(request, pull)));
  },
  'PUT /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}': (request) => {
    const repository = repositoryOf(request);
    const pull = pullOf(request, repository);
    const review = reviewOf(request, pull);
    if (review.author !== loginOf(request)) throw new Refusal(403, 'Can not edit the review of someone else');
    const body = String(request.body['body']);
    if (body.trim() === '') throw new Refusal(422, 'Unprocessable Entity: body cannot be blank');
    checkLength(request, body);
    review.body = body;
    review.edits += 1;
    return ok(reviewJson(request.world, repository, pull, review));
  },
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/comments': (request) => {
    const pull = pullOf(request, repositoryOf(request));
    const comments = pull.reviews.flatMap((review) =>
      review.comments.map(({ startLine, ...comment }) => ({
        ...comment,
        start_line: startLine,
        commit_id: review.commit,
        original_commit_id: review.commit,
        pull_request_review_id: review.id,
        user: userJson(review.author),
        created_at: timeOf(review.submittedAt),
        updated_at: timeOf(review.submittedAt),
      })),
    );
    return page(request, comments);
  },
};

async function createReview(request: ApiRequest): Promise<Answer> {
  const repository = repositoryOf(request);
  const pull = pullOf(request, repository);
  const {
    body: text,
    event,
    commit_id: commitId,
    comments = [],
  } = request.body as {
    readonly body?: string;
    readonly event?: string;
    readonly commit_id?: string;
    readonly comments?: readonly NewComment[];
  };
  const state = event === undefined ? 'PENDING' : STATES[event];
  if (!state) throw new Refusal(422, 'Unprocessable Entity: event');
  if (event !== undefined && event !== 'APPROVE' && (text ?? '').trim() === '' && comments.length === 0) {
    throw new Refusal(422, 'Unprocessable Entity: body cannot be blank');
  }
  checkLength(request, text ?? '');
  const commit = commitId ?? pull.head;
  if (!(await isOfPull(repository, pull, commit))) {
    throw new Refusal(422, 'Unprocessable Entity: The commit is not part of the pull request');
  }
  const files = await filesOfPull(repository, pull, commit);
  const shown = diffFilesJson(files, request.world.limits);
  const placed = comments.map((comment) => {
    checkLength(request, comment.body);
    checkPlace(comment, shown);
    const { path, body, line = 0, side = 'RIGHT', start_line: startLine = null } = comment;
    return { id: request.world.newId(), path, body, line, startLine, side };
  });
  const review: StoredReview = {
    id: request.world.newId(),
    author: loginOf(request),
    body: text ?? '',
    state,
    commit,
    comments: placed,
    submittedAt: Date.now(),
    edits: 0,
  };
  pull.reviews.push(review);
  return ok(reviewJson(request.world, repository, pull, review));
}

async function isOfPull(repository: StoredRepository, pull: StoredPull, commit: string): Promise<boolean> {
  return commit === pull.head || (await commitsOfPull(repository, pull)).includes(commit);
}

/** GitHub refuses a whole review for one comment that it cannot place; where it leaves out the patch, it can place none. */
function checkPlace(
  { path, line, side = 'RIGHT', start_line: start }: NewComment,
  files: readonly Record<string, unknown>[],
): void {
  const file = files.find((each) => each['filename'] === path);
  if (!file) throw new Refusal(422, 'Unprocessable Entity: Path could not be resolved');
  const { patch } = file;
  const shown = shownLines(typeof patch === 'string' ? patch : null, side);
  const hunk = line === undefined ? undefined : shown.get(line);
  if (line === undefined || hunk === undefined) {
    throw new Refusal(422, 'Unprocessable Entity: Pull request review thread line must be part of the diff');
  }
  if (start !== undefined && (start >= line || shown.get(start) !== hunk)) {
    throw new Refusal(
      422,
      'Unprocessable Entity: Pull request review thread start line must precede the end line in one hunk',
    );
  }
}

function checkLength({ world }: ApiRequest, body: string): void {
  const limit = world.limits.bodyCharacters;
  if (body.length > limit) {
    throw new Refusal(422, `Unprocessable Entity: body is too long (maximum is ${limit} characters)`);
  }
}

function reviewOf({ parameters }: ApiRequest, pull: StoredPull): StoredReview {
  const review = pull.reviews.find(({ id }) => id === Number(parameters['review_id']));
  if (!review) throw new Refusal(404, 'Not Found');
  return review;
}
