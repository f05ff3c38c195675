import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findMergeBase, findRepository, resolveRevision } from '../../src/source/git-repository.js';
import { readGitRevision } from '../../src/source/read-git-revision.js';
import { readWorkingTree } from '../../src/source/read-working-tree.js';
import type { SourceFiles } from '../../src/source/source-files.js';
import { commitAll, git, temporaryFolder, temporaryRepository, writeFiles } from './temporary-folder.js';

const paths = ({ files }: SourceFiles) => files.map((file) => file.path);
const contents = ({ files }: SourceFiles) => files.map((file) => Buffer.from(file.content as Uint8Array).toString());
const unread = ({ unread: files }: SourceFiles) => files.map((file) => [file.path, file.diagnostics[0]?.code]);

describe('reading a git revision', () => {
  it('gives the files as they were committed, whatever the working tree says', async () => {
    const repository = temporaryRepository({ 'k8s/a.yaml': 'old\n', 'k8s/ä b\n.yaml': 'odd name', 'readme.md': '' });
    writeFiles(repository, { 'k8s/a.yaml': 'new', 'k8s/c.yaml': 'untracked' });
    const result = await readGitRevision(repository, 'HEAD');
    expect(paths(result)).toEqual(['k8s/a.yaml', 'k8s/ä b\n.yaml']);
    expect(contents(result)).toEqual(['old\n', 'odd name']);
  });

  it('reads empty files, equal files and binary files', async () => {
    const repository = temporaryRepository({ 'a.yaml': '', 'b.yaml': 'same', 'c.yaml': 'same', 'd.yaml': 'x\0\ny' });
    expect(contents(await readGitRevision(repository, 'main'))).toEqual(['', 'same', 'same', 'x\0\ny']);
  });

  it('reads a bare repository, which has no working tree', async () => {
    const bare = join(temporaryFolder(), 'mesh.git');
    git(temporaryRepository({ 'a.yaml': 'a' }), 'clone', '--quiet', '--bare', '.', bare);
    const repository = await findRepository(join(bare, 'refs'));
    expect(repository).toBe(bare);
    expect(contents(await readGitRevision(repository, 'main'))).toEqual(['a']);
    await expect(readWorkingTree(repository)).rejects.toThrow('must be run in a work tree');
  });

  it('takes globs, and folders for all that is below them', async () => {
    const repository = temporaryRepository({ 'a/x.yaml': '', 'a/b/y.yaml': '', 'c/z.yaml': '', '.d/w.yaml': '' });
    expect(paths(await readGitRevision(repository, 'HEAD', ['a/']))).toEqual(['a/b/y.yaml', 'a/x.yaml']);
    expect(paths(await readGitRevision(repository, 'HEAD', ['*/*.yaml']))).toEqual([
      '.d/w.yaml',
      'a/x.yaml',
      'c/z.yaml',
    ]);
    expect(paths(await readGitRevision(repository, 'HEAD', ['**/y.yaml', './c']))).toEqual(['a/b/y.yaml', 'c/z.yaml']);
  });

  it('follows links inside the tree only, and names the others', async () => {
    const repository = temporaryFolder({ 'a.yaml': 'a', 'data/raw': 'r' });
    symlinkSync('../data/raw', join(repository, 'data/raw.yaml'));
    symlinkSync('a.yaml', join(repository, 'again.yaml'));
    symlinkSync('/etc/passwd', join(repository, 'out.yaml'));
    symlinkSync('../../x.yaml', join(repository, 'up.yaml'));
    symlinkSync('loop.yaml', join(repository, 'loop.yaml'));
    git(repository, 'init', '--quiet', '--initial-branch=main');
    commitAll(repository, 'links');
    const result = await readGitRevision(repository, 'HEAD');
    expect(paths(result)).toEqual(['a.yaml', 'data/raw.yaml']);
    expect(contents(result)).toEqual(['a', 'r']);
    expect(unread(result)).toEqual([
      ['loop.yaml', 'symlink-not-followed'],
      ['out.yaml', 'symlink-not-followed'],
      ['up.yaml', 'symlink-not-followed'],
    ]);
    const digests = ({ unread: files }: SourceFiles) =>
      files.map((file) => file.unreadable.map(({ digest }) => digest));
    expect(digests(await readWorkingTree(repository))).toEqual(digests(result));
    expect(new Set(digests(result).flat()).size).toBe(3);
  });

  it('names submodules and LFS pointers', async () => {
    const other = temporaryRepository({ 'inner.yaml': '' });
    const repository = temporaryRepository({
      'big.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
    });
    git(repository, 'submodule', '--quiet', 'add', other, 'vendored');
    commitAll(repository, 'submodule');
    const expected = [
      ['big.yaml', 'lfs-pointer'],
      ['vendored', 'submodule-not-read'],
    ];
    const revision = await readGitRevision(repository, 'HEAD');
    const workingTree = await readWorkingTree(repository);
    expect(unread(revision)).toEqual(expected);
    expect(workingTree.unread).toEqual(revision.unread);
  });

  it('keeps within limits', async () => {
    const repository = temporaryRepository({ 'a.yaml': 'x'.repeat(11), 'b.yaml': 'x' });
    const result = await readGitRevision(repository, 'HEAD', [], { fileBytes: 10, totalBytes: 100 });
    expect(paths(result)).toEqual(['b.yaml']);
    expect(unread(result)).toEqual([['a.yaml', 'file-too-large']]);
    const onDisk = await readWorkingTree(repository, [], { fileBytes: 10, totalBytes: 100 });
    expect(onDisk.unread).toEqual(result.unread);
    expect(onDisk.unread[0]?.unreadable[0]?.digest).toMatch(/^[0-9a-f]{40}$/);
  });

  it.each(['--output=pwned', '-h', 'HEAD:a.yaml', 'HEAD; touch pwned', '$(touch pwned)', 'nothing', '', 'a\0b'])(
    'takes %j for a name that does not exist, never for an option or a command',
    async (revision) => {
      const repository = temporaryRepository({ 'a.yaml': 'a' });
      expect(await resolveRevision(repository, revision)).toBeNull();
      await expect(readGitRevision(repository, revision)).rejects.toMatchObject({
        name: 'SourceError',
        refused: false,
      });
      expect(existsSync(join(repository, 'pwned'))).toBe(false);
    },
  );

  it('takes tags, short commits and relative names', async () => {
    const repository = temporaryRepository({ 'a.yaml': 'a' });
    const first = git(repository, 'rev-parse', 'HEAD');
    git(repository, 'tag', '-a', 'v1', '-m', 'one');
    writeFiles(repository, { 'a.yaml': 'b' });
    commitAll(repository, 'second');
    expect(
      await Promise.all(['v1', first.slice(0, 8), 'HEAD~1'].map((name) => resolveRevision(repository, name))),
    ).toEqual([first, first, first]);
  });
});

describe('reading a working tree', () => {
  it('takes tracked and new files, but not ignored and deleted ones', async () => {
    const repository = temporaryRepository({
      'a.yaml': 'a',
      'gone.yaml': '',
      '.gitignore': 'ignored.yaml\n',
      'sub/b.yaml': 'b',
    });
    rmSync(join(repository, 'gone.yaml'));
    writeFiles(repository, { 'a.yaml': 'changed', 'new.yaml': 'n', 'ignored.yaml': 'i' });
    const result = await readWorkingTree(repository);
    expect(paths(result)).toEqual(['a.yaml', 'new.yaml', 'sub/b.yaml']);
    expect(contents(result)).toEqual(['changed', 'n', 'b']);
    expect(paths(await readWorkingTree(repository, ['sub']))).toEqual(['sub/b.yaml']);
  });

  it('leaves other repositories alone that merely lie there', async () => {
    const repository = temporaryRepository({ 'a.yaml': 'a' });
    writeFiles(repository, { 'nested/x.yaml': 'x' });
    git(join(repository, 'nested'), 'init', '--quiet');
    commitAll(join(repository, 'nested'), 'other');
    expect(await readWorkingTree(repository)).toMatchObject({ files: [{ path: 'a.yaml' }], unread: [] });
  });

  it('starts at the top of the repository', async () => {
    const repository = temporaryRepository({ 'sub/b.yaml': 'b' });
    expect(await findRepository(join(repository, 'sub'))).toBe(repository);
    await expect(findRepository(temporaryFolder())).rejects.toMatchObject({ refused: false });
  });
});

describe('the merge base with the default branch', () => {
  it('is where the branch left main', async () => {
    const repository = temporaryRepository({ 'a.yaml': 'a' });
    const base = git(repository, 'rev-parse', 'HEAD');
    git(repository, 'switch', '--quiet', '-c', 'topic');
    writeFiles(repository, { 'a.yaml': 'b' });
    commitAll(repository, 'on topic');
    git(repository, 'switch', '--quiet', 'main');
    writeFiles(repository, { 'c.yaml': 'c' });
    commitAll(repository, 'on main');
    git(repository, 'switch', '--quiet', 'topic');
    expect(await findMergeBase(repository)).toBe(base);
  });

  it('goes by the remote’s default branch where there is one', async () => {
    const remote = temporaryRepository({ 'a.yaml': 'a' });
    git(remote, 'branch', '-m', 'trunk');
    const base = git(remote, 'rev-parse', 'HEAD');
    const clone = join(temporaryFolder(), 'clone');
    git(remote, 'clone', '--quiet', remote, clone);
    writeFiles(clone, { 'a.yaml': 'b' });
    commitAll(clone, 'local');
    expect(await findMergeBase(clone)).toBe(base);
  });

  it('asks for a name where there is no default branch', async () => {
    const repository = temporaryRepository({ 'a.yaml': 'a' });
    git(repository, 'branch', '-m', 'other');
    await expect(findMergeBase(repository)).rejects.toThrow('no default branch was found');
  });
});
