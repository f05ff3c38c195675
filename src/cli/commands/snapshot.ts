import type { ClusterOptions } from '../cluster-tools.js';
import { EXIT_CODES } from '../exit-codes.js';
import { replaceFile } from '../replace-file.js';
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
