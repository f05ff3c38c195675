import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSourceTree, type TreeEntry } from '../../src/source/create-source-tree.js';
import { openDirectoryTree, openGitRevision, openWorkingTree } from '../../src/source/open-tree.js';
import type { SourceTree } from '../../src/source/source-tree.js';
import { commitAll, git, temporaryFolder, temporaryRepository, writeFiles } from './temporary-folder.js';

const pathsOf = (tree: SourceTree) => [...tree.files.keys()];
const textOf = async (tree: SourceTree, path: string) =>
  Buffer.from((await tree.read([path])).get(path) ?? 'missing').toString();

describe('opening a tree', () => {
  it('is the same from a folder, a commit and a working tree', async () => {
    const repository = temporaryFolder({
      'chart/Chart.yaml': 'name: a',
      'chart/templates/x.tpl': 'x'.repeat(5000),
      'empty.txt': '',
      'lfs.tgz': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
      'node_modules/x.yaml': 'x',
      '.gitignore': 'node_modules\n',
    });
    symlinkSync('Chart.yaml', join(repository, 'chart/again.yaml'));
    symlinkSync('../chart', join(repository, 'chart/self'));
    symlinkSync('chart/templates', join(repository, 'templates'));
    symlinkSync('/etc', join(repository, 'etc'));
    symlinkSync('../../../../etc/passwd', join(repository, 'passwd'));
    symlinkSync('loop', join(repository, 'loop'));
    git(repository, 'init', '--quiet', '--initial-branch=main');
    commitAll(repository, 'first');
    const trees = await Promise.all([
      openDirectoryTree(repository),
      openGitRevision(repository, 'HEAD'),
      openWorkingTree(repository),
    ]);
    for (const tree of trees) {
      expect(pathsOf(tree)).toEqual([
        '.gitignore',
        'chart/Chart.yaml',
        'chart/again.yaml',
        'chart/templates/x.tpl',
        'empty.txt',
        'templates/x.tpl',
      ]);
      expect(tree.files).toEqual(trees[0].files);
      expect([...tree.absent.keys()].sort()).toEqual(['etc', 'lfs.tgz', 'loop', 'passwd']);
      expect(tree.absent).toEqual(trees[0].absent);
      expect(await textOf(tree, 'chart/again.yaml')).toBe('name: a');
      expect(await textOf(tree, 'templates/x.tpl')).toHaveLength(5000);
      expect(await textOf(tree, 'empty.txt')).toBe('');
    }
    expect(trees[0].files.get('chart/Chart.yaml')).toEqual({
      size: 7,
      digest: git(repository, 'rev-parse', 'HEAD:chart/Chart.yaml'),
    });
  });

  it('reads nothing under a path that is not its own', async () => {
    const folder = temporaryFolder({ 'tree/a.yaml': 'a', 'secret.yaml': 's' });
    const tree = await openDirectoryTree(join(folder, 'tree'));
    expect((await tree.read(['../secret.yaml', '/etc/passwd', 'b.yaml'])).size).toBe(0);
  });

  it('follows the working tree, not the index', async () => {
    const repository = temporaryRepository({ 'a.yaml': 'old', 'gone.yaml': '' });
    writeFiles(repository, { 'a.yaml': 'new', 'b.txt': 'b' });
    git(repository, 'rm', '--quiet', 'gone.yaml');
    mkdirSync(join(repository, 'nested'));
    git(join(repository, 'nested'), 'init', '--quiet');
    const tree = await openWorkingTree(repository);
    expect(pathsOf(tree)).toEqual(['a.yaml', 'b.txt']);
    expect(await textOf(tree, 'a.yaml')).toBe('new');
    expect(await textOf(await openGitRevision(repository, 'HEAD'), 'a.yaml')).toBe('old');
  });

  it('says what does not exist', async () => {
    await expect(openDirectoryTree(join(temporaryFolder(), 'no'))).rejects.toMatchObject({ refused: false });
    await expect(openGitRevision(temporaryRepository({ a: '' }), 'no')).rejects.toMatchObject({ refused: false });
  });
});

describe('a tree of entries', () => {
  it('does not grow without bound by links', () => {
    const entries = new Map<string, TreeEntry>([['d0/f', { size: 1, digest: 'x' }]]);
    for (let level = 1; level < 40; level += 1) {
      for (const name of ['a', 'b', 'c']) entries.set(`d${level}/${name}`, { linksTo: `../d${level - 1}` });
    }
    const { files } = createSourceTree(entries, () => Promise.resolve(new Map()));
    expect(files.size).toBeLessThan(100_000);
    expect(files.has('d1/a/f')).toBe(true);
  });

  it('leaves out what could stand outside of a folder', () => {
    const file = { size: 1, digest: 'x' };
    const paths = ['../a', '/b', 'c/../../d', 'e//f', 'g/.', 'h'];
    const tree = createSourceTree(new Map(paths.map((path) => [path, file])), () => Promise.resolve(new Map()));
    expect(pathsOf(tree)).toEqual(['h']);
  });
});
