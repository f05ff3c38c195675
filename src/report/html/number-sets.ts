/**
 * Sets of numbers as short texts, for pages that hold thousands of them. A text is either runs (`3.2,a`: 3 to 5 and 10, in base 36,
 * each as its distance from the end of the run before and its length less one), or a bit for each number (`!` and 6 bits a
 * character), whichever is shorter: sets of names in order are mostly few runs, and no set takes more than a sixth of its range.
 */
export function encodeSet(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const last = sorted.at(-1);
  if (last === undefined) return '';
  const runs = runsOf(sorted);
  const bits = Math.ceil((last + 1) / 6) + 1;
  return runs.length <= bits ? runs : bitsOf(sorted, last);
}

function runsOf(sorted: readonly number[]): string {
  const runs: string[] = [];
  let end = 0;
  for (let i = 0; i < sorted.length;) {
    const start = sorted[i]!;
    let next = i + 1;
    while (next < sorted.length && sorted[next]! <= sorted[next - 1]! + 1) next += 1;
    const length = sorted[next - 1]! - start;
    runs.push((start - end).toString(36) + (length === 0 ? '' : `.${length.toString(36)}`));
    end = start + length + 1;
    i = next;
  }
  return runs.join(',');
}

/** Characters that stand for themselves in JSON and in a script. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function bitsOf(sorted: readonly number[], last: number): string {
  const groups = new Uint8Array(Math.ceil((last + 1) / 6));
  for (const number of sorted) groups[Math.floor(number / 6)]! |= 1 << (number % 6);
  return `!${Array.from(groups, (group) => DIGITS.charAt(group)).join('')}`;
}

/** The runs of a set, as pairs of the first number and the one behind the last. */
export function decodeSet(text: string): readonly (readonly [start: number, end: number])[] {
  if (text === '') return [];
  return text.startsWith('!') ? decodeBits(text) : decodeRuns(text);
}

function decodeRuns(text: string): readonly (readonly [number, number])[] {
  let end = 0;
  return text.split(',').map((run) => {
    const [distance = '', length = '0'] = run.split('.');
    const start = end + parseInt(distance, 36);
    end = start + parseInt(length, 36) + 1;
    return [start, end] as const;
  });
}

function decodeBits(text: string): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (let at = 0; at < (text.length - 1) * 6; at++) {
    const group = DIGITS.indexOf(text.charAt(1 + Math.floor(at / 6)));
    if ((group & (1 << (at % 6))) === 0) continue;
    const run = runs.at(-1);
    if (run?.[1] === at) run[1] = at + 1;
    else runs.push([at, at + 1]);
  }
  return runs;
}
