import type { AcceptSettings, Permission } from '../policy/parse-policy-file.js';
import { mayBeRendered } from '../layout/render-inputs.js';
import { statusOf } from './cannot-judge.js';
import type { ChangedFiles } from './changed-files.js';
import { isCodeOwner } from './code-owners.js';
import { acceptIdentifier, type CheckRecord } from './check-record.js';
import type { CheckRun } from './check-run.js';
import type { GitHubClient, RepositoryName } from './github-client.js';

/** Somebody wants the findings of a head accepted. */
export interface AcceptRequest {
  readonly by: string;
  /** ISO 8601 */
  readonly at: string;
  readonly reason: string | null;
  /** A button stands at one head's check run, and names the findings; a comment was written at some time. */
  readonly via:
    | { readonly kind: 'button'; readonly headSha: string; readonly identifier: string }
    | { readonly kind: 'comment'; readonly commentId: number };
}

export interface AcceptCircumstances {
  readonly headSha: string;
  /** As it was before this job touched it. */
  readonly run: CheckRun | null;
  readonly record: CheckRecord;
  readonly settings: AcceptSettings;
  readonly baseRef: string;
  readonly changed: ChangedFiles;
}

export type Decision = { readonly kind: 'granted' } | { readonly kind: 'refused'; readonly reason: string };

/**
 * Decides whether a request counts for one base: for exactly the findings that were published for exactly this head before
 * the request was made, by somebody who may accept them now. Everything else is refused, with a reason for people.
 */
export async function decideAcceptance(
  client: GitHubClient,
  repository: RepositoryName,
  request: AcceptRequest,
  circumstances: AcceptCircumstances,
): Promise<Decision> {
  const { settings, baseRef, changed } = circumstances;
  const outdated = whyOutdated(request, circumstances);
  if (outdated !== null) return refused(outdated);
  if (settings.requireReason && request.reason === null) {
    return refused('A reason is demanded here: write `/egress-scope accept REASON`.');
  }
  const rank = await readRank(client, repository, request.by);
  if (rank < RANKS[settings.permission]) {
    return refused(`Accepting takes the permission ${settings.permission} in this repository.`);
  }
  if (settings.codeowners) {
    if (!changed.isComplete) return refused('GitHub does not list everything that this pull request changes.');
    if (!(await isCodeOwner(client, repository, baseRef, decidingPaths(changed), request.by))) {
      return refused('Accepting is for the code owners of everything that this pull request changes.');
    }
  }
  return { kind: 'granted' };
}

function whyOutdated({ via, at }: AcceptRequest, { headSha, run, record }: AcceptCircumstances): string | null {
  if (run?.isCompleted !== true || record.findings.length === 0 || record.since === null) {
    return 'There are no findings to accept at the present head.';
  }
  if (via.kind === 'button') {
    if (via.headSha !== headSha) return 'The button belongs to an older head.';
    return via.identifier === acceptIdentifier(record.findings)
      ? null
      : 'The findings have changed since the button was shown.';
  }
  const wholeSecond = (time: string): number => Math.floor(Date.parse(time) / 1000);
  return wholeSecond(at) >= wholeSecond(record.since)
    ? null
    : 'The present findings were published after the comment was written; look at them first.';
}

/** Manifests, and whatever else they may be rendered from. A file that was moved is a change of both places. */
function decidingPaths({ files }: ChangedFiles): readonly string[] {
  return files
    .flatMap(({ path, previousPath }) => (previousPath === null ? [path] : [path, previousPath]))
    .filter(mayBeRendered);
}

function refused(reason: string): Decision {
  return { kind: 'refused', reason };
}

export const RANKS: Readonly<Record<Permission, number>> = { write: 1, maintain: 2, admin: 3 };

/** GitHub: `GET /repos/{owner}/{repo}/collaborators/{username}/permission`; its `permission` knows no `maintain`, and a role
 * that an organisation made up counts as the one it builds on. Who is gone, or was never a person, has none. */
export async function readRank(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  username: string,
): Promise<number> {
  if (username === '') return 0;
  try {
    const { data } = await client.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username });
    const role = data.role_name === 'maintain' ? 'maintain' : data.permission;
    return role === 'admin' || role === 'maintain' || role === 'write' ? RANKS[role] : 0;
  } catch (error) {
    if (statusOf(error) === 404) return 0;
    throw error;
  }
}
