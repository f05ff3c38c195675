import { stat } from 'node:fs/promises';
import { basename, join, normalize, relative, resolve } from 'node:path';
import { buildManifestSet } from '../kubernetes/build-manifest-set.js';
import type { ManifestSet } from '../kubernetes/manifest.js';
import { parseManifestFile } from '../kubernetes/parse-manifest-file.js';
import { selectFiles, type ManifestScope } from '../policy/manifest-scope.js';
import { findMergeBase, findRepository, resolveRevision } from '../source/git-repository.js';
import { readDirectory } from '../source/read-directory.js';
import { readGitRevision } from '../source/read-git-revision.js';
import { readWorkingTree } from '../source/read-working-tree.js';
import { moveBelow, SourceError, type SourceFiles } from '../source/source-files.js';
import { UsageError } from './exit-codes.js';
import { withProgress, type Terminal } from './terminal.js';

/** Where manifests are to be taken from. */
export type InputName =
  | { readonly kind: 'argument'; readonly text: string }
  | { readonly kind: 'working-tree' }
  | { readonly kind: 'merge-base' };

export interface Input {
  readonly manifests: ManifestSet;
  /** A path of the manifests as the reader can open it. */
  readonly showPath: (path: string) => string;
  readonly kind: 'path' | 'revision' | 'working-tree';
  /** For people: `folder k8s`, `revision main`. */
  readonly label: string;
}

export interface InputOptions {
  /** A folder in the git repository that revisions belong to. */
  readonly repo: string;
  /** Which paths of a revision or working tree count; empty for all. */
  readonly globs: readonly string[];
  /** What the configuration leaves of the manifests. */
  readonly scope: ManifestScope;
  readonly terminal: Terminal;
}

interface LocatedFiles extends Omit<Input, 'manifests'> {
  readonly files: SourceFiles;
  /** What tells the paths apart when several inputs become one. */
  readonly prefix: string;
}

const STDIN = '-';
const STDIN_PATH = '<stdin>';
const REVISION_PREFIX = 'rev:';

/** Reads one tree of manifests.
 *
 * @throws UsageError when there is no such thing; SourceError when it cannot be read. */
export async function readInput(name: InputName, options: InputOptions): Promise<Input> {
  const located = await locateAloud(name, options);
  return { ...located, manifests: parse(located.files, options) };
}

/** Reads several folders and files as one tree. The paths of one are relative to it; of several, they begin with its name.
 *
 * @throws UsageError, SourceError as `readInput` does. */
export async function readInputs(names: readonly string[], options: InputOptions): Promise<Input> {
  const [first, ...others] = names;
  if (first === undefined) throw new UsageError('no path was given');
  if (others.length === 0) return readInput({ kind: 'argument', text: first }, options);
  const files = new Map<string, SourceFiles['files'][number]>();
  const unread = new Map<string, SourceFiles['unread'][number]>();
  for (const text of new Set(names)) {
    const located = await locateAloud({ kind: 'argument', text }, options);
    const moved = located.prefix === '' ? located.files : moveBelow(located.prefix, located.files);
    for (const file of moved.files) files.set(normalize(file.path), file);
    for (const file of moved.unread) unread.set(normalize(file.path), file);
  }
  const manifests = parse({ files: [...files.values()], unread: [...unread.values()] }, options);
  return { manifests, kind: 'path', label: `${names.length} paths`, showPath: (path) => path };
}

function parse({ files, unread }: SourceFiles, { scope }: InputOptions): ManifestSet {
  return buildManifestSet(selectFiles([...files.map(parseManifestFile), ...unread], scope));
}

async function locateAloud(name: InputName, options: InputOptions): Promise<LocatedFiles> {
  const { terminal, globs } = options;
  const located = await withProgress(terminal, `reading ${describe(name)}`, () => locate(name, options));
  if (located.kind === 'path' && globs.length > 0) {
    terminal.writeErr(`note: ${located.label} is read whole; --path narrows revisions and working trees only\n`);
  }
  return located;
}

function describe(name: InputName): string {
  return name.kind === 'argument' ? name.text : name.kind === 'working-tree' ? 'the working tree' : 'the merge base';
}

async function locate(name: InputName, options: InputOptions): Promise<LocatedFiles> {
  switch (name.kind) {
    case 'working-tree':
      return locateWorkingTree(options);
    case 'merge-base': {
      const repository = await repositoryOf(options);
      const commit = await findMergeBase(repository);
      return locateRevision(repository, commit, options, `merge base ${commit.slice(0, 10)}`);
    }
    case 'argument':
      return locateArgument(name.text, options);
  }
}

async function locateArgument(text: string, options: InputOptions): Promise<LocatedFiles> {
  if (text === STDIN) return locateStandardInput(options.terminal);
  if (text.startsWith(REVISION_PREFIX)) {
    const revision = text.slice(REVISION_PREFIX.length);
    return locateRevision(await repositoryOf(options), revision, options, `revision ${revision}`);
  }
  const path = resolve(options.terminal.workingDirectory, text);
  const stats = await stat(path).catch(() => null);
  if (stats !== null) return locatePath(text, path, stats.isDirectory(), options.terminal);
  const repository = await repositoryOf(options).catch(() => null);
  if (repository === null || (await resolveRevision(repository, text)) === null) {
    throw new UsageError(`${text} is neither a file or folder nor a git revision`);
  }
  return locateRevision(repository, text, options, `revision ${text}`);
}

async function locatePath(text: string, path: string, isFolder: boolean, terminal: Terminal): Promise<LocatedFiles> {
  const files = await readDirectory(path);
  const shown = normalize(text).replace(/\/+$/, '');
  const folder = isFolder ? shown : normalize(join(shown, '..'));
  return {
    files,
    kind: 'path',
    label: isFolder ? `folder ${text}` : `file ${text}`,
    prefix: folder === '.' ? '' : folder,
    showPath: (inner) => relativeTo(terminal, resolve(isFolder ? path : join(path, '..'), inner), text),
  };
}

/** Absolute where the reader wrote an absolute path, relative otherwise. */
function relativeTo(terminal: Terminal, path: string, written: string): string {
  return written.startsWith('/') ? path : relative(terminal.workingDirectory, path) || basename(path);
}

async function locateRevision(
  repository: string,
  revision: string,
  { globs }: InputOptions,
  label: string,
): Promise<LocatedFiles> {
  const files = await readGitRevision(repository, revision, globs);
  const name = /^[0-9a-f]{40,}$/.test(revision) ? revision.slice(0, 10) : revision;
  return { files, kind: 'revision', label, prefix: '', showPath: (path) => `${name}:${path}` };
}

async function locateWorkingTree(options: InputOptions): Promise<LocatedFiles> {
  const repository = await repositoryOf(options);
  return {
    files: await readWorkingTree(repository, options.globs),
    kind: 'working-tree',
    label: 'the working tree',
    prefix: '',
    showPath: (path) => relativeTo(options.terminal, join(repository, path), ''),
  };
}

async function locateStandardInput(terminal: Terminal): Promise<LocatedFiles> {
  const content = await terminal.readInput();
  return {
    files: { files: [{ path: STDIN_PATH, content }], unread: [] },
    kind: 'path',
    label: 'standard input',
    prefix: '',
    showPath: (path) => path,
  };
}

async function repositoryOf({ repo, terminal }: InputOptions): Promise<string> {
  const folder = resolve(terminal.workingDirectory, repo);
  const stats = await stat(folder).catch(() => null);
  if (!stats?.isDirectory()) throw new SourceError(`--repo ${repo} is not a folder`, false);
  return findRepository(folder);
}
