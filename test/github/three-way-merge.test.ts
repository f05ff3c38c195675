import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeTexts } from '../../src/github/three-way-merge.js';

const BASE = 'a\nb\nc\nd\ne\n';

describe('mergeTexts', () => {
  it.each([
    ['a change on one side', BASE, 'a\nB\nc\nd\ne\n', 'a\nB\nc\nd\ne\n'],
    ['changes far apart', 'A\nb\nc\nd\ne\n', 'a\nb\nc\nd\nE\n', 'A\nb\nc\nd\nE\n'],
    ['the same change on both sides', 'a\nX\nc\nd\ne\n', 'a\nX\nc\nd\ne\n', 'a\nX\nc\nd\ne\n'],
    ['an insertion and a removal', 'a\nb\nc\nd\ne\nf\n', 'b\nc\nd\ne\n', 'b\nc\nd\ne\nf\n'],
  ])('merges %s', (_name, ours, theirs, merged) => {
    expect(mergeTexts(BASE, ours, theirs)).toBe(merged);
    expect(mergeTexts(BASE, theirs, ours)).toBe(merged);
  });

  it.each([
    ['the same line changed differently', 'a\nX\nc\nd\ne\n', 'a\nY\nc\nd\ne\n'],
    ['touching lines', 'a\nX\nc\nd\ne\n', 'a\nb\nY\nd\ne\n'],
    ['a changed line that the other side removed', 'a\nX\nc\nd\ne\n', 'a\nc\nd\ne\n'],
    ['two ends without a line break', 'a\nb\nc\nd\ne', 'a\nb\nc\nd\nE\n'],
  ])('finds a conflict in %s', (_name, ours, theirs) => {
    expect(mergeTexts(BASE, ours, theirs)).toBeNull();
    expect(mergeTexts(BASE, theirs, ours)).toBeNull();
  });

  it('never disagrees with git where both find a merge', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'egress-scope-'));
    const edits = fc.array(fc.tuple(fc.nat(9), fc.constantFrom('drop', 'change', 'insert')), { maxLength: 3 });
    let compared = 0;
    fc.assert(
      fc.property(edits, edits, (left, right) => {
        const base = Array.from({ length: 10 }, (_, index) => `line ${index}`);
        const texts = [edited(base, left, 'L'), base, edited(base, right, 'R')].map((lines) =>
          lines.map((line) => `${line}\n`).join(''),
        );
        const files = texts.map((text, index) => {
          const file = path.join(folder, String(index));
          writeFileSync(file, text);
          return file;
        });
        const ours = mergeTexts(texts[1] ?? '', texts[0] ?? '', texts[2] ?? '');
        const gits = gitMerge(files);
        if (ours === null || gits === null) return;
        compared += 1;
        expect(ours).toBe(gits);
      }),
      { numRuns: 60, seed: 7 },
    );
    rmSync(folder, { recursive: true });
    expect(compared).toBeGreaterThan(20);
  });
});

function edited(
  base: readonly string[],
  edits: readonly (readonly [number, string])[],
  side: string,
): readonly string[] {
  return base.flatMap((line, index) => {
    const edit = edits.find(([at]) => at === index)?.[1];
    if (edit === 'drop') return [];
    if (edit === 'change') return [`${line} ${side}`];
    return edit === 'insert' ? [line, `new ${side}`] : [line];
  });
}

function gitMerge(files: readonly string[]): string | null {
  try {
    return execFileSync('git', ['merge-file', '-p', '--quiet', ...files], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}
