/** Lines that an edit replaces, comments and indentation of the rest kept. */
export interface LinePatch {
  /** From 1, both included, in the file as it is. There is no line where nothing stood: `endLine` is then 0. */
  readonly startLine: number;
  readonly endLine: number;
  /** What stands there, and what is to; without line ends. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Up to so many lines, lines that both texts have are found; of more, only those at both ends of what differs. */
const MOST_MATCHED = 2_000;

/** The lines in which two texts differ. A patch that only adds begins with the line above, so that it has a place. */
export function linePatches(before: string, after: string): readonly LinePatch[] {
  const [old, now] = [before, after].map(splitLines) as [readonly string[], readonly string[]];
  const patches: LinePatch[] = [];
  let [i, j] = [0, 0];
  for (const [nextOld, nextNow] of [...commonLines(old, now), [old.length, now.length] as const]) {
    if (nextOld > i || nextNow > j) patches.push(patchOf(old, now, [i, nextOld], [j, nextNow]));
    [i, j] = [nextOld + 1, nextNow + 1];
  }
  return patches;
}

function patchOf(
  old: readonly string[],
  now: readonly string[],
  [fromOld, toOld]: readonly [number, number],
  [fromNow, toNow]: readonly [number, number],
): LinePatch {
  // What is only added, or would leave nothing to point at, takes the line above along, or else the line below.
  const isAnchored = fromOld === toOld && old.length > 0;
  const above = isAnchored && fromOld > 0 ? 1 : 0;
  const below = isAnchored && above === 0 ? 1 : 0;
  const start = fromOld - above;
  const end = toOld + below;
  return {
    startLine: start + 1,
    endLine: end,
    before: old.slice(start, end),
    after: now.slice(fromNow - above, toNow + below),
  };
}

/** Lines without their ends; nothing follows the last end. */
export function splitLines(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The places of lines that both texts have, in order: as many as there are. */
function commonLines(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) [endA, endB] = [endA - 1, endB - 1];
  const head = Array.from({ length: start }, (_unused, index) => [index, index] as const);
  const tail = Array.from({ length: a.length - endA }, (_unused, index) => [endA + index, endB + index] as const);
  const [middleA, middleB] = [a.slice(start, endA), b.slice(start, endB)];
  const isSmall = middleA.length <= MOST_MATCHED && middleB.length <= MOST_MATCHED;
  const middle = isSmall ? longestCommon(middleA, middleB) : [];
  return [...head, ...middle.map(([i, j]) => [i + start, j + start] as const), ...tail];
}

/** The longest common subsequence of lines, by the table of lengths from each place on. */
function longestCommon(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}
