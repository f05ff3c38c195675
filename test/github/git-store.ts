import { createHash } from 'node:crypto';

/** A file of a test repository: text, bytes, or something git keeps beside files. */
export type StoredFile = string | Uint8Array | { readonly symlink: string } | { readonly submodule: string };

export interface StoredEntry {
  readonly path: string;
  readonly mode: '100644' | '120000' | '160000' | '040000';
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  readonly size?: number;
}

export interface StoredCommit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly files: Readonly<Record<string, StoredFile>>;
}

/** Git's objects in memory. Blobs have the names git gives them; trees and commits have names as unique. */
export class GitStore {
  readonly blobs = new Map<string, Uint8Array>();
  readonly trees = new Map<string, readonly StoredEntry[]>();
  readonly commits = new Map<string, StoredCommit>();

  commit(files: Readonly<Record<string, StoredFile>>, parents: readonly string[] = []): string {
    const tree = this.#addTree(Object.entries(files));
    const sha = sha1(`commit ${tree} ${parents.join(' ')} ${this.commits.size}`);
    this.commits.set(sha, { sha, tree, parents, files });
    return sha;
  }

  entriesBelow(tree: string, prefix = ''): readonly StoredEntry[] {
    return (this.trees.get(tree) ?? []).flatMap((entry) => {
      const path = `${prefix}${entry.path}`;
      const below = entry.type === 'tree' ? this.entriesBelow(entry.sha, `${path}/`) : [];
      return [{ ...entry, path }, ...below];
    });
  }

  /** Each commit that can be reached, nearest first. */
  ancestors(sha: string): readonly string[] {
    const seen = new Set<string>();
    const waiting = [sha];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(...(this.commits.get(next)?.parents ?? []));
    }
    return [...seen];
  }

  mergeBase(a: string, b: string): string {
    const ofB = new Set(this.ancestors(b));
    const base = this.ancestors(a).find((sha) => ofB.has(sha));
    if (base === undefined) throw new Error('no common ancestor');
    return base;
  }

  filesOf(sha: string): Readonly<Record<string, StoredFile>> {
    const commit = this.commits.get(sha);
    if (!commit) throw new Error(`no commit ${sha}`);
    return commit.files;
  }

  /** Merges whole files; null where both sides changed one. */
  merge(base: string, head: string): string | null {
    const ancestor = this.filesOf(this.mergeBase(base, head));
    const ours = this.filesOf(base);
    const theirs = this.filesOf(head);
    const merged: Record<string, StoredFile> = {};
    for (const path of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      const isOurs = same(theirs[path], ancestor[path]) || same(ours[path], theirs[path]);
      if (!isOurs && !same(ours[path], ancestor[path])) return null;
      const chosen = isOurs ? ours[path] : theirs[path];
      if (chosen !== undefined) merged[path] = chosen;
    }
    return this.commit(merged, [base, head]);
  }

  #addTree(files: readonly (readonly [string, StoredFile])[]): string {
    const folders = new Map<string, (readonly [string, StoredFile])[]>();
    const entries: StoredEntry[] = [];
    for (const [path, file] of files) {
      const slash = path.indexOf('/');
      if (slash < 0) entries.push(this.#addFile(path, file));
      else {
        const folder = path.slice(0, slash);
        folders.set(folder, [...(folders.get(folder) ?? []), [path.slice(slash + 1), file]]);
      }
    }
    for (const [path, inner] of folders)
      entries.push({ path, mode: '040000', type: 'tree', sha: this.#addTree(inner) });
    entries.sort((a, b) => (a.path < b.path ? -1 : 1));
    const sha = sha1(`tree ${JSON.stringify(entries)}`);
    this.trees.set(sha, entries);
    return sha;
  }

  #addFile(path: string, file: StoredFile): StoredEntry {
    if (typeof file === 'object' && 'submodule' in file) {
      return { path, mode: '160000', type: 'commit', sha: file.submodule };
    }
    const isLink = typeof file === 'object' && 'symlink' in file;
    const content = isLink ? Buffer.from(file.symlink) : Buffer.from(file);
    const sha = createHash('sha1').update(`blob ${content.byteLength}\0`).update(content).digest('hex');
    this.blobs.set(sha, content);
    return { path, mode: isLink ? '120000' : '100644', type: 'blob', sha, size: content.byteLength };
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

function same(a: StoredFile | undefined, b: StoredFile | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
