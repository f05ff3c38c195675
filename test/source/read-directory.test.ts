import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDirectory } from '../../src/source/read-directory.js';
import { moveBelow, SourceError, type SourceFiles } from '../../src/source/source-files.js';
import { temporaryFolder } from './temporary-folder.js';

const paths = ({ files }: SourceFiles) => files.map((file) => file.path);
const unread = ({ unread: files }: SourceFiles) =>
  files.map((file) => [file.path, file.diagnostics[0]?.code, file.unreadable.length]);

describe('reading a folder', () => {
  it('takes the manifest files of all folders, sorted, but not those of git and node_modules', () => {
    const root = temporaryFolder({
      'b.yaml': 'b',
      'a/z.yml': 'z',
      'a/b.json': '{}',
      'a/readme.md': '',
      '.github/x.yaml': '',
      '.git/config.yaml': '',
      'node_modules/p/x.yaml': '',
    });
    const result = readDirectory(root);
    expect(paths(result)).toEqual(['.github/x.yaml', 'a/b.json', 'a/z.yml', 'b.yaml']);
    expect(result.unread).toEqual([]);
    expect(Buffer.from(result.files[3]!.content as Uint8Array).toString()).toBe('b');
  });

  it('takes a single file whatever its name', () => {
    const root = temporaryFolder({ 'manifests.txt': 'kind: Pod' });
    expect(paths(readDirectory(join(root, 'manifests.txt')))).toEqual(['manifests.txt']);
  });

  it('does not follow links out of the folder, and says so', () => {
    const outside = temporaryFolder({ 'secret.yaml': 's', 'dir/x.yaml': 'x' });
    const root = temporaryFolder({ 'a.yaml': 'a' });
    symlinkSync(join(outside, 'secret.yaml'), join(root, 'link.yaml'));
    symlinkSync(join(outside, 'dir'), join(root, 'folder'));
    symlinkSync('nowhere.yaml', join(root, 'broken.yaml'));
    symlinkSync('/etc/hostname', join(root, 'hostname'));
    const result = readDirectory(root);
    expect(paths(result)).toEqual(['a.yaml']);
    expect(unread(result)).toEqual([
      ['broken.yaml', 'symlink-not-followed', 1],
      ['folder', 'symlink-not-followed', 1],
      ['link.yaml', 'symlink-not-followed', 1],
    ]);
  });

  it('reads what a link inside the folder points at once, and by the link where it has no manifest name', () => {
    const root = temporaryFolder({ 'a.yaml': 'a', 'data/raw': 'r', 'node_modules/p/n.yaml': 'n' });
    symlinkSync('a.yaml', join(root, 'again.yaml'));
    symlinkSync('data', join(root, 'folder'));
    symlinkSync('data/raw', join(root, 'raw.yaml'));
    symlinkSync('node_modules/p/n.yaml', join(root, 'n.yaml'));
    symlinkSync('.', join(root, 'loop'));
    const result = readDirectory(root);
    expect(paths(result)).toEqual(['a.yaml', 'n.yaml', 'raw.yaml']);
    expect(result.unread).toEqual([]);
  });

  it('follows the folder itself when it is a link', () => {
    const root = temporaryFolder({ 'real/a.yaml': 'a' });
    symlinkSync('real', join(root, 'current'));
    expect(paths(readDirectory(join(root, 'current')))).toEqual(['a.yaml']);
  });

  it('leaves out what is too large, and names it', () => {
    const root = temporaryFolder({ 'a.yaml': 'x'.repeat(11), 'b.yaml': 'x'.repeat(8), 'c.yaml': 'x'.repeat(8) });
    const result = readDirectory(root, { fileBytes: 10, totalBytes: 12 });
    expect(paths(result)).toEqual(['b.yaml']);
    expect(unread(result)).toEqual([
      ['a.yaml', 'file-too-large', 1],
      ['c.yaml', 'too-much-content', 1],
    ]);
  });

  it('knows a Git LFS pointer from a manifest', () => {
    const root = temporaryFolder({ 'a.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' });
    expect(unread(readDirectory(root))).toEqual([['a.yaml', 'lfs-pointer', 1]]);
  });

  it('takes a folder with a manifest name for a folder', () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'x.yaml'));
    expect(readDirectory(root)).toEqual({ files: [], unread: [] });
  });

  it('refuses a folder that does not exist', () => {
    const missing = join(temporaryFolder(), 'missing');
    expect(() => readDirectory(missing)).toThrow(new SourceError(`${missing} does not exist`, false));
  });

  it('can be moved below another folder, findings included', () => {
    const root = temporaryFolder({ 'a.yaml': 'a', 'b.yaml': 'version https://git-lfs.github.com/spec/v1\n' });
    const moved = moveBelow('k8s', readDirectory(root));
    expect(paths(moved)).toEqual(['k8s/a.yaml']);
    expect(moved.unread[0]).toMatchObject({
      path: 'k8s/b.yaml',
      unreadable: [{ path: 'k8s/b.yaml' }],
      diagnostics: [{ path: 'k8s/b.yaml' }],
    });
  });
});
