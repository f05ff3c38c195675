import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { ManifestSet } from '../../src/kubernetes/manifest.js';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import nock from 'nock';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobSha } from '../../src/github/blob.js';
import { ParsedFileCache } from '../../src/github/parsed-file-cache.js';
import { readManifests, type TreeSide } from '../../src/github/read-manifests.js';
import type { TreeFile, TreeListing } from '../../src/github/repository-tree.js';
import { readTarStream } from '../../src/github/tarball.js';
import { gitHub, restClient, ROOT, TARGET } from './rest-client.js';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});

type Files = Readonly<Record<string, string | TreeFile>>;

function side(archiveSha: string, files: Files): TreeSide {
  const listing: TreeListing = new Map(
    Object.entries(files).map(([path, file]) => {
      if (typeof file !== 'string') return [path, file];
      return [path, { path, kind: 'file', sha: blobSha(Buffer.from(file)), size: Buffer.byteLength(file) }];
    }),
  );
  return { listing, archiveSha };
}

function blobs(...contents: readonly string[]): void {
  for (const content of contents) {
    const sha = blobSha(Buffer.from(content));
    gitHub()
      .matchHeader('accept', 'application/vnd.github.v3.raw')
      .get(`${ROOT}/git/blobs/${sha}`)
      .reply(200, Buffer.from(content));
  }
}

async function archive(sha: string, files: Readonly<Record<string, string>>): Promise<void> {
  gitHub()
    .get(`${ROOT}/tarball/${sha}`)
    .reply(302, undefined, { location: `https://codeload.example/${sha}?token=t` });
  nock('https://codeload.example')
    .get(`/${sha}?token=t`)
    .reply(200, await tarball(files));
}

async function tarball(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = pack();
  for (const [path, content] of Object.entries(files)) tar.entry({ name: `acme-mesh-1/${path}` }, content);
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return gzipSync(Buffer.concat(chunks));
}

function configMap(name: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
}

function entry(path: string, kind: TreeFile['kind'], sha: string, size = 0): TreeFile {
  return { path, kind, sha, size };
}

async function read(
  before: Files,
  after: Files,
  cache = new ParsedFileCache(),
  archiveFrom = 10,
): Promise<{ readonly before: ManifestSet; readonly after: ManifestSet } | null> {
  const limits = { archiveFrom, blobs: 5, fileBytes: 1000 };
  const sides = { before: side('b', before), after: side('a', after) };
  const read = await readManifests(restClient(), TARGET, sides, { cache, limits });
  return read && { before: buildManifestSet(read.before), after: buildManifestSet(read.after) };
}

const names = (
  set: { readonly objects: readonly { readonly metadata: { readonly name: string } }[] } | undefined,
): readonly string[] | undefined => set?.objects.map((object) => object.metadata.name);

describe('readManifests', () => {
  it('reads once what both sides share, and nothing that the cache has', async () => {
    const cache = new ParsedFileCache();
    blobs(configMap('shared'), configMap('old'), configMap('new'));
    const first = await read(
      { 'shared.yaml': configMap('shared'), 'x.yaml': configMap('old') },
      { 'shared.yaml': configMap('shared'), 'x.yaml': configMap('new') },
      cache,
    );
    expect(names(first?.before)).toEqual(['shared', 'old']);
    expect(names(first?.after)).toEqual(['shared', 'new']);
    const second = await read({ 'x.yaml': configMap('old') }, { 'x.yaml': configMap('new') }, cache);
    expect(names(second?.after)).toEqual(['new']);
  });

  it('keeps one content at two paths apart', async () => {
    blobs(configMap('one'));
    const both = await read({ 'a.yaml': configMap('one') }, { 'b.yaml': configMap('one') });
    expect(both?.before.objects[0]?.origin.path).toBe('a.yaml');
    expect(both?.after.objects[0]?.origin.path).toBe('b.yaml');
  });

  it('answers null, and reads no further, when what differs is not for Kubernetes', async () => {
    blobs('on: push\n');
    expect(await read({ 'm.yaml': configMap('m') }, { 'm.yaml': configMap('m'), 'ci.yaml': 'on: push\n' })).toBeNull();
  });

  it('takes many missing files from the archive, but not what the archive altered', async () => {
    const files = Object.fromEntries(['p', 'q', 'r', 's'].map((name) => [`${name}.yaml`, configMap(name)]));
    await archive('a', { ...files, 's.yaml': configMap('altered'), 'other.yaml': configMap('other') });
    blobs(configMap('s'));
    const both = await read({}, files, new ParsedFileCache(), 2);
    expect(names(both?.after)).toEqual(['p', 'q', 'r', 's']);
  });

  it('refuses to read a repository file by file without end', async () => {
    const files = Object.fromEntries(['p', 'q', 'r', 's', 't', 'u'].map((name) => [`${name}.yaml`, configMap(name)]));
    await expect(read({}, files)).rejects.toMatchObject({ name: 'CannotJudge' });
  });

  it('names links, submodules, pointers to LFS and files beyond the limit, and reads none of them', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n';
    blobs(configMap('m'), pointer);
    const both = await read(
      {},
      {
        'm.yaml': configMap('m'),
        'link.yaml': entry('link.yaml', 'symlink', '1'.repeat(40)),
        vendor: entry('vendor', 'submodule', '2'.repeat(40)),
        'lfs.yaml': pointer,
        '--exec=rm.yaml': entry('--exec=rm.yaml', 'file', '3'.repeat(40), 5000),
      },
    );
    const found = both?.after.diagnostics.map(({ code, path }) => [path, code]);
    expect(found).toEqual(
      expect.arrayContaining([
        ['link.yaml', 'symlink-not-followed'],
        ['vendor', 'submodule-not-read'],
        ['lfs.yaml', 'lfs-pointer'],
        ['--exec=rm.yaml', 'file-too-large'],
      ]),
    );
    const unreadable = both?.after.unreadable.map(({ path }) => path).sort();
    expect(unreadable).toEqual(['--exec=rm.yaml', 'lfs.yaml', 'link.yaml']);
    expect(names(both?.after)).toEqual(['m']);
  });

  it('does not hold an old link against a change that leaves it alone', async () => {
    blobs(configMap('m'));
    const link = { 'link.yaml': entry('link.yaml', 'symlink', '1'.repeat(40)) };
    const both = await read(link, { ...link, 'm.yaml': configMap('m') });
    expect(both?.after.unreadable).toEqual([]);
  });
});

describe('readTarStream', () => {
  it('ends an archive that grows beyond the limit, however small it is compressed', async () => {
    const bomb = await tarball({ 'a.yaml': '0'.repeat(5_000_000) });
    expect(bomb.byteLength).toBeLessThan(50_000);
    const reading = readTarStream(
      Readable.from([bomb]),
      () => true,
      () => undefined,
      { totalBytes: 1_000_000, entries: 10 },
    );
    await expect(reading).rejects.toMatchObject({ name: 'CannotJudge' });
  });

  it('ends an archive with too many files', async () => {
    const many = await tarball({ 'a.yaml': '', 'b.yaml': '', 'c.yaml': '' });
    const reading = readTarStream(
      Readable.from([many]),
      () => true,
      () => undefined,
      { totalBytes: 1_000_000, entries: 2 },
    );
    await expect(reading).rejects.toMatchObject({ name: 'CannotJudge' });
  });

  it('rejects an archive that is cut off', async () => {
    const whole = await tarball({ 'a.yaml': 'x'.repeat(2000) });
    const cut = whole.subarray(0, whole.byteLength - 20);
    await expect(
      readTarStream(
        Readable.from([cut]),
        () => true,
        () => undefined,
        { totalBytes: 1e6, entries: 9 },
      ),
    ).rejects.toMatchObject({ name: 'CannotJudge' });
  });
});
