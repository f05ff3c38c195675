import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { compareByPath } from './source-files.js';

/** Folders that hold other people's files, or git's own. */
export const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** A file or a link in a folder. */
export interface FolderEntry {
  /** Relative to the folder where the walk began, with forward slashes. */
  readonly path: string;
  readonly isLink: boolean;
}

/** The files and links below a folder, in the order of their names. Links are not followed. */
export function* walkFolder(
  root: string,
  onUnreadable: (folder: string, reason: string) => void,
  folder = '',
): Generator<FolderEntry> {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    onUnreadable(folder, reasonOf(error));
    return;
  }
  for (const entry of entries.map((item) => ({ path: item.name, item })).sort(compareByPath)) {
    const path = folder === '' ? entry.path : `${folder}/${entry.path}`;
    if (entry.item.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(entry.path)) yield* walkFolder(root, onUnreadable, path);
    } else if (entry.item.isFile() || entry.item.isSymbolicLink()) {
      yield { path, isLink: entry.item.isSymbolicLink() };
    }
  }
}

/** A file that is open for reading. */
export interface OpenFile {
  readonly size: number;
  /** All that is left of it. */
  readonly read: () => Uint8Array;
  /** The next bytes, at most so many; none at the end. */
  readonly readSome: (most: number) => Uint8Array;
}

/**
 * Opens a file for reading, and nothing that could keep its reader waiting. In one thread: of thousands of small files, each takes
 * much longer to be asked of another one than to be read.
 */
export function withRegularFile<T>(file: string, work: (open: OpenFile) => T): T {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error('not a regular file');
    const { size } = stats;
    return work({
      size,
      read: () => readFileSync(descriptor),
      readSome: (most) => {
        const bytes = Buffer.allocUnsafe(most);
        return bytes.subarray(0, readSync(descriptor, bytes));
      },
    });
  } finally {
    closeSync(descriptor);
  }
}

/** What the system calls an error (`ENOENT`), or else its message. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
