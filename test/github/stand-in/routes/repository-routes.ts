import {
  ok,
  page,
  permissionOf,
  Refusal,
  repositoryOf,
  resolveCommit,
  type Answer,
  type ApiRequest,
  type Routes,
} from '../api-request.js';
import type { TreeEntry } from '../git-store.js';
import { repositoryJson, timeOf, userJson } from '../payloads.js';
import { fullNameOf, type Permission, type StoredRepository } from '../store.js';
import { foldedBase64 } from './git-routes.js';

/** What the older field `permission` says of the newer roles. */
const OLD_NAMES: Readonly<Record<Permission, string>> = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'read',
  read: 'read',
  none: 'none',
};
const RAW_LIMIT = 100 * 2 ** 20;

/** Repositories, their contents, and who may do what in them. */
export const REPOSITORY_ROUTES: Routes = {
  'GET /repos/{owner}/{repo}': (request) => ok(repositoryJson(request.world, repositoryOf(request))),
  'GET /repos/{owner}/{repo}/activity': (request) => {
    const { activities } = repositoryOf(request);
    const listed = activities.map(({ id, type, ref, before, after, at }) => {
      return { id, ref, before, after, activity_type: type, timestamp: timeOf(at), actor: userJson('someone') };
    });
    return page(request, listed.reverse());
  },
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission': (request) => {
    const repository = repositoryOf(request);
    const login = request.parameters['username'] ?? '';
    if (request.world.goneLogins.has(login)) throw new Refusal(404, 'Not Found');
    const role = permissionOf(repository, login);
    return ok({ permission: OLD_NAMES[role], role_name: role, user: userJson(login) });
  },
  'GET /repos/{owner}/{repo}/contents/{path}': getContents,
  'GET /orgs/{org}/teams/{team_slug}/memberships/{username}': ({ world, parameters }) => {
    const members = world.teams.get(`${parameters['org'] ?? ''}/${parameters['team_slug'] ?? ''}`);
    if (!members?.has(parameters['username'] ?? '')) throw new Refusal(404, 'Not Found');
    return ok({ role: 'member', state: 'active' });
  },
  'GET /orgs/{org}/teams/{team_slug}/members': (request) => {
    const { world, parameters } = request;
    const members = world.teams.get(`${parameters['org'] ?? ''}/${parameters['team_slug'] ?? ''}`);
    if (!members) throw new Refusal(404, 'Not Found');
    return page(request, [...members].map(userJson));
  },
};

async function getContents(request: ApiRequest): Promise<Answer> {
  const repository = repositoryOf(request);
  const ref = request.query.get('ref') ?? repository.defaultBranch;
  const commit = await resolveCommit(repository, ref).catch(() => {
    throw new Refusal(404, `No commit found for the ref ${ref}`);
  });
  const path = (request.parameters['path'] ?? '').replace(/^\/+|\/+$/g, '');
  const entries = (await repository.git.tree(commit, true)) ?? [];
  const entry = entries.find((each) => each.path === path);
  if (path === '' || entry?.type === 'tree') {
    const prefix = path === '' ? '' : `${path}/`;
    const inside = entries.filter(
      (each) => each.path.startsWith(prefix) && !each.path.slice(prefix.length).includes('/'),
    );
    return ok(
      inside.slice(0, request.world.limits.folderEntries).map((each) => contentJson(request, repository, each)),
    );
  }
  if (!entry) throw new Refusal(404, 'Not Found');
  return getFile(request, repository, entry);
}

async function getFile(request: ApiRequest, repository: StoredRepository, entry: TreeEntry): Promise<Answer> {
  const json = contentJson(request, repository, entry);
  if (entry.type === 'commit') return ok({ ...json, submodule_git_url: `https://github.example/${entry.path}.git` });
  const content = (await repository.git.blob(entry.sha)) ?? Buffer.alloc(0);
  if (content.byteLength > RAW_LIMIT) throw new Refusal(403, 'The requested blob is too large to fetch via the API.');
  if (request.accept.includes('raw')) {
    return { status: 200, raw: { content, type: 'application/vnd.github.raw; charset=utf-8' } };
  }
  if (entry.mode === '120000') return ok({ ...json, type: 'symlink', target: content.toString('utf8') });
  if (content.byteLength > request.world.limits.contentBytes) return ok({ ...json, encoding: 'none', content: '' });
  return ok({ ...json, encoding: 'base64', content: foldedBase64(content) });
}

function contentJson(
  { world }: ApiRequest,
  repository: StoredRepository,
  { path, sha, type, size = 0 }: TreeEntry,
): Record<string, unknown> {
  const url = `${world.apiUrl}/repos/${fullNameOf(repository)}/contents/${path}`;
  const kind = type === 'tree' ? 'dir' : type === 'commit' ? 'submodule' : 'file';
  const links = { git: null, html: null, self: url };
  return {
    type: kind,
    name: path.split('/').at(-1),
    path,
    sha,
    size,
    url,
    _links: links,
    git_url: null,
    html_url: null,
    download_url: null,
  };
}
