import { existsSync, lstatSync, realpathSync, type Stats } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Terminal } from './terminal.js';

/** `off`, or the folder for what is kept from run to run. */
export const CACHE_VARIABLE = 'EGRESS_SCOPE_CACHE';

/** The absolute path of the folder for what is kept from run to run; null where nothing is to be kept. */
export function cacheFolderOf(environment: Terminal['environment'], platform: NodeJS.Platform): string | null {
  const { [CACHE_VARIABLE]: named = '', CI: ci = '', XDG_CACHE_HOME: caches = '', HOME: home = '' } = environment;
  if (named !== '') return isAbsolute(named) ? named : null;
  // Whose code has run before on a machine that builds, nobody knows.
  if (ci !== '') return null;
  if (isAbsolute(caches)) return join(caches, 'egress-scope');
  return isAbsolute(home) ? join(home, platform === 'darwin' ? 'Library/Caches' : '.cache', 'egress-scope') : null;
}

/** True for what belongs to the user, and nobody else may write; never where the system does not tell. */
export function isOwn({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): boolean {
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

/** The folder, by its real path, if it is one of the user's own and in no repository, nor in a tree that is read: what a change brings
 * must not be taken for what was kept. Null otherwise. */
export function trustedFolder(folder: string, trees: readonly string[]): string | null {
  try {
    const stats = lstatSync(folder);
    if (!stats.isDirectory() || !isOwn(stats)) return null;
    const real = realpathSync(folder);
    const roots = new Set(trees.map((tree) => realpathSync(tree)));
    const isOfTree = foldersAbove(real).some((above) => roots.has(above) || existsSync(join(above, '.git')));
    return isOfTree ? null : real;
  } catch {
    return null;
  }
}

/** With the folder itself. */
function foldersAbove(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersAbove(above)];
}
