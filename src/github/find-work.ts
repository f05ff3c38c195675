import { statusOf } from './cannot-judge.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import { openPullOf } from './payload.js';
import type { MergeGroup, OpenPull } from './job.js';

const QUEUE_REFS = 'heads/gh-readonly-queue/';
const QUEUE_REF = /^refs\/heads\/gh-readonly-queue\/(.+)\/pr-(\d+)-([0-9a-f]{40,64})$/;
const MOVES: readonly string[] = ['push', 'force_push', 'branch_deletion'];
const DAY_MS = 86_400_000;

/** A merge queue's branch, which GitHub makes for each group. */
export interface QueuedGroup extends MergeGroup {
  /** The pull request that the group puts on top of all before it. */
  readonly lastPull: number;
}

/** The open pull requests, last changed first. GitHub: `GET /repos/{owner}/{repo}/pulls`. */
export async function listOpenPulls(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  { base, most }: { readonly base?: string; readonly most: number },
): Promise<readonly OpenPull[]> {
  const found: OpenPull[] = [];
  const pages = client.paginate.iterator('GET /repos/{owner}/{repo}/pulls', {
    owner,
    repo,
    state: 'open',
    sort: 'updated',
    direction: 'desc',
    per_page: 100,
    ...(base === undefined ? {} : { base }),
  });
  for await (const { data } of pages) {
    found.push(...data.map(openPullOf));
    if (found.length >= most) break;
  }
  return found.slice(0, most);
}

/** The groups that wait in merge queues. The branch is called `gh-readonly-queue/{base}/pr-{number}-{base's SHA}`.
 * GitHub: `GET /repos/{owner}/{repo}/git/matching-refs/{ref}`. */
export async function listQueuedGroups(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
): Promise<readonly QueuedGroup[]> {
  const { data } = await client.rest.git.listMatchingRefs({ owner, repo, ref: QUEUE_REFS }).catch((error: unknown) => {
    // A repository without a commit.
    if (statusOf(error) === 409) return { data: [] };
    throw error;
  });
  return data.flatMap(({ ref, object }) => {
    const [, baseRef, pull, baseSha] = QUEUE_REF.exec(ref) ?? [];
    if (baseRef === undefined || baseSha === undefined) return [];
    return [{ headSha: object.sha, baseSha, baseRef, lastPull: Number(pull) }];
  });
}

/** Where a branch stands; null where there is none of that name. GitHub: `GET /repos/{owner}/{repo}/git/matching-refs/{ref}`. */
export async function readBranchTip(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  branch: string,
): Promise<string | null> {
  const { data } = await client.rest.git.listMatchingRefs({ owner, repo, ref: `heads/${branch}` });
  return data.find(({ ref }) => ref === `refs/heads/${branch}`)?.object.sha ?? null;
}

/** Commits that were heads within the last day and are none any more, as far as GitHub tells: what branches stood on before
 * they were moved or deleted, and the heads of closed pull requests. Pushes to forks are told to nobody but their owners.
 * GitHub: `GET /repos/{owner}/{repo}/activity`, `GET /repos/{owner}/{repo}/pulls`. */
export async function listFormerHeads(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  open: readonly OpenPull[],
  most: number,
): Promise<readonly string[]> {
  const page = { owner, repo, per_page: 100 };
  const { data: activities } = await client.rest.repos.listActivities({ ...page, time_period: 'day' });
  const { data: closed } = await client.rest.pulls.list({
    ...page,
    state: 'closed',
    sort: 'updated',
    direction: 'desc',
  });
  const bases = new Set(open.map(({ baseRef }) => `refs/heads/${baseRef}`));
  const replaced = activities.filter(({ activity_type: type, ref }) => MOVES.includes(type) && !bases.has(ref));
  const dayAgo = Date.now() - DAY_MS;
  const ended = closed.filter(({ updated_at }) => Date.parse(updated_at) > dayAgo);
  const heads = new Set([...ended.map(({ head }) => head.sha), ...replaced.map(({ before }) => before)]);
  for (const { headSha } of open) heads.delete(headSha);
  return [...heads].slice(0, most);
}

/** The open pull requests of which a commit is the head. `numbers` are known beforehand to be worth a look, since GitHub's
 * own list leaves out those of forks. GitHub: `GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls`. */
export async function listPullsOfHead(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  headSha: string,
  numbers: readonly number[],
): Promise<readonly OpenPull[]> {
  const found = new Map<number, OpenPull>();
  for (const number of numbers) {
    const { data } = await client.rest.pulls.get({ owner, repo, pull_number: number });
    if (data.state === 'open' && data.head.sha === headSha) found.set(number, openPullOf(data));
  }
  if (found.size > 0) return [...found.values()];
  const { data } = await client.rest.repos.listPullRequestsAssociatedWithCommit({
    owner,
    repo,
    commit_sha: headSha,
    per_page: 100,
  });
  return data.filter(({ state, head }) => state === 'open' && head.sha === headSha).map(openPullOf);
}
