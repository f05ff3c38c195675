import { setImmediate as nextTurn } from 'node:timers/promises';
import PQueue from 'p-queue';
import { diagnostic } from '../diagnostic/diagnostic.js';
import { isLfsPointer } from '../kubernetes/lfs-pointer.js';
import type { ParsedFile } from '../kubernetes/manifest.js';
import { isManifestPath, parseManifestFile } from '../kubernetes/parse-manifest-file.js';
import { EVERY_MANIFEST, isInScope, type ManifestScope } from '../layout/manifest-scope.js';
import { AnalysisLimit } from './analysis-limit.js';
import { blobSha, readBlob } from './blob.js';
import { CannotJudge } from './cannot-judge.js';
import type { BlobCache } from './commit-tree.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import type { ParsedFileCache } from './parsed-file-cache.js';
import { filesNotIn, type TreeFile, type TreeListing } from './repository-tree.js';
import { readTarball } from './tarball.js';

/** One side of a change: what its tree holds, and a commit whose archive has most of it. */
export interface TreeSide {
  readonly listing: TreeListing;
  readonly archiveSha: string;
}

export interface ReadManifestsOptions {
  /** Default: every manifest. */
  readonly scope?: ManifestScope;
  readonly cache: ParsedFileCache;
  /** Where contents go that were read one by one; what edits them wants them again. */
  readonly blobs?: BlobCache;
  /** What an earlier call for the same listing and scope has read of the side before. */
  readonly known?: readonly ParsedFile[];
  /** Contents that exist nowhere on GitHub, by their blob SHA: the results of a merge made here. */
  readonly merged?: ReadonlyMap<string, Uint8Array>;
  readonly signal?: AbortSignal;
  readonly limits?: ReadLimits;
  readonly limit?: AnalysisLimit;
  /** Whether the rest is read although no file that differs holds manifests. Default: false. */
  readonly isWholeNeeded?: boolean;
}

export interface ReadLimits {
  /** More missing files than this are taken from the commit's archive: one request in place of many. */
  readonly archiveFrom: number;
  /** Files read one by one; beyond it the repository is not judged. */
  readonly blobs: number;
  /** Bytes of one file. */
  readonly fileBytes: number;
}

const LIMITS: ReadLimits = { archiveFrom: 60, blobs: 3000, fileBytes: 20 * 2 ** 20 };

const CONCURRENT_BLOBS = 8;

interface Missing {
  readonly sha: string;
  readonly path: string;
  readonly size: number;
}

/**
 * Reads the manifests of both sides. What both have is read once, what the cache has is not read at all; the rest comes
 * blob by blob, or from the archives when it is much. Null when no file that differs between the sides holds manifests: then
 * the rest need not be read.
 *
 * @throws CannotJudge when there is more than the limits allow.
 */
export async function readManifests(
  client: GitHubClient,
  repository: RepositoryName,
  sides: { readonly before: TreeSide; readonly after: TreeSide },
  options: ReadManifestsOptions,
): Promise<{ readonly before: readonly ParsedFile[]; readonly after: readonly ParsedFile[] } | null> {
  const limits = options.limits ?? LIMITS;
  const { scope = EVERY_MANIFEST, isWholeNeeded = false } = options;
  const known = options.known && knownOf(options.known, sides.before.listing, scope);
  const before = known?.listing ?? manifestsOf(sides.before.listing, scope);
  const after = manifestsOf(sides.after.listing, scope, before);
  const reader = new ManifestReader(client, repository, options, limits, known?.parsed);
  const differing = [...filesNotIn(after, before), ...filesNotIn(before, after)];
  if (differing.length <= limits.archiveFrom) {
    reader.want(differing);
    await reader.takeBlobs();
    if (!isWholeNeeded && !differing.some((file) => reader.mayMatter(file))) return null;
  }
  reader.want(before.values());
  reader.want(after.values());
  for (const side of [
    { ...sides.after, listing: after },
    { ...sides.before, listing: before },
  ]) {
    if (reader.countMissing(side.listing) > limits.archiveFrom) await reader.takeArchive(side);
  }
  await reader.takeBlobs();
  return { before: reader.build(before, after), after: reader.build(after, before) };
}

/** The manifests of a listing, and the submodules, which may hide some.
 *
 * @param known those of another one: an entry that both have need not be looked at. */
function manifestsOf(listing: TreeListing, scope: ManifestScope, known?: TreeListing): TreeListing {
  const manifests = new Map<string, TreeFile>();
  for (const file of listing.values()) {
    const { path, kind } = file;
    const isRelevant =
      known?.get(path) === file || kind === 'submodule' || (isManifestPath(path) && isInScope(path, scope));
    if (isRelevant) manifests.set(path, file);
  }
  return manifests;
}

/** The manifests of a side that was read before. */
interface KnownFiles {
  readonly listing: TreeListing;
  readonly parsed: ReadonlyMap<TreeFile, ParsedFile>;
}

/** Of a base, with which many changes are compared. */
const knownFiles = new WeakMap<readonly ParsedFile[], KnownFiles>();

function knownOf(files: readonly ParsedFile[], whole: TreeListing, scope: ManifestScope): KnownFiles {
  let known = knownFiles.get(files);
  if (!known) {
    const listing = manifestsOf(whole, scope);
    const entries = files.flatMap((parsed) => {
      const file = listing.get(parsed.path);
      return file?.kind === 'file' ? [[file, parsed] as const] : [];
    });
    knownFiles.set(files, (known = { listing, parsed: new Map(entries) }));
  }
  return known;
}

const NOTHING_KNOWN: KnownFiles['parsed'] = new Map();

class ManifestReader {
  readonly #parsed = new Map<string, ParsedFile>();
  readonly #missing = new Map<string, Missing>();
  readonly #limit: AnalysisLimit;

  constructor(
    private readonly client: GitHubClient,
    private readonly repository: RepositoryName,
    private readonly options: ReadManifestsOptions,
    private readonly limits: ReadLimits,
    private readonly known = NOTHING_KNOWN,
  ) {
    this.#limit = options.limit ?? new AnalysisLimit();
  }

  #find(file: TreeFile): ParsedFile | undefined {
    return this.known.get(file) ?? this.#parsed.get(keyOf(file.sha, file.path));
  }

  want(files: Iterable<TreeFile>): void {
    for (const file of files) {
      const { kind, sha, path, size } = file;
      if (kind !== 'file' || this.#find(file)) continue;
      const key = keyOf(sha, path);
      const known = this.options.cache.get(sha, path);
      const merged = this.options.merged?.get(sha);
      if (known) this.#parsed.set(key, known);
      else if (merged) this.#take(sha, path, merged);
      else if (size > this.limits.fileBytes) this.#parsed.set(key, tooLarge(path, sha, this.limits.fileBytes));
      else this.#missing.set(key, { sha, path, size });
    }
  }

  countMissing(listing: TreeListing): number {
    let count = 0;
    if (this.#missing.size === 0) return count;
    for (const { sha, path } of listing.values()) if (this.#missing.has(keyOf(sha, path))) count += 1;
    return count;
  }

  /** Whether a file, already read, can hold something that the analysis would see. */
  mayMatter(file: TreeFile): boolean {
    const parsed = this.#find(file);
    if (file.kind !== 'file') return file.kind === 'symlink';
    return parsed === undefined || parsed.isManifest || parsed.unreadable.length > 0;
  }

  async takeArchive({ listing, archiveSha }: TreeSide): Promise<void> {
    const isMissing = (path: string): boolean => {
      const file = listing.get(path);
      return file !== undefined && this.#missing.has(keyOf(file.sha, path));
    };
    await readTarball(this.client, this.repository, archiveSha, isMissing, (path, content) => {
      this.options.signal?.throwIfAborted();
      const sha = blobSha(content);
      if (listing.get(path)?.sha === sha) this.#take(sha, path, content);
    });
  }

  async takeBlobs(): Promise<void> {
    const byBlob = new Map<string, Missing[]>();
    for (const missing of this.#missing.values()) {
      byBlob.set(missing.sha, [...(byBlob.get(missing.sha) ?? []), missing]);
    }
    if (byBlob.size > this.limits.blobs) {
      throw new CannotJudge(
        `${byBlob.size} files would have to be read one by one; the limit is ${this.limits.blobs}.`,
      );
    }
    const queue = new PQueue({ concurrency: CONCURRENT_BLOBS });
    const stop = new AbortController();
    const signal = this.options.signal ? AbortSignal.any([this.options.signal, stop.signal]) : stop.signal;
    try {
      await queue.addAll(
        [...byBlob].map(([sha, places]) => async () => {
          signal.throwIfAborted();
          const content = await readBlob(this.client, this.repository, sha, signal);
          this.options.blobs?.set(sha, Buffer.from(content));
          for (const { path } of places) this.#take(sha, path, content);
          await nextTurn();
        }),
      );
    } catch (error) {
      queue.clear();
      stop.abort();
      throw error;
    }
  }

  #take(sha: string, path: string, content: Uint8Array): void {
    const parsed = isLfsPointer(content)
      ? lfsPointer(path, sha)
      : this.#limit.spend((checkpoint) => parseManifestFile({ path, content }, checkpoint));
    this.options.cache.set(sha, parsed, content.byteLength);
    this.#parsed.set(keyOf(sha, path), parsed);
    this.#missing.delete(keyOf(sha, path));
  }

  build(listing: TreeListing, other: TreeListing): readonly ParsedFile[] {
    const files: ParsedFile[] = [];
    for (const file of listing.values()) {
      const parsed = this.#find(file);
      if (file.kind !== 'file') files.push(notAFile(file, hidesChange(file, other)));
      else if (parsed) files.push(parsed);
    }
    return files;
  }
}

function keyOf(sha: string, path: string): string {
  return `${sha} ${path}`;
}

/** Whether something that is no file may keep a change from the analysis. A link hides content of the analysis' own kind, which
 * matters where the change touches it. A submodule may hold anything, most often no manifests: it matters where it takes the
 * place of some. */
function hidesChange({ path, sha, kind }: TreeFile, other: TreeListing): boolean {
  if (kind === 'symlink') return other.get(path)?.sha !== sha;
  return [...other.values()].some((file) => file.kind === 'file' && file.path.startsWith(`${path}/`));
}

function notAFile({ path, kind }: TreeFile, hidesChange: boolean): ParsedFile {
  const entry =
    kind === 'symlink'
      ? diagnostic('symlink-not-followed', 'This is a symbolic link; what it points at was not read in its place.', {
          path,
        })
      : diagnostic('submodule-not-read', 'This is a submodule; the manifests of the other repository were not read.', {
          path,
        });
  const unreadable = hidesChange ? [{ path, line: 1, kind: null }] : [];
  return { path, objects: [], unreadable, diagnostics: [entry], isManifest: true };
}

function lfsPointer(path: string, sha: string): ParsedFile {
  const message = 'Git holds only a pointer here; the content lies in Git LFS and was not read.';
  return unreadableFile(path, sha, diagnostic('lfs-pointer', message, { path, line: 1 }));
}

function tooLarge(path: string, sha: string, limit: number): ParsedFile {
  const message = `The file is larger than ${limit / 2 ** 20} MB and was not read.`;
  return unreadableFile(path, sha, diagnostic('file-too-large', message, { path, line: 1 }));
}

/** Content that was not read tells by its blob whether it is part of the change. */
function unreadableFile(path: string, sha: string, entry: ReturnType<typeof diagnostic>): ParsedFile {
  const unreadable = [{ path, line: 1, kind: null, digest: sha }];
  return { path, objects: [], unreadable, diagnostics: [entry], isManifest: true };
}
