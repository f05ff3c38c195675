import { createHash } from 'node:crypto';
import type { GitHubClient, RepositoryName } from './github-client.js';

/** The name git gives a file's content. */
export function blobSha(content: Uint8Array): string {
  return createHash('sha1')
    .update(`blob ${String(content.byteLength)}\0`)
    .update(content)
    .digest('hex');
}

/** GitHub: `GET /repos/{owner}/{repo}/git/blobs/{sha}`, up to 100 MB. */
export async function readBlob(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  sha: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { data } = await client.rest.git.getBlob({
    owner,
    repo,
    file_sha: sha,
    ...(signal ? { request: { signal } } : {}),
  });
  return new Uint8Array(Buffer.from(data.content, data.encoding === 'base64' ? 'base64' : 'utf8'));
}

const LFS_POINTER = 'version https://git-lfs.github.com/spec/v1\n';

/** Whether git keeps only a reference to the real content, which lies in Git LFS. */
export function isLfsPointer(content: Uint8Array): boolean {
  return content.byteLength < 1024 && Buffer.from(content).toString('latin1').startsWith(LFS_POINTER);
}
