import { CODE_OWNERS_PLACES, ownersOfFile, parseCodeOwners, type OwnersOfFile } from '../policy/code-owners.js';
import { statusOf } from './cannot-judge.js';
import { branchRef, type GitHubClient, type RepositoryName } from './github-client.js';

const MAX_TEAMS = 50;
const NOBODY: OwnersOfFile = () => [];

/** Whether somebody owns every path, by the base's CODEOWNERS; the last rule that fits a path counts. A path that nobody
 * owns, and a repository without the file, is owned by nobody. Teams need the permission members: read. */
export async function isCodeOwner(
  client: GitHubClient,
  repository: RepositoryName,
  baseRef: string,
  paths: readonly string[],
  login: string,
): Promise<boolean> {
  const ownersOf = await readCodeOwners(client, repository, branchRef(baseRef));
  const speaks = speaker(client, login);
  for (const path of paths) {
    if (!(await speaks(ownersOf(path)))) return false;
  }
  return paths.length > 0;
}

/** Which of some owners, as CODEOWNERS writes them, somebody is or belongs to. Teams need the permission members: read. */
export async function listSpokenFor(
  client: GitHubClient,
  owners: readonly string[],
  login: string,
): Promise<readonly string[]> {
  const speaks = speaker(client, login);
  const spokenFor: string[] = [];
  for (const owner of new Set(owners)) if (await speaks([owner])) spokenFor.push(owner);
  return spokenFor;
}

/** Tells whether somebody is one of some owners. Each team is asked about once, and so many at most. */
function speaker(client: GitHubClient, login: string): (owners: readonly string[]) => Promise<boolean> {
  const teams = new Map<string, boolean>();
  return async (owners) => {
    if (owners.some((owner) => owner.toLowerCase() === `@${login.toLowerCase()}`)) return true;
    for (const owner of owners.filter((each) => each.includes('/'))) {
      if (!teams.has(owner) && teams.size >= MAX_TEAMS) return false;
      const isMember = teams.get(owner) ?? (await isTeamMember(client, owner, login));
      teams.set(owner, isMember);
      if (isMember) return true;
    }
    return false;
  };
}

async function readCodeOwners(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  ref: string,
): Promise<OwnersOfFile> {
  for (const path of CODE_OWNERS_PLACES) {
    try {
      const { data } = await client.rest.repos.getContent({ owner, repo, path, ref });
      if (Array.isArray(data) || !('content' in data)) return NOBODY;
      return ownersOfFile(parseCodeOwners(Buffer.from(data.content, 'base64').toString('utf8')));
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
  return NOBODY;
}

/** GitHub: `GET /orgs/{org}/teams/{team_slug}/memberships/{username}`. */
async function isTeamMember(client: GitHubClient, team: string, username: string): Promise<boolean> {
  const [org = '', team_slug = ''] = team.slice(1).split('/');
  try {
    const { data } = await client.rest.teams.getMembershipForUserInOrg({ org, team_slug, username });
    return data.state === 'active';
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 403) return false;
    throw error;
  }
}
