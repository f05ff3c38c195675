import {
  checkRunJson,
  commentJson,
  installationJson,
  issueJson,
  pullJson,
  repositoryJson,
  reviewJson,
  suiteJson,
  timeOf,
  userJson,
} from './payloads.js';
import {
  fullNameOf,
  type StoredCheckRun,
  type StoredCheckSuite,
  type StoredComment,
  type StoredInstallation,
  type StoredMergeGroup,
  type StoredPull,
  type StoredRepository,
  type StoredReview,
} from './store.js';
import type { World } from './world.js';

type Json = Readonly<Record<string, unknown>>;

/** GitHub names no more commits of one push. */
const COMMITS_IN_PUSH = 2048;

/** Sends an event of a repository, if the App is installed on it. */
function announce(
  world: World,
  repository: StoredRepository,
  event: string,
  action: string | null,
  content: Json,
  sender = 'someone',
): void {
  if (!repository.isInstalled || repository.installation.isSuspended) return;
  const payload = world.shapePayload(event, action, {
    ...(action === null ? {} : { action }),
    ...content,
    repository: repositoryJson(world, repository),
    organization: { login: repository.owner },
    installation: { id: repository.installation.id },
    sender: userJson(sender),
  });
  world.deliveries.announce({ event, action, payload, lane: fullNameOf(repository) });
}

export async function announcePull(
  world: World,
  repository: StoredRepository,
  pull: StoredPull,
  action: string,
  more: Json = {},
): Promise<void> {
  const { looksUntilMerged } = pull;
  // GitHub does not wait for the merge commit before it tells of a change, and telling is no look.
  pull.looksUntilMerged = Infinity;
  const json = await pullJson(world, repository, pull);
  pull.looksUntilMerged = looksUntilMerged;
  announce(
    world,
    repository,
    'pull_request',
    action,
    { number: pull.number, pull_request: json, ...more },
    pull.author,
  );
}

export async function announcePush(
  world: World,
  repository: StoredRepository,
  push: {
    readonly ref: string;
    readonly before: string | null;
    readonly after: string | null;
    readonly isForced?: boolean;
  },
): Promise<void> {
  const none = '0'.repeat(40);
  const { ref, isForced = false } = push;
  const before = push.before ?? none;
  const after = push.after ?? none;
  const type =
    after === none ? 'branch_deletion' : before === none ? 'branch_creation' : isForced ? 'force_push' : 'push';
  repository.activities.push({ id: world.newId(), type, ref, before, after, at: Date.now() });
  const commits = await pushedCommits(repository, push.before, push.after);
  announce(world, repository, 'push', null, {
    ref,
    before,
    after,
    created: push.before === null,
    deleted: push.after === null,
    forced: isForced,
    base_ref: null,
    commits,
    head_commit: commits.at(-1) ?? null,
    pusher: { name: 'someone', email: 'someone@github.example' },
  });
}

/** The new commits, oldest first, each with the names of what it touches. */
async function pushedCommits(
  { git, defaultBranch }: StoredRepository,
  before: string | null,
  after: string | null,
): Promise<readonly Record<string, unknown>[]> {
  if (after === null) return [];
  const shas = (await git.log(before ?? git.ref(`refs/heads/${defaultBranch}`), after)).slice(0, COMMITS_IN_PUSH);
  return Promise.all(
    [...shas].reverse().map(async (sha) => {
      const commit = await git.commit(sha);
      const [parent] = commit?.parents ?? [];
      const files = parent === undefined ? [] : await git.diff(parent, sha);
      const named = (...statuses: readonly string[]): readonly string[] =>
        files.filter(({ status }) => statuses.includes(status)).map(({ path }) => path);
      const gone = files.flatMap(({ previousPath }) => (previousPath === null ? [] : [previousPath]));
      return {
        id: sha,
        tree_id: commit?.tree,
        message: commit?.message,
        timestamp: commit?.date,
        distinct: true,
        added: named('added', 'renamed'),
        removed: [...named('removed'), ...gone],
        modified: named('modified', 'changed'),
      };
    }),
  );
}

export function announceCheckSuite(
  world: World,
  repository: StoredRepository,
  suite: StoredCheckSuite,
  action: 'requested' | 'rerequested',
): void {
  announce(world, repository, 'check_suite', action, { check_suite: suiteJson(world, repository, suite) });
}

export function announceCheckRun(
  world: World,
  repository: StoredRepository,
  run: StoredCheckRun,
  action: 'created' | 'completed' | 'rerequested' | 'requested_action',
  { identifier, sender }: { readonly identifier?: string; readonly sender?: string } = {},
): void {
  const suite = suiteJson(world, repository, run.suite);
  const check_run = { ...checkRunJson(world, repository, run), check_suite: suite };
  const requested = identifier === undefined ? {} : { requested_action: { identifier } };
  announce(world, repository, 'check_run', action, { check_run, ...requested }, sender);
}

export function announceMergeGroup(
  world: World,
  repository: StoredRepository,
  group: StoredMergeGroup,
  action: 'checks_requested' | 'destroyed',
  reason?: 'merged' | 'invalidated' | 'dequeued',
): void {
  const merge_group = {
    head_sha: group.headSha,
    head_ref: group.ref,
    base_sha: group.baseSha,
    base_ref: `refs/heads/${group.baseRef}`,
    head_commit: { id: group.headSha, tree_id: group.headSha, message: 'Merge', timestamp: timeOf(Date.now()) },
  };
  announce(world, repository, 'merge_group', action, { merge_group, ...(reason === undefined ? {} : { reason }) });
}

export function announceComment(
  world: World,
  repository: StoredRepository,
  pull: StoredPull,
  comment: StoredComment,
  {
    action,
    sender,
    from,
  }: { readonly action: 'created' | 'edited' | 'deleted'; readonly sender: string; readonly from?: string },
): void {
  const content = {
    issue: issueJson(world, repository, pull),
    comment: commentJson(world, repository, pull, comment),
    ...(from === undefined ? {} : { changes: { body: { from } } }),
  };
  announce(world, repository, 'issue_comment', action, content, sender);
}

/** In webhooks, a review's state is in small letters. */
export async function announceReview(
  world: World,
  repository: StoredRepository,
  pull: StoredPull,
  review: StoredReview,
  action: 'submitted' | 'dismissed',
  sender: string,
): Promise<void> {
  const { looksUntilMerged } = pull;
  pull.looksUntilMerged = Infinity;
  const pull_request = await pullJson(world, repository, pull);
  pull.looksUntilMerged = looksUntilMerged;
  const json = { ...reviewJson(world, repository, pull, review), state: review.state.toLowerCase() };
  announce(world, repository, 'pull_request_review', action, { pull_request, review: json }, sender);
}

export function announceInstallation(
  world: World,
  installation: StoredInstallation,
  event: 'installation' | 'installation_repositories',
  action: 'created' | 'deleted' | 'added' | 'removed' | 'suspend' | 'unsuspend',
  repositories: readonly StoredRepository[],
): void {
  const list = repositories.map((repository) => {
    const { id, name, full_name, private: isPrivate } = repositoryJson(world, repository);
    return { id, name, full_name, private: isPrivate, node_id: `R_${String(id)}` };
  });
  const lists =
    event === 'installation'
      ? { repositories: list }
      : {
          repositories_added: action === 'added' ? list : [],
          repositories_removed: action === 'removed' ? list : [],
          repository_selection: 'selected',
        };
  const payload = world.shapePayload(event, action, {
    action,
    installation: installationJson(world, installation),
    ...lists,
    sender: userJson('someone'),
  });
  world.deliveries.announce({ event, action, payload, lane: installation.account });
}
