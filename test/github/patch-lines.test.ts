import { describe, expect, it } from 'vitest';
import { parsePatchLines } from '../../src/github/patch-lines.js';

describe('parsePatchLines', () => {
  it.each([
    ['an added file', '@@ -0,0 +1,3 @@\n+a\n+b\n+c', [1, 2, 3]],
    ['a removed file', '@@ -1,2 +0,0 @@\n-a\n-b', []],
    ['a change with context', '@@ -4,3 +4,3 @@ heading\n a\n-b\n+B\n c', [4, 5, 6]],
    ['two hunks', '@@ -1 +1,2 @@\n a\n+b\n@@ -10,2 +11 @@\n a\n-b', [1, 2, 11]],
    ['a removed line that looks like a hunk', '@@ -1,2 +1,1 @@\n-@ -9,9 +9,9 @@\n a', [1]],
    ['an added line that looks like a hunk', '@@ -1,1 +1,2 @@\n a\n+@@ -1,1 +50,1 @@', [1, 2]],
    [
      'a missing line break at the end',
      '@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file',
      [1],
    ],
    ['nothing', '', []],
  ])('reads %s', (_name, patch, lines) => {
    expect([...parsePatchLines(patch)]).toEqual(lines);
  });
});
