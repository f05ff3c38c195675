import type { Acceptance } from '../policy/exempt-changes.js';
import { acceptancesForGroup, parseRecord } from './check-record.js';
import { findCheckRun } from './check-run.js';
import { listQueuedGroups } from './find-work.js';
import type { GitHubClient, RepositoryName } from './github-client.js';

/** More pull requests than a queue puts into one group. */
const MAX_HEADS = 30;

interface Group {
  readonly repository: RepositoryName;
  readonly headSha: string;
  readonly baseSha: string;
  readonly baseRef: string;
}

/**
 * What was accepted or approved, for this base, at the heads that a merge group consists of. It counts for exactly the findings that were
 * accepted: one that comes from putting pull requests together is another one.
 */
export async function readGroupAcceptances(
  client: GitHubClient,
  group: Group,
  appId: number,
): Promise<readonly Acceptance[]> {
  const acceptances: Acceptance[] = [];
  for (const headSha of await listMergedHeads(client, group)) {
    const run = await findCheckRun(client, group.repository, headSha, appId);
    acceptances.push(...acceptancesForGroup(parseRecord(run?.text ?? null), group.baseRef));
  }
  return acceptances;
}

/** A queue that makes merge commits names each head as a second parent, on the way of first parents back to the base. One that
 * squashes or rebases names none; there, only the last pull request is known, by the name of the group's branch. GitHub takes
 * a pull request out of the queue when its head changes. */
async function listMergedHeads(
  client: GitHubClient,
  { repository, headSha, baseSha, baseRef }: Group,
): Promise<readonly string[]> {
  const { owner, repo } = repository;
  const heads: string[] = [];
  for (let sha = headSha; sha !== baseSha && heads.length < MAX_HEADS;) {
    const { data } = await client.rest.git.getCommit({ owner, repo, commit_sha: sha });
    const [first, second, ...others] = data.parents;
    if (!first || !second || others.length > 0) break;
    heads.push(second.sha);
    sha = first.sha;
  }
  if (heads.length > 0) return heads;
  const queued = (await listQueuedGroups(client, repository)).find((group) => group.headSha === headSha);
  if (!queued) return [];
  const { data } = await client.rest.pulls.get({ owner, repo, pull_number: queued.lastPull });
  return data.state === 'open' && data.base.ref === baseRef ? [data.head.sha] : [];
}
