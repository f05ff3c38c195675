import { readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import { blobName, blobNameOfFile } from './blob-name.js';
import { SIZE_LIMITS, SourceCollector, SourceError, type SizeLimits, type SourceFiles } from './source-files.js';
import { reasonOf, SKIPPED_FOLDERS, walkFolder, withRegularFile } from './walk-folder.js';

/** Reads the manifests below a folder, or one file. Paths are relative to the folder (a single file has its name alone), with
 * forward slashes. Links are not followed out of the folder.
 *
 * @throws SourceError when the root does not exist or cannot be opened. */
export function readDirectory(root: string, limits: SizeLimits = SIZE_LIMITS): SourceFiles {
  const collector = new SourceCollector(limits);
  const resolved = resolve(root);
  if (statSync(resolved).isDirectory()) readFolder(resolved, collector);
  else readFileAt(resolved, basename(root), collector);
  return collector.finish();
}

/** Reads one entry that is known to be in a tree: a file, or a link to one. */
export function readTreeEntry(root: string, path: string, isLink: boolean, collector: SourceCollector): void {
  if (isLink) readLink(root, path, collector);
  else if (isManifestPath(path)) readFileAt(join(root, path), path, collector);
}

function resolve(root: string): string {
  try {
    return realpathSync(root);
  } catch (error) {
    throw asSourceError(root, error);
  }
}

function readFolder(root: string, collector: SourceCollector): void {
  const leaveOut = (folder: string, reason: string): void => {
    const message = `The folder could not be read (${reason}).`;
    collector.leaveOut(folder === '' ? '.' : folder, { code: 'file-unreadable', message });
  };
  for (const { path, isLink } of walkFolder(root, leaveOut)) readTreeEntry(root, path, isLink, collector);
}

/** A link inside the tree shows nothing new, unless what it points at is not read under its own name. */
function readLink(root: string, path: string, collector: SourceCollector): void {
  const target = targetOf(join(root, path));
  if (target === null) {
    if (isManifestPath(path)) leaveOutLink(root, path, 'leads nowhere', collector);
    return;
  }
  const inside = relative(root, target).split(sep);
  const isDirectory = statSync(target).isDirectory();
  if (inside[0] === '..' || isAbsolute(relative(root, target))) {
    if (isDirectory || isManifestPath(path)) leaveOutLink(root, path, 'leads out of the tree', collector);
    return;
  }
  if (isDirectory || !isManifestPath(path)) return;
  const isReadAnyway = isManifestPath(target) && !inside.some((name) => SKIPPED_FOLDERS.has(name));
  if (!isReadAnyway) readFileAt(target, path, collector);
}

/** What a link leads to in the end; null where it leads nowhere. */
function targetOf(link: string): string | null {
  try {
    return realpathSync(link);
  } catch {
    return null;
  }
}

function leaveOutLink(root: string, path: string, what: string, collector: SourceCollector): void {
  const text = readlinkSync(join(root, path));
  const message = `The link ${what} (${text}) and was not followed.`;
  collector.leaveOut(path, { code: 'symlink-not-followed', message }, blobName(text));
}

function readFileAt(file: string, path: string, collector: SourceCollector): void {
  try {
    withRegularFile(file, (open) => {
      const refusal = collector.refuse(open.size);
      if (refusal === null) collector.add(path, open.read());
      else collector.leaveOut(path, refusal, blobNameOfFile(open));
    });
  } catch (error) {
    const message = `The file could not be read (${reasonOf(error)}).`;
    collector.leaveOut(path, { code: 'file-unreadable', message });
  }
}

function asSourceError(root: string, error: unknown): SourceError {
  const missing = ['ENOENT', 'ENOTDIR'].includes(reasonOf(error));
  return new SourceError(missing ? `${root} does not exist` : `${root} cannot be read (${reasonOf(error)})`, !missing);
}
