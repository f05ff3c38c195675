import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesNotIn, readTree } from '../../src/github/repository-tree.js';
import { gitHub, restClient, ROOT, TARGET } from './rest-client.js';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});

const isYaml = (path: string): boolean => path.endsWith('.yaml');

function tree(sha: string, recursive: boolean, entries: readonly object[], truncated = false): void {
  const query = recursive ? { recursive: '1' } : {};
  gitHub().get(`${ROOT}/git/trees/${sha}`).query(query).reply(200, { sha, tree: entries, truncated });
}

const blob = (path: string): object => ({ path, mode: '100644', type: 'blob', sha: `s-${path}`, size: 3 });
const folder = (path: string, sha: string): object => ({ path, mode: '040000', type: 'tree', sha });

describe('readTree', () => {
  it('lists the relevant files, links and submodules with one request', async () => {
    tree('c', true, [
      blob('a.yaml'),
      blob('d/b.yaml'),
      blob('README.md'),
      folder('d', 't'),
      { path: 'l.yaml', mode: '120000', type: 'blob', sha: 'l' },
      { path: 'sub', mode: '160000', type: 'commit', sha: 'm' },
    ]);
    const listing = await readTree(restClient(), TARGET, 'c', isYaml);
    expect([...listing.values()].map(({ path, kind }) => [path, kind])).toEqual([
      ['a.yaml', 'file'],
      ['d/b.yaml', 'file'],
      ['l.yaml', 'symlink'],
      ['sub', 'submodule'],
    ]);
  });

  it('takes over from another listing the entries that are the same in it', async () => {
    tree('c', true, [blob('a.yaml'), blob('b.yaml')]);
    const known = await readTree(restClient(), TARGET, 'c', isYaml);
    tree('d', true, [blob('a.yaml'), { ...blob('b.yaml'), sha: 'edited' }, blob('c.yaml')]);
    const listing = await readTree(restClient(), TARGET, 'd', isYaml, known);
    expect(listing.get('a.yaml')).toBe(known.get('a.yaml'));
    expect([...listing.values()].map(({ path, sha }) => [path, sha])).toEqual([
      ['a.yaml', 's-a.yaml'],
      ['b.yaml', 'edited'],
      ['c.yaml', 's-c.yaml'],
    ]);
    expect(filesNotIn(known, listing).map(({ path }) => path)).toEqual(['b.yaml', 'c.yaml']);
    expect(filesNotIn(listing, known).map(({ path }) => path)).toEqual(['b.yaml']);
  });

  it('goes folder by folder when GitHub cuts the listing short', async () => {
    tree('c', true, [blob('a.yaml')], true);
    tree('c', false, [blob('a.yaml'), folder('d', 'd1'), folder('e', 'e1')]);
    tree('d1', true, [blob('b.yaml')]);
    tree('e1', true, [blob('f/c.yaml')]);
    const listing = await readTree(restClient(), TARGET, 'c', isYaml);
    expect([...listing.keys()].sort()).toEqual(['a.yaml', 'd/b.yaml', 'e/f/c.yaml']);
  });

  it('cannot judge a single folder that GitHub does not list whole', async () => {
    tree('c', true, [], true);
    tree('c', false, [], true);
    await expect(readTree(restClient(), TARGET, 'c', isYaml)).rejects.toMatchObject({ name: 'CannotJudge' });
  });
});
