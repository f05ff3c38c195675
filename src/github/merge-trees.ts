import { blobSha } from './blob.js';
import { CannotJudge } from './cannot-judge.js';
import type { TreeFile, TreeListing } from './repository-tree.js';
import { mergeTexts } from './three-way-merge.js';

export interface MergedTree {
  readonly listing: TreeListing;
  /** Contents that this merge made, by their blob SHA. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/** Files changed on both sides; more would mean as many reads. */
const MAX_CONTENT_MERGES = 200;
const MAX_NAMED_FILES = 10;

/**
 * Merges the head's tree into the base's, file by file: what only one side changed is that side's; what both changed
 * differently is merged line by line. Renames are not followed: a file that one side moved and the other changed is a
 * conflict, which is the careful answer.
 *
 * @throws CannotJudge naming the files that conflict.
 */
export async function mergeTrees(
  ancestor: TreeListing,
  base: TreeListing,
  head: TreeListing,
  readContent: (sha: string) => Promise<Uint8Array>,
): Promise<MergedTree> {
  const listing = new Map<string, TreeFile>();
  const contents = new Map<string, Uint8Array>();
  const conflicts: string[] = [];
  let merges = 0;
  for (const path of new Set([...base.keys(), ...head.keys()])) {
    const old = ancestor.get(path);
    const ours = base.get(path);
    const theirs = head.get(path);
    if (sameEntry(ours, theirs) || sameEntry(old, theirs) || sameEntry(old, ours)) {
      const chosen = sameEntry(old, ours) ? theirs : ours;
      if (chosen) listing.set(path, chosen);
      continue;
    }
    merges += 1;
    if (merges > MAX_CONTENT_MERGES) throw new CannotJudge('Too many files changed both in the base and in the head.');
    const merged = await mergeFile(old, ours, theirs, readContent);
    if (merged === null) {
      conflicts.push(path);
      continue;
    }
    const sha = blobSha(merged);
    contents.set(sha, merged);
    listing.set(path, { path, kind: 'file', sha, size: merged.byteLength });
  }
  if (conflicts.length > 0) throw new CannotJudge(describeConflicts(conflicts));
  return { listing, contents };
}

/** Null for a conflict. Without an ancestor (both sides added the file) there is nothing to merge by. */
async function mergeFile(
  old: TreeFile | undefined,
  ours: TreeFile | undefined,
  theirs: TreeFile | undefined,
  readContent: (sha: string) => Promise<Uint8Array>,
): Promise<Uint8Array | null> {
  if (old?.kind !== 'file' || ours?.kind !== 'file' || theirs?.kind !== 'file') return null;
  const texts: string[] = [];
  for (const { sha } of [old, ours, theirs]) {
    const text = decode(await readContent(sha));
    if (text === null) return null;
    texts.push(text);
  }
  const [oldText = '', ourText = '', theirText = ''] = texts;
  const merged = mergeTexts(oldText, ourText, theirText);
  return merged === null ? null : new TextEncoder().encode(merged);
}

function decode(content: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return null;
  }
}

function sameEntry(a: TreeFile | undefined, b: TreeFile | undefined): boolean {
  return a?.sha === b?.sha && a?.kind === b?.kind;
}

function describeConflicts(paths: readonly string[]): string {
  const named = paths.slice(0, MAX_NAMED_FILES).join(', ');
  const left = paths.length - MAX_NAMED_FILES;
  return `The head conflicts with the base in ${named}${left > 0 ? ` and ${left} more files` : ''}.`;
}
