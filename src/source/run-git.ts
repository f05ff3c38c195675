import { execFile } from 'node:child_process';
import { SourceError } from './source-files.js';

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Variables by which a surrounding git process would turn this one to its own repository. */
const FOREIGN_VARIABLES = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_PREFIX',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
];

/** Settings that keep a repository's own configuration from starting programs. */
const SAFE_SETTINGS = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'core.quotePath=false'];

const MAX_OUTPUT = 2 ** 30;

/** Runs git in a folder, without a shell, and waits for it. An exit code other than 0 is a result, not an error.
 *
 * @throws SourceError when git cannot be started. */
export function runGit(folder: string, args: readonly string[], input = ''): Promise<GitResult> {
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
  for (const name of FOREIGN_VARIABLES) env[name] = undefined;
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      [...SAFE_SETTINGS, ...args],
      { cwd: folder, env, encoding: 'buffer', maxBuffer: MAX_OUTPUT, windowsHide: true },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : error.code;
        if (typeof exitCode === 'number') resolve({ exitCode, stdout, stderr: stderr.toString('utf8').trim() });
        else reject(new SourceError(`git could not be run in ${folder} (${String(exitCode ?? error?.message)})`, true));
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** Runs git and gives its output.
 *
 * @throws SourceError with git's own words when it fails. */
export async function gitOutput(folder: string, args: readonly string[], input = ''): Promise<Buffer> {
  const { exitCode, stdout, stderr } = await runGit(folder, args, input);
  if (exitCode !== 0) throw new SourceError(`git ${args[0] ?? ''} failed: ${stderr || `exit code ${exitCode}`}`, true);
  return stdout;
}
