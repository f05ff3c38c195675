import { realpath, stat } from 'node:fs/promises';
import { basename, join, normalize, relative, resolve } from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { FollowedObject } from '../kubernetes/followed-object.js';
import type { TreeLedger } from '../kubernetes/ledger.js';
import { isInScope, type ManifestScope } from '../layout/manifest-scope.js';
import type { RenderPermissions } from '../layout/render-permissions.js';
import { discoverMeshes } from '../source/discover-meshes.js';
import type { Discovery, Mesh } from '../source/discovery.js';
import { findMergeBase, findRepository, resolveRevision } from '../source/git-repository.js';
import { readDirectory } from '../source/read-directory.js';
import { readGitRevision } from '../source/read-git-revision.js';
import { readWorkingTree } from '../source/read-working-tree.js';
import { createRenderer, type Renderer } from '../source/render/renderer.js';
import type { SourceTree } from '../source/source-tree.js';
import { openDirectoryTree, openGitRevision, openWorkingTree } from '../source/open-tree.js';
import { moveBelow, SourceError, type SourceFiles } from '../source/source-files.js';
import { decodeText, type TextOf } from '../patch-fixes.js';
import type { OwnersOfFile } from '../policy/code-owners.js';
import { UsageError } from './exit-codes.js';
import { ParsedFiles } from './parsed-files.js';
import { readOwnersAbove, readOwnersOfRevision } from './read-owners.js';
import type { CommonOptions } from './read-settings.js';
import { withProgress, type Terminal } from './terminal.js';

/** Where manifests are to be taken from. */
export type InputName =
  | { readonly kind: 'argument'; readonly text: string }
  | { readonly kind: 'working-tree' }
  | { readonly kind: 'merge-base' };

export interface Input extends Pick<Discovery, 'controlled' | 'abandoned'> {
  /** What lives together; one mesh where the layout shows no more. */
  readonly meshes: readonly Mesh[];
  /** Of all meshes, also those that nobody asked for. */
  readonly meshNames: readonly string[];
  /** What was found on the way and belongs to no mesh. */
  readonly diagnostics: readonly Diagnostic[];
  /** The objects of controllers, of all meshes. */
  readonly followed: readonly FollowedObject[];
  /** Of the meshes that were asked for. */
  readonly ledger: TreeLedger;
  /** A path of the manifests as the reader can open it. */
  readonly showPath: (path: string) => string;
  /** Who owns the files, by CODEOWNERS; null where there is none. */
  readonly readOwners: () => Promise<OwnersOfFile | null>;
  /** A file of the manifests as it is written; null for one that was not read, or is no text. */
  readonly textOf: TextOf;
  /** The folder that the manifests' paths begin at; null where they are not on the disk. */
  readonly folder: string | null;
  readonly kind: 'path' | 'revision' | 'working-tree';
  /** For people: `folder k8s`, `revision main`. */
  readonly label: string;
}

/** What of an input is known once its layout is. */
type Discovered = keyof Discovery | 'meshNames' | 'textOf' | 'folder';

export interface InputOptions {
  /** A folder in the git repository that revisions belong to. */
  readonly repo: string;
  /** The configuration file, whose lines answers may name. */
  readonly configuration?: string | undefined;
  /** Which paths of a revision or working tree count; empty for all. */
  readonly globs: readonly string[];
  /** What the configuration leaves of the manifests. */
  readonly scope: ManifestScope;
  /** What the configuration allows the tools that render. */
  readonly permissions: RenderPermissions;
  /** What controllers applied in the tree that this one comes after. */
  readonly formerly?: Discovery['controlled'];
  /** The only mesh that is asked for; undefined for all. */
  readonly meshName?: string | undefined;
  /** An absolute path that is no manifest, wherever it lies; null for none. */
  readonly leftOut: readonly string[];
  /** Of both sides, where there are two. */
  readonly parsedFiles: ParsedFiles;
  readonly renderer: Renderer;
  readonly terminal: Terminal;
}

interface LocatedFiles extends Omit<Input, Discovered> {
  readonly files: SourceFiles;
  /** For what it takes to render; null where there is nothing but manifests. */
  readonly openTree: (() => Promise<SourceTree>) | null;
  /** The folder that the files' paths begin at; null where they are not on the disk. */
  readonly root: string | null;
  /** Absolute paths of what is read: folders, files and repositories. */
  readonly places: readonly string[];
  /** What tells the paths apart when several inputs become one. */
  readonly prefix: string;
}

const STDIN = '-';
const STDIN_PATH = '<stdin>';
const REVISION_PREFIX = 'rev:';

/** What a command's options say of reading. */
export function inputOptions(
  { repo, path = [], mesh, config }: CommonOptions,
  others: Pick<InputOptions, 'scope' | 'permissions' | 'leftOut' | 'renderer' | 'terminal'>,
): InputOptions {
  return {
    ...others,
    repo,
    globs: path,
    meshName: mesh,
    configuration: config,
    parsedFiles: new ParsedFiles(others.terminal.parseCache),
  };
}

/** Gives the tools that render to whoever reads, and ends them afterwards. */
export async function withRenderer<T>(read: (renderer: Renderer) => Promise<T>): Promise<T> {
  const renderer = createRenderer();
  try {
    return await read(renderer);
  } finally {
    await renderer.close();
  }
}

/** Reads one tree of manifests.
 *
 * @throws UsageError when there is no such thing; SourceError when it cannot be read. */
export async function readInput(name: InputName, options: InputOptions): Promise<Input> {
  const located = await locateAloud(name, options);
  const folder = located.kind === 'revision' || (name.kind === 'argument' && name.text === STDIN) ? null : located.root;
  return { ...located, folder, textOf: textIn(located.files), ...(await discover(located, options)) };
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
  const places: string[] = [];
  for (const text of new Set(names)) {
    const located = await locateAloud({ kind: 'argument', text }, options);
    places.push(...located.places);
    const moved = located.prefix === '' ? located.files : moveBelow(located.prefix, located.files);
    for (const file of moved.files) files.set(normalize(file.path), file);
    for (const file of moved.unread) unread.set(normalize(file.path), file);
  }
  const joined: SourceFiles = { files: [...files.values()], unread: [...unread.values()] };
  const label = `${names.length} paths`;
  const showPath = (path: string): string => path;
  const readOwners: Input['readOwners'] = () => readOwnersAbove(options.terminal.workingDirectory);
  return {
    kind: 'path',
    label,
    showPath,
    readOwners,
    folder: null,
    textOf: textIn(joined),
    ...(await discover({ files: joined, openTree: null, places, label }, options)),
  };
}

async function discover(
  { files: { files, unread }, openTree, places, label }: Pick<LocatedFiles, 'files' | 'openTree' | 'places' | 'label'>,
  { globs, scope, permissions, formerly = [], parsedFiles, renderer, meshName, terminal }: InputOptions,
): Promise<Pick<Input, Exclude<Discovered, 'textOf' | 'folder'>>> {
  terminal.checkpoint?.('parse');
  terminal.parseCache?.open(places, globs);
  const wanted = files.filter(({ path }) => isInScope(path, scope));
  const parsed = [
    ...wanted.map((file) => parsedFiles.parse(file)),
    ...unread.filter(({ path }) => isInScope(path, scope)),
  ];
  const ignored = [...files, ...unread].map(({ path }) => path).filter((path) => !isInScope(path, scope));
  const { meshes, ledger, ...rest } = await withProgress(terminal, `rendering ${label}`, () =>
    discoverMeshes({ files: parsed, openTree, ignored }, { renderer, scope, permissions, formerly }),
  );
  const named = meshes.filter(({ name }) => meshName === undefined || name === meshName);
  const isAsked = (name: string): boolean => named.some((mesh) => mesh.name === name);
  const roots = ledger.roots.filter((root) => root.meshes.some(isAsked));
  return { ...rest, meshes: named, meshNames: meshes.map(({ name }) => name), ledger: { ...ledger, roots } };
}

/** A mark at a file's beginning is part of its text: it is to be written back. */
function textIn({ files }: SourceFiles): TextOf {
  const contents = new Map(files.map(({ path, content }) => [path, content]));
  return (path) => {
    const content = contents.get(path);
    return content === undefined || typeof content === 'string' ? (content ?? null) : decodeText(content);
  };
}

async function locateAloud(name: InputName, options: InputOptions): Promise<LocatedFiles> {
  const { terminal, globs } = options;
  terminal.checkpoint?.('read');
  const located = await withProgress(terminal, `reading ${describe(name)}`, () => locate(name, options));
  if (located.kind === 'path' && globs.length > 0) {
    terminal.writeErr(`note: ${located.label} is read whole; --path narrows revisions and working trees only\n`);
  }
  const showPath = (path: string): string => (path === options.configuration ? path : located.showPath(path));
  return { ...located, showPath, files: await withoutFiles(located, options.leftOut) };
}

async function withoutFiles({ files, root }: LocatedFiles, leftOut: readonly string[]): Promise<SourceFiles> {
  if (leftOut.length === 0 || root === null) return files;
  // Links on the way to either folder must not keep the file from being known.
  const [folder, ...others] = await Promise.all([root, ...leftOut].map((path) => realpath(path)));
  const isOther = ({ path }: { readonly path: string }): boolean => !others.includes(join(folder!, path));
  return { files: files.files.filter(isOther), unread: files.unread.filter(isOther) };
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

function locatePath(text: string, path: string, isFolder: boolean, terminal: Terminal): LocatedFiles {
  const files = readDirectory(path);
  const shown = normalize(text).replace(/\/+$/, '');
  const folder = isFolder ? shown : normalize(join(shown, '..'));
  return {
    files,
    openTree: isFolder ? () => openDirectoryTree(path) : null,
    root: isFolder ? path : join(path, '..'),
    places: [path],
    kind: 'path',
    label: isFolder ? `folder ${text}` : `file ${text}`,
    prefix: folder === '.' ? '' : folder,
    showPath: (inner) => relativeTo(terminal, resolve(isFolder ? path : join(path, '..'), inner), text),
    readOwners: () => readOwnersAbove(isFolder ? path : join(path, '..')),
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
  const openTree = (): Promise<SourceTree> => openGitRevision(repository, revision);
  const showPath = (path: string): string => `${name}:${path}`;
  const readOwners: Input['readOwners'] = () => readOwnersOfRevision(repository, revision);
  return {
    files,
    openTree,
    root: repository,
    places: [repository],
    kind: 'revision',
    label,
    prefix: '',
    showPath,
    readOwners,
  };
}

async function locateWorkingTree(options: InputOptions): Promise<LocatedFiles> {
  const repository = await repositoryOf(options);
  return {
    files: await readWorkingTree(repository, options.globs),
    openTree: () => openWorkingTree(repository),
    root: repository,
    places: [repository],
    kind: 'working-tree',
    label: 'the working tree',
    prefix: '',
    showPath: (path) => relativeTo(options.terminal, join(repository, path), ''),
    readOwners: () => readOwnersAbove(repository),
  };
}

async function locateStandardInput(terminal: Terminal): Promise<LocatedFiles> {
  const content = await terminal.readInput();
  return {
    files: { files: [{ path: STDIN_PATH, content }], unread: [] },
    openTree: null,
    root: null,
    places: [],
    kind: 'path',
    label: 'standard input',
    prefix: '',
    showPath: (path) => path,
    readOwners: () => Promise.resolve(null),
  };
}

async function repositoryOf({ repo, terminal }: InputOptions): Promise<string> {
  const folder = resolve(terminal.workingDirectory, repo);
  const stats = await stat(folder).catch(() => null);
  if (!stats?.isDirectory()) throw new SourceError(`--repo ${repo} is not a folder`, false);
  return findRepository(folder);
}
