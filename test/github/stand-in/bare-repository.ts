import { mkdir } from 'node:fs/promises';
import { GitFailure, runGit } from './run-git.js';
import { parseDiff, type DiffFile } from './git-diff.js';
import { resolveIn, type Changes, type Commit, type GitStore, type StoredFile, type TreeEntry } from './git-store.js';

/** A bare repository of git's own, on disk. Git names everything, merges and compares; here answers are kept, since what has
 * a SHA never changes. */
export class BareRepository implements GitStore {
  readonly #refs = new Map<string, string>();
  readonly #answers = new Map<string, Promise<unknown>>();
  #commits = 0;

  private constructor(readonly folder: string) {}

  static async create(folder: string): Promise<BareRepository> {
    await mkdir(folder, { recursive: true });
    await runGit(folder, ['init', '--quiet', '--bare', '--initial-branch=main', '.']);
    return new BareRepository(folder);
  }

  /** Every ref by its full name. */
  get refs(): ReadonlyMap<string, string> {
    return this.#refs;
  }

  ref(name: string): string | null {
    return this.#refs.get(name) ?? null;
  }

  async setRef(name: string, sha: string): Promise<void> {
    this.#refs.set(name, sha);
    await runGit(this.folder, ['update-ref', name, sha]);
  }

  async deleteRef(name: string): Promise<void> {
    this.#refs.delete(name);
    await runGit(this.folder, ['update-ref', '-d', name]);
  }

  /** The commit that a tag, a branch, a ref, or a full SHA stands for, in git's own order (gitrevisions); null for none. */
  resolve(name: string): Promise<string | null> {
    return resolveIn(this, name);
  }

  /** Makes a commit: `changes` over the first parent's files, or nothing but `changes` where there is no parent. */
  async makeCommit(changes: Changes, parents: readonly string[] = [], message = 'Change'): Promise<string> {
    this.#commits += 1;
    const [first, ...others] = parents;
    const chunks: Uint8Array[] = [];
    const write = (text: string): number => chunks.push(Buffer.from(text));
    write(`commit refs/stand-in/${this.#commits}\nmark :1\n`);
    write(`committer Someone <someone@github.example> ${Math.floor(Date.now() / 1000) + this.#commits} +0000\n`);
    write(`data ${Buffer.byteLength(message)}\n${message}\n`);
    if (first !== undefined) write(`from ${first}\n`);
    for (const parent of others) write(`merge ${parent}\n`);
    for (const [path, file] of Object.entries(changes)) chunks.push(...fileCommand(path, file));
    write('\nget-mark :1\ndone\n');
    const output = await runGit(this.folder, ['fast-import', '--quiet', '--done'], Buffer.concat(chunks));
    return output.toString('utf8').trim();
  }

  async makeCommitOfTree(tree: string, parents: readonly string[], message: string): Promise<string> {
    const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', message];
    return (await runGit(this.folder, args)).toString('utf8').trim();
  }

  commit(sha: string): Promise<Commit | null> {
    return this.#once(`commit ${sha}`, async () => {
      const text = await this.#read(['cat-file', 'commit', sha]);
      return text === null ? null : parseCommit(sha, text.toString('utf8'));
    });
  }

  /** The entries of a commit or a tree; null when there is none. Recursive listings hold the folders too, as GitHub's do. */
  tree(sha: string, isRecursive: boolean): Promise<readonly TreeEntry[] | null> {
    return this.#once(`tree ${sha} ${isRecursive}`, async () => {
      const output = await this.#read(['ls-tree', '-l', '-z', ...(isRecursive ? ['-r', '-t'] : []), sha]);
      return output === null ? null : parseTree(output.toString('utf8'));
    });
  }

  blob(sha: string): Promise<Buffer | null> {
    return this.#once(`blob ${sha}`, () => this.#read(['cat-file', 'blob', sha]));
  }

  /** Null for commits without a common ancestor. */
  mergeBase(a: string, b: string): Promise<string | null> {
    return this.#once(`merge-base ${a} ${b}`, async () => {
      return (await this.#read(['merge-base', a, b]))?.toString('utf8').trim() ?? null;
    });
  }

  /** A commit that merges `head` into `base`, whose first parent is `base`; null for a conflict. */
  merge(base: string, head: string): Promise<string | null> {
    return this.#once(`merge ${base} ${head}`, async () => {
      const tree = await this.#read(['merge-tree', '--write-tree', base, head]);
      if (tree === null) return null;
      return this.makeCommitOfTree(tree.toString('utf8').trim(), [base, head], `Merge ${head} into ${base}`);
    });
  }

  /** The commits of `from..to`, newest first. */
  log(from: string | null, to: string): Promise<readonly string[]> {
    return this.#once(`log ${from ?? ''}..${to}`, async () => {
      const output = await runGit(this.folder, ['rev-list', to, ...(from === null ? [] : [`^${from}`])]);
      return output.toString('utf8').split('\n').filter(Boolean);
    });
  }

  /** What differs between two commits, renames found as GitHub finds them. */
  diff(before: string, after: string): Promise<readonly DiffFile[]> {
    return this.#once(`diff ${before} ${after}`, async () => {
      const options = ['--no-color', '--no-ext-diff', '--no-textconv', '--full-index', '-M', before, after];
      const raw = await runGit(this.folder, ['diff', '--raw', '-z', '--no-abbrev', ...options]);
      const patch = await runGit(this.folder, ['diff', '--patch', ...options]);
      return parseDiff(raw.toString('utf8'), patch.toString('utf8'));
    });
  }

  archive(sha: string, prefix: string): Promise<Buffer> {
    return runGit(this.folder, ['archive', '--format=tar.gz', `--prefix=${prefix}/`, sha]);
  }

  #once<T>(key: string, compute: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key) as Promise<T> | undefined;
    if (known) return known;
    const answer = compute().then((value) => {
      // What is not there yet may come.
      if (value === null && !key.startsWith('merge')) this.#answers.delete(key);
      return value;
    });
    this.#answers.set(key, answer);
    return answer;
  }

  /** Null when git refuses: an object that is not there, a merge with conflicts. */
  async #read(args: readonly string[]): Promise<Buffer | null> {
    try {
      return await runGit(this.folder, args);
    } catch (error) {
      if (error instanceof GitFailure && (error.code === 1 || error.code === 128)) return null;
      throw error;
    }
  }
}

function fileCommand(path: string, file: StoredFile | null): readonly Uint8Array[] {
  const name = /^"|[\n\\]/.test(path) ? `"${path.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"` : path;
  if (file === null) return [Buffer.from(`D ${name}\n`)];
  if (typeof file === 'object' && 'submodule' in file) return [Buffer.from(`M 160000 ${file.submodule} ${name}\n`)];
  const isLink = typeof file === 'object' && 'symlink' in file;
  const content = Buffer.from(isLink ? file.symlink : file);
  const head = `M ${isLink ? '120000' : '100644'} inline ${name}\ndata ${content.byteLength}\n`;
  return [Buffer.from(head), content, Buffer.from('\n')];
}

function parseCommit(sha: string, text: string): Commit {
  const [head = '', ...rest] = text.split('\n\n');
  const lines = head.split('\n');
  const values = (name: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const seconds = Number(/ (\d+) [+-]\d{4}$/.exec(values('committer')[0] ?? '')?.[1] ?? 0);
  return {
    sha,
    tree: values('tree')[0] ?? '',
    parents: values('parent'),
    message: rest.join('\n\n').trimEnd(),
    date: new Date(seconds * 1000).toISOString(),
  };
}

function parseTree(output: string): readonly TreeEntry[] {
  return output
    .split('\0')
    .filter(Boolean)
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', type = '', sha = '', size = '-'] = line.slice(0, tab).split(/ +/);
      const entry = {
        path: line.slice(tab + 1),
        mode: mode as TreeEntry['mode'],
        type: type as TreeEntry['type'],
        sha,
      };
      return size === '-' ? entry : { ...entry, size: Number(size) };
    });
}
