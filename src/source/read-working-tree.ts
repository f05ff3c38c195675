import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { SUBMODULE_MODE } from './git-objects.js';
import { listWorkingTree } from './git-working-tree.js';
import { readTreeEntry } from './read-directory.js';
import { createPathFilter } from './select-paths.js';
import { SIZE_LIMITS, SourceCollector, type SizeLimits, type SourceFiles } from './source-files.js';

/** Reads the manifests of a repository's working tree as they are on disk: what git tracks, and new files that it does not
 * ignore. Another repository that merely lies in the folder is no part of it. Paths are relative to the repository's top,
 * which `repository` must be.
 *
 * @throws SourceError when git fails. */
export async function readWorkingTree(
  repository: string,
  globs: readonly string[] = [],
  limits: SizeLimits = SIZE_LIMITS,
): Promise<SourceFiles> {
  const isWanted = createPathFilter(globs);
  const collector = new SourceCollector(limits);
  for (const [path, { mode, sha }] of await listWorkingTree(repository)) {
    if (!isWanted(path)) continue;
    if (mode === SUBMODULE_MODE) {
      const message = 'This is a submodule; the other repository was not read.';
      collector.leaveOut(path, { code: 'submodule-not-read', message }, sha);
      continue;
    }
    const stats = lstatSync(join(repository, path), { throwIfNoEntry: false });
    if (stats?.isFile() || stats?.isSymbolicLink()) {
      readTreeEntry(repository, path, stats.isSymbolicLink(), collector);
    }
  }
  return collector.finish();
}
