import { execFile } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

const MAIN = path.join(import.meta.dirname, '../../dist/cli/main.js');
const USAGE_ERROR = 64;

/** As much of `egress-scope diff --format json` as is judged by. */
export interface DiffJson {
  readonly verdict: 'pass' | 'fail' | 'undetermined';
  readonly changes: readonly {
    readonly workloads: readonly { readonly namespace: string; readonly kind: string; readonly name: string }[];
    readonly destinations: readonly { readonly host: string; readonly port: number; readonly protocol: string }[];
    readonly before: string;
    readonly after: string;
    readonly severity: 'failure' | 'warning' | 'notice' | 'none';
  }[];
}

/** What the command line says of two commits of a repository. */
export async function diffByCommandLine(gitFolder: string, before: string, after: string): Promise<DiffJson> {
  const args = [MAIN, 'diff', `rev:${before}`, `rev:${after}`, '--repo', gitFolder, '--format', 'json'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (typeof code === 'number' && code < USAGE_ERROR) resolve(JSON.parse(stdout) as DiffJson);
      else reject(new Error(`egress-scope diff ${before} ${after} ended with ${String(code)}: ${stderr}`));
    });
  });
}
