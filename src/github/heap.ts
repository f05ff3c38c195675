import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { resourceLimits } from 'node:worker_threads';

const { maxOldGenerationSizeMb = 0 } = resourceLimits;

/**
 * What may stay in use: in a thread its part, beside which it has room for what is new; else what the process may have, which
 * `node --max-old-space-size` sets. Node ends what needs more.
 */
export const HEAP_BYTES =
  maxOldGenerationSizeMb > 0 ? maxOldGenerationSizeMb * 2 ** 20 : getHeapStatistics().heap_size_limit;

/** The rest is for a document's parsing, which nothing interrupts and which takes a hundred times its size. */
const FULL = 0.5;

let collectGarbage: (() => void) | null = null;

/** Whether what is in use leaves too little of the heap. Takes as long as a collection of garbage where it seems so. */
export function isHeapFull(): boolean {
  if (usedShare() < FULL) return false;
  collectGarbage ??= findCollector();
  collectGarbage();
  return usedShare() >= FULL;
}

function usedShare(): number {
  return getHeapStatistics().used_heap_size / HEAP_BYTES;
}

/** Node hands the function out by a flag only, which can still be set. */
function findCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
