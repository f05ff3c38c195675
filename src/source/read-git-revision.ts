import { posix } from 'node:path';
import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import { resolveRevision } from './git-repository.js';
import { gitOutput } from './run-git.js';
import { createPathFilter } from './select-paths.js';
import { SIZE_LIMITS, SourceCollector, SourceError, type SizeLimits, type SourceFiles } from './source-files.js';

interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly sha: string;
  /** Bytes; 0 for a submodule. */
  readonly size: number;
}

const LINK = '120000';
const SUBMODULE = '160000';
const MAX_LINK_STEPS = 10;

/** Reads the manifests of a commit, straight from git's objects. Paths are relative to the repository's top.
 *
 * @throws SourceError when the revision does not exist, or git fails. */
export async function readGitRevision(
  repository: string,
  revision: string,
  globs: readonly string[] = [],
  limits: SizeLimits = SIZE_LIMITS,
): Promise<SourceFiles> {
  const commit = await resolveRevision(repository, revision);
  if (commit === null) throw new SourceError(`${revision} is not a revision of the repository at ${repository}`, false);
  const entries = await listTree(repository, commit);
  const isWanted = createPathFilter(globs);
  const collector = new SourceCollector(limits);
  const wanted: { readonly path: string; readonly sha: string }[] = [];
  const links = await readLinks(repository, entries);
  for (const entry of entries.values()) {
    if (!isWanted(entry.path)) continue;
    if (entry.mode === SUBMODULE) {
      const message = 'This is a submodule; the other repository was not read.';
      collector.leaveOut(entry.path, { code: 'submodule-not-read', message }, entry.sha);
    } else if (isManifestPath(entry.path)) {
      const file = entry.mode === LINK ? followLink(entry, entries, links, isWanted, collector) : entry;
      if (file === null) continue;
      const refusal = collector.refuse(file.size);
      if (refusal === null) wanted.push({ path: entry.path, sha: file.sha });
      else collector.leaveOut(entry.path, refusal, file.sha);
    }
  }
  const contents = await readBlobs(
    repository,
    wanted.map(({ sha }) => sha),
  );
  for (const { path, sha } of wanted) {
    const content = contents.get(sha);
    if (content === undefined) {
      const message = 'Git does not have the content of this file.';
      collector.leaveOut(path, { code: 'file-unreadable', message }, sha);
    } else collector.add(path, content);
  }
  return collector.finish();
}

async function listTree(repository: string, commit: string): Promise<ReadonlyMap<string, TreeEntry>> {
  const output = await gitOutput(repository, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit]);
  const entries = new Map<string, TreeEntry>();
  for (const record of output.toString('utf8').split('\0')) {
    const fields = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t(.+)$/s.exec(record);
    if (fields === null) continue;
    const [, mode = '', sha = '', size = '', path = ''] = fields;
    entries.set(path, { path, mode, sha, size: size === '-' ? 0 : Number(size) });
  }
  return entries;
}

async function readLinks(
  repository: string,
  entries: ReadonlyMap<string, TreeEntry>,
): Promise<ReadonlyMap<string, Buffer>> {
  return readBlobs(
    repository,
    [...entries.values()].filter((entry) => entry.mode === LINK).map((entry) => entry.sha),
  );
}

/** The file behind a link, or null where it is read under its own name, or cannot be read. */
function followLink(
  link: TreeEntry,
  entries: ReadonlyMap<string, TreeEntry>,
  links: ReadonlyMap<string, Buffer>,
  isWanted: (path: string) => boolean,
  collector: SourceCollector,
): TreeEntry | null {
  let entry: TreeEntry | undefined = link;
  for (let step = 0; entry?.mode === LINK && step < MAX_LINK_STEPS; step += 1) {
    const target: string = links.get(entry.sha)?.toString('utf8') ?? '';
    entry = target.startsWith('/') ? undefined : entries.get(posix.join(posix.dirname(entry.path), target));
  }
  if (entry === undefined || entry.mode === LINK || entry.mode === SUBMODULE) {
    const target = links.get(link.sha)?.toString('utf8') ?? 'unknown';
    const message = `The link leads to no file of the repository (${target}).`;
    collector.leaveOut(link.path, { code: 'symlink-not-followed', message }, link.sha);
    return null;
  }
  return isManifestPath(entry.path) && isWanted(entry.path) ? null : entry;
}

/** The blobs' contents by their names; what git does not have is missing. */
async function readBlobs(repository: string, shas: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  if (shas.length === 0) return contents;
  const names = [...new Set(shas)].join('\n');
  const output = await gitOutput(repository, ['cat-file', '--batch'], `${names}\n`);
  for (let at = 0; at < output.length;) {
    const lineEnd = output.indexOf(0x0a, at);
    if (lineEnd < 0) break;
    const header = output.toString('utf8', at, lineEnd).split(' ');
    at = lineEnd + 1;
    if (header[1] !== 'blob') continue;
    const size = Number(header[2]);
    contents.set(header[0] ?? '', output.subarray(at, at + size));
    at += size + 1;
  }
  return contents;
}
