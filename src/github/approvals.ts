import { fingerprintOfAll } from '../policy/fingerprint.js';
import type { GitHubClient, PullRequestTarget } from './github-client.js';

/** Somebody who approves a pull request as it is. */
export interface Approver {
  readonly by: string;
  /** ISO 8601 */
  readonly at: string;
}

/** States of a review that say what its author thinks; the others only remark something. */
const DECISIVE: ReadonlySet<string> = new Set(['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED']);
/** More people than anybody waits for; each is looked up. */
const MOST_APPROVERS = 20;

/** Who has approved exactly this head, and neither asked for changes since nor had the approval dismissed. Sorted by login.
 * GitHub: `GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews`, oldest first. */
export async function listApprovers(
  client: GitHubClient,
  { owner, repo, number }: PullRequestTarget,
  headSha: string,
): Promise<readonly Approver[]> {
  const reviews = await client.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
    owner,
    repo,
    pull_number: number,
    per_page: 100,
  });
  const last = new Map<string, Approver | null>();
  for (const { user, state, commit_id: commit, submitted_at: at = '' } of reviews) {
    if (user === null || !DECISIVE.has(state)) continue;
    last.set(user.login, state === 'APPROVED' && commit === headSha ? { by: user.login, at } : null);
  }
  return [...last.values()]
    .filter((each) => each !== null)
    .sort((a, b) => (a.by < b.by ? -1 : 1))
    .slice(0, MOST_APPROVERS);
}

/** How the name of what was judged says who approved: another one as soon as others do. */
export function approvalsPart(approvers: readonly Approver[]): string {
  return `approved ${approvers.length === 0 ? 'by-nobody' : fingerprintOfAll(approvers.map(({ by }) => by))}`;
}
