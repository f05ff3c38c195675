import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { CannotJudge } from './cannot-judge.js';
import type { GitHubClient, RepositoryName } from './github-client.js';

export interface TarballLimits {
  /** Bytes after decompression, all files together. */
  readonly totalBytes: number;
  readonly entries: number;
}

export const TARBALL_LIMITS: TarballLimits = { totalBytes: 2 ** 30, entries: 300_000 };

/**
 * Reads one commit's archive as a stream and hands over the content of the files that `wanted` accepts, by their path in the
 * repository. Only one file is held at a time. Whether a content is the one the tree names is for the caller to check: an
 * archive may leave files out or alter them (`export-ignore`, `export-subst`).
 *
 * GitHub: `GET /repos/{owner}/{repo}/tarball/{ref}` answers with a redirect, which is followed.
 *
 * @throws CannotJudge when the archive is larger than the limits, or breaks off.
 */
export async function readTarball(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  commitSha: string,
  wanted: (path: string) => boolean,
  onFile: (path: string, content: Uint8Array) => void,
  limits: TarballLimits = TARBALL_LIMITS,
): Promise<void> {
  const response = await client.request('GET /repos/{owner}/{repo}/tarball/{ref}', {
    owner,
    repo,
    ref: commitSha,
    request: { parseSuccessResponseBody: false },
  });
  const body = Readable.fromWeb(response.data as Parameters<typeof Readable.fromWeb>[0]);
  await readTarStream(Readable.from(asReceived(body)), wanted, onFile, limits);
}

/** The content of an answer that Octokit does not read itself, and so does not tell of a connection that breaks. */
async function* asReceived(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw incomplete(error instanceof Error && error.name === 'TimeoutError' ? 'took too long' : 'broke off', error);
  }
}

function incomplete(reason: string, cause: unknown): CannotJudge {
  return new CannotJudge(`GitHub’s answer with the repository’s archive ${reason}.`, { cause });
}

/** Reads a gzipped tar of which every path begins with one folder, as GitHub makes them.
 *
 * @throws CannotJudge when it is larger than the limits, or not whole. */
export async function readTarStream(...parameters: Parameters<typeof readEntries>): Promise<void> {
  try {
    await readEntries(...parameters);
  } catch (error) {
    // A stream may end before its time without an error of its own.
    const isCutOff = error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
    throw isCutOff ? incomplete('broke off', error) : error;
  }
}

async function readEntries(
  compressed: Readable,
  wanted: (path: string) => boolean,
  onFile: (path: string, content: Uint8Array) => void,
  limits: TarballLimits,
): Promise<void> {
  const tar = extract();
  const gunzip = createGunzip();
  const flow = pipeline(compressed, gunzip, countBytes(limits.totalBytes), tar);
  // The failure is thrown below by the loop that reads the entries, or by awaiting it after the loop.
  flow.catch(() => undefined);
  let entries = 0;
  for await (const entry of tar) {
    entries += 1;
    if (entries > limits.entries) throw new CannotJudge('The repository’s archive holds too many files.');
    const path = entry.header.name.slice(entry.header.name.indexOf('/') + 1);
    if (entry.header.type !== 'file' || !wanted(path)) {
      entry.resume();
      continue;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry) chunks.push(chunk as Uint8Array);
    onFile(path, Buffer.concat(chunks));
  }
  await flow;
}

/** Ends a decompression that grows beyond the limit, whatever the compressed size was. */
function countBytes(limit: number): (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array> {
  return async function* (source) {
    let total = 0;
    for await (const chunk of source) {
      total += chunk.byteLength;
      if (total > limit) throw new CannotJudge('The repository’s archive is too large to be read.');
      yield chunk;
    }
  };
}
