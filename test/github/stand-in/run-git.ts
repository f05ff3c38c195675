import { execFile } from 'node:child_process';

/** Git said no. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure';

  constructor(
    readonly code: number,
    readonly output: string,
    command: readonly string[],
    complaint: string,
  ) {
    super(`git ${command.join(' ')} ended with ${code}: ${complaint.trim()}`);
  }
}

/** Nothing of the machine's own configuration may have a part in what a test sees. */
const ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Someone',
  GIT_AUTHOR_EMAIL: 'someone@github.example',
  GIT_COMMITTER_NAME: 'Someone',
  GIT_COMMITTER_EMAIL: 'someone@github.example',
};

/** Runs git in a repository and gives what it prints. */
export async function runGit(folder: string, args: readonly string[], input?: string | Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: ENVIRONMENT, encoding: 'buffer' as const, maxBuffer: 2 ** 30 };
    const child = execFile('git', [...args], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const code = typeof error.code === 'number' ? error.code : -1;
      reject(new GitFailure(code, stdout.toString('utf8'), args, stderr.toString('utf8') || error.message));
    });
    // A git that ends before it has read everything tells so by its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}
