import { gitOutput, runGit } from './run-git.js';
import { SourceError } from './source-files.js';

/** The top folder of the working tree that holds `folder`; of a bare repository, its own folder, where revisions can be read.
 *
 * @throws SourceError when there is none. */
export async function findRepository(folder: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runGit(folder, ['rev-parse', '--show-toplevel']);
  const top = stdout.toString('utf8').trimEnd();
  if (exitCode === 0 && top !== '') return top;
  const bare = await runGit(folder, ['rev-parse', '--is-bare-repository', '--absolute-git-dir']);
  const [isBare, gitFolder] = bare.stdout.toString('utf8').split('\n');
  if (isBare === 'true' && gitFolder) return gitFolder;
  if (/not a git repository/i.test(stderr)) throw new SourceError(`${folder} is not in a git repository`, false);
  throw new SourceError(`git cannot use the repository at ${folder}: ${firstLine(stderr)}`, true);
}

/** The commit that a revision names, or null where it names none. */
export async function resolveRevision(repository: string, revision: string): Promise<string | null> {
  if (revision === '' || revision.includes('\0')) return null;
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const { exitCode, stdout } = await runGit(repository, args);
  const commit = stdout.toString('utf8').trim();
  return exitCode === 0 && /^[0-9a-f]{40,64}$/.test(commit) ? commit : null;
}

/** The commits that a commit was made from, as it names them itself: a shallow clone need not have them.
 *
 * @throws SourceError when git fails. */
export async function parentsOf(repository: string, commit: string): Promise<readonly string[]> {
  const text = (await gitOutput(repository, ['cat-file', 'commit', commit])).toString('utf8');
  const [head = ''] = text.split('\n\n', 1);
  return [...head.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1] ?? '');
}

/** Where two commits parted; null where they have nothing in common, or a shallow clone does not tell. */
export async function mergeBaseOf(repository: string, a: string, b: string): Promise<string | null> {
  const { exitCode, stdout } = await runGit(repository, ['merge-base', a, b]);
  const commit = stdout.toString('utf8').trim();
  return exitCode === 0 && commit !== '' ? commit : null;
}

/** Where the current branch left the default branch: what a pull request would be compared with.
 *
 * @throws SourceError when there is no default branch, or no common commit. */
export async function findMergeBase(repository: string): Promise<string> {
  const branch = await findDefaultBranch(repository);
  const commit = await mergeBaseOf(repository, 'HEAD', branch.commit);
  if (commit !== null) return commit;
  const shallow =
    (await gitOutput(repository, ['rev-parse', '--is-shallow-repository'])).toString('utf8').trim() === 'true';
  const hint = shallow ? '; the clone is shallow: fetch its history (git fetch --unshallow)' : '';
  throw new SourceError(`HEAD and ${branch.name} have no common commit${hint}`, true);
}

const USUAL_NAMES = ['origin/main', 'origin/master', 'main', 'master'];

async function findDefaultBranch(repository: string): Promise<{ readonly name: string; readonly commit: string }> {
  const head = await runGit(repository, ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']);
  const named = head.exitCode === 0 ? [head.stdout.toString('utf8').trim()] : [];
  for (const name of [...named, ...USUAL_NAMES]) {
    const commit = await resolveRevision(
      repository,
      name.startsWith('origin/') ? `refs/remotes/${name}` : `refs/heads/${name}`,
    );
    if (commit !== null) return { name, commit };
  }
  throw new SourceError('no default branch was found (origin/HEAD, main or master); name what to compare with', false);
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
