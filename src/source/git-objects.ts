import { gitOutput } from './run-git.js';

/** A file, link or submodule of a commit's tree. */
export interface GitTreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly sha: string;
  /** Bytes; 0 for a submodule. */
  readonly size: number;
}

export const LINK_MODE = '120000';
export const SUBMODULE_MODE = '160000';

/** Everything in a commit's tree but folders, by path.
 *
 * @throws SourceError when git fails. */
export async function listTree(repository: string, commit: string): Promise<ReadonlyMap<string, GitTreeEntry>> {
  const output = await gitOutput(repository, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit]);
  const entries = new Map<string, GitTreeEntry>();
  for (const record of output.toString('utf8').split('\0')) {
    const fields = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t(.+)$/s.exec(record);
    if (fields === null) continue;
    const [, mode = '', sha = '', size = '', path = ''] = fields;
    entries.set(path, { path, mode, sha, size: size === '-' ? 0 : Number(size) });
  }
  return entries;
}

/** A file of a commit's tree; null where there is none of that path. Links are not followed.
 *
 * @throws SourceError when git fails. */
export async function readFileOfCommit(repository: string, commit: string, path: string): Promise<Buffer | null> {
  const output = await gitOutput(repository, ['ls-tree', '-z', '--full-tree', commit, '--', path]);
  const [, sha, found] = /^100\d+ blob ([0-9a-f]+)\t([^\0]+)\0$/.exec(output.toString('utf8')) ?? [];
  if (sha === undefined || found !== path) return null;
  return (await readBlobs(repository, [sha])).get(sha) ?? null;
}

/** Where the links of a tree lead, by the names of their blobs. */
export function readLinks(
  repository: string,
  entries: ReadonlyMap<string, GitTreeEntry>,
): Promise<ReadonlyMap<string, Buffer>> {
  return readBlobs(
    repository,
    [...entries.values()].filter((entry) => entry.mode === LINK_MODE).map((entry) => entry.sha),
  );
}

/** The blobs' contents by their names; what git does not have is missing.
 *
 * @throws SourceError when git fails. */
export async function readBlobs(repository: string, shas: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  if (shas.length === 0) return contents;
  const names = [...new Set(shas)].join('\n');
  const output = await gitOutput(repository, ['cat-file', '--batch'], `${names}\n`);
  for (let at = 0; at < output.length;) {
    const lineEnd = output.indexOf(0x0a, at);
    if (lineEnd < 0) break;
    const header = output.toString('utf8', at, lineEnd).split(' ');
    at = lineEnd + 1;
    if (header[1] !== 'blob') continue;
    const size = Number(header[2]);
    contents.set(header[0] ?? '', output.subarray(at, at + size));
    at += size + 1;
  }
  return contents;
}
