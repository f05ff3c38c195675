import { diffArrays } from 'diff';

const DIFF_TIMEOUT_MS = 2000;

/**
 * Merges two versions of a text that grew from one ancestor, line by line, as `git merge-file` does: a stretch that only one
 * side changed takes that side, a stretch that both changed alike is taken once. Null where both sides changed the same or
 * touching lines differently, and where the comparison would take too long.
 */
export function mergeTexts(ancestor: string, ours: string, theirs: string): string | null {
  const base = splitLines(ancestor);
  const left = splitLines(ours);
  const right = splitLines(theirs);
  const toLeft = matchLines(base, left);
  const toRight = matchLines(base, right);
  if (!toLeft || !toRight) return null;

  const merged: string[] = [];
  let baseStart = 0;
  let leftStart = 0;
  let rightStart = 0;
  for (let index = 0; index <= base.length; index++) {
    const leftIndex = index === base.length ? left.length : toLeft[index];
    const rightIndex = index === base.length ? right.length : toRight[index];
    if (leftIndex === undefined || rightIndex === undefined || leftIndex < 0 || rightIndex < 0) continue;
    const stretch = mergeStretch(
      base.slice(baseStart, index),
      left.slice(leftStart, leftIndex),
      right.slice(rightStart, rightIndex),
    );
    if (!stretch) return null;
    merged.push(...stretch);
    if (index < base.length) merged.push(base[index] ?? '');
    baseStart = index + 1;
    leftStart = leftIndex + 1;
    rightStart = rightIndex + 1;
  }
  return merged.join('');
}

function mergeStretch(
  base: readonly string[],
  left: readonly string[],
  right: readonly string[],
): readonly string[] | null {
  if (sameLines(left, right) || sameLines(base, right)) return left;
  return sameLines(base, left) ? right : null;
}

/** For each line of `from` the index of its counterpart in `to`, or -1; undefined when the comparison takes too long. */
export function matchLines(from: readonly string[], to: readonly string[]): readonly number[] | undefined {
  const parts = diffArrays([...from], [...to], { timeout: DIFF_TIMEOUT_MS });
  if (!parts) return undefined;
  const matches = new Array<number>(from.length).fill(-1);
  let fromIndex = 0;
  let toIndex = 0;
  for (const part of parts) {
    if (part.added) toIndex += part.value.length;
    else if (part.removed) fromIndex += part.value.length;
    else for (let count = part.value.length; count > 0; count--) matches[fromIndex++] = toIndex++;
  }
  return matches;
}

/** Lines keep their ends, so that a missing last line break is a difference. */
export function splitLines(text: string): readonly string[] {
  return text === '' ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
