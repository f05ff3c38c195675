import type { AbsentFile, SourceTree, TreeFile } from './source-tree.js';

/** What stands at a path, before links are followed. */
export type TreeEntry = TreeFile | AbsentFile | { readonly linksTo: string };

/** As many links as Linux follows on the way to one file. */
const MAX_LINK_STEPS = 40;
/** Links to folders can multiply a tree: beyond these, they lead nowhere. */
const MAX_NESTED_FOLDERS = 8;
const MAX_LINKED_FILES = 50_000;
/** Contents that are kept, for as long as the tree is: many roots take in the same files. */
const MAX_KEPT_BYTES = 16 * 2 ** 20;
const MAX_PATHS_LOOKED_AT = 20_000_000;

/**
 * A tree of its entries: files, and links as git keeps them. `read` gives the contents of entries that are files, by their own
 * paths. Entries whose paths could lead out of a folder are left out.
 */
export function createSourceTree(entries: ReadonlyMap<string, TreeEntry>, read: SourceTree['read']): SourceTree {
  const { realPaths, deadEnds } = followLinks(new Map([...entries].filter(([path]) => isSafePath(path))));
  const files = new Map<string, TreeFile>();
  const absent = new Map<string, AbsentFile>(
    [...deadEnds].map(([path, text]) => [path, { code: 'symlink-not-followed', digest: text }]),
  );
  for (const path of [...realPaths.keys()].sort()) {
    const entry = entries.get(realPaths.get(path)!) as TreeFile | AbsentFile;
    if ('code' in entry) absent.set(path, entry);
    else files.set(path, { size: entry.size, digest: entry.digest });
  }
  const kept = new Map<string, Uint8Array>();
  let keptBytes = 0;
  const keep = (path: string, content: Uint8Array): void => {
    if (kept.has(path) || keptBytes + content.byteLength > MAX_KEPT_BYTES) return;
    kept.set(path, content);
    keptBytes += content.byteLength;
  };
  return {
    files,
    absent,
    read: async (paths) => {
      const wanted = paths.filter((path) => files.has(path));
      const missing = [...new Set(wanted.map((path) => realPaths.get(path)!))].filter((path) => !kept.has(path));
      const contents = missing.length === 0 ? new Map<string, Uint8Array>() : await read(missing);
      for (const [path, content] of contents) keep(path, content);
      return new Map(
        wanted.flatMap((path) => {
          const content = contents.get(realPaths.get(path)!) ?? kept.get(realPaths.get(path)!);
          return content === undefined ? [] : [[path, content] as const];
        }),
      );
    },
  };
}

function isSafePath(path: string): boolean {
  return !path.includes('\0') && !path.split('/').some((name) => name === '' || name === '.' || name === '..');
}

interface FollowedLinks {
  /** Each path that leads to a file, and the file's own path. */
  readonly realPaths: ReadonlyMap<string, string>;
  /** The links that lead to nothing in the tree, and what each says. */
  readonly deadEnds: ReadonlyMap<string, string>;
}

function followLinks(entries: ReadonlyMap<string, TreeEntry>): FollowedLinks {
  const realPaths = new Map<string, string>();
  const deadEnds = new Map<string, string>();
  const links = new Map<string, string>();
  for (const [path, entry] of entries) {
    if ('linksTo' in entry) links.set(path, entry.linksTo);
    else realPaths.set(path, path);
  }
  if (links.size === 0) return { realPaths, deadEnds };
  const most = realPaths.size + MAX_LINKED_FILES;
  const paths = [...entries.keys()];
  let lookedAt = 0;
  const follow = (link: string, path: string, depth: number): void => {
    const target = resolveLink(link, links);
    if (target === null || realPaths.size >= most || lookedAt > MAX_PATHS_LOOKED_AT) {
      deadEnds.set(path, links.get(link) ?? '');
      return;
    }
    const entry = entries.get(target);
    if (entry !== undefined && !('linksTo' in entry)) {
      realPaths.set(path, target);
      return;
    }
    const folder = target === '' ? '' : `${target}/`;
    if (depth === MAX_NESTED_FOLDERS || link.startsWith(folder) || path.startsWith(folder)) return;
    lookedAt += paths.length;
    const found = realPaths.size + deadEnds.size;
    for (const inner of paths) {
      if (!inner.startsWith(folder)) continue;
      const seen = `${path}/${inner.slice(folder.length)}`;
      if (links.has(inner)) follow(inner, seen, depth + 1);
      else if (realPaths.size < most) realPaths.set(seen, inner);
    }
    if (realPaths.size + deadEnds.size === found) deadEnds.set(path, links.get(link) ?? '');
  };
  for (const link of links.keys()) follow(link, link, 0);
  return { realPaths, deadEnds };
}

/** Where a link leads, through others, or null where that is out of the tree. */
function resolveLink(link: string, links: ReadonlyMap<string, string>): string | null {
  const done: string[] = [];
  const left = link.split('/').reverse();
  for (let steps = 0, name = left.pop(); name !== undefined; name = left.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (done.pop() === undefined) return null;
      continue;
    }
    done.push(name);
    const target = links.get(done.join('/'));
    if (target === undefined) continue;
    steps += 1;
    if (steps > MAX_LINK_STEPS || target.startsWith('/')) return null;
    done.pop();
    left.push(...target.split('/').reverse());
  }
  return done.join('/');
}
