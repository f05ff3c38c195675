import { describe, expect, it } from 'vitest';
import { blobSha } from '../../src/github/blob.js';
import { mergeTrees } from '../../src/github/merge-trees.js';
import type { TreeListing } from '../../src/github/repository-tree.js';

const contents = new Map<string, Uint8Array>();

function tree(files: Readonly<Record<string, string>>): TreeListing {
  return new Map(
    Object.entries(files).map(([path, text]) => {
      const content = new TextEncoder().encode(text);
      const sha = blobSha(content);
      contents.set(sha, content);
      return [path, { path, kind: 'file' as const, sha, size: content.byteLength }];
    }),
  );
}

async function merge(
  ancestor: Readonly<Record<string, string>>,
  base: Readonly<Record<string, string>>,
  head: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const read = (sha: string): Promise<Uint8Array> => Promise.resolve(contents.get(sha) ?? new Uint8Array());
  const { listing, contents: made } = await mergeTrees(tree(ancestor), tree(base), tree(head), read);
  const text = (sha: string): string => new TextDecoder().decode(made.get(sha) ?? contents.get(sha));
  return Object.fromEntries([...listing].map(([path, { sha }]) => [path, text(sha)]));
}

describe('mergeTrees', () => {
  it('takes from each side what only that side changed', async () => {
    const merged = await merge(
      { same: '1', edited: '1', removed: '1', theirs: '1', gone: '1' },
      { same: '1', edited: '2', theirs: '1', gone: '1', added: 'base' },
      { same: '1', edited: '1', removed: '1', theirs: '2', extra: 'head' },
    );
    expect(merged).toEqual({ same: '1', edited: '2', theirs: '2', added: 'base', extra: 'head' });
  });

  it('merges the lines of a file that both sides changed', async () => {
    const merged = await merge({ f: 'a\nb\nc\n' }, { f: 'A\nb\nc\n' }, { f: 'a\nb\nC\n' });
    expect(merged).toEqual({ f: 'A\nb\nC\n' });
  });

  it('takes once what both sides did alike', async () => {
    expect(await merge({ f: '1', g: '1' }, { f: '2' }, { f: '2' })).toEqual({ f: '2' });
  });

  it('names the files that conflict', async () => {
    const conflict = merge({ f: 'a\n', g: 'a\n' }, { f: 'b\n', h: '1' }, { f: 'c\n', g: 'b\n', h: '2' });
    await expect(conflict).rejects.toThrow('The head conflicts with the base in f, h, g.');
  });
});
