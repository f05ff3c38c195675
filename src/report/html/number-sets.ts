import { numbersOf, type Runs } from '../number-runs.js';

/**
 * Sets of numbers as short texts, for pages that hold thousands of them. A text is either runs (`3.2,a`: 3 to 5 and 10, in base 36,
 * each as its distance from the end of the run before and its length less one), or a bit for each number (`!` and 6 bits a
 * character), whichever is shorter: sets of names in order are mostly few runs, and no set takes more than a sixth of its range.
 */
export function encodeSet(runs: Runs): string {
  const last = runs.at(-1);
  if (last === undefined) return '';
  const text = runsText(runs);
  const bits = Math.ceil(last[1] / 6) + 1;
  return text.length <= bits ? text : bitsOf(runs, last[1]);
}

function runsText(runs: Runs): string {
  let behind = 0;
  return runs
    .map(([start, end]) => {
      const text = (start - behind).toString(36) + (end - start === 1 ? '' : `.${(end - start - 1).toString(36)}`);
      behind = end;
      return text;
    })
    .join();
}

/** Characters that stand for themselves in JSON and in a script. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function bitsOf(runs: Runs, end: number): string {
  const groups = new Uint8Array(Math.ceil(end / 6));
  for (const number of numbersOf(runs)) groups[Math.floor(number / 6)]! |= 1 << (number % 6);
  return `!${Array.from(groups, (group) => DIGITS.charAt(group)).join('')}`;
}

export function decodeSet(text: string): Runs {
  if (text === '') return [];
  return text.startsWith('!') ? decodeBits(text) : decodeRuns(text);
}

function decodeRuns(text: string): Runs {
  let end = 0;
  return text.split(',').map((run) => {
    const [distance = '', length = '0'] = run.split('.');
    const start = end + parseInt(distance, 36);
    end = start + parseInt(length, 36) + 1;
    return [start, end] as const;
  });
}

function decodeBits(text: string): Runs {
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
