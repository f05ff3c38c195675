import type { TreeEntry } from '../git-store.js';
import {
  ok,
  page,
  Refusal,
  repositoryOf,
  resolveCommit,
  type Answer,
  type ApiRequest,
  type Routes,
} from '../api-request.js';
import { diffFilesJson } from '../diff-files.js';
import { commitJson, listedCommitJson, pullJson } from '../payloads.js';
import { fullNameOf, type StoredRepository } from '../store.js';

/** Commits, trees, blobs, refs, comparisons and archives. */
export const GIT_ROUTES: Routes = {
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}': async (request) => {
    const commit = await repositoryOf(request).git.commit(request.parameters['commit_sha'] ?? '');
    if (!commit) throw new Refusal(404, 'Not Found');
    return ok(commitJson(commit));
  },
  'GET /repos/{owner}/{repo}/git/trees/{tree_sha}': getTree,
  'GET /repos/{owner}/{repo}/git/blobs/{file_sha}': async (request) => {
    const { git } = repositoryOf(request);
    const sha = request.parameters['file_sha'] ?? '';
    const content = /^[0-9a-f]{40}$/.test(sha) ? await git.blob(sha) : null;
    if (!content) throw new Refusal(404, 'Not Found');
    if (content.byteLength > request.world.limits.blobBytes) throw new Refusal(403, 'This blob is too large.');
    if (request.accept.includes('raw')) return { status: 200, raw: { content, type: 'application/octet-stream' } };
    return ok({ sha, size: content.byteLength, encoding: 'base64', content: foldedBase64(content) });
  },
  'GET /repos/{owner}/{repo}/git/ref/{ref}': (request) => {
    const repository = repositoryOf(request);
    const name = `refs/${request.parameters['ref'] ?? ''}`;
    const sha = repository.git.ref(name);
    if (sha === null) throw new Refusal(404, 'Not Found');
    return ok(refJson(name, sha));
  },
  'GET /repos/{owner}/{repo}/git/matching-refs/{ref}': (request) => {
    const { git } = repositoryOf(request);
    if (git.refs.size === 0) throw new Refusal(409, 'Git Repository is empty.');
    const start = `refs/${request.parameters['ref'] ?? ''}`;
    const found = [...git.refs].filter(([name]) => name.startsWith(start)).sort();
    return page(
      request,
      found.map(([name, sha]) => refJson(name, sha)),
    );
  },
  'GET /repos/{owner}/{repo}/compare/{basehead}': compare,
  'GET /repos/{owner}/{repo}/commits/{ref}': async (request) => {
    const repository = repositoryOf(request);
    const commit = await repository.git.commit(await resolveCommit(repository, request.parameters['ref'] ?? ''));
    if (!commit) throw new Refusal(422, 'No commit found for SHA');
    if (request.accept.includes('sha')) {
      return { status: 200, raw: { content: Buffer.from(commit.sha), type: 'application/vnd.github.sha' } };
    }
    const [parent] = commit.parents;
    const files = parent === undefined ? [] : await repository.git.diff(parent, commit.sha);
    return ok({ ...listedCommitJson(commit), files: diffFilesJson(files.slice(0, 300), request.world.limits) });
  },
  'GET /repos/{owner}/{repo}/commits': async (request) => {
    const repository = repositoryOf(request);
    const from = request.query.get('sha') ?? repository.defaultBranch;
    const shas = await repository.git.log(null, await resolveCommit(repository, from));
    return page(request, await Promise.all(shas.map((sha) => listed(repository, sha))));
  },
  'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': async (request) => {
    const repository = repositoryOf(request);
    const sha = request.parameters['commit_sha'];
    const pulls = [...repository.pulls.values()].filter((pull) => pull.head === sha);
    return page(request, await Promise.all(pulls.map((pull) => pullJson(request.world, repository, pull))));
  },
  'GET /repos/{owner}/{repo}/branches': (request) => {
    const { git } = repositoryOf(request);
    const names = [...git.refs.keys()].filter((name) => name.startsWith('refs/heads/')).sort();
    return page(
      request,
      names.map((name) => branchJson(name.slice('refs/heads/'.length), git.ref(name) ?? '')),
    );
  },
  'GET /repos/{owner}/{repo}/branches/{branch}': async (request) => {
    const repository = repositoryOf(request);
    const name = request.parameters['branch'] ?? '';
    const sha = repository.git.ref(`refs/heads/${name}`);
    if (sha === null) throw new Refusal(404, 'Branch not found');
    return ok({ ...branchJson(name, sha), commit: await listed(repository, sha) });
  },
  'GET /repos/{owner}/{repo}/tarball/{ref}': async (request) => {
    const repository = repositoryOf(request);
    const sha = await resolveCommit(repository, request.parameters['ref'] ?? '');
    const expires = Date.now() + request.world.limits.archiveLinkMs;
    const location = `${request.world.webUrl}/_codeload/${fullNameOf(repository)}/${sha}?token=${expires}`;
    return { status: 302, headers: { location } };
  },
};

async function getTree(request: ApiRequest): Promise<Answer> {
  const { git } = repositoryOf(request);
  const { limits } = request.world;
  const name = request.parameters['tree_sha'] ?? '';
  // A commit or a branch is as good as a tree here.
  const target = (await git.resolve(name)) ?? name;
  const commit = await git.commit(target).catch(() => null);
  const entries = await git.tree(target, request.query.has('recursive'));
  if (!entries) throw new Refusal(404, 'Not Found');
  let bytes = 0;
  const shown: TreeEntry[] = [];
  for (const entry of entries) {
    bytes += entry.path.length + 150;
    if (shown.length >= limits.treeEntries || bytes > limits.treeBytes) break;
    shown.push(entry);
  }
  return ok({ sha: commit?.tree ?? target, tree: shown, truncated: shown.length < entries.length });
}

async function compare(request: ApiRequest): Promise<Answer> {
  const repository = repositoryOf(request);
  const { git } = repository;
  const [baseName, headName] = (request.parameters['basehead'] ?? '').split('...');
  if (!baseName || !headName) throw new Refusal(404, 'Not Found');
  const base = await resolveCommit(repository, baseName);
  const head = await resolveCommit(repository, headName);
  const mergeBase = await git.mergeBase(base, head);
  if (mergeBase === null) throw new Refusal(404, `No common ancestor between ${baseName} and ${headName}.`);
  const ahead = await git.log(mergeBase, head);
  const behind = await git.log(mergeBase, base);
  const files = await git.diff(mergeBase, head);
  const commits = await Promise.all([...ahead].reverse().map((sha) => listed(repository, sha)));
  const status =
    ahead.length > 0 ? (behind.length > 0 ? 'diverged' : 'ahead') : behind.length > 0 ? 'behind' : 'identical';
  const comparison = {
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    base_commit: await listed(repository, base),
    merge_base_commit: await listed(repository, mergeBase),
    files: diffFilesJson(files.slice(0, 300), request.world.limits),
  };
  return page(request, commits, (shown) => ({ ...comparison, commits: shown }));
}

async function listed({ git }: StoredRepository, sha: string): Promise<Record<string, unknown>> {
  const commit = await git.commit(sha);
  if (!commit) throw new Refusal(404, 'Not Found');
  return listedCommitJson(commit);
}

function refJson(ref: string, sha: string): object {
  return { ref, node_id: `REF_${ref}`, object: { type: 'commit', sha } };
}

function branchJson(name: string, sha: string): object {
  return { name, commit: { sha }, protected: false };
}

/** GitHub breaks base64 into lines. */
export function foldedBase64(content: Uint8Array): string {
  return Buffer.from(content).toString('base64').replace(/.{60}/g, '$&\n');
}
