/** A file of a tree, unread. */
export interface TreeFile {
  /** Bytes. */
  readonly size: number;
  /** Equal for equal content, whatever tree or source it comes from: the name that git gives it (SHA-1 of the blob). */
  readonly digest: string;
}

/** What stands in a tree, and has its content elsewhere: a link out of it, a submodule, a pointer to Git LFS. */
export interface AbsentFile {
  readonly code: 'symlink-not-followed' | 'submodule-not-read' | 'lfs-pointer';
  /** Equal for what leads to the same. */
  readonly digest: string;
}

/**
 * One state of a repository or folder, of which any file can be read: what renderers need, whose charts and overlays are
 * more than manifests. Links that stay in the tree stand as the files they lead to; other links, submodules and pointers to
 * Git LFS are not among the files.
 */
export interface SourceTree {
  /** By path, relative to the tree's top, with forward slashes. Sorted by path. */
  readonly files: ReadonlyMap<string, TreeFile>;
  /** By path. A link or a submodule may stand for a whole folder. */
  readonly absent: ReadonlyMap<string, AbsentFile>;
  /**
   * The contents of files of the tree, by path. A file that cannot be read is missing.
   *
   * @throws SourceError when the source itself fails.
   */
  readonly read: (paths: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>;
}
