import { constants } from 'node:fs';
import { open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import { blobName, blobNameOfFile } from './blob-name.js';
import {
  compareByPath,
  SIZE_LIMITS,
  SourceCollector,
  SourceError,
  type SizeLimits,
  type SourceFiles,
} from './source-files.js';

/** Folders that hold other people's files, or git's own. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** Reads the manifests below a folder, or one file. Paths are relative to the folder (a single file has its name alone), with
 * forward slashes. Links are not followed out of the folder.
 *
 * @throws SourceError when the root does not exist or cannot be opened. */
export async function readDirectory(root: string, limits: SizeLimits = SIZE_LIMITS): Promise<SourceFiles> {
  const collector = new SourceCollector(limits);
  const resolved = await realpath(root).catch((error: unknown) => {
    throw asSourceError(root, error);
  });
  const stats = await stat(resolved);
  if (stats.isDirectory()) await walk(resolved, '', collector);
  else await readFileAt(resolved, basename(root), collector);
  return collector.finish();
}

/** Reads one entry that is known to be in a tree: a file, or a link to one. */
export async function readTreeEntry(
  root: string,
  path: string,
  isLink: boolean,
  collector: SourceCollector,
): Promise<void> {
  if (isLink) await readLink(root, path, collector);
  else if (isManifestPath(path)) await readFileAt(join(root, path), path, collector);
}

async function walk(root: string, folder: string, collector: SourceCollector): Promise<void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    const message = `The folder could not be read (${reason(error)}).`;
    collector.leaveOut(folder === '' ? '.' : folder, { code: 'file-unreadable', message });
    return [];
  });
  for (const entry of entries.map((item) => ({ path: item.name, item })).sort(compareByPath)) {
    const path = folder === '' ? entry.path : `${folder}/${entry.path}`;
    if (entry.item.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(entry.path)) await walk(root, path, collector);
    } else if (entry.item.isFile() || entry.item.isSymbolicLink()) {
      await readTreeEntry(root, path, entry.item.isSymbolicLink(), collector);
    }
  }
}

/** A link inside the tree shows nothing new, unless what it points at is not read under its own name. */
async function readLink(root: string, path: string, collector: SourceCollector): Promise<void> {
  const target = await realpath(join(root, path)).catch(() => null);
  if (target === null) {
    if (isManifestPath(path)) await leaveOutLink(root, path, 'leads nowhere', collector);
    return;
  }
  const inside = relative(root, target).split(sep);
  const isDirectory = (await stat(target)).isDirectory();
  if (inside[0] === '..' || isAbsolute(relative(root, target))) {
    if (isDirectory || isManifestPath(path)) await leaveOutLink(root, path, 'leads out of the tree', collector);
    return;
  }
  if (isDirectory || !isManifestPath(path)) return;
  const isReadAnyway = isManifestPath(target) && !inside.some((name) => SKIPPED_FOLDERS.has(name));
  if (!isReadAnyway) await readFileAt(target, path, collector);
}

async function leaveOutLink(root: string, path: string, what: string, collector: SourceCollector): Promise<void> {
  const text = await readlink(join(root, path)).catch(() => 'unknown');
  const message = `The link ${what} (${text}) and was not followed.`;
  collector.leaveOut(path, { code: 'symlink-not-followed', message }, blobName(text));
}

async function readFileAt(file: string, path: string, collector: SourceCollector): Promise<void> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new Error('not a regular file');
      const refusal = collector.refuse(stats.size);
      if (refusal === null) collector.add(path, await handle.readFile());
      else collector.leaveOut(path, refusal, await blobNameOfFile(handle, stats.size));
    } finally {
      await handle.close();
    }
  } catch (error) {
    const message = `The file could not be read (${reason(error)}).`;
    collector.leaveOut(path, { code: 'file-unreadable', message });
  }
}

function asSourceError(root: string, error: unknown): SourceError {
  const missing = codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
  return new SourceError(missing ? `${root} does not exist` : `${root} cannot be read (${reason(error)})`, !missing);
}

function reason(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
