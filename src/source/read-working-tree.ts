import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTreeEntry } from './read-directory.js';
import { gitOutput } from './run-git.js';
import { createPathFilter } from './select-paths.js';
import { SIZE_LIMITS, SourceCollector, type SizeLimits, type SourceFiles } from './source-files.js';

const SUBMODULE = '160000';

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
  const [tracked, untracked] = await Promise.all([listTracked(repository), listUntracked(repository)]);
  const isWanted = createPathFilter(globs);
  const collector = new SourceCollector(limits);
  for (const [path, { mode, sha }] of [...tracked, ...untracked]) {
    if (!isWanted(path)) continue;
    if (mode === SUBMODULE) {
      const message = 'This is a submodule; the other repository was not read.';
      collector.leaveOut(path, { code: 'submodule-not-read', message }, sha);
      continue;
    }
    const stats = await lstat(join(repository, path)).catch(() => null);
    if (stats?.isFile() || stats?.isSymbolicLink()) {
      await readTreeEntry(repository, path, stats.isSymbolicLink(), collector);
    }
  }
  return collector.finish();
}

interface IndexEntry {
  readonly mode: string;
  readonly sha: string;
}

/** Each path once, also while a merge leaves several versions of it. */
async function listTracked(repository: string): Promise<ReadonlyMap<string, IndexEntry>> {
  const entries = new Map<string, IndexEntry>();
  for (const record of await listFiles(repository, ['--stage'])) {
    const [, mode = '', sha = '', path] = /^(\d+) ([0-9a-f]+) \d\t(.+)$/s.exec(record) ?? [];
    if (path !== undefined) entries.set(path, { mode, sha });
  }
  return entries;
}

async function listUntracked(repository: string): Promise<ReadonlyMap<string, IndexEntry>> {
  const paths = await listFiles(repository, ['--others', '--exclude-standard']);
  return new Map(paths.map((path) => [path, { mode: '', sha: '' }]));
}

async function listFiles(repository: string, options: readonly string[]): Promise<readonly string[]> {
  const output = await gitOutput(repository, ['ls-files', '-z', ...options]);
  return output
    .toString('utf8')
    .split('\0')
    .filter((record) => record !== '');
}
