import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isInForce } from '../../policy/exempt-changes.js';
import { parsePolicyFile } from '../../policy/parse-policy-file.js';
import { visibleText } from '../../report/visible-text.js';
import { today } from '../../source/today.js';
import { UsageError } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

/** `egress-scope config check [FILE]`: 0 where the file is right, 1 with every line that is wrong.
 *
 * @throws UsageError when there is no such file. */
export async function configCheck(path: string, terminal: Terminal): Promise<number> {
  const text = await readFile(resolve(terminal.workingDirectory, path), 'utf8').catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`${path} cannot be read (${reason})`);
  });
  const { problems, policy } = parsePolicyFile(path, text);
  if (problems.length === 0) {
    terminal.writeOut(`${path} is right.\n`);
    for (const { scope, owner, expires } of policy.waivers.filter((waiver) => !isInForce(waiver, today()))) {
      const what = visibleText(`${scope.workload} to ${scope.host} (${owner})`);
      terminal.writeOut(`note: the waiver of ${what} expired on ${expires}; it no longer holds\n`);
    }
    return 0;
  }
  for (const { line, message } of problems) terminal.writeOut(`${path}:${line ?? 1}: ${visibleText(message)}\n`);
  return 1;
}
