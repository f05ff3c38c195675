import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { structuredPatch } from 'diff';
import { pack } from 'tar-stream';
import type { DiffFile } from './git-diff.js';
import { resolveIn, type Changes, type Commit, type GitStore, type TreeEntry } from './git-store.js';

type Mode = TreeEntry['mode'];

interface Entry {
  readonly mode: Mode;
  readonly sha: string;
}

type Tree = ReadonlyMap<string, Entry>;

const FOLDER: Mode = '040000';

/**
 * A git repository in memory, for loads under which a process for each question would be what is measured. Objects have the names
 * that git gives them. Files are merged as a whole, and what was renamed is a file that is gone and one that is new.
 */
export class MemoryRepository implements GitStore {
  readonly folder = '';
  readonly #refs = new Map<string, string>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #trees = new Map<string, Tree>();
  readonly #commits = new Map<string, Commit>();
  readonly #merges = new Map<string, string | null>();
  #made = 0;

  get refs(): ReadonlyMap<string, string> {
    return this.#refs;
  }

  ref(name: string): string | null {
    return this.#refs.get(name) ?? null;
  }

  async setRef(name: string, sha: string): Promise<void> {
    await Promise.resolve(this.#refs.set(name, sha));
  }

  async deleteRef(name: string): Promise<void> {
    await Promise.resolve(this.#refs.delete(name));
  }

  resolve(name: string): Promise<string | null> {
    return resolveIn(this, name);
  }

  async makeCommit(changes: Changes, parents: readonly string[] = [], message = 'Change'): Promise<string> {
    const [first] = parents;
    let tree = first === undefined ? this.#keepTree(new Map()) : this.#commits.get(first)!.tree;
    for (const [path, file] of Object.entries(changes)) {
      if (file !== null && typeof file === 'object' && !(file instanceof Uint8Array)) {
        throw new Error(`${path}: only plain files can be kept in memory.`);
      }
      const entry = file === null ? null : { mode: '100644' as const, sha: this.#keepBlob(Buffer.from(file)) };
      tree = this.#withFile(tree, path.split('/'), entry);
    }
    return this.makeCommitOfTree(tree, parents, message);
  }

  async makeCommitOfTree(tree: string, parents: readonly string[], message: string): Promise<string> {
    this.#made += 1;
    const seconds = Math.floor(Date.now() / 1000) + this.#made;
    const who = `Someone <someone@github.example> ${seconds} +0000`;
    const head = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`), `author ${who}`, `committer ${who}`];
    const sha = nameOf('commit', Buffer.from(`${head.join('\n')}\n\n${message}\n`));
    const date = new Date(seconds * 1000).toISOString();
    this.#commits.set(sha, { sha, tree, parents, message, date });
    return Promise.resolve(sha);
  }

  commit(sha: string): Promise<Commit | null> {
    return Promise.resolve(this.#commits.get(sha) ?? null);
  }

  async tree(sha: string, isRecursive: boolean): Promise<readonly TreeEntry[] | null> {
    const tree = this.#treeOf(sha);
    return Promise.resolve(tree && [...this.#list(tree, '', isRecursive)]);
  }

  blob(sha: string): Promise<Buffer | null> {
    return Promise.resolve(this.#blobs.get(sha) ?? null);
  }

  async mergeBase(a: string, b: string): Promise<string | null> {
    const known = new Set(await this.log(null, a));
    return (await this.log(null, b)).find((sha) => known.has(sha)) ?? null;
  }

  async merge(base: string, head: string): Promise<string | null> {
    const key = `${base} ${head}`;
    const known = this.#merges.get(key);
    if (known !== undefined) return known;
    const ancestor = await this.mergeBase(base, head);
    const trees = [ancestor, base, head].map((sha) => (sha === null ? null : this.#commits.get(sha)!.tree));
    const tree = this.#mergeTrees(trees[0] ?? null, trees[1]!, trees[2]!);
    const merged = tree && (await this.makeCommitOfTree(tree, [base, head], `Merge ${head} into ${base}`));
    this.#merges.set(key, merged);
    return merged;
  }

  /** Newest first, by breadth. */
  async log(from: string | null, to: string): Promise<readonly string[]> {
    const left = new Set(from === null ? [] : await this.log(null, from));
    const found = new Set<string>(left.has(to) ? [] : [to]);
    for (const sha of found) {
      for (const parent of this.#commits.get(sha)?.parents ?? []) if (!left.has(parent)) found.add(parent);
    }
    return [...found];
  }

  async diff(before: string, after: string): Promise<readonly DiffFile[]> {
    const files: DiffFile[] = [];
    this.#compare(this.#treeOf(before)!, this.#treeOf(after)!, '', files);
    return Promise.resolve(files);
  }

  async archive(sha: string, prefix: string): Promise<Buffer> {
    const archive = pack();
    for (const { path, type, sha: blob } of (await this.tree(sha, true)) ?? []) {
      if (type === 'blob') archive.entry({ name: `${prefix}/${path}` }, this.#blobs.get(blob)!);
    }
    archive.finalize();
    return buffer(archive.pipe(createGzip()));
  }

  #treeOf(sha: string): Tree | null {
    return this.#trees.get(this.#commits.get(sha)?.tree ?? sha) ?? null;
  }

  #keepBlob(content: Buffer): string {
    const sha = nameOf('blob', content);
    this.#blobs.set(sha, content);
    return sha;
  }

  /** Git sorts a folder as if its name ended with a slash. */
  #keepTree(entries: Tree): string {
    const sortKey = ([name, { mode }]: readonly [string, Entry]): string => (mode === FOLDER ? `${name}/` : name);
    const sorted = [...entries].sort((a, b) => Buffer.compare(Buffer.from(sortKey(a)), Buffer.from(sortKey(b))));
    const parts = sorted.flatMap(([name, { mode, sha }]) => [
      Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`),
      Buffer.from(sha, 'hex'),
    ]);
    const sha = nameOf('tree', Buffer.concat(parts));
    this.#trees.set(sha, new Map(sorted));
    return sha;
  }

  #withFile(tree: string, [name = '', ...rest]: readonly string[], file: Entry | null): string {
    const entries = new Map(this.#trees.get(tree));
    if (rest.length === 0) {
      if (file === null) entries.delete(name);
      else entries.set(name, file);
      return this.#keepTree(entries);
    }
    const known = entries.get(name);
    const below = known?.mode === FOLDER ? known.sha : this.#keepTree(new Map());
    const sha = this.#withFile(below, rest, file);
    if (this.#trees.get(sha)?.size === 0) entries.delete(name);
    else entries.set(name, { mode: FOLDER, sha });
    return this.#keepTree(entries);
  }

  *#list(tree: Tree, prefix: string, isRecursive: boolean): Generator<TreeEntry> {
    for (const [name, { mode, sha }] of tree) {
      const path = prefix + name;
      if (mode !== FOLDER) yield { path, mode, type: 'blob', sha, size: this.#blobs.get(sha)!.byteLength };
      else {
        yield { path, mode, type: 'tree', sha };
        if (isRecursive) yield* this.#list(this.#trees.get(sha)!, `${path}/`, true);
      }
    }
  }

  /** Null for a conflict: both sides have made something else of a file. */
  #mergeTrees(ancestor: string | null, ours: string, theirs: string): string | null {
    if (ours === theirs || ancestor === theirs) return ours;
    if (ancestor === ours) return theirs;
    const [old, a, b] = [ancestor ?? '', ours, theirs].map((sha) => this.#trees.get(sha) ?? new Map<string, Entry>());
    const merged = new Map<string, Entry>();
    for (const name of new Set([...a!.keys(), ...b!.keys()])) {
      const [was, our, their] = [old, a, b].map((entries) => entries!.get(name));
      if (our?.sha === their?.sha || was?.sha === their?.sha) {
        if (our) merged.set(name, our);
      } else if (was?.sha === our?.sha) {
        if (their) merged.set(name, their);
      } else if (our?.mode === FOLDER && their?.mode === FOLDER) {
        const sha = this.#mergeTrees(was?.mode === FOLDER ? was.sha : null, our.sha, their.sha);
        if (sha === null) return null;
        merged.set(name, { mode: FOLDER, sha });
      } else return null;
    }
    return this.#keepTree(merged);
  }

  #compare(before: Tree, after: Tree, prefix: string, files: DiffFile[]): void {
    const none: Tree = new Map();
    for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      const [old, now] = [before.get(name), after.get(name)];
      if (old?.sha === now?.sha) continue;
      const path = prefix + name;
      const treeIn = (entry: Entry | undefined): Tree => (entry?.mode === FOLDER ? this.#trees.get(entry.sha)! : none);
      if (old?.mode === FOLDER || now?.mode === FOLDER) this.#compare(treeIn(old), treeIn(now), `${path}/`, files);
      const [from, to] = [old, now].map((entry) => (entry && entry.mode !== FOLDER ? entry.sha : null));
      if (from !== null || to !== null) files.push(this.#diffFile(path, from ?? null, to ?? null));
    }
  }

  #diffFile(path: string, from: string | null, to: string | null): DiffFile {
    const textOf = (sha: string | null): string => (sha === null ? '' : this.#blobs.get(sha)!.toString('utf8'));
    const { hunks } = structuredPatch(path, path, textOf(from), textOf(to), '', '', { context: 3 });
    const lines = hunks.flatMap((hunk) => hunk.lines);
    const text = hunks.map((hunk) => {
      const { oldStart, oldLines, newStart, newLines } = hunk;
      return [`@@ -${rangeOf(oldStart, oldLines)} +${rangeOf(newStart, newLines)} @@`, ...hunk.lines].join('\n');
    });
    return {
      path,
      previousPath: null,
      status: from === null ? 'added' : to === null ? 'removed' : 'modified',
      sha: to ?? from ?? '',
      patch: text.length === 0 ? null : text.join('\n'),
      additions: lines.filter((line) => line.startsWith('+')).length,
      deletions: lines.filter((line) => line.startsWith('-')).length,
    };
  }
}

/** As git writes it: an empty range is before its first line. */
function rangeOf(start: number, lines: number): string {
  return lines === 0 ? `${start - 1},0` : lines === 1 ? `${start}` : `${start},${lines}`;
}

function nameOf(type: 'blob' | 'tree' | 'commit', content: Buffer): string {
  return createHash('sha1').update(`${type} ${content.byteLength}\0`).update(content).digest('hex');
}
