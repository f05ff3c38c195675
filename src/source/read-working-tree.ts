import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTreeEntry } from './read-directory.js';
import { gitOutput } from './run-git.js';
import { createPathFilter } from './select-paths.js';
import { SIZE_LIMITS, SourceCollector, type SizeLimits, type SourceFiles } from './source-files.js';

/** Reads the manifests of a repository's working tree as they are on disk: what git tracks, and new files that it does not
 * ignore. Paths are relative to the repository's top, which `repository` must be.
 *
 * @throws SourceError when git fails. */
export async function readWorkingTree(
  repository: string,
  globs: readonly string[] = [],
  limits: SizeLimits = SIZE_LIMITS,
): Promise<SourceFiles> {
  const output = await gitOutput(repository, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  const paths = new Set(
    output
      .toString('utf8')
      .split('\0')
      .filter((path) => path !== ''),
  );
  const isWanted = createPathFilter(globs);
  const collector = new SourceCollector(limits);
  for (const path of [...paths].sort()) {
    if (!isWanted(path)) continue;
    const stats = await lstat(join(repository, path)).catch(() => null);
    if (stats === null) continue;
    if (stats.isDirectory()) {
      collector.leaveOut(
        path.replace(/\/$/, ''),
        'submodule-not-read',
        'This is a repository of its own, and was not read.',
      );
    } else if (stats.isFile() || stats.isSymbolicLink()) {
      await readTreeEntry(repository, path, stats.isSymbolicLink(), collector);
    }
  }
  return collector.finish();
}
