import { rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** Writes a file, which is the old one or the new one, and never half of it.
 *
 * @throws UsageError where it cannot be written. */
export async function replaceFile(output: string, text: string, { workingDirectory }: Terminal): Promise<void> {
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
