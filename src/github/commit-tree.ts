import { LRUCache } from 'lru-cache';
import PQueue from 'p-queue';
import { createSourceTree, type TreeEntry } from '../source/create-source-tree.js';
import type { SourceTree } from '../source/source-tree.js';
import { blobSha, readBlob } from './blob.js';
import { CannotJudge } from './cannot-judge.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import type { TreeSide } from './read-manifests.js';
import { readTarball } from './tarball.js';

const MAX_CACHED_BYTES = 64 * 2 ** 20;
const MAX_FILE_BYTES = 20 * 2 ** 20;
/** More missing files than this are taken from the commit's archive. */
const ARCHIVE_FROM = 60;
const MAX_BLOBS = 3000;
const CONCURRENT_BLOBS = 8;

/** Contents by blob SHA, for all repositories together. A repository can only ask for blobs that its own trees name. */
export type BlobCache = LRUCache<string, Buffer>;

export function createBlobCache(): BlobCache {
  return new LRUCache({ maxSize: MAX_CACHED_BYTES, sizeCalculation: ({ byteLength }) => Math.max(byteLength, 64) });
}

export interface CommitTreeOptions {
  readonly blobs: BlobCache;
  /** Contents that exist nowhere on GitHub, by their blob SHA. */
  readonly merged: ReadonlyMap<string, Uint8Array>;
  readonly signal?: AbortSignal | undefined;
}

/** One side of a change, of which any file can be read: blob by blob, or from the archive when it is much. Links and submodules
 * are absent from it.
 *
 * `read` throws CannotJudge when there is more than the limits allow, and Octokit's errors as they come. */
export function commitTree(
  client: GitHubClient,
  repository: RepositoryName,
  { listing, archiveSha }: TreeSide,
  { blobs, merged, signal }: CommitTreeOptions,
): SourceTree {
  const entries = [...listing.values()]
    .filter(({ kind, size }) => kind !== 'file' || size <= MAX_FILE_BYTES)
    .map(({ path, kind, sha, size }): readonly [string, TreeEntry] => {
      if (kind === 'file') return [path, { size, digest: sha }];
      return [path, { code: kind === 'symlink' ? 'symlink-not-followed' : 'submodule-not-read', digest: sha }];
    });
  return createSourceTree(new Map(entries), async (paths) => {
    const shaOf = (path: string): string => listing.get(path)?.sha ?? '';
    const found = new Map<string, Uint8Array>();
    for (const sha of new Set(paths.map(shaOf))) {
      const content = merged.get(sha) ?? blobs.get(sha);
      if (content) found.set(sha, content);
    }
    const take = (sha: string, content: Uint8Array): void => {
      found.set(sha, content);
      blobs.set(sha, Buffer.from(content));
    };
    const missing = (): readonly string[] => [...new Set(paths.map(shaOf))].filter((sha) => !found.has(sha));
    if (missing().length > ARCHIVE_FROM) {
      const wanted = new Set(paths);
      await readTarball(
        client,
        repository,
        archiveSha,
        (path) => wanted.has(path) && !found.has(shaOf(path)),
        (path, content) => {
          signal?.throwIfAborted();
          if (blobSha(content) === shaOf(path)) take(shaOf(path), content);
        },
      );
    }
    const rest = missing();
    if (rest.length > MAX_BLOBS) {
      throw new CannotJudge(`${rest.length} files would have to be read one by one; the limit is ${MAX_BLOBS}.`);
    }
    const queue = new PQueue({ concurrency: CONCURRENT_BLOBS });
    await queue.addAll(rest.map((sha) => async () => take(sha, await readBlob(client, repository, sha, signal))));
    return new Map(paths.flatMap((path) => (found.has(shaOf(path)) ? [[path, found.get(shaOf(path))!] as const] : [])));
  });
}
