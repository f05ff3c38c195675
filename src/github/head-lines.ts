import type { ChangedFile } from './changed-files.js';
import type { TreeListing } from './repository-tree.js';
import { matchLines, splitLines } from './three-way-merge.js';

/** Turns a line of the analysed tree into the line of the head's file, which reviews and annotations refer to; null where
 * the head has no such line. */
export type HeadLineOf = (path: string, line: number) => number | null;

/** Each costs two reads; lines of further files are left without a place. */
const MAX_COMPARED_FILES = 30;

/**
 * The analysed tree is the head merged into the base. Where the base changed a file of the pull request too, its lines have
 * other numbers than in the head, and the two versions are compared.
 */
export async function mapHeadLines(
  files: readonly ChangedFile[],
  after: TreeListing,
  readContent: (sha: string) => Promise<Uint8Array>,
): Promise<HeadLineOf> {
  const maps = new Map<string, readonly number[]>();
  const differing = files.filter(({ path, sha }) => sha !== null && after.has(path) && after.get(path)?.sha !== sha);
  for (const { path } of differing.slice(MAX_COMPARED_FILES)) maps.set(path, []);
  for (const { path, sha } of differing.slice(0, MAX_COMPARED_FILES)) {
    const merged = after.get(path)?.sha ?? '';
    const decoder = new TextDecoder();
    const from = splitLines(decoder.decode(await readContent(merged)));
    const to = splitLines(decoder.decode(await readContent(sha ?? '')));
    maps.set(path, matchLines(from, to) ?? []);
  }
  return (path, line) => {
    const map = maps.get(path);
    if (!map) return line;
    const index = map[line - 1] ?? -1;
    return index < 0 ? null : index + 1;
  };
}
