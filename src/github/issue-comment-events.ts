import type { Probot } from 'probot';
import { answerComment } from './answer-comment.js';
import { parseCommand, type Command } from './comment-command.js';
import type { GitHubClient, PullRequestTarget } from './github-client.js';
import type { Log } from './log.js';
import { openPullOf, repositoryOf } from './payload.js';
import type { Repository } from './job.js';
import type { Work } from './work.js';

interface Commented {
  readonly client: GitHubClient;
  readonly repository: Repository;
  readonly target: PullRequestTarget;
  readonly commentId: number;
  /** As the delivery says; a comment may be edited after it, too. */
  readonly isEdited: boolean;
  readonly delivery: string;
}

/** Commands below a pull request. A comment counts as it was first written: an edited one could put words into another
 * person's mouth. */
export function registerIssueCommentEvents(probot: Pick<Probot, 'on'>, work: Work, log: Log): void {
  probot.on(['issue_comment.created', 'issue_comment.edited'], ({ id, payload, octokit }) => {
    const { comment, issue } = payload;
    if (!issue.pull_request || issue.state !== 'open' || comment.user?.type === 'Bot') return;
    const command = parseCommand(comment.body);
    if (command === null) return;
    const repository = repositoryOf(payload.repository, payload.installation);
    const target = { owner: repository.owner, repo: repository.repo, number: issue.number };
    const isEdited = payload.action === 'edited';
    const commented = { client: octokit, repository, target, commentId: comment.id, isEdited, delivery: id };
    log.info({ pull: issue.number }, `Took a command: ${command.kind}.`);
    follow(commented, command, work).catch((error: unknown) => {
      log.warn({ pull: issue.number, err: error }, 'A command could not be followed.');
    });
  });
}

async function follow(commented: Commented, command: Command, work: Work): Promise<void> {
  const { client, repository, target, commentId, isEdited, delivery } = commented;
  const { owner, repo, number } = target;
  const { data: comment } = await client.rest.issues.getComment({ owner, repo, comment_id: commentId });
  // Times are whole seconds: they alone do not tell an edit that came at once.
  if (
    isEdited ||
    comment.created_at !== comment.updated_at ||
    JSON.stringify(parseCommand(comment.body ?? '')) !== JSON.stringify(command)
  ) {
    return answer(commented, 'Refused: the comment was edited. Write a new one.');
  }
  const { data } = await client.rest.pulls.get({ owner, repo, pull_number: number });
  if (data.state !== 'open') return;
  const pull = openPullOf(data);
  switch (command.kind) {
    case 'recheck':
      await work.addPull(repository, pull, { delivery, isForced: true });
      return;
    case 'accept':
      await work.askForAcceptance(repository, pull, delivery, {
        by: comment.user?.login ?? '',
        at: comment.created_at,
        reason: command.reason,
        via: { kind: 'comment', commentId },
      });
      return;
    case 'unknown':
      return answer(commented, command.problem);
    case 'explain':
      await work.addExplanation(repository, delivery, { pull, commentId, command });
  }
}

function answer({ client, target, commentId }: Commented, text: string): Promise<void> {
  return answerComment(client, target, String(commentId), text);
}
