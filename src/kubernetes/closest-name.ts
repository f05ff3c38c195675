const LONGEST = 60;

/** The name that was most likely meant: the one with the fewest differences, at most a third of its letters. */
export function closestName(written: string, names: readonly string[]): string | null {
  const wanted = written.toLowerCase();
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const name of names) {
    // Long texts are no misspelt names.
    const distance = wanted.length > LONGEST ? wanted.length : editDistance(wanted, name.toLowerCase());
    if (distance <= Math.max(1, Math.floor(name.length / 3)) && (best === null || distance < best.distance)) {
      best = { name, distance };
    }
  }
  return best?.name ?? null;
}

/** Levenshtein's: how many characters must be added, removed or replaced. */
export function editDistance(a: string, b: string): number {
  const letters = Array.from(b);
  let previous = Array.from({ length: letters.length + 1 }, (_unused, index) => index);
  for (const [row, left] of Array.from(a).entries()) {
    const current = [row + 1];
    for (const [column, right] of letters.entries()) {
      const replaced = previous[column]! + (left === right ? 0 : 1);
      current.push(Math.min(replaced, previous[column + 1]! + 1, current[column]! + 1));
    }
    previous = current;
  }
  return previous.at(-1)!;
}
