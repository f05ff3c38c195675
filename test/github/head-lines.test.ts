import { describe, expect, it } from 'vitest';
import { linkSources } from '../../src/github/analyze-sides.js';
import type { ChangedFile } from '../../src/github/changed-files.js';
import { mapHeadLines, type HeadLineOf } from '../../src/github/head-lines.js';

const CONTENTS: Readonly<Record<string, string>> = {
  // The base added a first line, and changed the last.
  merged: 'base\nkind: A\nname: a\nport: 2\n',
  head: 'kind: A\nname: a\nport: 1\n',
};

const CHANGED: readonly ChangedFile[] = [
  { path: 'a dir/a.yaml', previousPath: null, sha: 'head', isRemoved: false, lines: new Set() },
  { path: 'b.yaml', previousPath: null, sha: 'same', isRemoved: false, lines: new Set() },
];

function locate(): Promise<HeadLineOf> {
  const after = new Map(
    [
      ['a dir/a.yaml', 'merged'],
      ['b.yaml', 'same'],
    ].map(([path = '', sha = '']) => [path, { path, kind: 'file' as const, sha, size: 1 }]),
  );
  return mapHeadLines(CHANGED, after, (sha) => Promise.resolve(new TextEncoder().encode(CONTENTS[sha] ?? '')));
}

describe('mapHeadLines', () => {
  it('finds the head’s line where the base moved it', async () => {
    const headLineOf = await locate();
    expect([1, 2, 3, 4].map((line) => headLineOf('a dir/a.yaml', line))).toEqual([null, 1, 2, null]);
  });

  it('leaves the lines of a file alone that the base did not touch', async () => {
    expect((await locate())('b.yaml', 7)).toBe(7);
  });
});

describe('linkSources', () => {
  it('shows what the pull request touches in its head, and the rest in the base', async () => {
    const sides = { kind: 'merge-commit', headSha: 'H', before: 'B', after: 'M' } as const;
    const paths = CHANGED.map(({ path }) => path);
    const { blob } = linkSources('https://github.com/acme/mesh', sides, paths, await locate());
    expect(blob('a dir/a.yaml', 2, 'after')).toBe('https://github.com/acme/mesh/blob/H/a%20dir/a.yaml#L1');
    expect(blob('a dir/a.yaml', 1, 'after')).toBeNull();
    expect(blob('a dir/a.yaml', 1, 'before')).toBe('https://github.com/acme/mesh/blob/B/a%20dir/a.yaml#L1');
    expect(blob('other.yaml', 9, 'after')).toBe('https://github.com/acme/mesh/blob/B/other.yaml#L9');
  });
});
