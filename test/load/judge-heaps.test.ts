import { expect, it } from 'vitest';
import { problemsOfHeaps } from './judge-heaps.js';

it.each<readonly [string, readonly (readonly number[])[], readonly string[] | null]>([
  [
    'caches that fill up and are full',
    [
      [20, 30],
      [30, 90],
      [31, 150],
      [30, 160],
      [33, 158],
      [31, 161],
    ],
    [],
  ],
  ['too few measurements', [[20], [30], [40], [50], [60]], null],
  ['a thread that was away', [[20, 30], [30, 90], [31], [30, 160], [33, 158], [31, 161], [31, 160]], []],
  [
    'a heap that grows, little by little',
    [[28], [37], [46], [55], [64], [73], [82], [91]].map(([own]) => [own!, 100]),
    ['The heap of the main thread grows: from 73 to 91 MiB in the last third.'],
  ],
  [
    'a thread that grows',
    [100, 140, 180, 220, 260, 300].map((size) => [30, 100, size]),
    ['The heap of thread 2 grows: from 220 to 300 MiB in the last third.'],
  ],
])('%s', (_name, heaps, problems) => {
  expect(problemsOfHeaps(heaps)).toEqual(problems);
});
