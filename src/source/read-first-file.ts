import { join } from 'node:path';
import { readBlobs } from './git-objects.js';
import { resolveRevision } from './git-repository.js';
import { runGit } from './run-git.js';
import { withRegularFile } from './walk-folder.js';

/** The text of the first of some files that a folder has, and that can be read; null where there is none. */
export function readFirstFile(folder: string, paths: readonly string[]): string | null {
  for (const path of paths) {
    try {
      return withRegularFile(join(folder, path), ({ read }) => Buffer.from(read()).toString('utf8'));
    } catch {
      continue;
    }
  }
  return null;
}

/** The same of a revision.
 *
 * @throws SourceError when git fails. */
export async function readFirstFileOfRevision(
  repository: string,
  revision: string,
  paths: readonly string[],
): Promise<string | null> {
  const commit = await resolveRevision(repository, revision);
  if (commit === null) return null;
  for (const path of paths) {
    const { exitCode, stdout } = await runGit(repository, ['rev-parse', '--verify', '--quiet', `${commit}:${path}`]);
    if (exitCode !== 0) continue;
    const sha = stdout.toString('utf8').trim();
    return (await readBlobs(repository, [sha])).get(sha)?.toString('utf8') ?? null;
  }
  return null;
}
