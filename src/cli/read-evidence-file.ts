import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { readEvidence } from '../evidence/read-evidence.js';
import type { TrafficEvidence } from '../evidence/traffic-evidence.js';
import type { EvidenceSettings } from '../policy/parse-policy-file.js';
import { UsageError } from './exit-codes.js';
import type { CommonOptions } from './read-settings.js';
import type { Terminal } from './terminal.js';

/** Traffic evidence, or what is to be said where there is none. */
export interface GivenEvidence {
  readonly evidence?: TrafficEvidence;
  /** Absolute, of a file. */
  readonly path?: string;
  readonly diagnostics: readonly Diagnostic[];
}

export const NO_EVIDENCE: GivenEvidence = { diagnostics: [] };

/** The evidence that `--evidence` names, else the file that the configuration names in the repository. Addresses
 * are the App's business.
 *
 * @throws UsageError where there is no such file, or it is none that could be judged by. */
export async function readEvidenceFile(
  { evidence: named, repo }: Pick<CommonOptions, 'evidence' | 'repo'>,
  configured: EvidenceSettings | null,
  { workingDirectory, writeErr }: Pick<Terminal, 'workingDirectory' | 'writeErr'>,
): Promise<GivenEvidence> {
  const own = configured?.from.kind === 'file' ? join(repo, configured.from.path) : undefined;
  const written = named ?? own;
  if (written === undefined) {
    if (configured !== null)
      writeErr('note: traffic evidence is fetched by the App alone; give a file with --evidence\n');
    return NO_EVIDENCE;
  }
  const path = resolve(workingDirectory, written);
  const content = await readFile(path).catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`the traffic evidence ${written} cannot be read (${reason})`);
  });
  const text = new TextDecoder().decode(content);
  const reading = readEvidence(written, text, Date.now(), configured?.maxAge ?? null);
  if (reading.kind === 'unusable') throw new UsageError(`the traffic evidence ${written} ${reading.reason}`);
  return { evidence: reading.evidence, path, diagnostics: [] };
}
