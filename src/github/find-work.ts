import type { GitHubClient, RepositoryName } from './github-client.js';
import { openPullOf } from './payload.js';
import type { OpenPull } from './work.js';

const QUEUE_REFS = 'heads/gh-readonly-queue/';

/** A merge queue's branch, which GitHub makes for each group. */
export interface QueuedGroup {
  readonly headSha: string;
  readonly baseSha: string;
  readonly baseRef: string;
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
  const { data } = await client.rest.git.listMatchingRefs({ owner, repo, ref: QUEUE_REFS });
  return data.flatMap(({ ref, object }) => {
    const [, baseRef, baseSha] = /^refs\/heads\/gh-readonly-queue\/(.+)\/pr-\d+-([0-9a-f]{40,64})$/.exec(ref) ?? [];
    return baseRef === undefined || baseSha === undefined ? [] : [{ headSha: object.sha, baseSha, baseRef }];
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
