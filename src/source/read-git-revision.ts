import { posix } from 'node:path';
import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import { LINK_MODE, listTree, readBlobs, readLinks, SUBMODULE_MODE, type GitTreeEntry } from './git-objects.js';
import { resolveRevision } from './git-repository.js';
import { createPathFilter } from './select-paths.js';
import { SIZE_LIMITS, SourceCollector, SourceError, type SizeLimits, type SourceFiles } from './source-files.js';

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
    if (entry.mode === SUBMODULE_MODE) {
      const message = 'This is a submodule; the other repository was not read.';
      collector.leaveOut(entry.path, { code: 'submodule-not-read', message }, entry.sha);
    } else if (isManifestPath(entry.path)) {
      const file = entry.mode === LINK_MODE ? followLink(entry, entries, links, isWanted, collector) : entry;
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

/** The file behind a link, or null where it is read under its own name, or cannot be read. */
function followLink(
  link: GitTreeEntry,
  entries: ReadonlyMap<string, GitTreeEntry>,
  links: ReadonlyMap<string, Buffer>,
  isWanted: (path: string) => boolean,
  collector: SourceCollector,
): GitTreeEntry | null {
  let entry: GitTreeEntry | undefined = link;
  for (let step = 0; entry?.mode === LINK_MODE && step < MAX_LINK_STEPS; step += 1) {
    const target: string = links.get(entry.sha)?.toString('utf8') ?? '';
    entry = target.startsWith('/') ? undefined : entries.get(posix.join(posix.dirname(entry.path), target));
  }
  if (entry === undefined || entry.mode === LINK_MODE || entry.mode === SUBMODULE_MODE) {
    const target = links.get(link.sha)?.toString('utf8') ?? 'unknown';
    const message = `The link leads to no file of the repository (${target}).`;
    collector.leaveOut(link.path, { code: 'symlink-not-followed', message }, link.sha);
    return null;
  }
  return isManifestPath(entry.path) && isWanted(entry.path) ? null : entry;
}
