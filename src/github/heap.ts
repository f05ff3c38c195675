import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What the process may have for its objects. Node ends a process that needs more. `node --max-old-space-size` sets it. */
export const HEAP_BYTES = getHeapStatistics().heap_size_limit;

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
