import { lstatSync, readlinkSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isLfsPointer, MAX_LFS_POINTER_BYTES } from '../kubernetes/lfs-pointer.js';
import { blobName, blobNameOfFile } from './blob-name.js';
import { createSourceTree, type TreeEntry } from './create-source-tree.js';
import { LINK_MODE, listTree, readBlobs, readLinks, SUBMODULE_MODE } from './git-objects.js';
import { resolveRevision } from './git-repository.js';
import { listWorkingTree } from './git-working-tree.js';
import { SourceError } from './source-files.js';
import type { SourceTree } from './source-tree.js';
import { reasonOf, walkFolder, withRegularFile } from './walk-folder.js';

/** The tree below a folder, as it is when it is opened. What cannot be read is not in it, nor are other people's packages.
 *
 * @throws SourceError when the folder does not exist. */
export async function openDirectoryTree(folder: string): Promise<SourceTree> {
  const root = await realpath(folder).catch((error: unknown) => {
    throw new SourceError(`${folder} cannot be read (${reasonOf(error)})`, reasonOf(error) !== 'ENOENT');
  });
  const paths = Array.from(
    walkFolder(root, () => undefined),
    ({ path }) => path,
  );
  return treeOnDisk(root, paths);
}

/** The working tree of a repository, as it is when it is opened: what git tracks, and new files that it does not ignore.
 * `repository` must be the repository's top.
 *
 * @throws SourceError when git fails. */
export async function openWorkingTree(repository: string): Promise<SourceTree> {
  const entries = await listWorkingTree(repository);
  const submodules = [...entries].filter(([, { mode }]) => mode === SUBMODULE_MODE);
  return treeOnDisk(
    repository,
    [...entries].filter(([, { mode }]) => mode !== SUBMODULE_MODE).map(([path]) => path),
    submodules.map(([path, { sha }]) => [path, { code: 'submodule-not-read', digest: sha }]),
  );
}

/** The tree of a commit, straight from git's objects.
 *
 * @throws SourceError when the revision does not exist, or git fails. */
export async function openGitRevision(repository: string, revision: string): Promise<SourceTree> {
  const commit = await resolveRevision(repository, revision);
  if (commit === null) throw new SourceError(`${revision} is not a revision of the repository at ${repository}`, false);
  const listed = await listTree(repository, commit);
  const links = await readLinks(repository, listed);
  const small = [...listed.values()].filter(({ mode, size }) => mode !== LINK_MODE && size < MAX_LFS_POINTER_BYTES);
  const contents = await readBlobs(
    repository,
    small.filter(({ size }) => size > 0).map(({ sha }) => sha),
  );
  const entries = new Map<string, TreeEntry>();
  for (const { path, mode, sha, size } of listed.values()) {
    const content = contents.get(sha);
    if (mode === SUBMODULE_MODE) entries.set(path, { code: 'submodule-not-read', digest: sha });
    else if (content !== undefined && isLfsPointer(content)) entries.set(path, { code: 'lfs-pointer', digest: sha });
    else if (mode === LINK_MODE) entries.set(path, { linksTo: links.get(sha)?.toString('utf8') ?? '' });
    else entries.set(path, { size, digest: sha });
  }
  return createSourceTree(entries, async (paths) => {
    const shas = paths.map((path) => [path, listed.get(path)?.sha ?? ''] as const);
    const blobs = await readBlobs(
      repository,
      shas.map(([, sha]) => sha),
    );
    return new Map(shas.flatMap(([path, sha]) => (blobs.has(sha) ? [[path, blobs.get(sha)!] as const] : [])));
  });
}

function treeOnDisk(
  root: string,
  paths: readonly string[],
  known: readonly (readonly [string, TreeEntry])[] = [],
): SourceTree {
  const entries = new Map<string, TreeEntry>(known);
  for (const path of paths) {
    const entry = entryOnDisk(join(root, path));
    if (entry !== null) entries.set(path, entry);
  }
  return createSourceTree(entries, (wanted) => {
    const contents = new Map<string, Uint8Array>();
    for (const path of wanted) {
      const content = unlessGone(() => withRegularFile(join(root, path), ({ read }) => read()));
      if (content !== null) contents.set(path, content);
    }
    return Promise.resolve(contents);
  });
}

/** Null for what is neither a file nor a link, and for what cannot be read. */
function entryOnDisk(file: string): TreeEntry | null {
  return unlessGone(() => {
    const stats = lstatSync(file);
    if (stats.isSymbolicLink()) return { linksTo: readlinkSync(file) };
    if (!stats.isFile()) return null;
    return withRegularFile(file, (open) => {
      if (stats.size >= MAX_LFS_POINTER_BYTES) return { size: open.size, digest: blobNameOfFile(open) };
      const content = open.read();
      const digest = blobName(content);
      return isLfsPointer(content) ? { code: 'lfs-pointer', digest } : { size: content.byteLength, digest };
    });
  });
}

/** Null where the system refuses: files come and go. */
function unlessGone<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
