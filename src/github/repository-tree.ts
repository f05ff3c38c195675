import { json } from 'node:stream/consumers';
import { CannotJudge } from './cannot-judge.js';
import type { GitHubClient, RepositoryName } from './github-client.js';

export type TreeFileKind = 'file' | 'symlink' | 'submodule';

/** An entry of a commit's tree, as git stores it. */
export interface TreeFile {
  readonly path: string;
  readonly kind: TreeFileKind;
  /** Of the blob; of the commit for a submodule. */
  readonly sha: string;
  /** Bytes; 0 where GitHub gives none. */
  readonly size: number;
}

/** Path → entry. */
export type TreeListing = ReadonlyMap<string, TreeFile>;

const NO_FILES: TreeListing = new Map();

interface RawTree {
  readonly tree: readonly RawEntry[];
  readonly truncated: boolean;
}

interface RawEntry {
  readonly path?: string;
  readonly mode?: string;
  readonly type?: string;
  readonly sha?: string | null;
  readonly size?: number;
}

/** Sub-trees asked for one by one, once GitHub has cut a listing short. */
const MAX_SUBTREE_REQUESTS = 300;

/**
 * Lists a commit's files that `isRelevant` accepts, and all its submodules (which may hide files). One request; where
 * GitHub cuts the recursive listing short (100,000 entries or 7 MB), folder by folder.
 *
 * @param known another commit's listing. Entries that both have are that one's, so that what is known of them holds here too.
 * @throws CannotJudge when even that is too much.
 */
export async function readTree(
  client: GitHubClient,
  repository: RepositoryName,
  commitSha: string,
  isRelevant: (path: string) => boolean,
  known: TreeListing = NO_FILES,
): Promise<TreeListing> {
  const files = new Map<string, TreeFile>();
  const folders: { readonly sha: string; readonly prefix: string }[] = [{ sha: commitSha, prefix: '' }];
  let requests = 0;
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    requests += 1;
    if (requests > MAX_SUBTREE_REQUESTS) {
      throw new CannotJudge('The repository has more files than GitHub can list in a reasonable number of requests.');
    }
    const whole = await requestTree(client, repository, folder.sha, true);
    if (!whole.truncated) {
      addEntries(files, whole.tree, folder.prefix, isRelevant, known);
      continue;
    }
    requests += 1;
    const shallow = await requestTree(client, repository, folder.sha, false);
    if (shallow.truncated) throw new CannotJudge(`The folder /${folder.prefix} has more files than GitHub lists.`);
    addEntries(files, shallow.tree, folder.prefix, isRelevant, known);
    for (const entry of shallow.tree) {
      if (entry.type !== 'tree' || !entry.sha || entry.path === undefined) continue;
      folders.push({ sha: entry.sha, prefix: `${folder.prefix}${entry.path}/` });
    }
  }
  return files;
}

/** Octokit's own parser, which looks for large numbers, takes longer over a list of thousands of files than all the rest does. */
async function requestTree(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  sha: string,
  recursive: boolean,
): Promise<RawTree> {
  const { data } = await client.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
    owner,
    repo,
    tree_sha: sha,
    ...(recursive ? { recursive: '1' } : {}),
    request: { parseSuccessResponseBody: false },
  });
  return (await json(data as unknown as AsyncIterable<Uint8Array>)) as RawTree;
}

function addEntries(
  files: Map<string, TreeFile>,
  entries: readonly RawEntry[],
  prefix: string,
  isRelevant: (path: string) => boolean,
  known: TreeListing,
): void {
  for (const entry of entries) {
    const kind = kindOf(entry);
    if (kind === null || entry.path === undefined || !entry.sha) continue;
    const path = prefix + entry.path;
    if (kind !== 'submodule' && !isRelevant(path)) continue;
    const [same, size] = [known.get(path), entry.size ?? 0];
    if (same?.sha === entry.sha && same.kind === kind && same.size === size) files.set(same.path, same);
    else files.set(path, { path, kind, sha: entry.sha, size });
  }
}

/** What of a listing another one does not have as it is. */
export function filesNotIn(other: TreeListing, listing: TreeListing): readonly TreeFile[] {
  const found: TreeFile[] = [];
  for (const file of listing.values()) {
    const counterpart = other.get(file.path);
    if (counterpart === file) continue;
    if (counterpart?.sha !== file.sha || counterpart.kind !== file.kind) found.push(file);
  }
  return found;
}

/** Git's modes: 120000 is a symbolic link, 160000 a submodule's commit, 100644 and 100755 are files. */
function kindOf(entry: RawEntry): TreeFileKind | null {
  if (entry.mode === '120000') return 'symlink';
  if (entry.mode === '160000' || entry.type === 'commit') return 'submodule';
  return entry.type === 'blob' ? 'file' : null;
}
