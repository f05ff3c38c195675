import { gitOutput } from './run-git.js';

/** A path that git knows, as it is in the index; both are empty for a path that is not. */
export interface IndexEntry {
  readonly mode: string;
  readonly sha: string;
}

/** What belongs to a working tree, by path: what git tracks, on disk or not, and new files that it does not ignore.
 *
 * @throws SourceError when git fails. */
export async function listWorkingTree(repository: string): Promise<ReadonlyMap<string, IndexEntry>> {
  const [tracked, untracked] = await Promise.all([listTracked(repository), listUntracked(repository)]);
  return new Map([...tracked, ...untracked]);
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
