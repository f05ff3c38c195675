import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { EdgeChange } from '../../src/reachability/change.js';
import type { Rejection } from '../../src/reachability/egress-reachability.js';

const MAIN = path.join(import.meta.dirname, '../../dist/bin/egress-scope.js');
const USAGE_ERROR = 64;

/** As much of `egress-scope diff --format json` as is judged by. */
export interface DiffJson {
  readonly verdict: 'pass' | 'fail' | 'undetermined';
  readonly changes: readonly EdgeChange[];
  readonly rejected: readonly Rejection[];
}

/** What the command line says of two commits of a repository.
 *
 * @param configuration a configuration file's text. */
export async function diffByCommandLine(
  gitFolder: string,
  before: string,
  after: string,
  configuration?: string,
): Promise<DiffJson> {
  const args = [MAIN, 'diff', `rev:${before}`, `rev:${after}`, '--repo', gitFolder, '--format', 'json'];
  if (configuration === undefined) return run(args);
  const folder = await mkdtemp(path.join(tmpdir(), 'egress-scope-waivers-'));
  try {
    const file = path.join(folder, 'egress-scope.yml');
    await writeFile(file, configuration);
    return await run([...args, '--config', file]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function run(args: readonly string[]): Promise<DiffJson> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [...args],
      { maxBuffer: 2 ** 28, env: { ...process.env, EGRESS_SCOPE_CACHE: 'off' } },
      (error, stdout, stderr) => {
        const code = error ? error.code : 0;
        if (typeof code === 'number' && code < USAGE_ERROR) resolve(JSON.parse(stdout) as DiffJson);
        else reject(new Error(`${args.slice(1).join(' ')} ended with ${String(code)}: ${stderr}`));
      },
    );
  });
}
