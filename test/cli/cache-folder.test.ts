import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolderOf, isOwn, trustedFolder } from '../../src/cli/cache-folder.js';
import { temporaryFolder } from '../source/temporary-folder.js';

describe('the folder for what is kept from run to run', () => {
  it.each([
    [{ HOME: '/home/a' }, 'linux', '/home/a/.cache/egress-scope'],
    [{ HOME: '/Users/a' }, 'darwin', '/Users/a/Library/Caches/egress-scope'],
    [{ HOME: '/home/a', XDG_CACHE_HOME: '/caches' }, 'linux', '/caches/egress-scope'],
    [{ HOME: '/home/a', XDG_CACHE_HOME: 'caches' }, 'linux', '/home/a/.cache/egress-scope'],
    [{ HOME: '/home/a', CI: 'true' }, 'linux', null],
    [{ HOME: '/home/a', CI: 'true', EGRESS_SCOPE_CACHE: '/kept' }, 'linux', '/kept'],
    [{ HOME: '/home/a', EGRESS_SCOPE_CACHE: 'off' }, 'linux', null],
    [{ HOME: '/home/a', EGRESS_SCOPE_CACHE: 'kept' }, 'linux', null],
    [{ HOME: '/home/a', EGRESS_SCOPE_CACHE: '' }, 'linux', '/home/a/.cache/egress-scope'],
    [{ HOME: 'a' }, 'linux', null],
    [{}, 'linux', null],
  ] as const)('of %j on %s is %s', (environment, platform, folder) => {
    expect(cacheFolderOf(environment, platform)).toBe(folder);
  });

  it('is used where it is the own one of the user', () => {
    const folder = temporaryFolder();
    expect(trustedFolder(folder, [])).toBe(realpathSync(folder));
    expect(trustedFolder(join(folder, 'absent'), [])).toBeNull();
  });

  it.each([0o770, 0o707, 0o777])('is not used with the mode %o', (mode) => {
    const folder = temporaryFolder();
    chmodSync(folder, mode);
    expect(trustedFolder(folder, [])).toBeNull();
  });

  it('is not used where it belongs to somebody else', () => {
    const uid = process.getuid!();
    expect(isOwn({ uid, mode: 0o40700 })).toBe(true);
    expect(isOwn({ uid: uid + 1, mode: 0o40700 })).toBe(false);
  });

  it('is not used where it is a file or a link', () => {
    const folder = temporaryFolder({ file: '' });
    symlinkSync(temporaryFolder(), join(folder, 'link'));
    expect(trustedFolder(join(folder, 'file'), [])).toBeNull();
    expect(trustedFolder(join(folder, 'link'), [])).toBeNull();
  });

  it('is not used within what is read, by whatever path, nor within a repository', () => {
    const tree = temporaryFolder({ 'k8s/.cache/egress-scope/a': '', 'k8s/manifests/a.yaml': '' });
    const folder = join(tree, 'k8s/.cache/egress-scope');
    const link = join(temporaryFolder(), 'link');
    symlinkSync(join(tree, 'k8s'), link);
    expect(trustedFolder(folder, [join(tree, 'k8s/manifests')])).toBe(folder);
    expect(trustedFolder(folder, [join(tree, 'k8s/manifests'), join(tree, 'k8s')])).toBeNull();
    expect(trustedFolder(folder, [link])).toBeNull();
    expect(trustedFolder(join(link, '.cache/egress-scope'), [tree])).toBeNull();
    mkdirSync(join(tree, '.git'));
    expect(trustedFolder(folder, [join(tree, 'k8s/manifests')])).toBeNull();
  });

  it('is not used within a worktree, of which the repository lies elsewhere', () => {
    const tree = temporaryFolder({ 'caches/a': '' });
    writeFileSync(join(tree, '.git'), 'gitdir: elsewhere\n');
    expect(trustedFolder(join(tree, 'caches'), [])).toBeNull();
  });
});
