import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SourceError } from './source-files.js';

/** A file that is written anew. */
export interface FileToWrite {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  /** As it was read; null for one that was not there. */
  readonly before: string | null;
  /** As it is to be; null for one that is to go. */
  readonly after: string | null;
}

/** Writes files below a folder, if all of them are still as they were read; else none.
 *
 * @throws SourceError for a file that is another one by now, or that cannot be written. */
export async function writeFiles(folder: string, files: readonly FileToWrite[]): Promise<void> {
  for (const { path, before } of files) {
    const now = await readFile(join(folder, path)).catch(() => null);
    const isSame = before === null ? now === null : now !== null && Buffer.from(before, 'utf8').equals(now);
    if (!isSame) throw new SourceError(`${path} is not as it was read; nothing was written`, false);
  }
  for (const { path, after } of files) {
    const place = join(folder, path);
    try {
      if (after === null) await rm(place);
      else {
        await mkdir(dirname(place), { recursive: true });
        await writeFile(place, after, 'utf8');
      }
    } catch (error) {
      throw new SourceError(`${path} could not be written: ${(error as Error).message}`, true);
    }
  }
}
