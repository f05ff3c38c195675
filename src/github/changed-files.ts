import type { GitHubClient, PullRequestTarget } from './github-client.js';
import { parsePatchLines } from './patch-lines.js';

/** A file of a pull request's diff. */
export interface ChangedFile {
  readonly path: string;
  /** Where the file lay before, for a renamed one. */
  readonly previousPath: string | null;
  /** The blob in the head; of a removed file, the one that was there. */
  readonly sha: string | null;
  readonly isRemoved: boolean;
  /** The head's lines that the diff shows; none where GitHub leaves the patch out. */
  readonly lines: ReadonlySet<number>;
}

export interface ChangedFiles {
  readonly files: readonly ChangedFile[];
  /** False where GitHub stops listing (3,000 files), and where it may have listed another head than the one asked about. */
  readonly isComplete: boolean;
}

const GITHUB_FILE_LIMIT = 3000;

/**
 * GitHub lists the files of whatever head the pull request has at that moment, or had a moment ago. Which head that was, only
 * the addresses of the files tell.
 *
 * GitHub: `GET /repos/{owner}/{repo}/pulls/{pull_number}/files`.
 */
export async function listChangedFiles(
  client: GitHubClient,
  { owner, repo, number }: PullRequestTarget,
  headSha: string,
): Promise<ChangedFiles> {
  const entries = await client.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', {
    owner,
    repo,
    pull_number: number,
    per_page: 100,
  });
  const files = entries.map((entry) => ({
    path: entry.filename,
    previousPath: entry.previous_filename ?? null,
    sha: entry.sha,
    isRemoved: entry.status === 'removed',
    lines: entry.patch === undefined ? new Set<number>() : parsePatchLines(entry.patch),
  }));
  const isOfHead = entries.some(({ contents_url }) => contents_url.endsWith(`ref=${headSha}`));
  return { files, isComplete: isOfHead && files.length < GITHUB_FILE_LIMIT };
}

/** Whether the change can matter at all. An incomplete list may hide what does. */
export function touchesRelevantFile(
  { files, isComplete }: ChangedFiles,
  isRelevant: (path: string) => boolean,
): boolean {
  if (!isComplete) return true;
  return files.some(
    ({ path, previousPath }) => isRelevant(path) || (previousPath !== null && isRelevant(previousPath)),
  );
}
