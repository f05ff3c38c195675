/** Too few measurements say nothing about growth. */
const FEWEST = 6;
/** What jobs under way, and chance, may add. */
const LEEWAY = 1.05;
const LEEWAY_MIB = 8;

/**
 * Which heaps still grow at the end: over the last third of the measurements. Before, caches fill up.
 *
 * @param heaps of each measurement, in their order, the mebibytes of each thread. One that lacks a thread is left out.
 * @returns null where there are too few measurements.
 */
export function problemsOfHeaps(heaps: readonly (readonly number[])[]): readonly string[] | null {
  const count = Math.max(...heaps.map(({ length }) => length));
  const whole = heaps.filter(({ length }) => length === count);
  if (whole.length < FEWEST) return null;
  const [before = [], ...last] = whole.slice(-Math.floor(whole.length / 3) - 1);
  return before.flatMap((first, thread) => {
    const most = Math.max(...last.map((each) => each[thread] ?? 0));
    if (most <= LEEWAY * first + LEEWAY_MIB) return [];
    const name = thread === 0 ? 'the main thread' : `thread ${thread}`;
    return [`The heap of ${name} grows: from ${first.toFixed(0)} to ${most.toFixed(0)} MiB in the last third.`];
  });
}
