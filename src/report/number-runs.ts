/** A set of numbers as its runs in order, no two of which touch: the first number of each, and the one behind its last. */
export type Runs = readonly (readonly [start: number, end: number])[];

/** How many numbers there are. */
export function sizeOfRuns(runs: Runs): number {
  return runs.reduce((sum, [start, end]) => sum + end - start, 0);
}

/** What is in some of them. */
export function uniteRuns(all: readonly Runs[]): Runs {
  if (all.length === 1) return all[0]!;
  const joined: [number, number][] = [];
  for (const [start, end] of all.flat().sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

/** Equal for equal sets. */
export function runsKey(runs: Runs): string {
  return runs.map(([start, end]) => `${start}-${end}`).join();
}

/** The numbers of a set, in order. */
export function* numbersOf(runs: Runs): Iterable<number> {
  for (const [start, end] of runs) for (let number = start; number < end; number += 1) yield number;
}
