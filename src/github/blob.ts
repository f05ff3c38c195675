import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { GitHubClient, RepositoryName } from './github-client.js';

/** The name git gives a file's content. */
export function blobSha(content: Uint8Array): string {
  return createHash('sha1')
    .update(`blob ${String(content.byteLength)}\0`)
    .update(content)
    .digest('hex');
}

/** GitHub: `GET /repos/{owner}/{repo}/git/blobs/{sha}`, up to 100 MB. Asked for as it is: as JSON, a content of more than some 6 MiB
 * is too long a string for Octokit's parser, which would then hand over the JSON as text. */
export async function readBlob(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  sha: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { data } = await client.request('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', {
    owner,
    repo,
    file_sha: sha,
    mediaType: { format: 'raw' },
    request: { parseSuccessResponseBody: false, ...(signal ? { signal } : {}) },
  });
  return buffer(data as unknown as AsyncIterable<Uint8Array>);
}
