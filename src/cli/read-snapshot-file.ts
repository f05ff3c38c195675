import { readFile } from 'node:fs/promises';
import { join, normalize, resolve } from 'node:path';
import { parseManifestFile } from '../kubernetes/parse-manifest-file.js';
import type { SnapshotSettings } from '../policy/parse-policy-file.js';
import { readSnapshot, type MeshSnapshot, type SnapshotReading } from '../snapshot/read-snapshot.js';
import { UsageError } from './exit-codes.js';
import type { CommonOptions } from './read-settings.js';

/** A snapshot on the disk. */
export interface SnapshotFile {
  readonly snapshot: MeshSnapshot;
  /** Absolute. */
  readonly path: string;
}

/** The snapshot that `--snapshot` names, else the one that the configuration names in the repository; null without either.
 *
 * @throws UsageError where there is no such file, or it is none that could be judged by. */
export async function readSnapshotFile(
  { snapshot: named, repo }: CommonOptions,
  configured: SnapshotSettings | null,
  workingDirectory: string,
): Promise<SnapshotFile | null> {
  const written = named ?? (configured === null ? undefined : join(repo, configured.path));
  if (written === undefined) return null;
  const read = await openSnapshot(written, workingDirectory);
  const reading = read(configured?.maxAge ?? null);
  if (reading.kind === 'unusable') throw new UsageError(`the snapshot ${written} ${reading.reason}`);
  return { snapshot: reading.snapshot, path: resolve(workingDirectory, written) };
}

/** What a file says as a snapshot that may be so old (milliseconds; null for any age).
 *
 * @throws UsageError where there is no such file. */
export async function openSnapshot(
  written: string,
  workingDirectory: string,
): Promise<(maxAge: number | null) => SnapshotReading> {
  const content = await readFile(resolve(workingDirectory, written)).catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`the snapshot ${written} cannot be read (${reason})`);
  });
  const file = parseManifestFile({ path: normalize(written), content });
  return (maxAge) => readSnapshot(file, Date.now(), maxAge);
}
