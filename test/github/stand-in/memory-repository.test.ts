import { beforeAll, describe, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BareRepository } from './bare-repository.js';
import type { Changes, GitStore } from './git-store.js';
import { MemoryRepository } from './memory-repository.js';

const FIRST: Changes = {
  'a.yaml': 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n',
  'mesh/a/x.yaml': 'x: 1\n',
  'mesh/a.yaml': 'y: 1\n',
  'mesh/b/z.yaml': 'z: 1\nwithout end',
};
const OURS: Changes = { 'mesh/a/x.yaml': 'x: 2\n', 'new/deep/file.yaml': 'n: 1\n' };
const THEIRS: Changes = {
  'a.yaml': 'one\n2\nthree\nfour\nfive\n6\nseven\neight\nnine\nten\n',
  'mesh/b/z.yaml': null,
  'mesh/c.yaml': 'c: 1\n',
};

/** All that can be asked of a repository after the same acts, but for the names of commits, which hold the time. */
async function tell(git: GitStore): Promise<unknown> {
  const first = await git.makeCommit(FIRST);
  await git.setRef('refs/heads/main', first);
  const ours = await git.makeCommit(OURS, [first]);
  const theirs = await git.makeCommit(THEIRS, [first]);
  const again = await git.makeCommit({ 'mesh/a/x.yaml': 'x: 3\n' }, [theirs]);
  const merged = (await git.merge(ours, theirs)) ?? '';
  const names = new Map([first, ours, theirs, again, merged].map((sha, index) => [sha, index]));
  const tar = gunzipSync(await git.archive(theirs, 'it')).toString('latin1');
  return {
    trees: [await git.tree(merged, true), await git.tree(merged, false)],
    tree: (await git.commit(merged))?.tree,
    parents: (await git.commit(merged))?.parents.map((sha) => names.get(sha)),
    message: (await git.commit(ours))?.message,
    blob:
      (await git.blob('a'.repeat(40))) ?? (await git.blob((await git.tree(first, true))?.[0]?.sha ?? ''))?.toString(),
    resolved: names.get((await git.resolve('main')) ?? ''),
    mergeBase: names.get((await git.mergeBase(ours, again)) ?? ''),
    conflict: await git.merge(ours, again),
    logs: [await git.log(first, again), await git.log(null, theirs)].map((log) => log.map((sha) => names.get(sha))),
    diffs: [await git.diff(first, theirs), await git.diff(first, ours)],
    isArchived: tar.includes('it/mesh/c.yaml') && !tar.includes('it/mesh/b/z.yaml'),
  };
}

describe('a repository in memory', () => {
  let expected: unknown;

  beforeAll(async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'egress-scope-git-'));
    expected = await tell(await BareRepository.create(folder));
    await rm(folder, { recursive: true });
  });

  it('answers as git does', async () => {
    expect(await tell(new MemoryRepository())).toEqual(expected);
  });
});
