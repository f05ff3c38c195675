import type { Command } from './comment-command.js';
import type { RepositoryName } from './github-client.js';
import type { LogFields } from './log.js';

/** A repository as payloads and listings name it. */
export interface Repository extends RepositoryName {
  readonly id: number;
  /** Whose token opens it. */
  readonly installation: number;
  /** `https://github.com/owner/repo` */
  readonly url: string;
}

/** An open pull request as payloads and listings show it. */
export interface OpenPull {
  readonly number: number;
  readonly headSha: string;
  readonly baseRef: string;
  /** ISO 8601 */
  readonly updatedAt: string;
}

/** A merge queue's group of pull requests, which has a commit of its own. */
export interface MergeGroup {
  readonly headSha: string;
  readonly baseSha: string;
  /** The branch that the queue merges into. */
  readonly baseRef: string;
}

/** What a job is to do. */
export type Task =
  | { readonly kind: 'pull_request'; readonly pull: OpenPull; readonly isForced: boolean }
  | { readonly kind: 'merge_group'; readonly group: MergeGroup; readonly isForced: boolean }
  | {
      readonly kind: 'explain';
      readonly pull: OpenPull;
      readonly commentId: number;
      readonly command: Extract<Command, { readonly kind: 'explain' }>;
    };

/** Work to be done, as data: whichever process takes it can do it. JSON keeps all of it. */
export interface Job {
  /** Work of one key runs one at a time: a repository and a pull request. */
  readonly key: string;
  /** What is worked on: the head's SHA. */
  readonly version: string;
  /** Sorts the versions of a key by age: the pull request's `updated_at`. */
  readonly order: string;
  readonly repository: Repository;
  /** The delivery that asked, for people who look for it in a log. */
  readonly delivery: string;
  readonly task: Task;
}

/** Whether a job lets every other job go first, and is lost where a look-round would find others. */
export function isErrand({ task }: Job): boolean {
  return task.kind === 'explain';
}

/** Whether what was judged before is to be judged anew. */
export function isForced({ task }: Job): boolean {
  return task.kind !== 'explain' && task.isForced;
}

/** What each line of the log says that is written while a job runs. */
export function logFieldsOf({ repository: { owner, repo }, delivery, task }: Job): LogFields {
  const fields = { delivery, repository: `${owner}/${repo}` };
  switch (task.kind) {
    case 'pull_request':
      return { ...fields, pull: task.pull.number, sha: task.pull.headSha };
    case 'merge_group':
      return { ...fields, sha: task.group.headSha };
    case 'explain':
      return { ...fields, pull: task.pull.number };
  }
}

/** The commit whose check run a job answers by; null where it has none. */
export function headOf({ task }: Job): string | null {
  switch (task.kind) {
    case 'pull_request':
      return task.pull.headSha;
    case 'merge_group':
      return task.group.headSha;
    case 'explain':
      return null;
  }
}

export function pullKey({ id }: Pick<Repository, 'id'>, number: number): string {
  return `${id} ${number}`;
}

export function groupKey({ id }: Pick<Repository, 'id'>, headSha: string): string {
  return `${id} group ${headSha}`;
}

interface Asked {
  readonly delivery: string;
  readonly isForced?: boolean;
}

export function pullJob(repository: Repository, pull: OpenPull, { delivery, isForced = false }: Asked): Job {
  return {
    key: pullKey(repository, pull.number),
    version: `${pull.headSha} ${pull.baseRef}`,
    order: pull.updatedAt,
    repository,
    delivery,
    task: { kind: 'pull_request', pull, isForced },
  };
}

export function groupJob(
  repository: Repository,
  { headSha, baseSha, baseRef }: MergeGroup,
  { delivery, isForced = false }: Asked,
): Job {
  return {
    key: groupKey(repository, headSha),
    version: headSha,
    order: '',
    repository,
    delivery,
    task: { kind: 'merge_group', group: { headSha, baseSha, baseRef }, isForced },
  };
}

/** An answer to a comment. Anybody may write one, so it waits for its turn, and lets the answers to heads go first. */
export function explainJob(
  repository: Repository,
  delivery: string,
  { pull, commentId, command }: Omit<Extract<Task, { readonly kind: 'explain' }>, 'kind'>,
): Job {
  return {
    key: `${pullKey(repository, pull.number)} comment ${commentId}`,
    version: '',
    order: '',
    repository,
    delivery,
    task: { kind: 'explain', pull, commentId, command },
  };
}
