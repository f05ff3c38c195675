import { matchesPath } from '../policy/wildcard.js';
import { statusOf } from './cannot-judge.js';
import type { GitHubClient, RepositoryName } from './github-client.js';

/** Where GitHub looks for the file, in its order. */
const PLACES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];
const MAX_TEAMS = 50;

interface Rule {
  readonly pattern: string;
  readonly owners: readonly string[];
}

/** Whether somebody owns every path, by the base's CODEOWNERS; the last rule that fits a path counts. A path that nobody
 * owns, and a repository without the file, is owned by nobody. Teams need the permission members: read. */
export async function isCodeOwner(
  client: GitHubClient,
  repository: RepositoryName,
  baseRef: string,
  paths: readonly string[],
  login: string,
): Promise<boolean> {
  const rules = await readRules(client, repository, baseRef);
  const teams = new Map<string, boolean>();
  for (const path of paths) {
    const owners = rules.findLast(({ pattern }) => owns(pattern, path))?.owners ?? [];
    let isOwner = owners.some((owner) => owner.toLowerCase() === `@${login.toLowerCase()}`);
    for (const owner of owners) {
      if (isOwner || !owner.includes('/')) continue;
      if (!teams.has(owner) && teams.size >= MAX_TEAMS) return false;
      const isMember = teams.get(owner) ?? (await isTeamMember(client, owner, login));
      teams.set(owner, isMember);
      isOwner = isMember;
    }
    if (!isOwner) return false;
  }
  return paths.length > 0;
}

async function readRules(client: GitHubClient, { owner, repo }: RepositoryName, ref: string): Promise<readonly Rule[]> {
  for (const path of PLACES) {
    try {
      const { data } = await client.rest.repos.getContent({ owner, repo, path, ref });
      if (Array.isArray(data) || !('content' in data)) return [];
      return parseRules(Buffer.from(data.content, 'base64').toString('utf8'));
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
  return [];
}

function parseRules(text: string): readonly Rule[] {
  return text.split('\n').flatMap((line) => {
    const [pattern = '', ...owners] = line
      .replace(/(?:^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    return pattern === '' ? [] : [{ pattern, owners }];
  });
}

/** A pattern without a slash, but for one at its end, fits in every folder; `docs/*` does not reach below. */
function owns(pattern: string, path: string): boolean {
  if (pattern.endsWith('/*'))
    return matchesPath(pattern, path) && path.split('/').length === pattern.replace(/^\//, '').split('/').length;
  const isAnchored = pattern.replace(/\/$/, '').includes('/');
  return matchesPath(isAnchored ? pattern : `**/${pattern}`, path);
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
