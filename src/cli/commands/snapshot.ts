import { rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ClusterOptions } from '../cluster-tools.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import { takeSnapshot } from '../take-snapshot.js';
import type { Terminal } from '../terminal.js';

export interface SnapshotCommandOptions extends ClusterOptions {
  readonly output?: string;
  readonly includeEndpoints?: boolean;
  readonly includeEnv?: boolean;
}

/** `egress-scope snapshot`: what the cluster has and decides where calls go, as YAML. All of it, or nothing.
 *
 * @throws SourceError where the cluster does not tell all; UsageError where the file cannot be written. */
export async function snapshot(options: SnapshotCommandOptions, terminal: Terminal): Promise<number> {
  const { includeEndpoints = false, includeEnv = false, output } = options;
  const text = await takeSnapshot(options, { includeEndpoints, includeEnv }, terminal);
  if (output === undefined) terminal.writeOut(text);
  else await replaceFile(output, text, terminal);
  return EXIT_CODES.pass;
}

/** The file is the old one or the new one, and never half of it. */
async function replaceFile(output: string, text: string, { workingDirectory }: Terminal): Promise<void> {
  const path = resolve(workingDirectory, output);
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, { mode: 0o644 });
    await rename(draft, path);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`${output} cannot be written (${reason})`);
  }
}
