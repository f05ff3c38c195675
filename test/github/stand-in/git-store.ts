import type { DiffFile } from './git-diff.js';

/** A file of a test repository: text, bytes, or something that git keeps beside files. */
export type StoredFile = string | Uint8Array | { readonly symlink: string } | { readonly submodule: string };

export type Files = Readonly<Record<string, StoredFile>>;
/** What to put over the files of a commit's parent; null removes a file. */
export type Changes = Readonly<Record<string, StoredFile | null>>;

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  /** ISO 8601 */
  readonly date: string;
}

export interface TreeEntry {
  readonly path: string;
  readonly mode: '100644' | '100755' | '120000' | '160000' | '040000';
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  readonly size?: number;
}

/** A git repository, as the stand-in asks it. */
export interface GitStore {
  /** Where git has it; empty where it is in memory alone. */
  readonly folder: string;
  /** Every ref by its full name. */
  readonly refs: ReadonlyMap<string, string>;
  ref: (name: string) => string | null;
  setRef: (name: string, sha: string) => Promise<void>;
  deleteRef: (name: string) => Promise<void>;
  /** The commit that a tag, a branch, a ref, or a full SHA stands for, in git's own order (gitrevisions); null for none. */
  resolve: (name: string) => Promise<string | null>;
  /** Makes a commit: `changes` over the first parent's files, or nothing but `changes` where there is no parent. */
  makeCommit: (changes: Changes, parents?: readonly string[], message?: string) => Promise<string>;
  makeCommitOfTree: (tree: string, parents: readonly string[], message: string) => Promise<string>;
  commit: (sha: string) => Promise<Commit | null>;
  /** The entries of a commit or a tree; null when there is none. Recursive listings hold the folders too, as GitHub's do. */
  tree: (sha: string, isRecursive: boolean) => Promise<readonly TreeEntry[] | null>;
  blob: (sha: string) => Promise<Buffer | null>;
  /** Null for commits without a common ancestor. */
  mergeBase: (a: string, b: string) => Promise<string | null>;
  /** A commit that merges `head` into `base`, whose first parent is `base`; null for a conflict. */
  merge: (base: string, head: string) => Promise<string | null>;
  /** The commits of `from..to`, newest first. */
  log: (from: string | null, to: string) => Promise<readonly string[]>;
  /** What differs between two commits, renames found as GitHub finds them. */
  diff: (before: string, after: string) => Promise<readonly DiffFile[]>;
  archive: (sha: string, prefix: string) => Promise<Buffer>;
}

/** The commit that a name stands for, whoever keeps the refs. */
export async function resolveIn(store: Pick<GitStore, 'ref' | 'commit'>, name: string): Promise<string | null> {
  for (const ref of [name, `refs/${name}`, `refs/tags/${name}`, `refs/heads/${name}`]) {
    const sha = store.ref(ref);
    if (sha !== null) return sha;
  }
  if (!/^[0-9a-f]{40}$/.test(name)) return null;
  return (await store.commit(name)) === null ? null : name;
}
