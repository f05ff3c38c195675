import type { Commit } from './git-store.js';
import {
  fullNameOf,
  type StoredCheckRun,
  type StoredCheckSuite,
  type StoredComment,
  type StoredInstallation,
  type StoredPull,
  type StoredRepository,
  type StoredReview,
} from './store.js';
import type { World } from './world.js';

/** What the stand-in says of its things, in GitHub's words. Whatever else GitHub's shapes require is filled in later. */

type Json = Record<string, unknown>;

export function userJson(login: string): Json {
  const isBot = login.endsWith('[bot]');
  return { login, id: idOfLogin(login), type: isBot ? 'Bot' : 'User', site_admin: false };
}

function accountJson(login: string): Json {
  return { login, id: idOfLogin(login), type: 'Organization', site_admin: false };
}

/** The same number for the same name. */
function idOfLogin(login: string): number {
  return Buffer.from(login).reduce((sum, byte) => (sum * 31 + byte) % 1_000_000_007, 7);
}

export function repositoryJson(world: World, repository: StoredRepository): Json {
  const full_name = fullNameOf(repository);
  return {
    id: repository.id,
    name: repository.name,
    full_name,
    owner: accountJson(repository.owner),
    private: repository.isPrivate,
    visibility: repository.isPrivate ? 'private' : 'public',
    fork: false,
    html_url: `${world.webUrl}/${full_name}`,
    url: `${world.apiUrl}/repos/${full_name}`,
    default_branch: repository.defaultBranch,
    archived: false,
    disabled: false,
  };
}

export function installationJson(world: World, installation: StoredInstallation): Json {
  return {
    id: installation.id,
    account: accountJson(installation.account),
    app_id: world.app.id,
    app_slug: world.app.slug,
    target_id: idOfLogin(installation.account),
    target_type: 'Organization',
    permissions: installation.granted ?? world.app.permissions,
    events: subscribedEvents(world),
    html_url: `${world.webUrl}/organizations/${installation.account}/settings/installations/${installation.id}`,
    repository_selection: 'selected',
    suspended_at: installation.isSuspended ? '2026-01-01T00:00:00Z' : null,
  };
}

/** Every App is told of its installations; that is nothing to subscribe to. */
export function subscribedEvents({ deliveries }: World): readonly string[] {
  return deliveries.events.filter((event) => !event.startsWith('installation'));
}

export function appJson(world: World): Json {
  const { id, slug, permissions } = world.app;
  return {
    id,
    slug,
    name: slug,
    node_id: `A_${id}`,
    owner: accountJson('acme'),
    permissions,
    html_url: `${world.webUrl}/apps/${slug}`,
  };
}

/** A merge is made when somebody looks, some looks later. */
async function testMerge({ git }: StoredRepository, pull: StoredPull): Promise<Json> {
  const base = git.ref(`refs/heads/${pull.baseRef}`) ?? '';
  if (pull.isMerged) return { mergeable: null, merge_commit_sha: pull.mergedAs };
  if (pull.merge?.base === base && pull.merge.head === pull.head) {
    return { mergeable: pull.merge.commit !== null, merge_commit_sha: pull.merge.commit };
  }
  if (pull.looksUntilMerged > 0 || base === '') {
    pull.looksUntilMerged -= 1;
    return { mergeable: null, merge_commit_sha: pull.merge?.commit ?? null };
  }
  const { head } = pull;
  const commit = await git.merge(base, head);
  pull.merge = { base, head, commit };
  if (commit !== null) await git.setRef(`refs/pull/${pull.number}/merge`, commit);
  return { mergeable: commit !== null, merge_commit_sha: commit };
}

export async function pullJson(world: World, repository: StoredRepository, pull: StoredPull): Promise<Json> {
  const html_url = `${world.webUrl}/${fullNameOf(repository)}/pull/${pull.number}`;
  return {
    id: pull.id,
    number: pull.number,
    state: pull.state,
    title: pull.title,
    draft: pull.isDraft,
    merged: pull.isMerged,
    locked: false,
    body: null,
    user: userJson(pull.author),
    html_url,
    url: `${world.apiUrl}/repos/${fullNameOf(repository)}/pulls/${pull.number}`,
    created_at: timeOf(pull.createdAt),
    updated_at: timeOf(pull.updatedAt),
    head: headJson(world, repository, pull),
    base: {
      ref: pull.baseRef,
      sha: repository.git.ref(`refs/heads/${pull.baseRef}`) ?? '',
      label: `${repository.owner}:${pull.baseRef}`,
      repo: repositoryJson(world, repository),
      user: accountJson(repository.owner),
    },
    ...(await testMerge(repository, pull)),
  };
}

function headJson(world: World, repository: StoredRepository, { fork, headRef: ref, head: sha }: StoredPull): Json {
  if (fork === null) {
    const { owner } = repository;
    return { ref, sha, label: `${owner}:${ref}`, repo: repositoryJson(world, repository), user: accountJson(owner) };
  }
  const [owner = '', name = ''] = fork.split('/');
  const repo = { ...repositoryJson(world, repository), id: repository.id + 500_000, name, full_name: fork, fork: true };
  return { ref, sha, label: `${owner}:${ref}`, repo: { ...repo, owner: userJson(owner) }, user: userJson(owner) };
}

/** As check runs and suites name pull requests: those of forks are left out. */
export function pullsWithHead(world: World, repository: StoredRepository, sha: string): readonly Json[] {
  const repo = { id: repository.id, name: repository.name, url: `${world.apiUrl}/repos/${fullNameOf(repository)}` };
  return [...repository.pulls.values()]
    .filter((pull) => pull.head === sha && pull.state === 'open' && pull.fork === null)
    .map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: `${repo.url}/pulls/${pull.number}`,
      head: { ref: pull.headRef, sha: pull.head, repo },
      base: { ref: pull.baseRef, sha: repository.git.ref(`refs/heads/${pull.baseRef}`) ?? '', repo },
    }));
}

export function checkRunJson(world: World, repository: StoredRepository, run: StoredCheckRun): Json {
  const url = `${world.apiUrl}/repos/${fullNameOf(repository)}/check-runs/${run.id}`;
  return {
    id: run.id,
    node_id: `CR_${run.id}`,
    name: run.name,
    head_sha: run.headSha,
    status: run.status,
    conclusion: run.conclusion,
    external_id: run.externalId ?? '',
    details_url: run.detailsUrl ?? `${world.webUrl}/apps/${world.app.slug}`,
    url,
    html_url: `${world.webUrl}/${fullNameOf(repository)}/runs/${run.id}`,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: { ...run.output, annotations_count: run.annotations.length, annotations_url: `${url}/annotations` },
    check_suite: { id: run.suite.id },
    app: appJson(world),
    pull_requests: pullsWithHead(world, repository, run.headSha),
  };
}

export function suiteJson(world: World, repository: StoredRepository, suite: StoredCheckSuite): Json {
  const runs = repository.checkRuns.filter((run) => run.suite.id === suite.id);
  const isCompleted = runs.length > 0 && runs.every(({ status }) => status === 'completed');
  return {
    id: suite.id,
    node_id: `CS_${suite.id}`,
    head_sha: suite.headSha,
    head_branch: suite.headBranch,
    status: isCompleted ? 'completed' : 'queued',
    conclusion: isCompleted ? (runs.find(({ conclusion }) => conclusion !== 'success')?.conclusion ?? 'success') : null,
    app: appJson(world),
    repository: repositoryJson(world, repository),
    pull_requests: pullsWithHead(world, repository, suite.headSha),
    latest_check_runs_count: runs.length,
    head_commit: { id: suite.headSha, tree_id: suite.headSha, message: '', timestamp: timeOf(0) },
  };
}

export function reviewJson(world: World, repository: StoredRepository, pull: StoredPull, review: StoredReview): Json {
  const html_url = `${world.webUrl}/${fullNameOf(repository)}/pull/${pull.number}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: `PRR_${review.id}`,
    user: userJson(review.author),
    body: review.body,
    state: review.state,
    commit_id: review.commit,
    submitted_at: timeOf(review.submittedAt),
    author_association: 'NONE',
    html_url,
    pull_request_url: `${world.apiUrl}/repos/${fullNameOf(repository)}/pulls/${pull.number}`,
  };
}

export function commentJson(
  world: World,
  repository: StoredRepository,
  pull: StoredPull,
  comment: StoredComment,
): Json {
  const issue_url = `${world.apiUrl}/repos/${fullNameOf(repository)}/issues/${pull.number}`;
  return {
    id: comment.id,
    node_id: `IC_${comment.id}`,
    user: userJson(comment.author),
    body: comment.body,
    created_at: timeOf(comment.createdAt),
    updated_at: timeOf(comment.updatedAt),
    author_association: 'CONTRIBUTOR',
    issue_url,
    url: `${world.apiUrl}/repos/${fullNameOf(repository)}/issues/comments/${comment.id}`,
    html_url: `${world.webUrl}/${fullNameOf(repository)}/pull/${pull.number}#issuecomment-${comment.id}`,
  };
}

export function issueJson(world: World, repository: StoredRepository, pull: StoredPull): Json {
  const url = `${world.apiUrl}/repos/${fullNameOf(repository)}`;
  const html_url = `${world.webUrl}/${fullNameOf(repository)}/pull/${pull.number}`;
  return {
    id: pull.id + 100_000,
    number: pull.number,
    title: pull.title,
    state: pull.state,
    user: userJson(pull.author),
    body: null,
    html_url,
    comments: pull.comments.length,
    pull_request: {
      url: `${url}/pulls/${pull.number}`,
      html_url,
      diff_url: `${html_url}.diff`,
      patch_url: `${html_url}.patch`,
    },
  };
}

export function commitJson(commit: Commit): Json {
  return {
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    tree: { sha: commit.tree },
    message: commit.message,
    parents: commit.parents.map((sha) => ({ sha })),
    author: { name: 'Someone', email: 'someone@github.example', date: commit.date },
    committer: { name: 'Someone', email: 'someone@github.example', date: commit.date },
  };
}

/** The form that lists of commits have, in which git's part stands one level deeper. */
export function listedCommitJson(commit: Commit): Json {
  const { sha, parents, ...git } = commitJson(commit);
  return { sha, parents, commit: git, author: null, committer: null };
}

export function timeOf(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
