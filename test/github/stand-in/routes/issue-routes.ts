import { loginOf, ok, page, pullOf, Refusal, repositoryOf, type ApiRequest, type Routes } from '../api-request.js';
import { commentJson, issueJson, userJson } from '../payloads.js';
import type { StoredComment, StoredPull, StoredRepository } from '../store.js';

/** Comments on pull requests, and reactions to them. */
export const ISSUE_ROUTES: Routes = {
  'GET /repos/{owner}/{repo}/issues/{issue_number}': (request) => {
    const repository = repositoryOf(request);
    return ok(issueJson(request.world, repository, pullOf(request, repository, 'issue_number')));
  },
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': (request) => {
    const repository = repositoryOf(request);
    const pull = pullOf(request, repository, 'issue_number');
    return page(
      request,
      pull.comments.map((comment) => commentJson(request.world, repository, pull, comment)),
    );
  },
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': (request) => {
    const repository = repositoryOf(request);
    const pull = pullOf(request, repository, 'issue_number');
    const time = Date.now();
    const comment: StoredComment = {
      id: request.world.newId(),
      author: loginOf(request),
      body: checkedBody(request),
      createdAt: time,
      updatedAt: time,
      reactions: [],
    };
    pull.comments.push(comment);
    return { status: 201, data: commentJson(request.world, repository, pull, comment) };
  },
  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}': (request) => {
    const repository = repositoryOf(request);
    const { pull, comment } = commentOf(request, repository);
    return ok(commentJson(request.world, repository, pull, comment));
  },
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': (request) => {
    const repository = repositoryOf(request);
    const { pull, comment } = commentOf(request, repository);
    if (comment.author !== loginOf(request)) throw new Refusal(403, 'Resource not accessible by integration');
    comment.body = checkedBody(request);
    comment.updatedAt = Date.now();
    return ok(commentJson(request.world, repository, pull, comment));
  },
  'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}': (request) => {
    const { pull, comment } = commentOf(request, repositoryOf(request));
    pull.comments.splice(pull.comments.indexOf(comment), 1);
    return { status: 204 };
  },
  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': (request) => {
    const { comment } = commentOf(request, repositoryOf(request));
    return page(request, comment.reactions.map(reactionJson));
  },
  'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': (request) => {
    const { comment } = commentOf(request, repositoryOf(request));
    const content = String(request.body['content']);
    const author = loginOf(request);
    const known = comment.reactions.find((each) => each.author === author && each.content === content);
    if (known) return ok(reactionJson(known));
    const reaction = { id: request.world.newId(), author, content };
    comment.reactions.push(reaction);
    return { status: 201, data: reactionJson(reaction) };
  },
};

function reactionJson({ id, author, content }: StoredComment['reactions'][number]): object {
  return { id, content, user: userJson(author) };
}

function checkedBody({ body, world }: ApiRequest): string {
  const text = String(body['body']);
  const limit = world.limits.bodyCharacters;
  if (text.trim() === '') throw new Refusal(422, 'Validation Failed: body cannot be blank');
  if (text.length > limit)
    throw new Refusal(422, `Validation Failed: body is too long (maximum is ${limit} characters)`);
  return text;
}

function commentOf(
  { parameters }: ApiRequest,
  repository: StoredRepository,
): { readonly pull: StoredPull; readonly comment: StoredComment } {
  for (const pull of repository.pulls.values()) {
    const comment = pull.comments.find(({ id }) => id === Number(parameters['comment_id']));
    if (comment) return { pull, comment };
  }
  throw new Refusal(404, 'Not Found');
}
