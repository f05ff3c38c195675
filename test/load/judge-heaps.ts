/** Too few measurements say nothing about growth. */
const FEWEST = 6;
/** What jobs under way, and chance, may add. */
const LEEWAY = 1.1;
const LEEWAY_MIB = 8;

/**
 * Which heaps still grow at the end: in the last third of the measurements they hold more than in the middle one. In the first, caches
 * fill up.
 *
 * @param heaps of each measurement, in their order, the mebibytes of each thread. One that lacks a thread is left out.
 * @returns null where there are too few measurements.
 */
export function problemsOfHeaps(heaps: readonly (readonly number[])[]): readonly string[] | null {
  const count = Math.max(...heaps.map(({ length }) => length));
  const whole = heaps.filter(({ length }) => length === count);
  if (whole.length < FEWEST) return null;
  const third = Math.floor(whole.length / 3);
  return Array.from({ length: count }, (_unused, thread) => {
    const mean = (part: readonly (readonly number[])[]): number =>
      part.reduce((sum, each) => sum + (each[thread] ?? 0), 0) / part.length;
    const middle = mean(whole.slice(third, -third));
    const last = mean(whole.slice(-third));
    const name = thread === 0 ? 'the main thread' : `thread ${thread}`;
    return last > LEEWAY * middle + LEEWAY_MIB
      ? `The heap of ${name} grows: ${middle.toFixed(0)} MiB in the middle, ${last.toFixed(0)} MiB at the end.`
      : null;
  }).filter((problem) => problem !== null);
}
