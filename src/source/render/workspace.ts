import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder for one run of a tool. `tree` in it holds the files of the tree, and nothing else. */
export interface Workspace {
  readonly folder: string;
  readonly write: (path: string, content: Uint8Array | string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Makes a new folder with these files below `tree`, which only this process's user can read. */
export async function createWorkspace(files: ReadonlyMap<string, Uint8Array>): Promise<Workspace> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'egress-scope-render-')));
  const made = new Set<string>();
  const write = async (path: string, content: Uint8Array | string): Promise<void> => {
    const file = join(folder, path);
    if (!made.has(dirname(file))) await mkdir(dirname(file), { recursive: true });
    made.add(dirname(file));
    await writeFile(file, content, { mode: 0o600, flag: 'wx' });
  };
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    for (const name of ['tree', 'home', 'tmp']) await mkdir(join(folder, name));
    for (const [path, content] of files) await write(`tree/${path}`, content);
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, write, remove };
}

/** The whole environment of a tool: nothing of this process's own, and a home that is empty. */
export function toolEnvironment(folder: string, needsNetwork: boolean, memoryBytes: number): Record<string, string> {
  const home = join(folder, 'home');
  const noProxy = 'http://127.0.0.1:9';
  return {
    HOME: home,
    TMPDIR: join(folder, 'tmp'),
    LC_ALL: 'C',
    XDG_CACHE_HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
    HELM_PLUGINS: join(home, 'plugins'),
    KUBECONFIG: '/dev/null',
    // Several tools run at a time, one a core; and Go collects its garbage harder before the limit ends it.
    GOMAXPROCS: '1',
    GOMEMLIMIT: String(Math.floor(memoryBytes * 0.8)),
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    // kustomize fetches with git. Without an allowed address there is neither a git to find nor a way out.
    ...(needsNetwork
      ? { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
      : { PATH: '/nonexistent', HTTP_PROXY: noProxy, HTTPS_PROXY: noProxy, ALL_PROXY: noProxy }),
  };
}
