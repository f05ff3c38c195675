import { realpath } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { CODE_OWNERS_PLACES, ownersOfFile, parseCodeOwners, type OwnersOfFile } from '../policy/code-owners.js';
import { findRepository } from '../source/git-repository.js';
import { readFirstFile, readFirstFileOfRevision } from '../source/read-first-file.js';

/** Who owns the files below a folder: by the folder's own CODEOWNERS, else by that of the repository that it lies in. Null
 * without either. */
export async function readOwnersAbove(folder: string): Promise<OwnersOfFile | null> {
  const own = readFirstFile(folder, CODE_OWNERS_PLACES);
  if (own !== null) return ownersBy(own);
  const top = await findRepository(folder).catch(() => null);
  const text = top === null ? null : readFirstFile(top, CODE_OWNERS_PLACES);
  if (top === null || text === null) return null;
  const [from, to] = await Promise.all([realpath(top), realpath(folder)]);
  const owners = ownersBy(text);
  return (path) => owners(relative(from, resolve(to, path)));
}

/** Who owns the files of a revision. Null where it has no CODEOWNERS. */
export async function readOwnersOfRevision(repository: string, revision: string): Promise<OwnersOfFile | null> {
  const text = await readFirstFileOfRevision(repository, revision, CODE_OWNERS_PLACES);
  return text === null ? null : ownersBy(text);
}

function ownersBy(text: string): OwnersOfFile {
  return ownersOfFile(parseCodeOwners(text));
}
