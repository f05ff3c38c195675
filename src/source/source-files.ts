import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import { diagnostic } from '../diagnostic/diagnostic.js';
import { isLfsPointer } from '../kubernetes/lfs-pointer.js';
import type { ManifestFile, ParsedFile } from '../kubernetes/manifest.js';
import { blobName } from './blob-name.js';

/** What a source found. Every manifest path of the tree is in one of the two lists. */
export interface SourceFiles {
  /** Sorted by path. */
  readonly files: readonly ManifestFile[];
  /** Files that may hold objects and whose content is not known, as the empty file each stands for. Sorted by path. */
  readonly unread: readonly ParsedFile[];
}

/** Bytes of one file, and of all files of a tree, that are read at most. */
export interface SizeLimits {
  readonly fileBytes: number;
  readonly totalBytes: number;
}

export const SIZE_LIMITS: SizeLimits = { fileBytes: 64 * 2 ** 20, totalBytes: 512 * 2 ** 20 };

/** Why a file was left out. */
export interface Refusal {
  readonly code: DiagnosticCode;
  readonly message: string;
}

/** A source that cannot be read at all. `refused` is true where git or the system stood in the way, and false where what
 * was asked for does not exist. */
export class SourceError extends Error {
  override readonly name = 'SourceError';

  constructor(
    message: string,
    readonly refused: boolean,
  ) {
    super(message);
  }
}

/** Gathers files in any order, within limits. */
export class SourceCollector {
  readonly #files: ManifestFile[] = [];
  readonly #unread: ParsedFile[] = [];
  #bytes = 0;

  constructor(private readonly limits: SizeLimits) {}

  /** Why a file of this size does not fit any more; null where it does, and is counted. */
  refuse(size: number): Refusal | null {
    if (size > this.limits.fileBytes) {
      const message = `The file holds more than ${mebibytes(this.limits.fileBytes)} and was not read.`;
      return { code: 'file-too-large', message };
    }
    if (this.#bytes + size > this.limits.totalBytes) {
      return {
        code: 'too-much-content',
        message: `Other files of the tree hold ${mebibytes(this.limits.totalBytes)} already.`,
      };
    }
    this.#bytes += size;
    return null;
  }

  add(path: string, content: Uint8Array): void {
    if (isLfsPointer(content)) {
      const message = 'There is only a pointer here; the content lies in Git LFS and was not read.';
      this.leaveOut(path, { code: 'lfs-pointer', message }, blobName(content));
    } else {
      this.#files.push({ path, content });
    }
  }

  /** Notes a file whose content is not known. With a digest, a comparison can tell whether it changed; without one, it has
   * to be taken for changed. */
  leaveOut(path: string, { code, message }: Refusal, digest?: string): void {
    this.#unread.push({
      path,
      objects: [],
      unreadable: [{ path, line: 1, kind: null, ...(digest === undefined ? {} : { digest }) }],
      diagnostics: [diagnostic(code, message, { path, line: 1 })],
      isManifest: true,
    });
  }

  finish(): SourceFiles {
    return { files: this.#files.sort(compareByPath), unread: this.#unread.sort(compareByPath) };
  }
}

/** The same files under another folder: several trees become one. */
export function moveBelow(prefix: string, { files, unread }: SourceFiles): SourceFiles {
  const move = <T extends { readonly path: string }>(item: T): T => ({ ...item, path: `${prefix}/${item.path}` });
  return {
    files: files.map(move),
    unread: unread.map((file) => ({
      ...move(file),
      unreadable: file.unreadable.map(move),
      diagnostics: file.diagnostics.map((item) => (item.path === null ? item : move({ ...item, path: item.path }))),
    })),
  };
}

function mebibytes(bytes: number): string {
  return `${bytes / 2 ** 20} MiB`;
}

/** By code unit, as git sorts: the same on every machine. */
export function compareByPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
