import { parseManifestFile } from '../kubernetes/parse-manifest-file.js';
import type { ParsedFile } from '../kubernetes/manifest.js';
import type { SnapshotSettings } from '../policy/parse-policy-file.js';
import { readSnapshot, type MeshSnapshot, type SnapshotReading } from '../snapshot/read-snapshot.js';
import { readBlob } from './blob.js';
import { CannotJudge, statusOf } from './cannot-judge.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import type { ParsedFileCache } from './parsed-file-cache.js';

const MAX_BYTES = 20 * 2 ** 20;

/** A snapshot that lies somewhere else, if it may be so old (milliseconds; null for any age). */
export type GivenSnapshot = (maxAge: number | null) => SnapshotReading;

/**
 * The snapshot that a configuration names, as a commit of the repository has it; undefined where none is named. What is given
 * outranks it.
 *
 * @throws CannotJudge where it is missing, or none that could be judged by; Octokit's errors as they come.
 */
export async function readRepositorySnapshot(
  client: GitHubClient,
  repository: RepositoryName,
  commit: string,
  settings: SnapshotSettings | null,
  { cache, given }: { readonly cache: ParsedFileCache; readonly given?: GivenSnapshot | undefined },
  signal?: AbortSignal,
): Promise<MeshSnapshot | undefined> {
  const maxAge = settings?.maxAge ?? null;
  if (given) return usable('that was given', given(maxAge));
  if (settings === null) return undefined;
  const file = await readFile(client, repository, commit, settings.path, cache, signal);
  return usable(settings.path, readSnapshot(file, Date.now(), maxAge));
}

function usable(name: string, reading: SnapshotReading): MeshSnapshot {
  if (reading.kind === 'snapshot') return reading.snapshot;
  throw new CannotJudge(`The snapshot ${name} ${reading.reason}.`);
}

/** GitHub: `GET /repos/{owner}/{repo}/contents/{path}`, which tells the blob of a file of any size. */
async function readFile(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  commit: string,
  path: string,
  cache: ParsedFileCache,
  signal: AbortSignal | undefined,
): Promise<ParsedFile> {
  const { data } = await client.rest.repos
    .getContent({ owner, repo, path, ref: commit, ...(signal ? { request: { signal } } : {}) })
    .catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
      throw new CannotJudge(`The snapshot ${path} that the configuration names is not in ${commit.slice(0, 7)}.`);
    });
  if (Array.isArray(data) || data.type !== 'file') throw new CannotJudge(`The snapshot ${path} is not a file.`);
  if (data.size > MAX_BYTES) throw new CannotJudge(`The snapshot ${path} holds more than ${MAX_BYTES / 2 ** 20} MiB.`);
  const known = cache.get(data.sha, path);
  if (known) return known;
  const content = await readBlob(client, { owner, repo }, data.sha, signal);
  const parsed = parseManifestFile({ path, content });
  cache.set(data.sha, parsed, content.byteLength);
  return parsed;
}
