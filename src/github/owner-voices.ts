import type { Acceptance, Approval } from '../policy/exempt-changes.js';
import type { ChangeAnalysis } from '../reachability/change.js';
import { RANKS, readRank } from './accept-request.js';
import type { Approver } from './approvals.js';
import { listSpokenFor } from './code-owners.js';
import type { GitHubClient, RepositoryName } from './github-client.js';

/** Who said that something may pass. */
export interface Said {
  readonly acceptances: readonly Acceptance[];
  /** Of the head, as it is. Asked for only where the configuration asks for the owners' word. */
  readonly approvers: readonly Approver[];
}

export const NOTHING_SAID: Said = { acceptances: [], approvers: [] };

/** What is known of those who spoke: whose owners they are. */
interface Voices {
  readonly acceptances: readonly Acceptance[];
  readonly approvals: readonly Approval[];
}

/**
 * Finds out for which of the owners that an analysis waits for they speak who accepted or approved. As on GitHub, an approval
 * counts only of those who may write to the repository. Null where none of them speaks for any.
 */
export async function hearOwners(
  client: GitHubClient,
  repository: RepositoryName,
  { owners = [] }: ChangeAnalysis,
  { acceptances, approvers }: Said,
): Promise<Voices | null> {
  const awaited = owners.filter(({ mustApprove }) => mustApprove === true).flatMap((each) => each.owners);
  if (awaited.length === 0) return null;
  const known = new Map<string, readonly string[]>();
  const spokenFor = async (login: string): Promise<readonly string[]> => {
    const found = known.get(login) ?? (await listSpokenFor(client, awaited, login));
    known.set(login, found);
    return found;
  };
  const heard: Acceptance[] = [];
  for (const acceptance of acceptances) {
    heard.push({ ...acceptance, speaksFor: await spokenFor(acceptance.by) });
  }
  const approvals: Approval[] = [];
  for (const { by, at } of approvers) {
    const speaksFor = await spokenFor(by);
    const counts = speaksFor.length > 0 && (await readRank(client, repository, by)) >= RANKS.write;
    if (counts) approvals.push({ by, at, speaksFor });
  }
  const isAnybodyHeard = approvals.length > 0 || heard.some(({ speaksFor = [] }) => speaksFor.length > 0);
  return isAnybodyHeard ? { acceptances: heard, approvals } : null;
}
