import { findCheckRun } from './check-run.js';
import { listPullsOfHead, listQueuedGroups } from './find-work.js';
import type { GitHubClient } from './github-client.js';
import { partsOf } from './external-id.js';
import type { Repository } from './job.js';
import type { Work } from './work.js';

/** Judges whatever a commit is the head of. Returns how many questions that were.
 *
 * @param externalId of the commit's check run; undefined where it is not known. */
export async function recheckCommit(
  client: GitHubClient,
  work: Work,
  repository: Repository,
  headSha: string,
  {
    externalId,
    ...asked
  }: { readonly externalId?: string | null; readonly delivery: string; readonly isForced: boolean },
): Promise<number> {
  const known =
    externalId === undefined
      ? ((await findCheckRun(client, repository, headSha, work.services.appId))?.externalId ?? null)
      : externalId;
  const numbers = pullNumbersOf(known);
  const pulls = known?.startsWith('group ') ? [] : await listPullsOfHead(client, repository, headSha, numbers);
  for (const pull of pulls) await work.addPull(repository, pull, asked);
  if (pulls.length > 0) return pulls.length;
  const groups = (await listQueuedGroups(client, repository)).filter((group) => group.headSha === headSha);
  for (const group of groups) await work.addGroup(repository, group, asked);
  return groups.length;
}

/** Judges a head anew for those that share it with a pull request which was closed: its answer counts for them no longer.
 * Returns how many there are. */
export async function recheckSharing(
  client: GitHubClient,
  work: Work,
  repository: Repository,
  closed: { readonly number: number; readonly headSha: string },
  delivery: string,
): Promise<number> {
  const { headSha } = closed;
  const run = await findCheckRun(client, repository, headSha, work.services.appId);
  const others = pullNumbersOf(run?.externalId ?? null).filter((number) => number !== closed.number);
  if (others.length === 0) return 0;
  const pulls = await listPullsOfHead(client, repository, headSha, others);
  for (const pull of pulls) await work.addPull(repository, pull, { delivery });
  return pulls.length;
}

/** The pull requests that a check run speaks for. */
export function pullNumbersOf(externalId: string | null): readonly number[] {
  return partsOf({ externalId })
    .map((part) => Number(part.split(' ', 1)[0]))
    .filter((number) => Number.isInteger(number) && number > 0);
}
